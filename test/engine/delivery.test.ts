// The way out: in order, once, in time, and honest about what nobody can know.
import { expect, test } from 'bun:test'
import { recoverOutbox, resend } from '../../src/engine/delivery.ts'
import { draft } from '../../src/engine/answer/draft.ts'
import type { TurnStart } from '../../src/engine/turn-kit.ts'
import { say } from '../../src/engine/say.ts'
import { Fault } from '../../src/lib/fault.ts'
import * as outbox from '../../src/store/outbox.ts'
import { engineWorld, until, type EngineWorld } from './fixture.ts'

const to = (chat: string) => ({ channel: 'telegram', account: 'default', chat })
const put = (w: EngineWorld, chat: string, text: string, more = {}) =>
  w.db.write(() => void say(w.world, to(chat), text, more))
const states = (w: EngineWorld) => w.rows('SELECT state FROM outbox ORDER BY seq').map((r) => r['state'])
const busy = (retryAfterMs?: number) =>
  new Fault('LIMITED', 'too fast', retryAfterMs === undefined ? {} : { retryAfterMs })

test('one chat hears everything in order; another does not wait for it', async () => {
  await using w = engineWorld()
  let wait = true
  w.chat.trouble = (m) => (m.to.chat === '1' && wait ? busy(5000) : undefined)
  for (const n of [1, 2, 3]) await put(w, '1', `a${n}`)
  await put(w, '2', 'b1')
  await until('the other chat', () => w.texts().length === 1)
  wait = false
  await w.pass(4900)
  expect(w.texts()).toEqual(['b1'])
  await w.pass(200)
  await w.idle()
  expect(w.texts()).toEqual(['b1', 'a1', 'a2', 'a3'])
  expect(states(w)).toEqual(['sent', 'sent', 'sent', 'sent'])
})

test('an account says how often sending is tried, and after which wait', async () => {
  const retry = { attempts: 2, minDelayMs: 10_000, jitter: 0 }
  await using w = engineWorld({ common: { retry } })
  let tries = 0
  w.chat.trouble = () => (tries++, busy())
  await put(w, '1', 'a1')
  await until('the first try', () => tries === 1)
  await w.pass(9900)
  expect(tries).toBe(1)
  await w.pass(200)
  await w.idle()
  expect([tries, states(w)]).toEqual([2, ['failed']])
})

test('a long text goes out in pieces, in order, the first as the reply', async () => {
  await using w = engineWorld({ account: { limits: { text: 40, caption: 40, media: 1 } } })
  await put(w, '1', 'one two three four five six seven eight nine ten eleven twelve', {
    replyTo: 'q',
    replyMode: 'first',
  })
  await w.idle()
  expect(w.texts().length).toBeGreaterThan(1)
  expect(w.texts().join(' ')).toBe('one two three four five six seven eight nine ten eleven twelve')
  expect(w.chat.sent.map((m) => m.replyTo)).toEqual([
    'q',
    ...w
      .texts()
      .slice(1)
      .map(() => undefined),
  ])
})

test('an account may have longer or shorter pieces than its platform is used to', async () => {
  const limits = { text: 40, lines: 3, caption: 40, media: 1 }
  await using two = engineWorld({ account: { limits } })
  await put(two, '1', 'a\nb\nc\nd\ne')
  await two.idle()
  expect(two.texts()).toEqual(['a\nb', 'c\nd\ne'])
  await using three = engineWorld({ account: { limits }, common: { maxLinesPerMessage: 4 } })
  await put(three, '1', 'a\nb\nc\nd\ne')
  await three.idle()
  expect(three.texts()).toEqual(['a\nb\nc', 'd\ne'])
})

test('a platform that is merely away is tried again, then given up', async () => {
  await using w = engineWorld()
  let tries = 0
  w.chat.trouble = () => {
    tries++
    return new Fault('UNAVAILABLE', 'no network')
  }
  await put(w, '1', 'x')
  await w.rest(4000)
  expect([tries, states(w)]).toEqual([8, ['failed']])
  expect(w.heard.filter((e) => e.type === 'delivery')).toMatchObject([{ state: 'failed', error: 'no network' }])
})

test('what never can be sent fails at once and does not hold up the rest', async () => {
  await using w = engineWorld()
  w.chat.trouble = (m) => (m.text === 'bad' ? new Fault('FORBIDDEN', 'blocked') : undefined)
  await put(w, '1', 'bad')
  await put(w, '1', 'good')
  await w.idle()
  expect([w.texts(), states(w)]).toEqual([['good'], ['failed', 'sent']])
})

test('what may have been sent is not sent again; its chat is told once and can ask for it', async () => {
  await using w = engineWorld()
  let lost = true
  w.chat.trouble = (m) => (m.text === 'maybe' && lost ? 'hang' : undefined)
  await put(w, '1', 'maybe')
  await w.pass(61_000)
  await w.idle()
  expect(states(w)).toEqual(['unknown', 'sent'])
  expect(w.texts()).toEqual([expect.stringMatching(/may not have arrived: “maybe…”\. Send \/resend out_/)])
  await w.pass(600_000)
  expect(w.chat.sent).toHaveLength(1)
  lost = false
  const id = outbox.inState(w.db, ['unknown'], 1)[0]?.id as string
  await resend(w.world, id)
  await w.idle()
  expect(w.texts().at(-1)).toBe('maybe')
  expect(await resend(w.world, id).catch((e: unknown) => (e as Fault).code)).toBe('NOT_FOUND')
})

test('a platform that refuses copies gets it again', async () => {
  await using w = engineWorld({ account: { idempotent: true } })
  let times = 0
  w.chat.trouble = () => (times++ ? undefined : new Fault('TIMEOUT', 'lost'))
  await put(w, '1', 'x')
  await w.pass(10_000)
  await w.idle()
  expect([w.texts(), times, states(w)]).toEqual([['x'], 2, ['sent']])
})

test('what has become too old is shown as expired, not sent late', async () => {
  await using w = engineWorld({ settings: { replyTtlMs: () => 60_000 } })
  w.chat.trouble = () => busy(120_000)
  await put(w, '1', 'stale')
  await w.pass(130_000)
  await w.idle()
  expect([w.chat.sent, states(w)]).toEqual([[], ['expired']])
})

test('a piece whose transaction was undone is not sent', async () => {
  await using w = engineWorld()
  const other = w.db.write(() => void say(w.world, to('1'), 'kept'))
  expect(() =>
    w.db.stage(() => {
      say(w.world, to('2'), 'undone')
      throw new Error('no')
    }),
  ).toThrow('no')
  await other
  await w.idle()
  await w.pass(60_000)
  await w.idle()
  expect(w.texts()).toEqual(['kept'])
})

test('the answer takes the place of its preview; when that is gone, it is sent once', async () => {
  const gate = Promise.withResolvers<void>()
  const words = 'A long answer that is written piece by piece, so that a preview of it is worth showing.'
  for (const gone of [false, true]) {
    await using w = engineWorld({
      account: { preview: true },
      tools: [],
      script: () => ({ text: words, wait: gate.promise }),
    })
    if (gone) w.chat.editTrouble = () => new Fault('NOT_FOUND', 'message to edit not found')
    gate.resolve()
    await w.db.write(() => void say(w.world, to('1'), 'the answer', { replaces: 'p9' }))
    await w.idle()
    expect([w.texts(), w.chat.edits]).toEqual(
      gone ? [['the answer'], []] : [[], [{ platformId: 'p9', text: 'the answer' }]],
    )
    expect(states(w)).toEqual(['sent'])
  }
})

test('a preview that cannot be replaced, and an answer that may have been sent, make no second answer', async () => {
  await using w = engineWorld()
  w.chat.editTrouble = () => new Fault('NOT_FOUND', 'message to edit not found')
  w.chat.trouble = (m) => (m.text === 'the answer' ? new Fault('TIMEOUT', 'lost') : undefined)
  await put(w, '1', 'the answer', { replaces: 'p9' })
  await w.pass(600_000)
  await w.idle()
  expect(states(w)[0]).toBe('unknown')
})

test('an answer shows up while it is written, in one message', async () => {
  await using w = engineWorld({
    account: { preview: true },
    script: () => ({ text: 'These are more than forty characters of an answer.', hang: true }),
    settings: { turnTimeoutMs: () => 30_000 },
  })
  await w.receive('go')
  await until('some words', () => w.told('text').length > 0)
  await w.pass(1500)
  await until('a draft', () => w.chat.sent.length === 1)
  expect(w.texts()).toEqual(['These are more than forty characters of an answer. …'])
  expect(w.chat.typed).toBeGreaterThan(0)
  await w.pass(40_000)
  await w.idle()
  expect(w.rows("SELECT count(*) AS n FROM kv WHERE space = 'preview'")).toEqual([{ n: 0 }])
})

test('a draft grows where the platform lets it, and is edited once what it shows was begun anew', async () => {
  await using w = engineWorld()
  const seen: string[] = []
  Object.assign(w.chat.connection, {
    stream: async (m: { text: string; replyTo?: string }, person: string) => {
      seen.push(`begin ${m.text} for ${person} under ${m.replyTo}`)
      return {
        platformId: 'g1',
        add: async (text: string) => void seen.push(`add ${text}`),
        end: async () => void seen.push('end'),
      }
    },
  })
  const turn = {
    turn: { id: 't1' },
    session: { agent: 'main' },
    to: to('1'),
    replyTo: 'm1',
    message: { from: { id: '7' } },
    kind: 'direct',
  }
  const shown = draft(w.world, turn as unknown as TurnStart, new AbortController().signal)
  for (const text of ['One', 'One, two', 'Something else']) await shown.show(text)
  await shown.end()
  expect(seen).toEqual(['begin One for 7 under undefined', 'add , two', 'end'])
  expect(w.chat.edits).toEqual([{ platformId: 'g1', text: 'Something else …' }])
  expect(shown.platformId()).toBe('g1')
})

test('a draft is a reply where the answer will be one, and none is shown to a native command', async () => {
  const drafted = async (common: object, more: object = {}) => {
    await using w = engineWorld({
      common,
      account: { preview: true },
      script: () => ({ text: 'These are more than forty characters of an answer.', hang: true }),
    })
    await w.receive('go', { id: 'm-asked', ...more })
    await until('some words', () => w.told('text').length > 0)
    await w.pass(10_000)
    return w.chat.sent.map((m) => m.replyTo)
  }
  expect(await drafted({})).toEqual([undefined])
  expect(await drafted({ replyToMode: 'first' })).toEqual(['m-asked'])
  expect(await drafted({ replyToMode: 'all', replyToModeByChatType: { direct: 'off' } })).toEqual([undefined])
  expect(await drafted({ replyToMode: 'all' }, { native: true })).toEqual([])
})

test('what was on its way when the process ended is unknown, or sent again where that is safe', async () => {
  for (const idempotent of [false, true]) {
    const first = engineWorld()
    await first.db.write(() => {
      outbox.add(first.db, { id: 'o1', to: to('1'), text: 'on its way', media: [] }, { at: first.now() })
      outbox.add(first.db, { id: 'o2', to: to('1'), text: 'next', media: [] }, { at: first.now() })
      outbox.claim(first.db, 'o1')
    })
    await first.close()
    await using w = engineWorld({ path: first.path, account: { idempotent } })
    await recoverOutbox(w.world)
    await w.recover()
    await w.idle()
    if (idempotent) expect(w.texts()).toEqual(['on its way', 'next'])
    else expect(w.texts()).toEqual([expect.stringContaining('may not have arrived: “on its way…”'), 'next'])
    expect(states(w)[0]).toBe(idempotent ? 'sent' : 'unknown')
  }
})

test('what an account cannot send while it is away goes out when it is back, in order', async () => {
  await using w = engineWorld()
  w.chat.away = true
  for (const text of ['one', 'two']) await put(w, '1', text)
  await w.idle()
  expect([w.texts(), states(w)]).toEqual([[], ['ready', 'ready']])
  w.chat.away = false
  w.delivery.wake()
  await put(w, '1', 'three')
  await w.idle()
  expect(w.texts()).toEqual(['one', 'two', 'three'])
})
