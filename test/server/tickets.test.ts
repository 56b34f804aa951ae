// Tickets: an address from `oclaw dashboard` signs one browser in, once, within a minute; and what our own clients hear.
import { expect, test } from 'bun:test'
import { testClock } from '../../src/lib/clock.ts'
import { adm, device } from './client.ts'
import { gateway, token, type Gateway } from './fixture.ts'

const remote = { 'x-forwarded-for': '203.0.113.9' }

async function owner(g: Gateway, caps: readonly string[] = []) {
  const c = await g.open()
  expect((await c.connect({ device: device(), token, scopes: adm, caps })).ok).toBe(true)
  return c
}

test('a ticket lets one device in, also from elsewhere, and never a second one', async () => {
  await using g = gateway()
  const { url } = (await (await owner(g)).call('dashboard.link')).payload
  const ticket = new URLSearchParams(new URL(url).hash.slice(1)).get('ticket') ?? ''
  const phone = device()
  const hello = await (await g.open({ headers: remote })).connect({ device: phone, token: ticket })
  expect([hello.ok, hello.payload.auth.scopes]).toEqual([true, adm])
  const again = await (await g.open({ headers: remote })).connect({ device: device(), token: ticket })
  expect(again.error.message).toContain('ticket used or expired')
  const own = hello.payload.auth.deviceToken as string
  expect((await (await g.open({ headers: remote })).connect({ device: phone, token: own })).ok).toBe(true)
})

test('a ticket is good for a minute, and for people only', async () => {
  const clock = testClock(1_790_000_000_000)
  await using g = gateway({ clock })
  const link = async () => {
    const c = await g.open()
    await c.simple('auth', { token })
    return new URL((await c.simple('dashboard.link', {})).result.url).hash.slice('#ticket='.length)
  }
  const late = await link()
  await clock.advance(61_000)
  const now = { signedAt: clock.now() }
  const refused = async (role: string, shown: string) => {
    const d = device()
    const answer = await (
      await g.open()
    ).connect({
      device: d,
      token: shown,
      role,
      scopes: [],
      alter(p) {
        p.device.signedAt = now.signedAt
        const text = ['v2', d.id, 'cli', 'cli', role, '', now.signedAt, shown, p.device.nonce].join('|')
        p.device.signature = d.sign(text)
      },
    })
    return answer.error?.message as string
  }
  expect(await refused('operator', late)).toContain('ticket used or expired')
  expect(await refused('node', await link())).toContain('device token mismatch')
})

test('a client of ours hears the simple events in the strict dialect, and each word of a run once', async () => {
  await using g = gateway()
  const mine = await owner(g, ['oclaw'])
  const other = await owner(g)
  await mine.call('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'x1' })
  const done = await mine.event('agent.done')
  expect([done.type, done.payload.runId]).toEqual(['event', 'x1'])
  await other.event('chat', (d) => d.state === 'final')
  expect(mine.events('agent')).toEqual([])
  expect(other.events('agent.done')).toEqual([])
  expect(mine.events('session.created').length + mine.events('session.updated').length).toBeGreaterThan(0)
  const before = { sessionKey: 'main', before: 1 }
  expect((await mine.call('chat.history', before)).ok).toBe(true)
  expect((await other.call('chat.history', before)).error.message).toContain("unexpected property 'before'")
})
