// The examples of the documents this gateway is built after, as they stand there, against the executable.
import { expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import NodeSocket from 'ws'
import { startGatewayServer } from 'oclaw/gateway'
import { gateway } from './harness.ts'

interface Frame {
  readonly ok?: boolean
  readonly method?: string
  readonly event?: string
  readonly data?: Readonly<Record<string, unknown>>
  readonly sessions?: readonly Readonly<Record<string, unknown>>[]
}

/** Resolves with the first frame that fits. */
function frame(
  socket: { addEventListener: WebSocket['addEventListener'] },
  fits: (f: Frame) => boolean,
): Promise<Frame> {
  return new Promise((resolve) =>
    socket.addEventListener('message', (e) => {
      const f = JSON.parse(String(e.data)) as Frame
      if (fits(f)) resolve(f)
    }),
  )
}

test('the first example: open, then send auth', async () => {
  await using gw = await gateway()
  const ws = new NodeSocket(`ws://127.0.0.1:${gw.port}`)
  const answer = new Promise<Frame>((resolve) =>
    ws.on('message', (text) => {
      const f = JSON.parse(String(text)) as Frame
      if (f.method === 'auth') resolve(f)
    }),
  )
  ws.on('open', () => {
    ws.send(JSON.stringify({ method: 'auth', params: { token: gw.token } }))
  })
  expect(await answer).toMatchObject({ ok: true, method: 'auth' })
  ws.close()
})

test('the second example: wait for the challenge, send auth, hear the agent', async () => {
  await using gw = await gateway()
  const ws = new WebSocket(`ws://127.0.0.1:${gw.port}`)
  const heard = frame(ws, (f) => f.event === 'agent')
  ws.addEventListener('message', (event) => {
    const msg = JSON.parse(String(event.data)) as Frame
    if (msg.event === 'connect.challenge') ws.send(JSON.stringify({ method: 'auth', params: { token: gw.token } }))
    if (msg.ok && msg.method === 'auth') {
      const params = { message: 'Hello, what can you help with?', sessionKey: 'main', thinkingLevel: 'medium' }
      ws.send(JSON.stringify({ method: 'agent', params }))
    }
  })
  expect((await heard).data).toMatchObject({ runId: expect.any(String) })
  ws.close()
})

test('a bearer header on the upgrade stands for auth, and an agent answers in events', async () => {
  await using gw = await gateway()
  const headers = { authorization: `Bearer ${gw.token}` }
  const ws = new WebSocket(`ws://127.0.0.1:${gw.port}`, { headers } as unknown as string[])
  await new Promise((resolve) => ws.addEventListener('open', resolve, { once: true }))
  const text = frame(ws, (f) => f.event === 'agent.text')
  const done = frame(ws, (f) => f.event === 'agent.done')
  ws.send(JSON.stringify({ method: 'agent', params: { message: 'hello', sessionKey: 'main' } }))
  expect((await text).data).toMatchObject({ sessionKey: 'main', text: expect.any(String), delta: expect.any(String) })
  expect((await done).data).toMatchObject({ sessionKey: 'main', status: 'ok' })
  const list = frame(ws, (f) => f.sessions !== undefined)
  ws.send(JSON.stringify({ method: 'sessions.list', params: { includeGlobal: true } }))
  const row = (await list).sessions?.[0]
  expect(row).toMatchObject({ key: 'agent:main:main', agentId: 'main', messageCount: 2 })
  expect(typeof row?.['sessionId']).toBe('string')
  expect(new Date(String(row?.['lastActiveAt'])).toISOString()).toBe(String(row?.['lastActiveAt']))
  ws.close()
})

test('health, with and without a token', async () => {
  await using gw = await gateway()
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${gw.port}${path}`, { headers })
  const health = (await (await get('/health')).json()) as Readonly<Record<string, unknown>>
  expect(Object.keys(health).toSorted()).toEqual(['status', 'uptime', 'version'])
  expect(health['status']).toBe('ok')
  const known = await get('/v1/health', { authorization: `Bearer ${gw.token}` })
  expect(await known.json()).toEqual({ status: 'ok' })
  expect((await get('/v1/health', { authorization: 'Bearer wrong' })).status).toBe(401)
})

test('a program starts a gateway of its own, and closes it', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'oclaw-program-'))
  const server = await startGatewayServer(0, {
    bind: 'loopback',
    controlUiEnabled: true,
    openAiChatCompletionsEnabled: true,
    openResponsesEnabled: true,
    auth: { mode: 'token', token: 'your-secure-token' },
    stateDir,
  })
  const url = `http://127.0.0.1:${server.port}/health`
  expect((await fetch(url)).status).toBe(200)
  await server.close({ reason: 'manual shutdown' })
  expect(fetch(url)).rejects.toThrow()
})
