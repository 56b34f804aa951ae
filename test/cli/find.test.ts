// Finding gateways: every one that may be meant is asked, none that was only heard of is shown a secret; and names for them.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { wholeParts } from '../../src/app/catalog.ts'
import { sshTarget } from '../../src/cli/tunnel.ts'
import { advertise } from '../../src/os/mdns.ts'
import { until } from '../e2e/program.ts'
import { sshServer, sshd } from '../os/ssh-server.ts'
import { cliHome, deadPort, fakeGateway } from './fixture.ts'

const env = { PATH: '/usr/bin:/bin', OPENCLAW_MDNS_INTERFACE: '127.0.0.1' }
const home = (config: object, more: Readonly<Record<string, string>> = {}) =>
  cliHome({ 'openclaw.json': JSON.stringify(config) }, { env: { ...env, ...more }, configParts: wholeParts })

const info = { version: '2026.2.19', host: 'box', pid: 7, bind: 'loopback', authMode: 'token', sessions: 3 }
const methods = {
  'gateway.info': () => info,
  health: () => ({ ok: true, channels: { telegram: { connected: true }, slack: { connected: false } } }),
  'config.get': () => ({ hash: 'abc' }),
}
type Report = { ok: boolean; targets: Record<string, unknown>[]; warnings: string[] }

test('the local and the configured gateway, side by side', async () => {
  await using here = fakeGateway('local-token', methods)
  await using there = fakeGateway('remote-token', {
    ...methods,
    'gateway.info': () => ({ ...info, host: 'far', pid: 8 }),
  })
  const at = home({
    gateway: {
      mode: 'remote',
      port: here.port,
      auth: { token: 'local-token' },
      remote: { url: there.url, token: 'remote-token' },
    },
  })
  const { code, out } = await at.run('gateway', 'probe', '--json', '--timeout', '1500')
  const report = JSON.parse(out) as Report
  expect([code, report.ok]).toEqual([0, true])
  const [remote, local] = report.targets
  expect(remote).toMatchObject({
    id: 'remote',
    ok: true,
    url: there.url,
    self: { host: 'far', version: '2026.2.19' },
    health: { ok: true, channels: 2, connected: 1 },
    sessions: 3,
    configHash: 'abc',
  })
  expect(local).toMatchObject({ id: 'local', ok: true, source: 'local loopback', latencyMs: expect.any(Number) })
  expect(report.warnings).toEqual(['2 gateways answer; say which one is meant with --url'])
  expect((await at.run('gateway', 'probe', '--timeout', '1500')).out).toContain('channels 1 of 2 connected, sessions 3')
})

test('nobody there is exit code 1, and says what was tried', async () => {
  const port = await deadPort()
  const at = home({ gateway: { port } })
  const { code, out } = await at.run('gateway', 'probe', '--timeout', '300', '--json')
  expect([code, JSON.parse(out)]).toEqual([
    1,
    expect.objectContaining({
      ok: false,
      targets: expect.arrayContaining([
        expect.objectContaining({ id: 'local', ok: false, url: `ws://127.0.0.1:${port}`, error: expect.any(String) }),
      ]),
    }),
  ])
})

test('one that is only announced is knocked at, and shown no secret', async () => {
  const headers: (string | null)[] = []
  using stranger = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      headers.push(request.headers.get('authorization'), new URL(request.url).search)
      return new URL(request.url).pathname === '/health'
        ? Response.json({ status: 'ok' })
        : new Response('', { status: 404 })
    },
  })
  const txt = { role: 'gateway', displayName: 'Stranger' }
  const told = { name: 'stranger', host: 'stranger', port: stranger.port as number, txt }
  const beacon = await advertise(told, { interface: '127.0.0.1' }, () => undefined)
  try {
    const at = home({ gateway: { port: await deadPort(), auth: { token: 'my-own-token' } } })
    const found = await until('the beacon', async () => {
      const { out } = await at.run('gateway', 'probe', '--json', '--timeout', '500')
      return (JSON.parse(out) as Report).targets.find((t) => t['id'] === 'found:Stranger')
    })
    expect(found).toMatchObject({ kind: 'found', ok: true, scopes: [], self: null })
    expect([...new Set(headers)]).toEqual([null, ''])
  } finally {
    await beacon.close()
  }
})

test.if(existsSync(sshd))('through a real SSH server, and what it says when it does not let us in', async () => {
  await using ssh = await sshServer()
  await using far = fakeGateway('far-token', methods)
  const at = home(
    { gateway: { port: far.port, auth: { token: 'x' }, remote: { token: 'far-token' } } },
    { PATH: `${ssh.bin}:/usr/bin:/bin` },
  )
  const probe = async (...more: string[]) => {
    const { out } = await at.run('gateway', 'probe', '--json', '--timeout', '5000', '--ssh', ssh.to, ...more)
    return (JSON.parse(out) as Report).targets.find((t) => t['kind'] === 'ssh')
  }
  expect(await probe('--ssh-identity', ssh.identity)).toMatchObject({ ok: true, self: { pid: 7 }, sessions: 3 })
  expect(await probe('--ssh-identity', '/dev/null')).toMatchObject({
    ok: false,
    error: expect.stringContaining('Permission denied'),
  })
})

test('targets of SSH are checked: none becomes an option', () => {
  expect(sshTarget('ann@box:2222')).toEqual({ host: 'ann@box', port: '2222' })
  expect(sshTarget('box')).toEqual({ host: 'box', port: undefined })
  for (const bad of ['-oProxyCommand=x', 'ann@-x', 'a b', '', 'box;ls'])
    expect(() => sshTarget(bad)).toThrow('is no target')
})

test('dns setup shows, and with --apply does: the config, a zone and a Corefile', async () => {
  const at = home({})
  const seen = await at.run('dns', 'setup')
  expect([seen.code, existsSync(at.path('dns'))]).toEqual([0, false])
  expect(seen.out).toContain('Nothing was changed; do it: oclaw dns setup --apply --domain openclaw.internal')
  const done = await at.run('dns', 'setup', '--apply', '--domain', 'My.Net.', '--json')
  expect(JSON.parse(done.out)).toMatchObject({ domain: 'my.net', applied: true, zone: at.path('dns/my.net.db') })
  expect(Bun.JSON5.parse(readFileSync(at.path('openclaw.json'), 'utf8'))).toMatchObject({
    discovery: { wideArea: { enabled: true, domain: 'my.net' } },
  })
  expect(readFileSync(at.path('dns/Corefile'), 'utf8')).toContain(`file ${at.path('dns/my.net.db')} {`)
  expect(readFileSync(at.path('dns/my.net.db'), 'utf8')).toContain('$ORIGIN my.net.')
  expect((await at.run('dns', 'setup', '--domain', '../x')).err).toContain('is no domain')
})

test('status --deep has channels asked, --usage adds what was spent; alone it asks for neither', async () => {
  const asked: string[] = []
  const note =
    <T>(name: string, value: T) =>
    (params: Record<string, unknown>) => {
      asked.push(`${name} ${JSON.stringify(params)}`)
      return value
    }
  const status = {
    sessions: { count: 2, defaults: { model: 'a/b' } },
    gateway: { version: '1', port: 1, uptimeMs: 1000 },
    messages: { inbox: {}, outbox: {} },
    channelSummary: [],
  }
  await using gateway = fakeGateway('t0', {
    status: note('status', status),
    health: note('health', { ok: true }),
    'channels.status': note('channels.status', { channelAccounts: {} }),
    'usage.status': note('usage.status', { providers: [] }),
    'usage.cost': note('usage.cost', { totals: {} }),
  })
  const at = home({ gateway: { port: gateway.port, auth: { token: 't0' } } })
  expect(JSON.parse((await at.run('status', '--json')).out)).toEqual(status)
  expect(asked).toEqual(['status {}'])
  const deep = JSON.parse((await at.run('status', '--deep', '--usage', '--json')).out) as object
  expect(deep).toEqual({
    ...status,
    health: { ok: true },
    channels: { channelAccounts: {} },
    usage: { providers: [] },
    cost: { totals: {} },
  })
  expect(asked).toContain('channels.status {"probe":true}')
})
