// What a chat is shown of the work behind an answer, when it asks: what was thought, and the calls of tools.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { inbound, engineWorld, until, type WorldWish } from './fixture.ts'

const thinker = () => ({ thinking: 'They greet me; I greet them.', text: 'Hello Ann.' })
const thought = 'Reasoning:\nThey greet me; I greet them.'

test('`/reasoning on` has what was thought said before the answer, by itself, and the model is not told of it', async () => {
  await using w = engineWorld({ script: thinker, account: { preview: true } })
  await w.receive('hello')
  await w.idle()
  expect(w.texts()).toEqual(['Hello Ann.'])
  await w.receive('/reasoning on')
  await until('the command to be answered', () => w.texts().length === 2)
  await w.receive('hello again')
  await w.idle()
  expect(w.texts().slice(1)).toEqual(['reasoningLevel is now on.', thought, 'Hello Ann.'])
  await w.receive('and again')
  await w.idle()
  expect(JSON.stringify(w.requests.at(-1)?.messages)).not.toContain('Reasoning:')
  const before = w.texts().length
  await w.receive('/reasoning off')
  await until('the command to be answered', () => w.texts().length > before)
  await w.receive('once more')
  await w.idle()
  expect(w.texts().slice(-2)).toEqual(['reasoningLevel is now off.', 'Hello Ann.'])
})

test('one message may ask for it; a silent answer shows nothing of it', async () => {
  await using w = engineWorld({
    script: (_r, n) => (n === 0 ? { thinking: 'Nothing to say.', text: 'NO_REPLY' } : thinker()),
  })
  await w.receive('hello /reasoning on')
  await w.idle()
  expect(w.texts()).toEqual([])
  await w.receive('hello /reasoning on there')
  await w.receive('hello')
  await w.idle()
  expect(w.texts()).toEqual([thought, 'Hello Ann.', 'Hello Ann.'])
})

test('`/reasoning stream` shows it in the draft, which the answer replaces, or which goes when there is none', async () => {
  const long = 'They greet me in the morning, so I greet them, and I wish them a good one.'
  for (const text of ['Good morning.', 'NO_REPLY']) {
    const gate = Promise.withResolvers<void>()
    await using w = engineWorld({
      script: () => ({ thinking: long, text, later: gate.promise }),
      account: { preview: true },
    })
    await w.receive('/reasoning stream')
    await until('the command to be answered', () => w.texts().length === 1)
    await w.receive('hello')
    await until('the model to be asked', () => w.requests.length === 1)
    await w.pass(5000)
    await until('a draft', () => w.texts().length === 2)
    expect(w.texts()[1]).toBe(`Reasoning:\n${long} …`)
    gate.resolve()
    await w.idle()
    expect(w.texts()).toHaveLength(2)
    const said = text === 'NO_REPLY' ? [] : [{ platformId: 'p2', text }]
    expect(w.chat.edits).toEqual(said)
    expect(w.chat.removed).toEqual(said.length ? [] : ['p2'])
  }
})

test('where no draft is shown, `/reasoning stream` is as on', async () => {
  await using w = engineWorld({ script: thinker })
  await w.receive('hello /reasoning stream')
  await w.idle()
  expect(w.texts()).toEqual([thought, 'Hello Ann.'])
})

const look = defineTool({
  id: 'look',
  summary: 'Looks.',
  params: z.strictObject({ path: z.string() }),
  risk: 'read',
  run: ({ path }) => Promise.resolve({ ok: true, text: `seen ${path}` }),
})
const looking: WorldWish = {
  tools: [look],
  script: (req) =>
    req.messages.at(-1)?.role === 'tool' ? 'It is there.' : { calls: [{ tool: 'look', input: { path: 'a.txt' } }] },
}

test('`/verbose on` tells of each call before the answer, full also what came of it, off nothing', async () => {
  await using w = engineWorld(looking)
  const said = async (text: string) => {
    const before = w.texts().length
    await w.receive(text)
    await w.idle()
    await until('an answer', () => w.texts().length > before)
    return w.texts().slice(before)
  }
  expect(await said('look')).toEqual(['It is there.'])
  await said('/verbose on')
  expect(await said('look')).toEqual(['🧩 look: `a.txt`', 'It is there.'])
  expect(await said('look /verbose full at it')).toEqual([
    '🧩 look: `a.txt`',
    '↳ look\n```\nseen a.txt\n```',
    'It is there.',
  ])
  await said('/verbose off')
  expect(await said('look')).toEqual(['It is there.'])
  expect(w.rows("SELECT count(*) AS n FROM outbox WHERE state <> 'sent'")).toEqual([{ n: 0 }])
})

test('what the config says of tools is for direct chats; a group has to ask', async () => {
  await using w = engineWorld(looking)
  const rule = w.world.settings.agent('main')
  await using v = engineWorld({
    ...looking,
    settings: { agent: () => rule && { ...rule, verbose: 'on' } },
    common: { groupPolicy: 'open' },
  })
  await v.receive('look')
  await v.idle()
  expect(v.texts()).toEqual(['🧩 look: `a.txt`', 'It is there.'])
  const group = { kind: 'group' as const, to: { ...inbound('').to, chat: '-7' } }
  await v.receive('look', group)
  await v.idle()
  expect(v.texts().slice(2)).toEqual(['It is there.'])
  await v.receive('look /verbose on', group)
  await v.idle()
  expect(v.texts().slice(3)).toEqual(['🧩 look: `a.txt`', 'It is there.'])
})

test('a line about a tool takes the place of the draft, and the answer comes below it', async () => {
  const gate = Promise.withResolvers<void>()
  const text = 'I will look at that file for you now, one moment please.'
  await using w = engineWorld({
    ...looking,
    account: { preview: true },
    script: (_r, n) =>
      n === 0 ? { text, later: gate.promise, calls: [{ tool: 'look', input: { path: 'a.txt' } }] } : 'It is there.',
  })
  await w.receive('look /verbose on here')
  await until('some words', () => w.told('text').length > 0)
  await w.pass(1500)
  await until('a draft', () => w.chat.sent.length === 1)
  gate.resolve()
  await w.idle()
  expect(w.chat.edits).toEqual([{ platformId: 'p1', text: '🧩 look: `a.txt`' }])
  expect(w.texts().slice(1)).toEqual(['It is there.'])
  expect(w.rows("SELECT count(*) AS n FROM kv WHERE space = 'preview'")).toEqual([{ n: 0 }])
})

test('an account may want drafts in whole pieces; typing is shown as often as the config says', async () => {
  const gate = Promise.withResolvers<void>()
  const first = 'A first paragraph, long enough to be worth a draft.'
  await using w = engineWorld({
    account: { preview: true, draftChunk: { min: 20, max: 200, prefer: 'paragraph' } },
    settings: { typingMs: () => 60_000 },
    script: () => ({ text: `${first}\n\nAnd the beginning of`, later: gate.promise }),
  })
  await w.receive('go')
  await until('some words', () => w.told('text').length > 0)
  await w.pass(3000)
  await until('a draft', () => w.chat.sent.length === 1)
  await w.pass(20_000)
  expect([w.texts()[0]?.trim(), w.chat.edits, w.chat.typed]).toEqual([`${first}\n\n …`, [], 1])
  gate.resolve()
  await w.idle()
  expect(w.chat.edits.at(-1)?.text).toContain('And the beginning of')
})

test('a session whose answers stay in shows no draft, thought or line either', async () => {
  const gate = Promise.withResolvers<void>()
  await using w = engineWorld({
    ...looking,
    account: { preview: true },
    settings: { sendAllowed: () => false, turnTimeoutMs: () => 30_000 },
    script: (_r, n) =>
      n === 0
        ? { calls: [{ tool: 'look', input: { path: 'a.txt' } }] }
        : { text: 'Words that are longer than forty characters in all.', later: gate.promise },
  })
  await w.receive('hello /verbose on /reasoning stream there')
  await until('some words', () => w.told('text').length > 0)
  await w.pass(5000)
  gate.resolve()
  await w.idle()
  expect([w.texts(), w.chat.edits]).toEqual([[], []])
})

test('a chat that wants to know is told when its history was condensed', async () => {
  const usage = { input: 199_000, output: 5, cacheRead: 0, cacheWrite: 0 }
  await using w = engineWorld({
    script: (req) => ({ text: req.system.includes('condense') ? 'Short.' : 'Hi.', usage }),
  })
  await w.receive('one')
  await w.idle()
  await w.receive('two /verbose on please')
  await until('the line', () => w.texts().length === 3)
  await w.idle()
  expect(w.texts()).toEqual(['Hi.', 'Hi.', '🧹 Auto-compaction complete.'])
})
