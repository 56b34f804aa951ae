// The sign-in of the strict dialect, line by line of the conformance list.
import { expect, test } from 'bun:test'
import { adm, device, type ConnectWish, type Frame } from './client.ts'
import { gateway, token } from './fixture.ts'

/** Tries to sign in; answers the response and how the socket was closed. */
async function refused(wish: ConnectWish, headers: Record<string, string> = {}, g = gateway()) {
  await using _ = g
  const c = await g.open({ headers })
  const res = await c.connect(wish)
  expect(res.ok).toBe(false)
  const end = await c.closed
  expect(end.reason.length).toBeGreaterThan(10)
  expect(res.error.message).toStartWith(end.reason)
  return { error: res.error, code: end.code }
}

test('1: the greeting is a challenge', async () => {
  await using g = gateway()
  const c = await g.open()
  const f = await c.frame('greeting', () => true)
  expect(f).toEqual({
    type: 'event',
    event: 'connect.challenge',
    payload: { nonce: expect.stringMatching(/^[0-9a-f-]{36}$/), ts: expect.any(Number) },
  })
})

test('2 to 6: a device with the secret is let in, on any path, and comes back with its token', async () => {
  await using g = gateway()
  const me = device()
  const res = await (await g.open({ path: '/ws/abc' })).connect({ device: me, token })
  expect(res).toMatchObject({ ok: true, payload: { type: 'hello-ok', protocol: 3 } })
  const { payload: p } = res
  expect(p.features.methods).toContain('chat.send')
  expect(p.features.events).toHaveLength(19)
  expect(p.policy).toEqual({ maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 })
  expect(p.snapshot).toMatchObject({
    authMode: 'token',
    sessionDefaults: { mainSessionKey: 'agent:main:main', mainKey: 'main', defaultAgentId: 'main' },
    stateVersion: { presence: expect.any(Number), health: expect.any(Number) },
  })
  expect(p.snapshot.uptimeMs).toBeGreaterThanOrEqual(0)
  expect(p.server.connId).toBeString()
  expect(p.auth).toMatchObject({ role: 'operator', scopes: adm })
  expect(p.auth.deviceToken).toMatch(/^[\w-]{43}$/)
  const again = await (await g.open()).connect({ device: me, token: p.auth.deviceToken })
  expect(again).toMatchObject({ ok: true })
  expect(again.payload.auth.deviceToken).toBe(p.auth.deviceToken)
  // 7: the token is nothing without its device.
  const c = await g.open()
  const bare = await c.connect({ token: p.auth.deviceToken })
  expect(bare.error.message).toContain('unauthorized: gateway token mismatch')
  const end = await c.closed
  expect(end.code).toBe(1008)
  expect(bare.error.message).toStartWith(end.reason)
})

test('8, 9, 10: a wrong secret, a wrong secret with a device, nothing at all', async () => {
  expect((await refused({ token: 'bad' })).error.message).toStartWith('unauthorized: gateway token mismatch')
  expect((await refused({ token: 'bad', device: device() })).error.message).toContain('device token mismatch')
  expect(await refused({})).toMatchObject({
    code: 1008,
    error: { code: 'NOT_PAIRED', message: 'device identity required' },
  })
})

test('11: the secret without a device gives no scopes', async () => {
  await using g = gateway()
  const c = await g.open()
  const hello = await c.connect({ token })
  expect([hello.ok, 'auth' in hello.payload]).toEqual([true, false])
  expect((await c.call('health')).error).toEqual({ code: 'INVALID_REQUEST', message: 'missing scope: operator.read' })
})

test('12, 13: protocol 3 must be in the range', async () => {
  const out = await refused({ token, alter: (p) => Object.assign(p, { minProtocol: 4, maxProtocol: 5 }) })
  expect(out).toMatchObject({ code: 1002, error: { message: 'protocol mismatch', details: { expectedProtocol: 3 } } })
  await using g = gateway()
  const wide = await (
    await g.open()
  ).connect({
    token,
    alter: (p) => Object.assign(p, { minProtocol: 1, maxProtocol: 9 }),
  })
  expect(wide.ok).toBe(true)
})

test('14, 15, 16: role, client and stray fields', async () => {
  expect((await refused({ token, role: 'king' })).error.message).toBe('invalid role')
  expect((await refused({ token, client: { id: 'my-app' } })).error.message).toStartWith(
    'invalid connect params: at /client/id',
  )
  expect((await refused({ token, alter: (p) => Object.assign(p, { foo: 1 }) })).error.message).toContain(
    "unexpected property 'foo'",
  )
})

test('17, 18, 19: what may come first', async () => {
  await using g = gateway()
  const early = await g.open()
  early.send({ type: 'req', id: '1', method: 'health' })
  const text = 'invalid handshake: first request must be connect'
  expect((await early.response('1')).error.message).toBe(text)
  expect(await early.closed).toEqual({ code: 1008, reason: text })
  for (const [first, end] of [
    ['x', { code: 1000, reason: '' }],
    ['{"type":"event","event":"x"}', { code: 1008, reason: 'invalid request frame' }],
    ['{"type":null,"method":"auth"}', { code: 1008, reason: 'invalid request frame' }],
    ['[]', { code: 1008, reason: 'invalid request frame' }],
    ['3', { code: 1008, reason: 'invalid request frame' }],
    ['{"type":"req","id":"1","method":"connect","x":1}', { code: 1008, reason: 'invalid request frame' }],
  ] as const) {
    const c = await g.open()
    c.send(first)
    expect([first, await c.closed]).toEqual([first, end])
    expect(c.frames.map((f) => f.event)).toEqual(['connect.challenge'])
  }
})

test('21: a message that is too large ends the connection', async () => {
  await using g = gateway()
  const c = await g.open()
  await c.connect({ device: device(), token })
  c.send('x'.repeat(26 * 1024 * 1024 + 1))
  expect((await c.closed).code).toBe(1009)
})

test('22: a signature, id, time or nonce that is wrong', async () => {
  const change = (more: (d: Frame) => void): ConnectWish => ({ token, device: device(), alter: (p) => more(p.device) })
  const said = async (more: (d: Frame) => void) => (await refused(change(more))).error.message
  expect(await said((d) => (d.signature = device().sign('x')))).toBe('device signature invalid')
  expect(await said((d) => (d.id = 'a'.repeat(64)))).toBe('device identity mismatch')
  expect(await said((d) => (d.signedAt -= 660_000))).toBe('device signature expired')
  expect(await said((d) => (d.nonce = crypto.randomUUID()))).toBe('device nonce mismatch')
  expect(await said((d) => (d.publicKey = 'AAAA'))).toBe('device public key invalid')
})

test('23: on this machine a signature without the nonce will do', async () => {
  await using g = gateway()
  expect((await (await g.open()).connect({ device: device(), token, version: 'v1' })).ok).toBe(true)
})

const elsewhere = { 'x-forwarded-for': '203.0.113.9' }

test('24, 25, 27: from elsewhere the nonce is needed, and a person is asked', async () => {
  expect((await refused({ device: device(), token, version: 'v1' }, elsewhere)).error.message).toBe(
    'device nonce required',
  )
  await using g = gateway()
  const admin = await g.open()
  await admin.connect({ device: device(), token })
  const me = device()
  const ask = async () => {
    const c = await g.open({ headers: elsewhere })
    return (await c.connect({ device: me, token })).error
  }
  const first = await ask()
  expect(first).toMatchObject({ code: 'NOT_PAIRED', message: 'pairing required' })
  const id = first.details.requestId as string
  await admin.event('device.pair.requested', (p) => p.requestId === id)
  expect((await ask()).details.requestId).toBe(id)
  // 26: once approved it is let in, and those who may hear of pairing do.
  const reader = await g.open()
  await reader.connect({ device: device(), token, scopes: ['operator.read'] })
  await g.approve(id)
  await admin.event('device.pair.resolved', (p) => p.requestId === id && p.decision === 'approved')
  expect((await (await g.open({ headers: elsewhere })).connect({ device: me, token })).ok).toBe(true)
  expect(reader.events('device.pair.resolved')).toEqual([])
})

test('24: a name that is not ours is not this machine', async () => {
  const wish = { device: device(), token, version: 'v1' as const }
  expect((await refused(wish, { host: 'example.com' })).error.message).toBe('device nonce required')
})

test('28: a page must be of our own origin', async () => {
  const ui = { id: 'openclaw-control-ui', mode: 'webchat' }
  expect((await refused({ device: device(), token, client: ui })).error.message).toStartWith('origin not allowed')
  await using g = gateway()
  const c = await g.open({ headers: { origin: g.url } })
  expect((await c.connect({ device: device(), token, client: ui })).ok).toBe(true)
  const evil = await g.open({ headers: { origin: 'https://evil.example' } })
  expect((await evil.connect({ device: device(), token, client: ui })).error.message).toStartWith('origin not allowed')
  const cli = await g.open({ headers: { origin: 'https://evil.example' } })
  expect((await cli.connect({ device: device(), token })).ok).toBe(true)
})

test('28: the Control UI without a device needs a secure context, or leave to do without', async () => {
  const ui = { id: 'openclaw-control-ui', mode: 'webchat' }
  for (const insecureAuth of [false, true]) {
    await using g = gateway({ net: { controlUi: { enabled: true, basePath: '', insecureAuth } } })
    const c = await g.open({ headers: { origin: g.url } })
    const res = await c.connect({ token, client: ui })
    expect(res.ok).toBe(insecureAuth)
    if (insecureAuth) expect((await c.call('health')).ok).toBe(true)
    else expect(res.error.message).toContain('secure context')
  }
})

test('29, 30: on this machine with the secret, other scopes are given at once', async () => {
  await using g = gateway()
  for (const [first, then] of [
    [['operator.read'], adm],
    [['operator.admin'], ['operator.read']],
  ] as const) {
    const me = device()
    await (await g.open()).connect({ device: me, token, scopes: first })
    const c = await g.open()
    expect((await c.connect({ device: me, token, scopes: then })).payload.auth.scopes).toEqual([...then])
    expect((await c.call('health')).ok).toBe(true)
  }
})

test('79: too many guesses shut the door, also for the right secret, on both transports', async () => {
  const rateLimit = { maxAttempts: 3, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: false }
  await using g = gateway({ auth: { rateLimit } })
  const said = async (t: string) => (await (await g.open()).connect({ token: t })).error?.message as string | undefined
  for (let i = 0; i < 3; i++) expect(await said('bad')).toStartWith('unauthorized: gateway token mismatch')
  expect(await said(token)).toStartWith('unauthorized: too many failed authentication attempts (retry later)')
  const res = await fetch(`${g.url}/v1/health`, { headers: { authorization: `Bearer ${token}` } })
  expect([res.status, Number(res.headers.get('retry-after')) > 0]).toEqual([429, true])
  expect((await res.json()).error.type).toBe('rate_limited')
})

test('a device that comes back with its own token is no guess', async () => {
  const rateLimit = { maxAttempts: 3, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: false }
  await using g = gateway({ auth: { rateLimit } })
  const me = device()
  const own = (await (await g.open()).connect({ device: me, token })).payload.auth.deviceToken as string
  for (let i = 0; i < 5; i++) expect((await (await g.open()).connect({ device: me, token: own })).ok).toBe(true)
  expect((await (await g.open()).connect({ token })).ok).toBe(true)
})

test('with a password, and without any secret', async () => {
  const { Secret } = await import('../../src/lib/secret.ts')
  await using g = gateway({ auth: { mode: 'password', password: new Secret('pw') } })
  const pass = (auth: Frame): ConnectWish => ({ alter: (p) => (p.auth = auth) })
  expect((await (await g.open()).connect(pass({ password: 'pw' }))).ok).toBe(true)
  expect((await (await g.open()).connect(pass({ password: 'x' }))).error.message).toContain('gateway password mismatch')
  expect((await (await g.open()).connect(pass({ token: 'pw' }))).error.message).toContain('gateway password missing')
  await using none = gateway({ auth: { mode: 'none' } })
  expect((await (await none.open()).connect({})).error.message).toBe('device identity required')
  expect((await (await none.open()).connect({ device: device() })).ok).toBe(true)
})
