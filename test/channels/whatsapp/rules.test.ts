// What the channel decides without a network: accounts, names of chats, formats, and what follows a broken link.
import { expect, test } from 'bun:test'
import { splitText } from '../../../src/lib/split.ts'
import { afterEnd, patienceOf } from '../../../src/channels/whatsapp/device/policy.ts'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { format } from '../../../src/channels/whatsapp/format.ts'
import type { Config } from '../../../src/app/catalog.ts'
import { accountsOf } from '../../../src/app/settings/index.ts'
import { bare, jidOf, nameOf, phoneOf, same } from '../../../src/channels/whatsapp/jid.ts'

test('chats are named by number or id, however they are written', () => {
  const named: readonly [string, string | undefined][] = [
    ['+4915112345678', '+4915112345678'],
    ['whatsapp:+49 151 123-456-78', '+4915112345678'],
    ['004915112345678', '+4915112345678'],
    ['(49) 151 12345678', '+4915112345678'],
    ['4915112345678@s.whatsapp.net', '+4915112345678'],
    ['4915112345678:12@s.whatsapp.net', '+4915112345678'],
    ['whatsapp:group:120363000000000001@g.us', '120363000000000001@g.us'],
    ['4915112345678-1400000000@g.us', '4915112345678-1400000000@g.us'],
    ['800000001@lid', '800000001@lid'],
    ['ann', undefined],
    ['+0123', undefined],
    ['12', undefined],
    ['', undefined],
    ['../../etc@g.us', undefined],
  ]
  expect(named.map(([text]) => [text, whatsapp.target(text)?.chat])).toEqual(named.map(([a, b]) => [a, b]))
  for (const [, chat] of named) if (chat) expect(whatsapp.target(chat)?.chat).toBe(chat)
})

test('ids and numbers are the same thing written in two ways', () => {
  expect(nameOf('4915112345678:7@s.whatsapp.net')).toBe('+4915112345678')
  expect(jidOf('+4915112345678')).toBe('4915112345678@s.whatsapp.net')
  expect(jidOf('1@g.us')).toBe('1@g.us')
  expect(phoneOf('800000001:3@lid')).toBeUndefined()
  expect(nameOf('800000001:3@lid')).toBe('800000001@lid')
  expect(bare('800000001_1:3@lid')).not.toContain(':')
  expect(same('1:2@lid', '1@lid')).toBe(true)
  expect(same('1@lid', '1@s.whatsapp.net')).toBe(false)
  expect(same(undefined, undefined)).toBe(false)
})

test('groups have rules of their own, others those of "*", and unlisted ones none', () => {
  const rule = (groups: object | undefined, chat: string) =>
    whatsapp.group?.(whatsapp.account.parse({ groups }), {
      to: { channel: 'whatsapp', account: 'default', chat },
      kind: 'group',
      from: { id: '+49' },
    })
  const listed = { '1@g.us': { requireMention: false, tools: { deny: ['exec'] } } }
  expect(rule(listed, '1@g.us')).toEqual({ requireMention: false, tools: { deny: ['exec'] } })
  expect(rule(listed, '2@g.us')).toEqual({ enabled: false })
  expect(rule({ ...listed, '*': { requireMention: true } }, '2@g.us')).toEqual({ requireMention: true })
  expect(rule(undefined, '1@g.us')).toBeUndefined()
})

test('the acknowledging emoji is told in the words of the engine', () => {
  const told = (ackReaction: object | undefined) => {
    const { ackReaction: emoji, ackScope } = whatsapp.common?.(whatsapp.account.parse({ ackReaction }), 'config') ?? {}
    return { emoji, ackScope }
  }
  expect(told({ emoji: '👀' })).toEqual({ emoji: '👀', ackScope: { direct: true, group: 'mentions' } })
  expect(told({ direct: false, group: 'never' })).toEqual({
    emoji: undefined,
    ackScope: { direct: false, group: 'never' },
  })
  expect(told(undefined)).toEqual({ emoji: undefined, ackScope: undefined })
})

test('people are listed by number, however it is written', () => {
  const listed = {
    allowFrom: ['+4915112345678', '49 151 12345679', 'whatsapp:+14155550100', '*'],
    groupAllowFrom: [491],
  }
  expect(whatsapp.common?.(whatsapp.account.parse(listed), 'config')).toMatchObject({
    allowFrom: ['+4915112345678', '+4915112345679', '+14155550100', '*'],
    groupAllowFrom: ['491'],
  })
})

test('an answer is not shown by editing it all the time, unless somebody wants that', () => {
  expect(whatsapp.account.parse({}).streaming).toBe(false)
})

test('an account hears by socket, or by webhook at its path', () => {
  const device = whatsapp.account.parse({})
  const cloud = whatsapp.account.parse({ cloud: {} })
  const other = whatsapp.account.parse({ cloud: { webhookPath: '/wa' } })
  expect([device, cloud, other].map((a) => [whatsapp.mode?.(a), whatsapp.path?.(a)])).toEqual([
    ['socket', undefined],
    ['webhook', '/whatsapp/webhook'],
    ['webhook', '/wa'],
  ])
  expect(whatsapp.account.safeParse({ cloud: { webhookPath: 'wa' } }).success).toBe(false)
})

test('set-up questions know a good answer', () => {
  const check = (value: string) => whatsapp.setup.find((s) => s.key === 'allowFrom')?.check?.(value)
  expect(check('+4915112345678, +14155550100')).toBeUndefined()
  expect(check('')).toBeUndefined()
  expect(check('0151 1234')).toContain('+4915112345678')
})

test('Markdown becomes what WhatsApp shows', () => {
  const cases: readonly [string, string][] = [
    ['**bold** *italic* ~~gone~~ `code`', '*bold* _italic_ ~gone~ `code`'],
    ['# A title', '*A title*'],
    ['***both***', '_*both*_'],
    ['- one\n- two\n  - inner', '• one\n• two\n  • inner'],
    ['[here](https://example.com) https://example.org', 'here (https://example.com) https://example.org'],
    ['> quoted\n> twice', '> quoted\n> twice'],
    ['```js\nlet a = *1*\n```', '```\nlet a = *1*\n```'],
    ['1. do\n\n   ```\n   x\n     y\n   ```', '1. do\n\n  ```\nx\n  y\n```'],
    ['|a|b|\n|-|-|\n|1|2|', '```\na | b\n--+--\n1 | 2\n```'],
    ['a < b && c', 'a < b && c'],
    ['**two\nlines**', '*two*\n*lines*'],
  ]
  expect(cases.map(([md]) => [md, format(md, 4000)])).toEqual(cases.map(([a, b]) => [a, b]))
  expect(format('|a|b|\n|-|-|\n|1|2|', 4000, 'bullets')).toBe('• a: 1\n  b: 2')
  expect(format(`**${'x'.repeat(10)}**`, 10)).toBe('x'.repeat(10))
  for (const piece of splitText('**word** '.repeat(2000), { chars: whatsapp.limits.text }))
    expect(format(piece, 65_000).length).toBeLessThan(65_000)
})

test('the config says how patient we are, and whether devices are linked at all', () => {
  const account = (web: object) => whatsapp.account.parse({ web })
  const reconnect = { initialMs: 100, maxMs: 400, factor: 2, jitter: 0, maxAttempts: 0 }
  const { wait, attempts, stableMs } = patienceOf(account({ heartbeatSeconds: 5, reconnect }))
  expect([attempts, stableMs]).toEqual([Infinity, 5000])
  const waits = [0, 1, 2, 9].map((n) => afterEnd({ code: 503, why: '', answered: true }, n, 0.5, wait))
  expect(waits).toMatchObject([{ waitMs: 100 }, { waitMs: 200 }, { waitMs: 400 }, { waitMs: 400 }])
  expect(whatsapp.missing(account({ enabled: false }))).toContain('disabled by web.enabled')
  const [resolved] = accountsOf(
    { channels: { whatsapp: {} }, web: { enabled: false }, messages: {} } as unknown as Config,
    {},
  )
  expect(resolved?.account).toMatchObject({ web: { enabled: false } })
})

test('what follows a broken link depends on what WhatsApp said', () => {
  const { wait } = patienceOf({})
  const next = (code: number, tries = 0, answered = true) => afterEnd({ code, why: 'why', answered }, tries, 0.5, wait)
  expect(next(401)).toEqual({ kind: 'logged out' })
  expect(next(515)).toMatchObject({ kind: 'again', waitMs: 0, counts: false })
  for (const code of [403, 405, 411]) expect(next(code).kind).toBe('stop')
  for (const code of [408, 428, 500, 503])
    expect(next(code)).toMatchObject({ kind: 'again', waitMs: 2000, counts: true })
  expect(next(503, 1)).toMatchObject({ waitMs: 3600 })
  expect(next(503, 30)).toMatchObject({ waitMs: 30_000 })
  expect(afterEnd({ code: 503, why: '', answered: true }, 30, 0.999, wait)).toMatchObject({
    waitMs: expect.any(Number),
  })
  expect(next(440)).toMatchObject({ kind: 'again', why: expect.stringContaining('another program') })
  expect(next(408, 30, false)).toMatchObject({ kind: 'again', waitMs: 10_000, counts: false })
})
