// The client against a gateway on loopback: sign-in, replies, events, loss and return.
import { expect, test } from 'bun:test'
import { connectGateway, typedClient } from '../../src/client/client.ts'
import type { ClientEvent } from '../../src/client/link.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { Ops } from '../../src/ops/index.ts'
import { deadPort, fakeGateway } from './fixture.ts'

const refusal = (promise: Promise<unknown>): Promise<Fault> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => (error instanceof Fault ? error : expect.unreachable(String(error))),
  )

test('replies go to the calls they answer, whatever their order', async () => {
  const slow = Promise.withResolvers<string>()
  await using gateway = fakeGateway('t', { slow: () => slow.promise, fast: (p) => p })
  const client = await connectGateway({ url: gateway.url, token: 't' })
  const first = client.call('slow')
  expect(await client.call('fast', { a: 1 })).toEqual({ a: 1 })
  slow.resolve('late')
  expect(await first).toBe('late')
  client.close()
  expect((await client.closed).code).toBe('CANCELLED')
})

test('refusals are Faults with the gateway’s code', async () => {
  const limited = { code: 'RATE_LIMITED', message: 'slowly', retryAfterMs: 50 }
  await using gateway = fakeGateway('t', {
    busy: () => Promise.reject(limited),
    odd: () => Promise.reject({ code: 'WHAT', message: 'odd' }),
    conflict: () => Promise.reject({ code: 'CONFLICT', message: 'no', details: { a: 1 } }),
  })
  expect(await refusal(connectGateway({ url: gateway.url, token: 'x' }))).toMatchObject({ code: 'UNAUTHORIZED' })
  const client = await connectGateway({ url: gateway.url, password: 't' })
  expect(await refusal(client.call('busy'))).toMatchObject({ code: 'LIMITED', more: { retryAfterMs: 50 } })
  expect(await refusal(client.call('odd'))).toMatchObject({ code: 'INTERNAL', message: 'odd' })
  expect(await refusal(client.call('conflict'))).toMatchObject({ code: 'CONFLICT', more: { details: { a: 1 } } })
  expect(await refusal(client.call('nope'))).toMatchObject({ code: 'INVALID_REQUEST' })
  client.close()
})

test('nobody there, no such address, no gateway, an aborted signal', async () => {
  const url = `ws://127.0.0.1:${await deadPort()}`
  expect(await refusal(connectGateway({ url }))).toMatchObject({ code: 'UNAVAILABLE', message: `no answer at ${url}` })
  expect(await refusal(connectGateway({ url: 'nonsense' }))).toMatchObject({ code: 'INVALID_REQUEST' })
  using silent = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response()),
    websocket: { message: () => undefined },
  })
  const quiet = `ws://127.0.0.1:${silent.port}`
  expect(await refusal(connectGateway({ url: quiet, timeoutMs: 50 }))).toMatchObject({ code: 'TIMEOUT' })
  const signal = AbortSignal.abort(new Error('gone'))
  expect(await refusal(connectGateway({ url: quiet, signal }))).toMatchObject({ code: 'CANCELLED' })
})

test('a call ends when its signal aborts, and when the connection is lost', async () => {
  await using gateway = fakeGateway('t', { never: () => new Promise(() => undefined), die: (_p, s) => s.drop() })
  const client = await connectGateway({ url: gateway.url, token: 't' })
  const stop = new AbortController()
  const waiting = client.call('never', {}, stop.signal)
  stop.abort(new Fault('CANCELLED', 'enough'))
  expect(await refusal(waiting)).toMatchObject({ code: 'CANCELLED', message: 'enough' })
  expect(await refusal(client.call('die'))).toMatchObject({ code: 'UNAVAILABLE' })
  expect(await client.closed).toMatchObject({ code: 'UNAVAILABLE' })
  expect(await refusal(client.call('never'))).toMatchObject({ code: 'UNAVAILABLE' })
})

test('an agent’s run is heard and answered; other runs are not heard', async () => {
  await using gateway = fakeGateway('t', {
    agent(p, s) {
      s.event('agent.text', { runId: 'other', text: 'no' })
      s.event('agent.text', { runId: p['idempotencyKey'], text: 'Hi', delta: 'Hi' })
      s.event('chat', { runId: p['idempotencyKey'] })
      s.event('agent.done', { runId: p['idempotencyKey'], status: 'ok' })
      return { runId: p['idempotencyKey'], status: 'ok', text: 'Hi', asked: p['message'], wait: p['wait'] }
    },
  })
  const client = await connectGateway({ url: gateway.url, token: 't' })
  const heard: string[] = []
  const everything: ClientEvent[] = []
  client.events.listen((e) => everything.push(e))
  const answer = await client.agent({ message: 'hello' }, { onEvent: (e) => heard.push(e.event) })
  expect(answer).toMatchObject({ status: 'ok', text: 'Hi', asked: 'hello', wait: true })
  expect(heard).toEqual(['agent.text', 'agent.done'])
  expect(everything).toHaveLength(4)
  client.close()
})

test('with reconnect, a lost run is asked for again under the same id', async () => {
  let asked = 0
  const ids = new Set<unknown>()
  await using gateway = fakeGateway('t', {
    agent(p, s) {
      ids.add(p['idempotencyKey'])
      if (asked++ === 0) s.drop()
      return { status: 'ok', text: 'still here' }
    },
    health: () => 'well',
  })
  const client = await connectGateway({ url: gateway.url, token: 't', reconnect: true })
  const restored = Promise.withResolvers<ClientEvent>()
  client.events.listen((e) => e.event === 'connection.restored' && restored.resolve(e))
  expect(await client.agent({ message: 'x' })).toMatchObject({ text: 'still here' })
  expect((await restored.promise).data).toEqual({ tries: 1 })
  expect([asked, ids.size]).toEqual([2, 1])
  expect(await client.call('health')).toBe('well')
  client.close()
})

test('the typed client calls by name and is no promise', async () => {
  await using gateway = fakeGateway('t', { 'gateway.stop': (p) => ({ ok: true, pid: 1, ...p }) })
  const client = await connectGateway({ url: gateway.url, token: 't' })
  const typed = await Promise.resolve(typedClient<Ops>(client))
  const done = await typed['gateway.stop']({ reason: 'enough' })
  expect(done.pid).toBe(1)
  expect(gateway.calls).toEqual([{ method: 'gateway.stop', params: { reason: 'enough' } }])
  client.close()
})
