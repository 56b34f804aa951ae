// The strict dialect after its sign-in, line by line of the conformance list.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { modelFault } from '../engine/scripted.ts'
import { adm, device, type Frame } from './client.ts'
import { gateway, token, type Gateway } from './fixture.ts'

/** A client that has signed in with a device of its own. */
async function signed(g: Gateway, scopes: readonly string[] = adm, more: Frame = {}) {
  const c = await g.open()
  expect((await c.connect({ device: device(), token, scopes, ...more })).ok).toBe(true)
  return c
}

const errorOf = async (answer: Promise<Frame>): Promise<string> => {
  const f = await answer
  expect([f.ok, f.error?.code]).toEqual([false, 'INVALID_REQUEST'])
  return f.error.message as string
}

const key = 'agent:main:main'

test('31, 32, 33: scopes, unknown methods, roles', async () => {
  await using g = gateway()
  const reader = await signed(g, ['operator.read'])
  const send = { sessionKey: 'main', message: 'x', idempotencyKey: '1' }
  expect(await errorOf(reader.call('chat.send', send))).toBe('missing scope: operator.write')
  for (const method of ['sessions.patch', 'nosuch', 'config.schema'])
    expect(await errorOf(reader.call(method, {}))).toBe('missing scope: operator.admin')
  const admin = await signed(g)
  expect(await errorOf(admin.call('nosuch'))).toBe('unknown method: nosuch')
  expect(await errorOf(admin.call('skills.bins'))).toBe('unauthorized role: operator')
  const node = await signed(g, [], { role: 'node' })
  expect(await errorOf(node.call('health'))).toBe('unauthorized role: node')
})

test('34, 35: frames that make no sense leave the connection up', async () => {
  await using g = gateway()
  const c = await signed(g)
  expect(await errorOf(c.call('connect', {}))).toBe('connect is only valid as the first request')
  c.send({ type: 'req', method: 'health' })
  expect(await errorOf(c.response('invalid'))).toStartWith('invalid request frame: ')
  c.send({ type: 'req', id: 7, method: 'health' })
  expect(await errorOf(c.response(7))).toStartWith('invalid request frame: ')
  c.send('not JSON')
  expect((await c.call('health')).ok).toBe(true)
})

test('36: parameters are checked, in the known words', async () => {
  await using g = gateway()
  const c = await signed(g)
  expect(await errorOf(c.call('sessions.list', { bogus: 1 }))).toBe(
    "invalid sessions.list params: at root: unexpected property 'bogus'",
  )
  expect(await errorOf(c.call('sessions.list', { limit: 0 }))).toBe(
    'invalid sessions.list params: at /limit: must be >= 1',
  )
  expect(await errorOf(c.call('sessions.list', []))).toBe('invalid sessions.list params: must be object')
  expect(await errorOf(c.call('agent.wait', { runId: '' }))).toContain(
    'at /runId: must NOT have fewer than 1 characters',
  )
})

test('37, 38: health and status', async () => {
  await using g = gateway()
  const admin = await signed(g)
  const { payload: h } = await admin.call('health')
  expect([h.ok, typeof h.ts, typeof h.durationMs, Array.isArray(h.channelOrder)]).toEqual([
    true,
    'number',
    'number',
    true,
  ])
  expect(Object.keys(h.agents[0].sessions)).toEqual(['path', 'count', 'recent'])
  const { payload: full } = await admin.call('status')
  expect(full.sessions.paths).toHaveLength(1)
  const reader = await signed(g, ['operator.read'])
  const { payload: less } = await reader.call('status')
  expect([less.sessions.paths, less.sessions.byAgent[0].path, less.sessions.recent]).toEqual([[], '[redacted]', []])
})

test('39, 40: a message is answered by events in order, and taken once', async () => {
  await using g = gateway({ script: () => 'Hello there, this is an answer.' })
  const c = await signed(g)
  const send = { sessionKey: key, message: 'hello', idempotencyKey: 'k1' }
  expect((await c.call('chat.send', send)).payload).toEqual({ runId: 'k1', status: 'started' })
  await c.event('chat', (p) => p.state === 'final')
  const seen = c.frames
    .filter((f) => f.event === 'agent' || f.event === 'chat')
    .map((f) =>
      f.event === 'chat' ? `chat ${f.payload.state}` : `${f.payload.stream} ${f.payload.data.phase ?? ''}`.trim(),
    )
  const order = ['lifecycle start', 'assistant', 'chat delta', 'lifecycle end', 'chat final']
  expect(seen.filter((s, i) => seen.indexOf(s) === i)).toEqual(order)
  for (const f of c.events('chat')) expect([f.payload.runId, f.payload.sessionKey]).toEqual(['k1', key])
  expect(c.events('chat').at(-1)?.payload.message.content[0].text).toBe('Hello there, this is an answer.')
  const texts = c
    .events('agent')
    .flatMap((f) => (f.payload.stream === 'assistant' ? [f.payload.data.text as string] : []))
  for (const [i, text] of texts.entries()) expect(text).toStartWith(texts[i - 1] ?? '')
  const seqs = c.frames.flatMap((f) => ('seq' in f ? [f.seq] : []))
  expect(seqs).toEqual(seqs.map((_, i) => seqs[0] + i))
  const again = await c.call('chat.send', send)
  expect([again.payload, g.requests.length]).toEqual([{ runId: 'k1', status: 'ok' }, 1])
})

test('41, 43, 44, 45: while it runs, it is in flight, and can be stopped', async () => {
  await using g = gateway({ script: () => ({ text: 'I was about to say', hang: true }) })
  const c = await signed(g)
  for (const [id, stop, reason] of [
    ['a1', (): Promise<Frame> => c.call('chat.abort', { sessionKey: 'main' }), 'rpc'],
    ['a2', (): Promise<Frame> => c.call('chat.abort', { sessionKey: 'main', runId: 'a2' }), 'rpc'],
    [
      'a3',
      (): Promise<Frame> => c.call('chat.send', { sessionKey: 'main', message: '/stop', idempotencyKey: 's' }),
      'stop',
    ],
  ] as const) {
    const send = { sessionKey: 'main', message: 'go', idempotencyKey: id }
    await c.call('chat.send', send)
    await c.event('agent', (p) => p.runId === id && p.stream === 'assistant')
    expect((await c.call('chat.send', send)).payload).toEqual({ runId: id, status: 'in_flight' })
    expect((await stop()).payload).toEqual({ ok: true, aborted: true, runIds: [id] })
    const end = await c.event('chat', (p) => p.runId === id && p.state === 'aborted')
    expect([end.payload.stopReason, end.payload.message.content[0].text]).toEqual([reason, 'I was about to say'])
  }
  expect((await c.call('chat.abort', { sessionKey: 'main', runId: 'nobody' })).payload).toEqual({
    ok: true,
    aborted: false,
    runIds: [],
  })
})

test('42: messages that cannot be', async () => {
  await using g = gateway()
  const c = await signed(g)
  const send = (message: string) => errorOf(c.call('chat.send', { sessionKey: 'main', message, idempotencyKey: 'x' }))
  expect(await send(' ')).toBe('message or attachment required')
  expect(await send('a\0b')).toBe('message must not contain null bytes')
  expect(await errorOf(c.call('chat.send', { sessionKey: 'main', message: 'x' }))).toBe(
    "invalid chat.send params: must have required property 'idempotencyKey'",
  )
})

test('46: when the model fails, it is said', async () => {
  await using g = gateway({ script: () => ({ fault: modelFault('auth') }) })
  const c = await signed(g)
  await c.call('chat.send', { sessionKey: 'main', message: 'x', idempotencyKey: 'e' })
  expect((await c.event('chat', (p) => p.state === 'error')).payload.errorMessage).toBe('the model says auth')
  await c.event('agent', (p) => p.stream === 'lifecycle' && p.data.phase === 'error')
})

test('47: a command is answered without a run', async () => {
  await using g = gateway()
  const c = await signed(g)
  const send = { sessionKey: 'main', message: '/status', idempotencyKey: 'st' }
  expect((await c.call('chat.send', send)).payload.status).toBe('started')
  const final = await c.event('chat', (p) => p.runId === 'st' && p.state === 'final')
  expect(final.payload.message.content[0].text).toContain('Model: a/one')
  expect([c.events('agent'), g.requests]).toEqual([[], []])
})

test('55: tools are told to those who asked and can hear', async () => {
  const look = defineTool({
    id: 'look',
    summary: 'Looks.',
    params: z.strictObject({}),
    risk: 'read',
    run: async () => ({ ok: true, text: 'seen' }),
  })
  await using g = gateway({ tools: [look], script: (_r, n) => (n ? 'Done.' : { calls: [{ tool: 'look' }] }) })
  const asker = await signed(g, adm, { caps: ['tool-events'] })
  const other = await signed(g)
  await asker.call('chat.send', { sessionKey: 'main', message: 'x', idempotencyKey: 't' })
  for (const c of [asker, other]) await c.event('chat', (p) => p.state === 'final')
  const tools = (f: Frame) => f.event === 'agent' && f.payload.stream === 'tool'
  expect(asker.frames.filter(tools).map((f) => [f.payload.data.phase, 'seq' in f])).toEqual([
    ['start', false],
    ['result', false],
  ])
  expect(other.frames.filter(tools)).toEqual([])
})
