// Markdown as Slack shows it, emoji by their names, and Slack's markup as people saw it.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { emojiName, emojiOf } from '../../../src/channels/slack/emoji.ts'
import { toMrkdwn } from '../../../src/channels/slack/mrkdwn.ts'
import { toText } from '../../../src/channels/slack/text.ts'

test.each([
  ['**bold** _italic_ ~~gone~~ `code`', '*bold* _italic_ ~gone~ `code`'],
  ['***both***', '_*both*_'],
  ['# Title\n\ntext', '*Title*\n\ntext'],
  ['[the page](https://example.com/a?b=1&c=2)', '<https://example.com/a?b=1&amp;c=2|the page>'],
  ['https://example.com', '<https://example.com>'],
  ['<bob@example.com>', '<mailto:bob@example.com>'],
  ['[bad](javascript:alert(1))', 'bad'],
  ['[a|b](https://example.com)', '<https://example.com|a¦b>'],
  ['![cat](https://example.com/cat.png)', '<https://example.com/cat.png|cat>'],
  ['1 < 2 & 3 > 2', '1 &lt; 2 &amp; 3 &gt; 2'],
  ['```js\na < b\n```', '```\na &lt; b\n```'],
  ['`<b>`', '`&lt;b&gt;`'],
  ['- one\n- two\n  - deep', '• one\n• two\n  • deep'],
  ['1. one\n2. two', '1. one\n2. two'],
  ['- [x] done\n- [ ] open', '☑ done\n☐ open'],
  ['> said\n> twice', '> said\n> twice'],
  ['a\n\n---\n\nb', 'a\n\n———\n\nb'],
  ['- item\n\n  ```\n  kept\n    as is\n  ```', '• item\n\n  ```\nkept\n  as is\n```'],
  ['**two\nlines**', '*two*\n*lines*'],
  ['hello <@U0ANN00001> in <#C0GENERAL1>', 'hello <@U0ANN00001> in <#C0GENERAL1>'],
  ['<!channel> wake up', '&lt;!channel&gt; wake up'],
  ['`<@U0ANN00001>`', '`&lt;@U0ANN00001&gt;`'],
])('%p', (md, expected) => {
  expect(toMrkdwn(md)).toBe(expected)
})

const table = '| a | b |\n|---|--:|\n| 1 | 22 |\n| 333 | 4 |'

test('tables as the config has them', () => {
  expect(toMrkdwn(table)).toBe('```\na   |  b\n----+---\n1   | 22\n333 |  4\n```')
  expect(toMrkdwn(table, 'bullets')).toBe('• a: 1\n  b: 22\n• a: 333\n  b: 4')
  expect(toMrkdwn(table, 'off')).toContain('| 333 | 4 |')
})

test('no text wakes a whole channel or leaves markup open', () => {
  const word = fc.constantFrom(
    '<!channel>',
    '<!here|x>',
    '<',
    '>',
    '&',
    '`',
    '```',
    '*',
    '_',
    '~',
    'a',
    ' ',
    '\n',
    '[x](y)',
    '|',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const shown = toMrkdwn(words.join(''))
      expect(shown).not.toContain('<!')
      expect(shown.replace(/<[@#][A-Z0-9]+>|<(https?|mailto):[^<>]*>/g, '')).not.toMatch(/<|&(?!amp;|lt;|gt;)/)
    }),
  )
})

test('emoji have names and names have emoji', () => {
  expect(['👍', '❤️', '❤', '👋🏽', ':tada:', 'lobster_dance'].map(emojiName)).toEqual([
    '+1',
    'heart',
    'heart',
    'wave::skin-tone-4',
    'tada',
    'lobster_dance',
  ])
  expect(['thumbsup', '+1', 'eyes', 'wave::skin-tone-4', 'lobster_dance'].map(emojiOf)).toEqual([
    '👍',
    '👍',
    '👀',
    '👋🏽',
    ':lobster_dance:',
  ])
})

test('what people wrote comes back as they saw it', () => {
  const names = { user: (id: string) => (id === 'U0ANN00001' ? { id, name: 'Ann' } : undefined), chat: () => undefined }
  const shown = (text: string) => toText(text, names)
  expect(shown('<@U0ANN00001> &lt;3 <@U0BOB00001|bob> <@U0CAT00001>')).toBe('@Ann <3 @bob @U0CAT00001')
  expect(shown('&amp;lt; stays what it was')).toBe('&lt; stays what it was')
  expect(shown('a < b and <https://x.example/?q=1&amp;r|x.example> <tel:+1|+1>')).toBe(
    'a < b and x.example (https://x.example/?q=1&r) +1',
  )
})
