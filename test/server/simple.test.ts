// The simple dialect, its JSON-RPC form, and plain HTTP, line by line of the conformance list.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { testClock } from '../../src/lib/clock.ts'
import { startAt } from '../engine/fixture.ts'
import { adm, device, type Client, type Frame } from './client.ts'
import { gateway, token, type Gateway } from './fixture.ts'

async function signedIn(g: Gateway): Promise<Client> {
  const c = await g.open()
  expect((await c.simple('auth', { token })).ok).toBe(true)
  return c
}

test('81: signing in, twice if need be, by either name', async () => {
  await using g = gateway()
  const c = await g.open()
  const res = await c.simple('auth', { token })
  expect(res).toMatchObject({ ok: true, method: 'auth', authenticated: true, mode: 'token' })
  expect(res.result).toMatchObject({ authenticated: true, mode: 'token' })
  expect('id' in res).toBe(false)
  expect((await c.simple('auth', { password: token })).ok).toBe(true)
  const other = await g.open()
  expect((await other.simple('connect', { auth: { token } })).ok).toBe(true)
})

test('82: a wrong secret ends the connection', async () => {
  await using g = gateway()
  const c = await g.open()
  const res = await c.simple('auth', { token: 'bad' })
  expect(res).toMatchObject({ ok: false, method: 'auth', error: { code: 'UNAUTHORIZED' } })
  const end = await c.closed
  expect(end.code).toBe(1008)
  expect(res.error.message).toStartWith(end.reason)
})

test('83, 85: lists and facts, flat and under result', async () => {
  await using g = gateway()
  await g.submit('r', 'hello')
  await g.idle()
  const c = await signedIn(g)
  const list = await c.simple('sessions.list', { includeGlobal: true, somethingOld: 1 })
  expect(list.sessions).toEqual(list.result.sessions)
  const [row] = list.sessions
  expect([row.key, row.agentId, row.messageCount, typeof row.sessionId]).toEqual([
    'agent:main:main',
    'main',
    2,
    'string',
  ])
  expect(new Date(row.lastActiveAt).toISOString()).toBe(row.lastActiveAt)
  const info = await c.simple('gateway.info')
  expect([info.version, typeof info.uptime, info.port]).toEqual(['2026.2.19', 'number', 18789])
  const got = await c.simple('sessions.get', { sessionKey: 'main' })
  expect([got.messages.length, got.messageCount, got.session.key]).toEqual([2, 2, 'agent:main:main'])
})

test('84: an agent run is acknowledged, told, and done', async () => {
  const look = defineTool({
    id: 'look',
    summary: 'Looks.',
    params: z.strictObject({}),
    risk: 'read',
    run: async () => ({ ok: true, text: 'seen' }),
  })
  await using g = gateway({ tools: [look], script: (_r, n) => (n ? 'All done.' : { calls: [{ tool: 'look' }] }) })
  const strict = await g.open()
  await strict.connect({ device: device(), token, scopes: adm })
  const c = await signedIn(g)
  const ack = await c.simple('agent', { message: 'hi', sessionKey: 'main', model: 'b/two', thinkingLevel: 'high' })
  expect([ack.ok, ack.status, typeof ack.runId]).toEqual([true, 'accepted', 'string'])
  const done = await c.event('agent.done')
  expect(done.data).toMatchObject({
    runId: ack.runId,
    sessionKey: 'main',
    status: 'ok',
    text: 'All done.',
    model: 'b/two',
  })
  const own = c.frames.flatMap((f) => (String(f.event).startsWith('agent.') ? [f.event as string] : []))
  expect(own.filter((n, i) => own.indexOf(n) === i)).toEqual([
    'agent.tool.start',
    'agent.tool.result',
    'agent.text',
    'agent.done',
  ])
  const text = c.events('agent.text').at(-1)?.data
  expect([text.text, text.sessionKey, text.runId]).toEqual(['All done.', 'main', ack.runId])
  expect(c.events('agent.tool.result')[0]?.data).toMatchObject({ name: 'look', result: 'seen', isError: false })
  await c.event('chat', (d) => d.state === 'final')
  expect(c.frames.filter((f) => f.method === 'agent')).toHaveLength(1)
  // 89: a strict connection hears only the names it was told.
  await strict.event('chat', (p) => p.state === 'final')
  const { payload } = strict.frames.find((f) => f.payload?.type === 'hello-ok')
  expect(strict.frames.filter((f) => f.event && !payload.features.events.includes(f.event))).toEqual([])
})

test('84: with wait, the one answer is the last', async () => {
  await using g = gateway()
  const c = await signedIn(g)
  const res = await c.simple('agent', { message: 'hi', wait: true })
  expect(res).toMatchObject({ ok: true, status: 'ok', text: 'Hello.', usage: { input: 10, output: 5 } })
})

test('86: before signing in, a request is refused and the socket stays', async () => {
  await using g = gateway()
  const c = await g.open()
  expect((await c.simple('health')).error.code).toBe('UNAUTHORIZED')
  c.send({ method: 'auth', params: { token } })
  c.send({ method: 'health', id: 1 })
  expect((await c.frame('health', (f) => f.id === 1)).ok).toBe(true)
})

test('87: ids come back as they were; JSON-RPC has its own envelopes', async () => {
  await using g = gateway()
  const c = await signedIn(g)
  expect((await c.simple('health', {}, { id: 7 })).id).toBe(7)
  expect((await c.simple('nosuch')).error.code).toBe('UNKNOWN_METHOD')
  expect((await c.simple('sessions.list', { limit: 0 })).error.code).toBe('INVALID_REQUEST')
  c.send('not JSON')
  expect((await c.frame('a refusal', (f) => f.ok === false && !('method' in f))).error.code).toBe('INVALID_REQUEST')
  expect((await c.simple('health')).ok).toBe(true)

  const rpc = await g.open()
  const call = (id: unknown, method: string, params?: Frame) => {
    rpc.send({ jsonrpc: '2.0', id, method, params })
    return rpc.frame(`answer ${String(id)}`, (f) => f.jsonrpc === '2.0' && f.id === id && 'id' in f)
  }
  expect((await call(0, 'health')).error).toMatchObject({ code: -32001, data: { code: 'UNAUTHORIZED' } })
  expect((await call(1, 'auth', { token })).result.authenticated).toBe(true)
  const res = await call('x', 'health')
  expect([Object.keys(res).sort(), res.result.ok]).toEqual([['id', 'jsonrpc', 'result'], true])
  expect((await call(2, 'nosuch')).error.code).toBe(-32601)
  expect((await call(3, 'sessions.list', { limit: 0 })).error.code).toBe(-32602)
  rpc.send('{')
  expect((await rpc.frame('parse error', (f) => f.error?.code === -32700)).id).toBe(null)
  rpc.send({ jsonrpc: '2.0', id: 9 })
  expect((await rpc.frame('bad frame', (f) => f.error?.code === -32600)).id).toBe(9)
  rpc.send({ jsonrpc: '2.0', method: 'health' })
  const count = rpc.frames.length
  await call(4, 'chat.send', { sessionKey: 'main', message: 'x' })
  await rpc.frame('an event', (f) => f.method === 'chat' && f.params.state === 'final')
  expect(
    rpc.frames
      .slice(count)
      .filter((f) => 'result' in f)
      .map((f) => f.id),
  ).toEqual([4])
})

test('88: a secret on the upgrade is enough, also for one who only listens', async () => {
  const clock = testClock(startAt)
  await using g = gateway({ clock })
  const headers = { authorization: `Bearer ${token}` }
  const c = await g.open({ headers })
  expect((await c.simple('gateway.info')).ok).toBe(true)
  const listener = await g.open({ headers })
  await listener.frame('greeting', () => true)
  await clock.advance(15_000)
  g.world.news.publish({ type: 'health' })
  await listener.event('health')
  // A strict sign-in does not take the header as its secret.
  const strict = await g.open({ headers })
  expect((await strict.connect({})).error.message).toBe('device identity required')
})

test('20: who does not sign in within ten seconds is let go', async () => {
  const clock = testClock(startAt)
  await using g = gateway({ clock })
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    const c = await g.open({ headers })
    await c.frame('greeting', () => true)
    await clock.advance(9900)
    expect(g.sockets.all.size).toBe(1)
    await clock.advance(200)
    expect(await c.closed).toEqual({ code: 1000, reason: '' })
    await g.until('the end', () => g.sockets.all.size === 0)
  }
})

test('a page of another origin may not drive us, whatever the mode', async () => {
  await using g = gateway({ auth: { mode: 'none' } })
  const evil = await g.open({ headers: { origin: 'https://evil.example' } })
  expect((await evil.simple('health')).error.code).toBe('FORBIDDEN')
  expect((await evil.closed).code).toBe(1008)
  const own = await g.open({ headers: { origin: g.url } })
  expect((await own.simple('health')).ok).toBe(true)
  const away = await g.open({ headers: { 'x-forwarded-for': '203.0.113.9' } })
  expect((await away.simple('health')).error.code).toBe('UNAUTHORIZED')
})

test('71, 90: what is served over HTTP', async () => {
  await using g = gateway()
  const get = (path: string, init?: RequestInit) => fetch(`${g.url}${path}`, { redirect: 'manual', ...init })
  for (const path of ['/', '/chat']) {
    const res = await get(path)
    expect([res.status, res.headers.get('content-type'), res.headers.get('x-frame-options')]).toEqual([
      200,
      'text/html;charset=utf-8',
      'DENY',
    ])
    expect(res.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  }
  const head = await get('/', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  expect((await get('/nothing', { method: 'POST' })).status).toBe(405)
  expect((await get('/ui')).status).toBe(404)
  const health = await (await get('/health')).json()
  expect([health.status, health.version, typeof health.uptime]).toEqual(['ok', '2026.2.19', 'number'])
  expect((await get('/health', { method: 'HEAD' })).status).toBe(200)
  expect(await (await get('/v1/health')).json()).toEqual({ status: 'ok' })
  const config = await (await get('/__openclaw/control-ui-config.json')).json()
  expect(Object.keys(config)).toHaveLength(4)
  const stranger = { host: 'evil.example', origin: 'http://evil.example' }
  expect((await get('/', { headers: stranger })).status).toBe(421)
  expect((await get('/', { headers: { host: 'gateway.example' } })).status).toBe(200) // a proxy, or a probe
})

test('the end of the gateway is told, and then the sockets close', async () => {
  await using g = gateway()
  const c = await g.open()
  await c.connect({ device: device(), token })
  g.sockets.shutdown('gateway restarting', 1500)
  expect((await c.event('shutdown')).payload).toEqual({ reason: 'gateway restarting', restartExpectedMs: 1500 })
  expect(await c.closed).toEqual({ code: 1012, reason: 'service restart' })
})
