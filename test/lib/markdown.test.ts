// Markdown as platforms show it; Telegram's own parser decides what is well-formed.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { toPlain, toDiscordMarkdown, toTelegramHtml } from '../../src/lib/markdown.ts'
import { parseTelegramHtml } from '../fakes/telegram-html.ts'

const word = fc.stringMatching(/^[a-z]{1,8}$/)
const words = fc.array(word, { minLength: 1, maxLength: 5 }).map((w) => w.join(' '))
const inline = fc.oneof(
  words,
  words.map((w) => `**${w}**`),
  words.map((w) => `*${w}*`),
  words.map((w) => `***${w}***`),
  words.map((w) => `~~${w}~~`),
  words.map((w) => `\`${w}\``),
  words.map((w) => `[${w}](https://example.org/?a=1&b="2")`),
  words.map((w) => `[${w}](javascript:alert)`),
  words.map((w) => `**${w} *${w}***`),
)
const line = fc.array(inline, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '))
const block = fc.oneof(
  line,
  line.map((l) => `## ${l}`),
  line.map((l) => `> ${l}\n> > ${l}`),
  fc.array(line, { minLength: 1, maxLength: 3 }).map((ls) => ls.map((l) => `- ${l}\n  1. ${l}`).join('\n')),
  words.map((w) => `\`\`\`ts\n${w} < 1 && "x"\n\`\`\``),
  fc.tuple(words, words).map(([a, b]) => `|${a}|${b}|\n|-|-:|\n|${b}|${a}|`),
)
const doc = fc.array(block, { minLength: 1, maxLength: 6 }).map((blocks) => blocks.join('\n\n'))

test('no text breaks Telegram’s parser', () => {
  const soup = fc.string({ unit: fc.constantFrom(...'*_~`[]()<>&#|-+!\\ \n"=1a.:/'.split('')), maxLength: 80 })
  fc.assert(fc.property(fc.oneof(soup, fc.string(), doc), (md) => void parseTelegramHtml(toTelegramHtml(md))))
})

test('no word is lost', () => {
  const list = (text: string) => text.match(/[a-z]+/g) ?? []
  fc.assert(
    fc.property(doc, (md) => {
      const meant = list(md.replace(/\]\([^)]*\)/g, ']').replace(/```ts/g, ''))
      expect(list(parseTelegramHtml(toTelegramHtml(md)).text)).toEqual(meant)
      const seen = new Set(list(toPlain(md)))
      expect(meant.filter((w) => !seen.has(w))).toEqual([])
    }),
  )
})

const cases: readonly (readonly [string, string, string])[] = [
  ['# Title', '<b>Title</b>', 'Title'],
  ['## A **b** c', '<b>A b c</b>', 'A b c'],
  ['**a** *b* ~~c~~ `d<e`', '<b>a</b> <i>b</i> <s>c</s> <code>d&lt;e</code>', 'a b c d<e'],
  ['1 < 2 & 3 > 2', '1 &lt; 2 &amp; 3 &gt; 2', '1 < 2 & 3 > 2'],
  ['[x](https://a.b/?q="1"&r)', '<a href="https://a.b/?q=&quot;1&quot;&amp;r">x</a>', 'x (https://a.b/?q="1"&r)'],
  ['[x](javascript:alert(1))', 'x', 'x (javascript:alert(1))'],
  ['https://a.b', '<a href="https://a.b">https://a.b</a>', 'https://a.b'],
  ['```py\na < b\n```', '<pre><code class="language-py">a &lt; b</code></pre>', 'a < b'],
  ['```\na\n\nb\n```', '<pre>a\n\nb</pre>', 'a\n\nb'],
  ['- a\n- b\n  - c', '• a\n• b\n  • c', '• a\n• b\n  • c'],
  ['3. a\n4. b', '3. a\n4. b', '3. a\n4. b'],
  ['- [ ] a\n- [x] b', '☐ a\n☑ b', '☐ a\n☑ b'],
  ['> a\n> > b', '<blockquote>a\n\nb</blockquote>', '> a\n> \n> b'],
  ['|a|bb|\n|-|-:|\n|ccc|d|', '<pre>a   | bb\n----+---\nccc |  d</pre>', 'a   | bb\n----+---\nccc |  d'],
  ['a\n\n---\n\nb', 'a\n\n———\n\nb', 'a\n\n———\n\nb'],
  ['a<br>b <u>c</u>', 'a\nb &lt;u&gt;c&lt;/u&gt;', 'a\nb <u>c</u>'],
  ['&lt;b&gt; &amp;', '&lt;b&gt; &amp;', '<b> &'],
  ['\\*a\\*', '*a*', '*a*'],
  ['![cat](https://a.b/c.png)', '<a href="https://a.b/c.png">cat</a>', 'cat (https://a.b/c.png)'],
  ['', '', ''],
]

for (const [md, html, plain] of cases)
  test(`${JSON.stringify(md)} is shown as meant`, () => {
    expect(toTelegramHtml(md)).toBe(html)
    expect(toPlain(md)).toBe(plain)
  })

test('tables can be bullets, or left alone', () => {
  const md = '|name|age|\n|-|-|\n|Ann|30|\n|Bob|*31*|'
  expect(toTelegramHtml(md, 'bullets')).toBe('• name: Ann\n  age: 30\n• name: Bob\n  age: 31')
  expect(toTelegramHtml(md, 'off')).toBe(md)
})

test('Discord gets its own Markdown: as written, but for what it cannot show', () => {
  const kept = '# Head\n\n**bold** _it_ `code` <@1> ||spoiler||\n\n- a\n  - b\n\n```ts\nconst x = 1\n```\n\n> quote'
  expect(toDiscordMarkdown(kept)).toBe(kept)
  expect(toDiscordMarkdown('#### small\n\ntext\n\n---\n\nend')).toBe('**small**\n\ntext\n\n———\n\nend')
  expect(toDiscordMarkdown('see ![a cat](https://x.y/cat.png) and ![](https://x.y/dog.png)')).toBe(
    'see [a cat](https://x.y/cat.png) and https://x.y/dog.png',
  )
  const table = '| a | b |\n|---|---|\n| 1 | two |'
  expect(toDiscordMarkdown(table)).toBe('```\na | b\n--+----\n1 | two\n```')
  expect(toDiscordMarkdown(table, 'bullets')).toBe('• a: 1\n  b: two')
  expect(toDiscordMarkdown(table, 'off')).toBe(table)
  expect(toDiscordMarkdown(`before\n\n${table}\n\nafter`)).toStartWith('before\n\n```\n')
})
