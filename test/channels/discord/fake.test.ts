// The fake refuses what Discord refuses; else the tests above would prove nothing.
import { expect, test } from 'bun:test'
import { world } from './rig.ts'

const agent = 'DiscordBot (test, 1)'

async function fake() {
  const dc = await world((dc) => void dc.channel('Home', 'general'))
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const all = {
      'user-agent': agent,
      authorization: `Bot ${dc.token}`,
      'content-type': 'application/json',
      ...headers,
    }
    const answer = await fetch(`${dc.url}/v10${path}`, {
      method,
      headers: all,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said = (await answer.json().catch(() => ({}))) as { code?: number; id?: string }
    return { status: answer.status, code: said.code, id: said.id }
  }
  const ann = dc.direct('Ann')
  return { dc, ask, ann, send: (body: object) => ask('POST', `/channels/${ann.id}/messages`, body) }
}

/** Opens a socket, answers HELLO with `first`, and tells how it was closed. */
async function line(url: string, first: (hello: unknown) => unknown): Promise<number> {
  const socket = new WebSocket(url)
  const closed = new Promise<number>((resolve) => {
    socket.onclose = (event) => resolve(event.code)
  })
  socket.onmessage = (event) => {
    const frame = JSON.parse(String(event.data)) as { op: number }
    if (frame.op === 10) socket.send(JSON.stringify(first(frame)))
    if (frame.op === 9 || frame.op === 0) socket.close(1000)
  }
  return closed
}

test('calls without a token, a name, or a known path', async () => {
  const { ask } = await fake()
  expect(await ask('GET', '/users/@me', undefined, { authorization: 'Bot nope' })).toMatchObject({ status: 401 })
  expect(await ask('GET', '/users/@me', undefined, { 'user-agent': 'curl' })).toMatchObject({ status: 403 })
  expect(await ask('GET', '/nothing')).toMatchObject({ status: 404 })
  expect(await ask('GET', '/users/@me')).toMatchObject({ status: 200 })
})

test('messages beyond the bounds', async () => {
  const { send, ask, dc } = await fake()
  expect(await send({ content: 'x'.repeat(2001) })).toMatchObject({ status: 400, code: 50_035 })
  expect(await send({ content: '  ' })).toMatchObject({ status: 400, code: 50_006 })
  expect(await send({ content: 'x', nonce: 'n'.repeat(26) })).toMatchObject({ code: 50_035 })
  expect(await send({ content: 'x', surprise: 1 })).toMatchObject({ code: 50_035 })
  expect(await send({ content: 'x', flags: 8192 })).toMatchObject({ code: 50_159 })
  expect(await ask('POST', '/channels/123456789012345678/messages', { content: 'x' })).toMatchObject({ code: 10_003 })
  const theirs = dc.says(dc.direct('Ann'), 'Ann', 'mine')
  const path = `/channels/${theirs.channel_id}/messages/${theirs.id}`
  expect(await ask('PATCH', path, { content: 'x' })).toMatchObject({ status: 403, code: 50_005 })
  expect(await ask('PUT', `${path}/reactions/nonsense/@me`)).toMatchObject({ code: 10_014 })
})

test('a nonce that came before answers the same message, when that is wished', async () => {
  const { send, dc } = await fake()
  const first = await send({ content: 'x', nonce: 'a', enforce_nonce: true })
  expect(await send({ content: 'x', nonce: 'a', enforce_nonce: true })).toEqual(first)
  await send({ content: 'x', nonce: 'a' })
  expect(dc.sent).toHaveLength(2)
})

test('limits, where a test wants them', async () => {
  const { send, dc } = await fake()
  dc.bucket.size = dc.bucket.left = 1
  expect((await send({ content: '1' })).status).toBe(200)
  expect((await send({ content: '2' })).status).toBe(429)
})

test('interactions are acknowledged once, answered by their token, and only then', async () => {
  const { ask, dc, ann } = await fake()
  const one = dc.command(ann, 'Ann', 'status')
  const callback = `/interactions/${one.id}/${one.token}/callback`
  const original = `/webhooks/${dc.app.id}/${one.token}/messages/@original`
  expect(await ask('PATCH', original, { content: 'x' })).toMatchObject({ code: 10_015 })
  expect(await ask('POST', `/interactions/${one.id}/wrong/callback`, { type: 5 })).toMatchObject({ code: 10_062 })
  expect((await ask('POST', callback, { type: 5 })).status).toBe(204)
  expect(await ask('POST', callback, { type: 5 })).toMatchObject({ code: 40_060 })
  expect((await ask('PATCH', original, { content: 'x' })).status).toBe(200)
})

test('the gateway closes on what it does not take, each with its code', async () => {
  const { dc } = await fake()
  const url = `ws://127.0.0.1:${dc.front.port}/gateway?v=10&encoding=json`
  const properties = { os: 'linux', browser: 'x', device: 'x' }
  const identify = (more: object = {}) => ({ op: 2, d: { token: dc.token, intents: 1, properties, ...more } })
  expect(await line(url, () => ({ op: 3, d: {} }))).toBe(4003)
  expect(await line(url, () => ({ op: 2, d: { token: dc.token } }))).toBe(4002)
  expect(await line(url, () => identify({ token: 'nope' }))).toBe(4004)
  expect(await line(url, () => identify({ intents: 2 ** 30 }))).toBe(4013)
  dc.gateway.mood.allowed = 0
  expect(await line(url, () => identify({ intents: 1 << 15 }))).toBe(4014)
  expect(await line(url.replace('v=10', 'v=6'), () => identify())).toBe(4012)
  expect(await line(url, () => identify())).toBe(1000)
  const session = { token: dc.token, session_id: 'unknown', seq: 0 }
  expect(await line(url, () => ({ op: 6, d: session }))).toBe(1000)
})

test('without the intent for it nothing is told, and no words of servers', async () => {
  const { dc } = await fake()
  const general = dc.channel('Home', 'general')
  const socket = new WebSocket(`ws://127.0.0.1:${dc.front.port}/gateway?v=10&encoding=json`)
  const heard: { t: string; d: { content?: string } }[] = []
  const properties = { os: 'linux', browser: 'x', device: 'x' }
  socket.onmessage = (event) => {
    const frame = JSON.parse(String(event.data)) as { op: number; t: string; d: { content?: string } }
    if (frame.op === 10) socket.send(JSON.stringify({ op: 2, d: { token: dc.token, intents: 1 << 9, properties } }))
    if (frame.op === 0) heard.push(frame)
    if (frame.t === 'READY') {
      dc.says(dc.direct('Ann'), 'Ann', 'directly')
      dc.says(general, 'Ann', 'in a server')
    }
    if (frame.t === 'MESSAGE_CREATE') socket.close(1000)
  }
  await new Promise((resolve) => (socket.onclose = resolve))
  expect(heard.map((e) => [e.t, e.d.content])).toEqual([
    ['READY', undefined],
    ['MESSAGE_CREATE', ''],
  ])
})
