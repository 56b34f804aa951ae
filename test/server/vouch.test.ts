// Who comes in on somebody else's word: a trusted proxy's, or Tailscale's own; never on that of a header alone.
import { afterEach, expect, test } from 'bun:test'
import { device } from './client.ts'
import { gateway, token, type GatewayWish } from './fixture.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
})
const start = (wish: GatewayWish) => {
  const g = gateway(wish)
  open.push(g)
  return g
}

const served = {
  'x-forwarded-for': '100.64.0.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'box.tail.ts.net',
  'tailscale-user-login': 'Ann@example.com',
}
const whois = (ip: string) => Promise.resolve(ip === '100.64.0.7' ? 'ann@example.com' : undefined)

/** What a client with a device and these headers hears. */
async function hello(g: ReturnType<typeof gateway>, headers: Record<string, string>, shown?: string) {
  const c = await g.open({ headers })
  const answer = await c.connect({ device: device(), ...(shown === undefined ? {} : { token: shown }) })
  return answer.ok ? 'in' : `${answer.error.code} ${answer.error.message}`
}

/** What a simple client with these headers hears without saying any secret. */
async function simple(g: ReturnType<typeof gateway>, headers: Record<string, string>) {
  const c = await g.open({ headers })
  return (await c.simple('health')).ok as boolean
}

test('tailscale’s word is asked for, and only its word counts', async () => {
  const g = start({ auth: { allowTailscale: true }, whois })
  expect(await hello(g, served)).toContain('NOT_PAIRED pairing required') // known as a person, not yet as a device
  expect(await simple(g, served)).toBe(true)
  const forged: Record<string, string>[] = [
    { ...served, 'x-forwarded-for': '100.64.0.8' },
    { ...served, 'x-forwarded-for': '100.64.0.7, 100.64.0.9' },
    { ...served, 'x-forwarded-for': '1; reboot' },
    { ...served, 'tailscale-user-login': 'bob@example.com' },
    { 'tailscale-user-login': 'ann@example.com', 'x-forwarded-for': '100.64.0.7' },
    { 'tailscale-user-login': 'ann@example.com' },
  ]
  for (const headers of forged) {
    expect(await hello(g, headers)).toContain('unauthorized')
    expect(await simple(g, headers)).toBe(false)
  }
})

test('where tailscale is not allowed its header is nothing', async () => {
  const g = start({ whois })
  expect(await hello(g, served)).toContain('gateway token missing')
  expect(await simple(g, served)).toBe(false)
})

test('programs need the secret over HTTP, whoever vouches', async () => {
  const g = start({ auth: { allowTailscale: true }, whois })
  const call = (headers: Record<string, string>) =>
    fetch(`${g.url}/tools/invoke`, { method: 'POST', headers, body: '{"tool":"no-such"}' })
  expect((await call(served)).status).toBe(401)
  expect((await call({ ...served, authorization: `Bearer ${token}` })).status).toBe(404) // let in; there is no such tool
})

test('a wrong secret is wrong, whoever vouches', async () => {
  const g = start({ auth: { allowTailscale: true }, whois })
  expect(await hello(g, served, 'wrong')).toContain('unauthorized')
})

const proxied: GatewayWish = {
  auth: {
    mode: 'trusted-proxy',
    trustedProxy: { userHeader: 'x-user', requiredHeaders: ['x-proxy-mark'], allowUsers: ['ann'] },
  },
  net: { trustedProxies: ['127.0.0.1'] },
}
const from = (user: string) => ({ 'x-user': user, 'x-proxy-mark': 'yes', 'x-forwarded-for': '203.0.113.5' })

test('a trusted proxy names its users', async () => {
  const g = start(proxied)
  expect(await simple(g, from('ann'))).toBe(true)
  expect(await hello(g, from('ann'))).toContain('NOT_PAIRED pairing required')
  expect(await hello(g, from('eve'))).toContain('trusted_proxy_user_not_allowed')
  expect(await hello(g, from(' '))).toContain('trusted_proxy_user_missing')
  expect(await hello(g, { 'x-user': 'ann' })).toContain('trusted_proxy_missing_header_x-proxy-mark')
  const call = (headers: Record<string, string>) =>
    fetch(`${g.url}/tools/invoke`, { method: 'POST', headers, body: '{"tool":"no-such"}' })
  expect((await call(from('ann'))).status).toBe(404)
  expect((await call(from('eve'))).status).toBe(401)
  expect((await call({ authorization: `Bearer ${token}` })).status).toBe(401)
})

test('nobody else may speak for the proxy', async () => {
  const g = start({ ...proxied, net: { trustedProxies: ['10.0.0.0/8'] } })
  expect(await hello(g, from('ann'))).toContain('trusted_proxy_untrusted_source')
  expect(await simple(g, from('ann'))).toBe(false)
})
