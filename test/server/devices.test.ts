// Devices over the wire: who lets whom in, what tokens may do, and when sockets close.
import { expect, test } from 'bun:test'
import { adm, device, type Device } from './client.ts'
import { gateway, token, type Gateway } from './fixture.ts'

const remote = { 'x-forwarded-for': '203.0.113.9' }

async function signed(g: Gateway, d: Device = device(), scopes: readonly string[] = adm) {
  const c = await g.open()
  const hello = await c.connect({ device: d, token, scopes })
  expect(hello.ok).toBe(true)
  return Object.assign(c, { device: d, deviceToken: hello.payload.auth.deviceToken as string })
}

test('a device from elsewhere waits, is approved with what it asked for, and then comes in', async () => {
  await using g = gateway()
  const admin = await signed(g)
  const phone = device()
  const ask = { device: phone, token, scopes: ['operator.read'] }
  const refused = await (await g.open({ headers: remote })).connect(ask)
  expect(refused.error.message).toBe('pairing required')
  const { requestId } = refused.error.details
  const { pending } = (await admin.call('device.pair.list')).payload
  expect(pending).toMatchObject([{ requestId, deviceId: phone.id, role: 'operator', scopes: ['operator.read'] }])
  const done = await admin.call('device.pair.approve', { requestId })
  expect(done.payload.device).toMatchObject({ deviceId: phone.id, scopes: ['operator.read'], tokens: [] })
  expect((await (await g.open({ headers: remote })).connect(ask)).ok).toBe(true)
  const more = await (await g.open({ headers: remote })).connect({ ...ask, scopes: adm })
  expect(more.error.message).toBe('pairing required')
  const [row] = (await admin.call('device.pair.list')).payload.paired.filter(
    (d: { deviceId: string }) => d.deviceId === phone.id,
  )
  expect(JSON.stringify(row.tokens)).not.toContain('hash')
})

test('a request can be turned away; unknown ones are named', async () => {
  await using g = gateway()
  const admin = await signed(g)
  const phone = device()
  const { error } = await (await g.open({ headers: remote })).connect({ device: phone, token })
  const { requestId } = error.details
  expect((await admin.call('device.pair.reject', { requestId })).payload).toEqual({ requestId, deviceId: phone.id })
  for (const method of ['device.pair.approve', 'device.pair.reject'])
    expect((await admin.call(method, { requestId })).error.message).toStartWith('unknown requestId')
  expect((await admin.call('device.pair.remove', { deviceId: 'x' })).error.message).toStartWith('unknown deviceId')
  expect((await admin.call('device.token.revoke', { deviceId: 'x', role: 'operator' })).error.message).toStartWith(
    'unknown deviceId/role',
  )
})

test('nobody hands out more than they have', async () => {
  await using g = gateway()
  const admin = await signed(g)
  const pairer = await signed(g, device(), ['operator.pairing', 'operator.read'])
  const { error } = await (await g.open({ headers: remote })).connect({ device: device(), token, scopes: adm })
  expect((await pairer.call('device.pair.approve', error.details)).error.message).toContain('do not have yourself')
  const rotate = { deviceId: admin.device.id, role: 'operator' }
  expect((await pairer.call('device.token.rotate', rotate)).error.message).toContain('do not have yourself')
  const small = { deviceId: pairer.device.id, role: 'operator', scopes: adm }
  expect((await admin.call('device.token.rotate', small)).error.message).toContain('at most what the old one could')
})

test('sockets of a removed device, or of a rotated or revoked token, close within a second', async () => {
  await using g = gateway()
  const admin = await signed(g)
  const deeds: [string, (id: string) => object, string][] = [
    ['device.token.rotate', (deviceId) => ({ deviceId, role: 'operator' }), 'device token rotated'],
    ['device.token.revoke', (deviceId) => ({ deviceId, role: 'operator' }), 'device token revoked'],
    ['device.pair.remove', (deviceId) => ({ deviceId }), 'device removed'],
  ]
  for (const [method, params, reason] of deeds) {
    const phone = await signed(g)
    const from = performance.now()
    expect((await admin.call(method, params(phone.device.id))).ok).toBe(true)
    expect(await phone.closed).toEqual({ code: 1008, reason })
    expect(performance.now() - from).toBeLessThan(1000)
  }
  expect((await admin.call('health')).ok).toBe(true)
})

test('a token that was rotated to less does not open more; the old one and a revoked one open nothing', async () => {
  await using g = gateway()
  const admin = await signed(g)
  const phone = await signed(g)
  const about = { deviceId: phone.device.id, role: 'operator' }
  const done = (await admin.call('device.token.rotate', { ...about, scopes: ['operator.read'] })).payload
  expect(done).toMatchObject({ ...about, scopes: ['operator.read'] })
  const connect = async (t: string, scopes: readonly string[]) =>
    (await g.open({ headers: remote })).connect({ device: phone.device, token: t, scopes })
  expect((await connect(phone.deviceToken, ['operator.read'])).error.message).toContain('device token mismatch')
  expect((await connect(done.token, adm)).error.message).toContain('device token mismatch')
  expect((await connect(done.token, ['operator.read'])).ok).toBe(true)
  await admin.call('device.token.revoke', about)
  expect((await connect(done.token, ['operator.read'])).error.message).toContain('device token mismatch')
})

test('the config is rewritten at most three times a minute by one device', async () => {
  await using g = gateway()
  const admin = await signed(g)
  for (let i = 0; i < 3; i++)
    expect((await admin.call('config.apply', { raw: '{}' })).error.message).toStartWith('config base hash required')
  const { error } = await admin.call('config.apply', { raw: '{}' })
  expect(error).toMatchObject({
    code: 'UNAVAILABLE',
    retryable: true,
    details: { method: 'config.apply', limit: '3 per 60s' },
  })
  expect(error.retryAfterMs).toBeWithin(1, 60_001)
  expect((await admin.call('config.patch', { raw: '[]' })).error.code).toBe('INVALID_REQUEST')
  const other = await signed(g)
  const raw = await other.call('config.apply', { raw: '{}', baseHash: 'a'.repeat(64) })
  expect(raw.payload).toMatchObject({ ok: true, restart: null, sentinel: null })
})
