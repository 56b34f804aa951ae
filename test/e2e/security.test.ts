// Attacks on the door of the executable, from known weaknesses of gateways: pages, strangers, scopes, old secrets, guesses.
import { expect, test } from 'bun:test'
import { client, device, type ConnectWish } from '../server/client.ts'
import { gateway, type Gateway } from './harness.ts'
import { simple } from './socket.ts'

const slow = 60_000
const on = { chatCompletions: { enabled: true }, responses: { enabled: true } }
const hookToken = 'hook-token-of-the-tests-0123456789'
const hooks = {
  enabled: true,
  token: hookToken,
  webhooks: [{ id: 'ci', message: 'built {{body}}', secret: 'webhook-secret-0123456789' }],
}
const posts = [
  '/v1/chat/completions',
  '/v1/responses',
  '/tools/invoke',
  '/hooks/agent',
  '/hooks/wake',
  '/webhook/ci',
] as const
const hosts = ['evil.example', '127.0.0.1.evil.example']

const opened = (gw: Gateway, headers: Record<string, string> = {}) => client(`ws://127.0.0.1:${gw.port}`, { headers })

/** Signs in strictly over a new socket; answers the response frame. */
async function signIn(gw: Gateway, wish: ConnectWish, headers: Record<string, string> = {}) {
  const c = await opened(gw, headers)
  return { c, answer: await c.connect(wish) }
}

const post = (gw: Gateway, path: string, headers: Record<string, string>, body: unknown = {}) =>
  fetch(gw.url + path, { method: 'POST', headers, body: JSON.stringify(body) })

const runs = (gw: Gateway) => gw.rows<{ n: number }>('SELECT count(*) AS n FROM inbox')[0]?.n

test(
  'SEC-02: without a secret, a page of another origin and a rebound name drive nothing',
  async () => {
    await using gw = await gateway({ config: { gateway: { auth: { mode: 'none' }, http: { endpoints: on } } } })
    const body = { model: 'openclaw', messages: [{ role: 'user', content: 'hi' }], input: 'hi', tool: 'session_status' }
    for (const origin of ['https://evil.example', 'null', 'http://evil.localhost.example:1'])
      for (const path of posts.slice(0, 3)) {
        expect([origin, path, (await post(gw, path, { origin }, body)).status]).toEqual([origin, path, 403])
      }
    for (const host of hosts)
      for (const path of posts.slice(0, 3))
        expect([host, path, (await post(gw, path, { host }, body)).status]).toEqual([host, path, 421])
    for (const host of hosts)
      expect(await opened(gw, { host, origin: `http://${host}` }).catch((e: Error) => e.message)).toBe(
        'the socket was refused',
      )
    for (const origin of ['https://evil.example', 'null']) {
      const strict = await signIn(gw, { device: device() }, { origin })
      expect(strict.answer.error?.message).toStartWith('origin not allowed')
      expect((await strict.c.closed).code).toBe(1008)
      const plain = await opened(gw, { origin })
      expect((await plain.simple('health')).error.code).toBe('FORBIDDEN')
      expect((await plain.closed).code).toBe(1008)
    }
    expect(runs(gw)).toBe(0)
    expect((await signIn(gw, { device: device() }, { origin: gw.url })).answer.ok).toBe(true)
    expect((await post(gw, posts[0], { origin: gw.url }, body)).status).toBe(200)
    expect((await post(gw, posts[0], {}, body)).status).toBe(200)
  },
  slow,
)

test(
  'SEC-02: guesses of a page on this machine are counted, those of its programs are not',
  async () => {
    await using gw = await gateway({ config: { gateway: { http: { endpoints: on } } } })
    const origin = 'http://localhost:3000'
    const guess = async (more: Record<string, string>) =>
      (await post(gw, posts[0], { authorization: 'Bearer wrong', ...more })).status
    for (let i = 0; i < 10; i++) expect(await guess({ origin })).toBe(401)
    expect(await guess({ origin })).toBe(429)
    expect(await guess({ origin: 'https://evil.example' })).toBe(429)
    const page = await opened(gw, { origin })
    expect((await page.simple('auth', { token: gw.token })).error.code).toBe('RATE_LIMITED')
    for (let i = 0; i < 12; i++) expect(await guess({})).toBe(401)
    expect((await simple(gw.port, gw.token)).ws.readyState).toBe(WebSocket.OPEN)
  },
  slow,
)

test(
  'SEC-03: without credentials only health and the shell of the Control UI answer',
  async () => {
    await using gw = await gateway({ config: { gateway: { http: { endpoints: on } }, hooks } })
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    const closed = [...posts, '/v1/models', '/v1/models/openclaw', '/api/config', '/rpc', '/hooks/gmail', '/v1/nothing']
    const answered: string[] = []
    for (const path of closed)
      for (const method of methods) {
        const r = await fetch(gw.url + path, { method })
        await r.bytes()
        const shell = r.headers.get('content-type')?.startsWith('text/html') && ['GET', 'HEAD'].includes(method)
        if (r.ok && !shell) answered.push(`${method} ${path} ${r.status}`)
      }
    expect(answered).toEqual([])
    for (const path of posts)
      for (const authorization of ['', 'Bearer', 'Bearer undefined', 'Bearer null', `Basic ${btoa(`x:${gw.token}`)}`])
        expect([401, 429]).toContain((await post(gw, path, { authorization })).status)
    expect((await fetch(`${gw.url}/v1/chat/completions?token=${gw.token}`, { method: 'POST' })).status).toBe(401)
    for (const path of ['/health', '/healthz', '/readyz', '/v1/health'])
      expect([path, (await fetch(gw.url + path)).status]).toEqual([path, 200])
    expect(runs(gw)).toBe(0)
  },
  slow,
)

const scopesOf = async (gw: Gateway, wish: ConnectWish, headers: Record<string, string> = {}) => {
  const { c, answer } = await signIn(gw, wish, headers)
  const shown = await c.call('config.get')
  const changed = await c.call('sessions.reset', { key: 'main' })
  c.close()
  return { ok: answer.ok, scopes: answer.payload?.auth?.scopes, reads: shown.ok, resets: changed.ok }
}

test(
  'SEC-04: scopes are those on record, whatever a client says',
  async () => {
    await using gw = await gateway()
    const { token } = gw
    const claims = { 'x-openclaw-scopes': 'operator.admin', 'x-openclaw-role': 'operator' }
    expect(await scopesOf(gw, { token, scopes: ['operator.admin'] }, claims)).toMatchObject({
      ok: true,
      reads: false,
      resets: false,
    })
    const me = device()
    const scopes = ['operator.read']
    const reader = { ok: true, scopes, reads: true, resets: false }
    expect(await scopesOf(gw, { device: me, token, scopes }, claims)).toEqual(reader)
    const first = await signIn(gw, { device: me, token, scopes })
    const own = String(first.answer.payload.auth.deviceToken)
    expect(await scopesOf(gw, { device: me, token: own, scopes })).toEqual(reader)
    const more = await signIn(gw, { device: me, token: own, scopes: ['operator.admin'] })
    expect(more.answer.error).toMatchObject({ code: 'NOT_PAIRED' })
    expect((await signIn(gw, { device: device(), token: own, scopes })).answer.error?.message).toContain('mismatch')
    expect(await scopesOf(gw, { device: me, token: own, scopes })).toEqual(reader)
  },
  slow,
)

test(
  'SEC-05: a token of few scopes never becomes one of more',
  async () => {
    await using gw = await gateway()
    const me = device()
    const scopes = ['operator.read', 'operator.pairing', 'operator.write']
    const { c, answer } = await signIn(gw, { device: me, token: gw.token, scopes })
    const first = String(answer.payload.auth.deviceToken)
    for (const [method, params] of [
      ['config.set', { path: 'gateway.auth.mode', value: 'none' }],
      ['config.patch', { raw: '{ gateway: { auth: { token: "mine" } } }' }],
      ['device.token.rotate', { deviceId: me.id, role: 'operator', scopes: ['operator.admin'] }],
      ['device.pair.approve', { requestId: 'req_x' }],
      ['exec.approval.resolve', { id: 'x', decision: 'allow-once' }],
      ['connect', { scopes: ['operator.admin'] }],
    ] as const)
      expect([method, (await c.call(method, params)).ok]).toEqual([method, false])
    const asked = await signIn(gw, { device: me, token: first, scopes: ['operator.admin'] })
    const request = String(asked.answer.error?.details?.requestId)
    for (const code of [request, me.id])
      expect((await c.call('pairing.approve', { channel: 'telegram', code })).ok).toBe(false)
    expect((await signIn(gw, { device: me, token: first, scopes: ['operator.admin'] })).answer.ok).toBe(false)
    const node = await signIn(gw, { device: me, token: first, scopes: [], role: 'node' })
    expect(node.answer.ok).toBe(false)
    const again = await signIn(gw, { device: me, token: first, scopes })
    expect(again.answer.payload.auth).toMatchObject({ scopes, deviceToken: first })
  },
  slow,
)

test(
  'SEC-06: when the secret changes, the sockets of its holders close within a second',
  async () => {
    await using gw = await gateway()
    const me = device()
    const scopes = ['operator.admin']
    const paired = await signIn(gw, { device: me, token: gw.token, scopes })
    const own = await signIn(gw, { device: me, token: String(paired.answer.payload.auth.deviceToken), scopes })
    const header = await opened(gw, { authorization: `Bearer ${gw.token}` })
    const plain = await simple(gw.port, gw.token)
    const silent = await opened(gw, { authorization: `Bearer ${gw.token}` })
    expect((await header.simple('health')).ok).toBe(true)
    const other = await plain.call('config.set', { path: 'ui.assistant.name', value: 'Molly' })
    expect(other['ok']).toBe(true)
    const next = 'another-token-0123456789'
    await plain.call('config.set', { path: 'gateway.auth.token', value: next })
    const start = performance.now()
    const codes = await Promise.all([plain, header, silent, paired.c].map(async (c) => (await c.closed).code))
    expect(codes).toEqual([1008, 1008, 1008, 1008])
    expect(performance.now() - start).toBeLessThan(1000)
    expect((await own.c.call('health')).ok).toBe(true)
    expect((await (await opened(gw)).simple('auth', { token: gw.token })).ok).toBe(false)
    expect((await (await opened(gw)).simple('auth', { token: next })).ok).toBe(true)
  },
  slow,
)

test(
  'SEC-07: bad guesses of every kind lock the same address out',
  async () => {
    const rateLimit = { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: false }
    await using gw = await gateway({
      config: { gateway: { auth: { rateLimit }, trustedProxies: ['127.0.0.1'], http: { endpoints: on } }, hooks },
    })
    const from = (i: number) => ({
      'x-forwarded-for': `${i % 2 ? `198.51.100.${i % 250}, ` : '127.0.0.1, '}203.0.113.9`,
    })
    const mapped = { 'x-forwarded-for': '::ffff:203.0.113.9' }
    const seen = { http: 0, ws: 0 }
    for (let i = 0; i < 940; i++) {
      const headers = i % 3 ? from(i) : mapped
      if (i % 5 === 0) {
        const c = await opened(gw, headers)
        if ((await c.simple('auth', { token: `guess-${i}` })).error.code === 'UNAUTHORIZED') seen.ws++
        c.close()
      } else {
        const path = posts[i % 3] as string
        const { status } = await post(gw, path, { ...headers, authorization: `Bearer guess-${i}` })
        if (status !== 429) seen.http++
      }
    }
    expect(seen.http + seen.ws).toBe(10)
    expect((await post(gw, posts[0], { ...mapped, authorization: `Bearer ${gw.token}` })).status).toBe(429)
    const stolen = await signIn(gw, { device: device(), token: 'not-a-token' }, mapped)
    expect(stolen.answer.error?.message).toContain('too many failed authentication attempts')
    expect((await signIn(gw, { token: gw.token }, from(7))).answer.ok).toBe(false)
    let asked = 0
    for (let i = 0; i < 60; i++) {
      const path = ['/hooks/agent', '/hooks/wake', '/webhook/ci'][i % 3] as string
      const guess = { authorization: `Bearer no-${i}`, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
      if ((await post(gw, path, { ...from(i), ...guess })).status === 401) asked++
    }
    expect(asked).toBe(20)
    const honest = { 'x-forwarded-for': '192.0.2.1', authorization: `Bearer ${gw.token}` }
    expect((await fetch(`${gw.url}/v1/models`, { headers: honest })).status).toBe(200)
  },
  slow,
)
