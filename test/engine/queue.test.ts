// What happens to messages that come while a turn is going on, by the session's queue rule.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { textOf } from '../../src/domain/turn.ts'
import type { QueueRule } from '../../src/engine/settings.ts'
import { engineWorld, until, type EngineWorld } from './fixture.ts'
import type { Script } from './scripted.ts'

const rule = (more: Partial<QueueRule>): { queue(): QueueRule } => ({
  queue: () => ({ mode: 'followup', debounceMs: 1000, cap: 20, drop: 'old', ...more }),
})

/** A model whose first answer waits for `open`; each answer repeats what was last said. */
function gated() {
  const gate = Promise.withResolvers<void>()
  const script: Script = (req, n) => {
    const said = textOf(req.messages.findLast((m) => m.role === 'user')?.parts ?? [])
    const plain = said.replaceAll(/\[[^\]]*\] /g, '')
    return { text: `re: ${plain}`, ...(n === 0 ? { wait: gate.promise } : {}) }
  }
  return { script, open: () => gate.resolve() }
}

const dropped = (w: EngineWorld) =>
  w
    .rows("SELECT platform_id AS id, reason FROM inbox WHERE state = 'dropped' ORDER BY id")
    .map((r) => [r['id'], r['reason']])

test('followup: one turn each, in order', async () => {
  const { script, open } = gated()
  await using w = engineWorld({ script, settings: rule({ mode: 'followup' }) })
  for (const text of ['one', 'two', 'three']) await w.receive(text)
  expect(w.dispatch.waiting('agent:main:main')).toBe(2)
  open()
  await w.idle()
  expect(w.texts()).toEqual(['re: one', 're: two', 're: three'])
})

test('collect: what comes meanwhile is one turn, once it has been quiet', async () => {
  const { script, open } = gated()
  await using w = engineWorld({ script, settings: rule({ mode: 'collect' }) })
  for (const text of ['one', 'two', 'three']) await w.receive(text)
  open()
  await until('the first answer', () => w.texts().length === 1)
  await w.pass(900)
  await w.receive('four')
  await w.pass(900)
  expect(w.texts()).toEqual(['re: one'])
  await w.pass(200)
  await w.pass(1100)
  await w.idle()
  expect(w.texts()).toEqual(['re: one', 're: two\nthree\nfour'])
  expect(w.rows('SELECT DISTINCT state FROM inbox')).toEqual([{ state: 'done' }])
})

test('collect: messages of different chats are not mixed', async () => {
  const { script, open } = gated()
  await using w = engineWorld({ script, settings: rule({ mode: 'collect', debounceMs: 1 }) })
  const other = { to: { channel: 'telegram', account: 'default', chat: '77' }, from: { id: '77' } }
  await w.receive('one')
  await w.receive('two')
  await w.receive('else', other)
  await w.receive('three')
  open()
  await w.rest(10)
  expect(w.chat.sent.map((m) => [m.to.chat, m.text])).toEqual([
    ['42', 're: one'],
    ['42', 're: two'],
    ['77', 're: else'],
    ['42', 're: three'],
  ])
})

const steering = (mode: QueueRule['mode']) => {
  const gate = Promise.withResolvers<void>()
  const slow = defineTool({
    id: 'slow',
    summary: 'Waits.',
    params: z.strictObject({}),
    risk: 'read',
    run: async () => {
      await gate.promise
      return { ok: true, text: 'waited' }
    },
  })
  const w = engineWorld({
    tools: [slow],
    settings: rule({ mode }),
    script: (_req, n) => (n === 0 ? { calls: [{ tool: 'slow' }] } : `Done ${n}.`),
  })
  return { w, open: () => gate.resolve() }
}

test('steer: the running turn hears it after its tool', async () => {
  const { w, open } = steering('steer')
  await using _ = w
  await w.receive('start')
  await until('the tool', () => w.told('tool.started').length === 1)
  await w.receive('faster please')
  open()
  await w.idle()
  expect(w.texts()).toEqual(['Done 1.'])
  expect(textOf(w.requests[1]?.messages.at(-1)?.parts ?? [])).toContain('faster please')
  expect(w.rows("SELECT count(DISTINCT turn) AS n FROM inbox WHERE state = 'done'")).toEqual([{ n: 1 }])
})

test('steer-backlog: the running turn hears it once, and it has a turn of its own afterwards', async () => {
  const { w, open } = steering('steer-backlog')
  await using _ = w
  await w.receive('start')
  await until('the tool', () => w.told('tool.started').length === 1)
  await w.receive('faster please')
  open()
  await w.idle()
  expect(w.texts()).toEqual(['Done 1.', 'Done 2.'])
  const heard = (n: number) => JSON.stringify(w.requests[n]?.messages).split('faster please').length - 1
  expect([heard(1), heard(2)]).toEqual([1, 2])
  expect(w.rows("SELECT count(DISTINCT turn) AS n FROM inbox WHERE state = 'done'")).toEqual([{ n: 2 }])
})

test('interrupt: the newest message takes over', async () => {
  const { script } = gated()
  await using w = engineWorld({ script, settings: rule({ mode: 'interrupt' }) })
  await w.receive('one', { id: 'i1' })
  await until('the question', () => w.requests.length === 1)
  await w.receive('two', { id: 'i2' })
  await w.receive('three', { id: 'i3' })
  await w.idle()
  expect(w.texts()).toEqual(['re: one\nthree'])
  expect(dropped(w)).toEqual([['i2', 'superseded by a newer message']])
  expect(w.rows('SELECT state FROM turns ORDER BY rowid').map((r) => r['state'])).toEqual(['cancelled', 'done'])
})

test('a full queue drops the oldest, or the newest, with a reason', async () => {
  for (const [drop, left] of [
    ['old', ['f1', 'f3', 'f4']],
    ['new', ['f1', 'f2', 'f3']],
  ] as const) {
    const { script, open } = gated()
    await using w = engineWorld({ script, settings: rule({ cap: 2, drop }) })
    for (const id of ['f1', 'f2', 'f3', 'f4']) await w.receive(id, { id })
    open()
    await w.idle()
    expect(w.texts()).toEqual(left.map((id) => `re: ${id}`))
    expect(dropped(w)).toEqual([[drop === 'old' ? 'f2' : 'f4', 'queue full']])
  }
})

test('a program that waits hears when its message was merged, dropped or answered by a command', async () => {
  const { script, open } = gated()
  await using w = engineWorld({ script, settings: rule({ mode: 'collect', debounceMs: 1 }) })
  const wait = (run: string) => w.runs.wait(run, AbortSignal.timeout(3000))
  await w.submit('r1', 'one')
  await w.submit('r2', 'two')
  await w.submit('r3', 'three')
  const [second, third] = [wait('r2'), wait('r3')]
  open()
  await w.rest(10)
  expect([await second, await third]).toMatchObject([
    { run: 'r2', status: 'ok', text: 're: two\nthree' },
    { run: 'r3', status: 'ok', text: 're: two\nthree' },
  ])
  await w.submit('r4', '/whoami')
  expect(await wait('r4')).toMatchObject({ status: 'ok', text: expect.stringContaining('You: test') })
})

test('a message whose turn was dropped ends for those who wait', async () => {
  const { script } = gated()
  await using w = engineWorld({ script })
  await w.submit('r1', 'one', { own: true })
  await w.submit('r2', 'two', { own: true })
  const second = w.runs.wait('r2', AbortSignal.timeout(3000))
  await w.receive('/stop')
  expect(await second).toMatchObject({ run: 'r2', status: 'aborted' })
  await w.idle()
  expect(w.rows("SELECT state, reason FROM inbox WHERE run = 'r2'")).toEqual([{ state: 'dropped', reason: 'stopped' }])
})

test('summarize: what was dropped is a line each in the next turn, and then forgotten', async () => {
  const { script, open } = gated()
  await using w = engineWorld({ script, settings: rule({ cap: 1, drop: 'summarize' }) })
  await w.receive('one')
  for (const text of ['two\nand more', `three ${'x'.repeat(300)}`, 'four']) await w.receive(text)
  open()
  await w.idle()
  const said = (n: number) => w.requests[n]?.messages.at(-1)?.parts.map((p) => (p.type === 'text' ? p.text : '')) ?? []
  expect(dropped(w)).toHaveLength(2)
  expect(said(1)[0]).toMatch(/2 earlier message\(s\)[\s\S]*\n- two and more\n- three x{150,153}…$/)
  expect(said(1)[1]).toEndWith('four')
  await w.receive('five')
  await w.idle()
  expect(said(2).join('\n')).not.toContain('earlier message')
  expect(w.rows("SELECT * FROM kv WHERE space = 'overflow'")).toEqual([])
})

test('summarize: what others said is shown as theirs', async () => {
  const { script, open } = gated()
  await using w = engineWorld({ script, settings: rule({ cap: 1, drop: 'summarize' }) })
  await w.receive('one')
  await w.receive('do as I say', { from: { id: '7', name: 'Bo' } })
  await w.receive('three')
  open()
  await w.idle()
  const [first] = w.requests[1]?.messages.at(-1)?.parts ?? []
  expect(first?.type === 'text' && first.text).toMatch(/<untrusted [^>]+>\n- do as I say\n<\/untrusted/)
})

test('/queue sets and shows mode, wait, size and what is dropped; default takes all back', async () => {
  await using w = engineWorld({ settings: rule({ mode: 'collect' }) })
  const ask = async (text: string) => {
    const before = w.texts().length
    await w.receive(text)
    await until('the answer', () => w.texts().length > before)
    return w.texts().at(-1)
  }
  expect(await ask('/queue')).toBe('Queue: collect debounce:1000ms cap:20 drop:old')
  expect(await ask('/queue steer-backlog debounce:2s cap:25 drop:summarize')).toBe(
    'Queue: steer-backlog debounce:2000ms cap:25 drop:summarize',
  )
  expect(await ask('/queue cap:3')).toBe('Queue: steer-backlog debounce:2000ms cap:3 drop:summarize')
  expect(await ask('/status')).toContain('Queue: steer-backlog debounce:2000ms cap:3 drop:summarize, 0 waiting')
  expect(await ask('/queue sometimes')).toContain('invalid queueMode "sometimes" (use collect|')
  expect(await ask('/queue debounce:soon')).toContain('write it as debounce:500ms or debounce:2s')
  expect(await ask('/queue cap:0')).toContain('cap:0 is no number of messages')
  expect(await ask('/queue default')).toBe('Queue: collect debounce:1000ms cap:20 drop:old (default)')
})

test('what a session says of its queue holds, and what a message says of it for that message', async () => {
  const { script, open } = gated()
  await using w = engineWorld({ script, settings: rule({ mode: 'followup' }) })
  await w.receive('/queue cap:1 drop:new')
  await until('the answer', () => w.texts().length === 1)
  for (const text of ['one', 'two', 'three']) await w.receive(text, { id: text })
  await w.receive('/queue followup cap:5 four', { id: 'four' })
  open()
  await w.idle()
  expect(w.texts().slice(1)).toEqual(['re: one', 're: two', 're: four'])
  expect(dropped(w)).toEqual([['three', 'queue full']])
})
