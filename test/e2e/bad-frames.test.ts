// Nonsense on the socket: each piece gets a code and a sentence or a close, and everyone else goes on.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { gateway, type Gateway } from './harness.ts'
import { until } from './program.ts'
import { raw, refusal, simple, type Client } from './socket.ts'

let gw: Gateway

beforeAll(async () => {
  gw = await gateway()
}, 300_000)
afterAll(async () => {
  expect((await (await gw.ws()).call('health'))['ok']).toBe(true)
  expect(gw.log()).not.toContain('nobody caught')
  await gw[Symbol.asyncDispose]()
})

const said = async (frame: string | Uint8Array<ArrayBuffer>) => {
  const client = await raw(gw.port)
  client.ws.send(frame)
  return client
}

const stray = (client: Client) =>
  until('an answer', () => client.strays[0] as { ok: boolean; error: { code: string; message: string } } | undefined)

test('before sign-in, what is no request ends the connection', async () => {
  expect((await (await said('{"not json')).closed).code).toBe(1000)
  expect(await (await said('[1,2]')).closed).toEqual({ code: 1008, reason: 'invalid request frame' })
  expect(await (await said('{"x":1}')).closed).toEqual({ code: 1008, reason: 'invalid request frame' })
  expect((await (await said(new Uint8Array([0xff, 0xfe, 0]))).closed).code).toBe(1000)
  expect((await (await said(`{"method":"health","x":"${'y'.repeat(70_000)}"}`)).closed).code).toBe(1009)
})

test('a stranger is told how to sign in', async () => {
  using client = await raw(gw.port)
  expect(await refusal(client.call('health'))).toMatchObject({
    code: 'UNAUTHORIZED',
    message: expect.stringContaining('oclaw config get gateway.auth'),
  })
  expect(await refusal(simple(gw.port, 'wrong'))).toMatchObject({
    code: 'UNAUTHORIZED',
    message: expect.stringContaining('gateway token mismatch'),
  })
})

test('after sign-in, nonsense is answered and the connection lives', async () => {
  using client = await simple(gw.port, gw.token)
  client.ws.send('{"not json')
  expect(await stray(client)).toMatchObject({ ok: false, error: { code: 'INVALID_REQUEST' } })
  expect(await refusal(client.call('no.such.method'))).toMatchObject({ code: 'UNKNOWN_METHOD' })
  expect(await refusal(client.call('sessions.list', { limit: 'many' }))).toMatchObject({
    code: 'INVALID_REQUEST',
    message: 'invalid sessions.list params: at /limit: must be number',
  })
  expect(await refusal(client.call('agent', {}))).toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining("must have required property 'message'"),
  })
  expect((await client.call('health'))['ok']).toBe(true)
})

test('a frame beyond 25 MiB ends its connection only', async () => {
  using other = await simple(gw.port, gw.token)
  const client = await simple(gw.port, gw.token)
  client.ws.send(`{"id":"1","method":"agent","params":{"message":"${'x'.repeat(27_000_000)}"}}`)
  expect([1006, 1009]).toContain((await client.closed).code)
  expect((await other.call('health'))['ok']).toBe(true)
}, 30_000)

test('the strict dialect refuses in its own words', async () => {
  using client = await gw.ws('strict')
  expect(await refusal(client.call('no.such.method'))).toMatchObject({
    code: 'INVALID_REQUEST',
    message: 'unknown method: no.such.method',
  })
  expect(await refusal(client.call('sessions.list', { colour: 'red' }))).toMatchObject({
    message: "invalid sessions.list params: at root: unexpected property 'colour'",
  })
  client.ws.send('{"type":"req","id":"x"}')
  expect(await stray(client)).toMatchObject({ id: 'x', ok: false, error: { code: 'INVALID_REQUEST' } })
  const early = await said('{"type":"req","id":"1","method":"health"}')
  expect((await early.closed).code).toBe(1008)
})
