// Stopping and deadlines: a session is freed in time, whatever the model or the tool does.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { stopSession } from '../../src/engine/stop.ts'
import * as outbox from '../../src/store/outbox.ts'
import { engineWorld, until } from './fixture.ts'

const key = 'agent:main:main'
const deaf = defineTool({
  id: 'deaf',
  summary: 'Never ends, whatever its signal says.',
  params: z.strictObject({}),
  risk: 'read',
  timeoutMs: 10_000_000,
  run: () => new Promise(() => undefined),
})

test('stop works within a second while the model hangs', async () => {
  await using w = engineWorld({ script: () => ({ text: 'I was going to', hang: true }) })
  await w.receive('go', { id: 's1' })
  await w.receive('and then', { id: 's2' })
  await until('some words', () => w.told('text').length > 0)
  const start = performance.now()
  await w.receive('stop')
  await w.idle()
  expect(performance.now() - start).toBeLessThan(1000)
  expect(w.runs.all()).toEqual([])
  expect(w.texts()).toEqual(['⏹ Stopped, 1 waiting message(s) dropped.'])
  expect(w.told('cancelled')[0]?.event).toMatchObject({ by: 'stop', text: expect.stringMatching(/^I was/) })
  expect(w.rows('SELECT state, reason FROM inbox ORDER BY id')).toEqual([
    { state: 'done', reason: null },
    { state: 'dropped', reason: 'stopped' },
    { state: 'done', reason: 'command' },
  ])
})

test('stop works within a second while a tool is deaf', async () => {
  await using w = engineWorld({
    tools: [deaf],
    script: (_r, n) => (n === 0 ? { text: 'Let me.', calls: [{ tool: 'deaf' }] } : 'Next.'),
  })
  await w.receive('go')
  await until('the tool', () => w.told('tool.started').length > 0)
  const start = performance.now()
  expect(stopSession(w.kit, w.dispatch, key, 'stopped', 'rpc').runs).toHaveLength(1)
  await w.idle()
  expect(performance.now() - start).toBeLessThan(1000)
  await w.receive('more')
  await w.idle()
  expect(w.texts()).toEqual(['Next.'])
  // The call that was cut off has its one result, as every server demands.
  expect(w.requests[1]?.messages.map((m) => m.role)).toEqual(['user', 'assistant', 'tool', 'user'])
  expect(w.rows("SELECT count(*) AS n FROM entries WHERE parts LIKE '%Let me.%'")).toEqual([{ n: 1 }])
})

for (const [what, script] of [
  ['a silent model', () => ({ hang: true })],
  ['a deaf tool', () => ({ calls: [{ tool: 'deaf' }] })],
] as const)
  test(`${what} frees its session at the deadline; what waits stays, in order`, async () => {
    await using w = engineWorld({
      tools: [deaf],
      settings: { turnTimeoutMs: () => 5000 },
      script: (_r, n) => (n === 0 ? script() : `answer ${n}`),
    })
    await w.receive('first')
    await until('a start', () => w.requests.length === 1)
    await w.receive('second')
    await w.receive('third')
    await w.pass(4900)
    expect(w.runs.ofSession(key)).toBeDefined()
    await w.pass(2100)
    await w.idle()
    expect(w.texts()).toEqual(['⚠️ That took too long; I stopped.', 'answer 1', 'answer 2'])
    expect(w.told('cancelled')[0]?.event).toMatchObject({ by: 'timeout' })
  })

test('a tool that takes longer than it may is ended, and the model is told', async () => {
  const slow = { ...deaf, timeoutMs: 3000 }
  await using w = engineWorld({ tools: [slow], script: (_r, n) => (n === 0 ? { calls: [{ tool: 'deaf' }] } : 'Oh.') })
  await w.receive('go')
  await until('the tool', () => w.told('tool.started').length > 0)
  await w.pass(3000)
  await w.idle()
  expect(w.requests[1]?.messages.at(-1)?.parts[0]).toMatchObject({ ok: false, text: 'deaf took longer than 3 s' })
  expect(w.texts()).toEqual(['Oh.'])
})

test('the end of the process is no end of a turn: the next one takes it up', async () => {
  const first = engineWorld({ script: () => ({ hang: true }) })
  await first.receive('go')
  await first.receive('then this')
  await until('a start', () => first.requests.length === 1)
  await first.close()
  await using w = engineWorld({ path: first.path, script: (_r, n) => `answer ${n}` })
  expect(w.rows('SELECT state, attempts FROM turns')).toEqual([{ state: 'running', attempts: 1 }])
  await w.recover()
  await w.idle()
  expect(w.texts()).toEqual(['answer 0', 'answer 1'])
  expect(w.rows('SELECT state, attempts FROM turns ORDER BY rowid')).toEqual([
    { state: 'done', attempts: 2 },
    { state: 'done', attempts: 1 },
  ])
})

test('a turn that ends the process again and again is given up', async () => {
  let path = ''
  for (let i = 0; i < 5; i++) {
    const w = engineWorld({ ...(path ? { path } : {}), script: () => ({ hang: true }) })
    if (path) await w.recover()
    else await w.receive('go')
    path = w.path
    await until('a start', () => w.requests.length === 1)
    await w.close()
  }
  await using w = engineWorld({ path })
  await w.recover()
  await w.idle()
  expect(w.requests).toEqual([])
  expect(w.texts()[0]).toStartWith('⚠️')
  expect(w.rows('SELECT state, attempts FROM turns')).toEqual([{ state: 'failed', attempts: 5 }])
  expect(w.rows('SELECT state FROM inbox')).toEqual([{ state: 'done' }])
})

test('what waited to be sent goes out before what is said after the restart', async () => {
  const to = (n: number) => ({ channel: 'telegram', account: 'default', chat: `-${n}` })
  const first = engineWorld({ script: () => ({ hang: true }) })
  for (const n of [1, 2, 3, 4]) await first.receive('go', { to: to(n), kind: 'group' })
  await until('the starts', () => first.requests.length === 4)
  await first.db.write(() => {
    outbox.add(first.db, { id: 'o1', to: to(1), text: 'waited', media: [] }, { at: first.now() })
  })
  await first.close()
  await using w = engineWorld({ path: first.path, script: () => ({ text: 'answer' }) })
  await w.recover()
  await w.idle()
  expect(w.chat.sent.filter((m) => m.to.chat === '-1').map((m) => m.text)).toEqual(['waited', 'answer'])
})
