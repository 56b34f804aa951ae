// A change of the config is on trial: what worked before comes back by itself when the change broke it.
import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { probation } from '../../src/app/config/probation.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { until } from '../e2e/program.ts'
import { app } from './app.ts'

const wrongToken = '100001:another-token-nobody-knows-0123456789'

/** A gateway with one Telegram account that works; comments in its config. */
async function withTelegram(probationMs = 60_000) {
  const telegram = await fakeTelegram()
  const text = `{
  // the owner’s words
  gateway: { reload: { debounceMs: 10, probationMs: ${probationMs} } },
  channels: { telegram: { botToken: "${telegram.token}", apiRoot: "${telegram.url}" } },
}
`
  const a = await app(text)
  const path = join(a.top, 'openclaw.json')
  const up = () => a.gateway.services.channels.status().some((s) => s.connected)
  await until('Telegram to be there', up)
  const news: string[] = []
  a.gateway.engine.world.news.listen((e) => {
    if (e.type === 'config') news.push(...e.issues)
  })
  return {
    ...a,
    text,
    path,
    up,
    news,
    now: () => readFileSync(path, 'utf8'),
    rejected: () => readdirSync(a.top).filter((n) => n.startsWith('openclaw.json.rejected.')),
    async [Symbol.asyncDispose]() {
      await a[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
    },
  }
}

test.each(['rpc', 'file'])('a wrong token by %s: the old one comes back, the owner hears why', async (how) => {
  await using a = await withTelegram()
  if (how === 'rpc')
    await a.call('config.patch', {
      raw: JSON.stringify({ channels: { telegram: { botToken: wrongToken } } }),
      baseHash: (await a.call('config.get')).hash,
    })
  else writeFileSync(a.path, a.text.replace(/botToken: "[^"]+"/, `botToken: "${wrongToken}"`))
  await until('the change to be taken back', () => a.rejected().length > 0 && a.now() === a.text)
  expect(readFileSync(join(a.top, a.rejected()[0] as string), 'utf8')).toContain(wrongToken)
  await until('Telegram to be back', a.up)
  expect(a.news.join()).toContain('a change was taken back: channel:telegram:default does not work with it')
  expect(a.news.join()).not.toContain(wrongToken)
})

test('an address this machine has not: refused, and the file is as it was', async () => {
  await using a = await withTelegram()
  const { hash } = await a.call('config.get')
  const raw = JSON.stringify({ gateway: { bind: 'custom', customBindHost: '203.0.113.9' } })
  expect(await a.refused('config.patch', { raw, baseHash: hash })).toContain('this machine has no address 203.0.113.9')
  expect(a.now()).toBe(a.text)
  expect(a.gateway.port).toBeGreaterThan(0)
  expect((await fetch(`http://127.0.0.1:${a.gateway.port}/health`)).status).toBe(200)
})

test('a change that works is kept as the good one once its trial is over, and not before', async () => {
  await using slow = await withTelegram()
  const patch = async (a: typeof slow) =>
    a.call('config.patch', { raw: '{"ui":{"assistant":{"name":"Ann"}}}', baseHash: (await a.call('config.get')).hash })
  await patch(slow)
  expect(existsSync(`${slow.path}.last-good`)).toBe(false)
  await using quick = await withTelegram(1)
  await patch(quick)
  await until(
    'the good copy',
    () => existsSync(`${quick.path}.last-good`) && readFileSync(`${quick.path}.last-good`, 'utf8') === quick.now(),
  )
  expect(quick.now()).toContain('// the owner’s words')
  expect(quick.rejected()).toEqual([])
})

test('only what ran before, was touched by the change, and fails for good, counts', async () => {
  const clock = testClock()
  const p = probation(clock, new AbortController().signal)
  const [bad, away] = [new Fault('UNAUTHORIZED', 'no'), new Fault('UNAVAILABLE', 'away')]
  for (const key of ['a', 'b', 'c']) p.unit(key, 'up')
  const first = p.begin().run(1000)
  p.unit('new', 'failed', bad) // it did not run before
  p.unit('b', 'failed', bad) // the change has not touched it
  p.unit('a', 'stopped')
  p.unit('a', 'failed', away) // the network is away
  await clock.advance(1000)
  expect(await first).toBeUndefined()
  p.unit('a', 'up')
  const second = p.begin().run(1000)
  p.unit('a', 'stopped')
  p.unit('a', 'failed', bad)
  expect(await second).toMatchObject({ unit: 'a', error: bad })
  const third = p.begin().run(1000)
  const fourth = p.begin()
  expect(await third).toBeUndefined()
  fourth.drop()
})

test('fifty bad changes in a row: each is refused, the file stays byte for byte, and the gateway answers', async () => {
  await using a = await withTelegram()
  const bad = [
    { gateway: { port: 'x' } },
    { gateway: { bind: 'custom', customBindHost: '203.0.113.9' } },
    { gateway: { tailscale: { mode: 'funnel' } } },
    { gateway: { bind: 'lan', auth: { mode: 'none' } } },
    { gateway: { tls: { enabled: true, certPath: '/nowhere/c.pem', keyPath: '/nowhere/k.pem', autoGenerate: false } } },
    { gateway: { auth: { mode: 'trusted-proxy' } } },
    { channels: { telegram: { dmPolicy: 'sometimes' } } },
    { agents: { list: 'none' } },
    { nonsense: true },
    { models: { providers: { x: {} } } },
  ]
  for (let i = 0; i < 50; i++) {
    const { hash } = await a.call('config.get')
    const answer = await a.refused('config.patch', { raw: JSON.stringify(bad[i % bad.length]), baseHash: hash })
    expect([i, answer]).toEqual([i, expect.stringMatching(/^(INVALID_REQUEST|LIMITED|UNAVAILABLE) /)])
    expect((await fetch(`http://127.0.0.1:${a.gateway.port}/health`)).status).toBe(200)
  }
  expect(a.now()).toBe(a.text)
  await until('Telegram to be there', a.up)
}, 30_000)

/** How many bad changes are tried. */
const count = Number(process.env['OCLAW_BAD_CHANGES'] ?? 6)

test(
  `${count} changes that look right and do not work: each comes back by itself, to the letter, and the owner hears of it`,
  async () => {
    await using a = await withTelegram()
    const patch = async (value: object, more: object = {}) =>
      a.call('config.patch', { raw: JSON.stringify(value), baseHash: (await a.call('config.get')).hash, ...more }, true)
    const first = (await a.call('config.get')).hash
    for (let i = 0; i < count; i++) {
      const told = a.news.length
      const unkept = i % 2 === 1 // a change nobody keeps in time, or one that breaks what ran
      if (unkept) await patch({ ui: { assistant: { name: `Name ${i}` } } }, { probationMs: 1000 })
      else await patch({ channels: { telegram: { botToken: wrongToken.replace('another', `another${i}`) } } })
      await until(`change ${i} to be taken back`, () => a.now() === a.text)
      await until('the old one in force', async () => (await a.call('config.get')).hash === first)
      if (!unkept) await until('the owner to hear', () => a.news.slice(told).some((n) => n.includes('taken back')))
      await until('Telegram to be back', a.up)
      expect((await fetch(`http://127.0.0.1:${a.gateway.port}/health`)).status).toBe(200)
    }
    expect(a.rejected().length).toBe(Math.ceil(count / 2))
    expect(a.now()).toBe(a.text)
  },
  count * 5000,
)
