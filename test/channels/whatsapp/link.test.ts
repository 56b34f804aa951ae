// The link of a device: how it ends, what follows, and that nothing of it escapes.
import { afterAll, afterEach, expect, test } from 'bun:test'
import type { Fault } from '../../../src/lib/fault.ts'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { faultOf, outbound, run } from '../../contract/running.ts'
import { closeAll, device, never } from './setup.ts'

afterEach(closeAll)

const escaped: unknown[] = []
const hear = (error: unknown) => void escaped.push(error)
process.on('unhandledRejection', hear)
process.on('uncaughtException', hear)
afterAll(() => {
  process.off('unhandledRejection', hear)
  process.off('uncaughtException', hear)
  expect(escaped).toEqual([])
})

test('every stanza is a sign of life, and a quiet link asks for one', async () => {
  const { wa, going } = await device()
  const pings = () => wa.stanzas.filter((s) => s.attrs['xmlns'] === 'w:p').length
  const before = pings()
  const lives = () => going.statuses.filter((s) => s === 'online').length
  const lived = lives()
  await going.until('signs', () => lives() >= lived + 3)
  expect(pings()).toBeGreaterThan(before)
  expect(going.statuses).not.toContain('offline')
})

test('a black-holed socket is noticed within 90 s, and healed within 30 s of its return', async () => {
  const { wa, going } = await device()
  const begin = going.clock.now()
  wa.blackhole(true)
  await going.until('the news', () => going.statuses.at(-1) === 'offline')
  expect(going.clock.now() - begin).toBeLessThanOrEqual(90_000)
  await going.until('tries', () => going.clock.now() - begin > 300_000)
  expect(going.statuses.at(-1)).toBe('offline')
  const back = going.clock.now()
  wa.blackhole(false)
  await going.until('the return', () => going.statuses.at(-1) === 'online')
  expect(going.clock.now() - back).toBeLessThanOrEqual(34_000) // the clock moves in steps of 4 s
  wa.says('ann', 'still there?')
  await going.until('the message', () => going.received.length === 1)
  expect(going.failures).toEqual([])
})

test('a message sent into a black hole may have arrived', async () => {
  const { wa, going, ann } = await device()
  await going.connection.send(outbound(ann, 'before'), never)
  wa.next({ silent: true })
  const sending = faultOf(going.connection.send(outbound(ann, 'into the dark'), never))
  let ended = false
  void sending.then(() => (ended = true))
  await going.until('the end', () => ended)
  expect((await sending).code).toBe('TIMEOUT')
})

test('what was given up while keys were fetched is not sent behind our back', async () => {
  const { wa, going, ann } = await device()
  wa.blackhole(true)
  const stop = new AbortController()
  const sending = faultOf(going.connection.send(outbound(ann, 'too late'), stop.signal))
  stop.abort(new Error('the turn has ended'))
  expect((await sending).code).toBe('UNAVAILABLE')
  wa.blackhole(false)
  await going.until('life goes on', () => going.statuses.at(-1) === 'online')
  await going.until('the link', () => wa.online)
  await going.connection.send(outbound(ann, 'now'), never)
  expect(wa.sent.map((s) => s.message.extendedTextMessage?.text)).toEqual(['now'])
})

test('a new connection on request is no outage', async () => {
  const { wa, going } = await device()
  wa.endStream(515)
  await going.until('the new link', () => wa.online)
  wa.says('ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  expect(going.statuses).not.toContain('offline')
})

test('an unavailable service is tried again', async () => {
  const { wa, going } = await device()
  wa.endStream(503)
  await going.until('the outage', () => going.statuses.includes('offline'))
  await going.until('the return', () => going.statuses.at(-1) === 'online' && wa.online)
  expect(going.failures).toEqual([])
})

test('another program on the same link is named, and never stops us at once', async () => {
  const { wa, going } = await device()
  wa.endStream('conflict')
  await going.until('the outage', () => going.statuses.includes('offline'))
  expect(going.whys.at(-1)).toContain('another program uses this link')
  await going.until('the return', () => wa.online)
  expect(going.failures).toEqual([])
})

test('twelve answers that turn us away are enough', async () => {
  const { wa, going } = await device()
  wa.turnAway(503)
  wa.endStream(503)
  await going.until('the end', () => going.failures.length > 0)
  expect(wa.logins).toBeGreaterThan(12)
  expect((going.failures[0] as Fault).code).toBe('UNAVAILABLE')
})

test('a removed device forgets its keys, and says how to link again', async () => {
  const { wa, going, state } = await device()
  wa.unlink()
  await going.until('the end', () => going.failures.length > 0)
  expect((going.failures[0] as Fault).message).toContain('oclaw channels login --channel whatsapp')
  expect([...state.keys()].filter((key) => key === 'cred' || key.startsWith('key:'))).toEqual([])
  expect(going.statuses.at(-1)).toBe('offline')
})

test('a device removed while we were away is told at the first connection', async () => {
  const { wa, going, state, account } = await device()
  await going.scope.close()
  wa.unlink()
  const fault = await faultOf(run(whatsapp, account, { state }))
  expect(fault.message).toContain('the phone has removed this device')
  expect(state.has('cred')).toBe(false)
})

test('a server that is not there, or is none, is told at the first connection', async () => {
  const { wa, going, state, account } = await device()
  await going.scope.close()
  await wa.down()
  expect(await faultOf(run(whatsapp, account, { state: new Map(state) }))).toMatchObject({ code: 'UNAVAILABLE' })
  using web = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('hello', { status: 503 }) })
  const other = { ...account, webSocketUrl: `ws://127.0.0.1:${web.port}/` }
  expect(await faultOf(run(whatsapp, other, { state: new Map(state) }))).toMatchObject({ code: 'UNAVAILABLE' })
})

test('bytes that are no frame end the link, not the process', async () => {
  const { wa, going } = await device()
  wa.garble()
  await going.until('the outage', () => going.statuses.includes('offline'))
  await going.until('the return', () => going.statuses.at(-1) === 'online' && wa.online)
  wa.says('ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  expect(going.failures).toEqual([])
})

test('stanzas of any kind do no harm', async () => {
  const { wa, going } = await device()
  const from = 's.whatsapp.net'
  const odd = [
    { tag: 'message', attrs: { from: 'nonsense', id: '1', t: '1' } },
    {
      tag: 'message',
      attrs: { from: wa.user('ann').lid, id: '2', t: '1' },
      content: [{ tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from([1, 2, 3]) }],
    },
    { tag: 'message', attrs: { from: '1@g.us', id: '3', t: '1' } },
    { tag: 'receipt', attrs: { from, id: '4', type: 'retry' } },
    { tag: 'notification', attrs: { from, id: '5', type: 'link_code_companion_reg', t: '1' } },
    {
      tag: 'notification',
      attrs: { from, id: '6', type: 'mex', t: '1' },
      content: [{ tag: 'update', attrs: {}, content: Buffer.from('{') }],
    },
    { tag: 'call', attrs: { from, id: '7', t: '1' } },
    { tag: 'ib', attrs: { from }, content: [{ tag: 'dirty', attrs: { type: 'groups' } }] },
    { tag: 'whatever', attrs: {} },
  ]
  for (const node of odd) wa.push(node)
  wa.says('ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]?.text).toBe('hello')
})

test('a closed account leaves no socket and no timer of ours', async () => {
  const { wa, going } = await device()
  await going.scope.close()
  await going.until('the line', () => !wa.online)
  expect(going.scope.open).toEqual([])
  const before = wa.stanzas.length
  await going.clock.advance(3_600_000)
  expect(wa.stanzas.length).toBe(before)
})
