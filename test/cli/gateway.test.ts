// Finding the gateway and its secret, and what is said when it is not there.
import { expect, test } from 'bun:test'
import { cliHome, deadPort, fakeGateway } from './fixture.ts'

const info = { pid: 12, uptimeMs: 9_240_000, port: 1, bind: 'loopback', channels: 3, activeSessions: 12 }
const lockOf = (port: number, pid = process.pid) => JSON.stringify({ pid, port, startedAt: 1, version: 'x' })

test('the lock file gives the port, the file beside it the token', async () => {
  await using gateway = fakeGateway('t0', { 'gateway.info': () => info })
  const at = cliHome({ '.gateway.lock': lockOf(gateway.port), 'gateway.token': 't0\n' })
  const { code, out, err } = await at.run('gateway', 'status')
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('Running: Yes\nPID: 12\nUptime: 2h 34m\n')
  expect(JSON.parse((await at.run('gateway', 'status', '--json')).out)).toEqual({ running: true, ...info })
})

test('a lock whose process is gone is not believed', async () => {
  await using gateway = fakeGateway('t0', { 'gateway.info': () => info })
  const gone = Bun.spawnSync(['true']).pid
  const config = `{ gateway: { port: ${gateway.port}, auth: { token: "t0" } } }`
  const at = cliHome({ '.gateway.lock': lockOf(await deadPort(), gone), 'openclaw.json': config })
  expect((await at.run('gateway', 'status')).out).toContain('Running: Yes')
})

test.each([
  ['env token', { OPENCLAW_GATEWAY_TOKEN: 'right' }, '{ gateway: { auth: { token: "wrong" } } }', []],
  ['config token', {}, '{ gateway: { auth: { token: "right" } } }', []],
  ['config token from env', { MY: 'right' }, '{ gateway: { auth: { token: { env: "MY" } } } }', []],
  ['config password', {}, '{ gateway: { auth: { mode: "password", password: "right", token: "wrong" } } }', []],
  ['flag over env', { OPENCLAW_GATEWAY_TOKEN: 'wrong' }, '{}', ['--token', 'right']],
  ['env password', { OPENCLAW_GATEWAY_PASSWORD: 'right' }, '{ gateway: { auth: { mode: "password" } } }', []],
] as [string, Record<string, string>, string, string[]][])('signs in: %s', async (_name, env, config, flags) => {
  await using gateway = fakeGateway('right', { health: () => ({ ok: true }) })
  const at = cliHome({ 'openclaw.json': config }, { env: { ...env, OPENCLAW_GATEWAY_PORT: String(gateway.port) } })
  expect(await at.run('health', '--json', ...flags)).toMatchObject({ code: 0, out: '{\n  "ok": true\n}\n', err: '' })
})

test('a token file named by the environment is read', async () => {
  await using gateway = fakeGateway('right', { health: () => ({ ok: true }) })
  const file = cliHome().put('token', 'right\n')
  const env = { OPENCLAW_GATEWAY_TOKEN_FILE: file, OPENCLAW_GATEWAY_PORT: String(gateway.port) }
  expect(await cliHome({}, { env }).run('health', '--json')).toMatchObject({ code: 0 })
})

test('--url takes no secret from elsewhere', async () => {
  await using gateway = fakeGateway('t0', { health: () => ({ ok: true }) })
  const at = cliHome({ 'gateway.token': 't0' }, { env: { OPENCLAW_GATEWAY_TOKEN: 't0' } })
  const refused = await at.run('health', '--url', gateway.url)
  expect([refused.code, refused.out]).toEqual([1, ''])
  expect(refused.err).toContain('--token <token>')
  expect(await at.run('health', '--url', gateway.url, '--token', 't0', '--json')).toMatchObject({ code: 0 })
  expect((await at.run('health', '--url', 'http://x')).err).toContain('ws://127.0.0.1:18789')
})

test('a wrong secret is told with where it came from', async () => {
  await using gateway = fakeGateway('t0')
  const at = cliHome({ '.gateway.lock': lockOf(gateway.port), 'gateway.token': 'old' })
  const { code, err } = await at.run('health')
  expect(code).toBe(1)
  expect(err).toContain('gateway token mismatch')
  expect(err).toContain(`token from ${at.path('gateway.token')}`)
  expect(err).not.toContain('old')
})

test('nobody there: what was tried and what mends it', async () => {
  const port = await deadPort()
  const at = cliHome({ 'openclaw.json': `{ gateway: { port: ${port} } }` })
  const { code, out, err } = await at.run('health')
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain(`Gateway target: ws://127.0.0.1:${port}`)
  expect(err).toContain('Source: config gateway.port')
  expect(err).toContain(`Config: ${at.path('openclaw.json')}`)
  expect(err).toContain('Start the gateway: oclaw gateway\n')
  expect((await at.run('gateway', 'stop')).err).toContain('The gateway is not reachable')
  const status = await at.run('gateway', 'status')
  expect([status.code, status.err]).toEqual([0, ''])
  expect(status.out).toContain('Running: No')
  expect(await at.run('gateway', 'status', '--require-rpc')).toMatchObject({ code: 1 })
  expect(JSON.parse((await at.run('gateway', 'status', '--json')).out)).toMatchObject({ running: false })
})

test('any method can be called, and its refusal is an exit code', async () => {
  await using gateway = fakeGateway('t', { 'sessions.list': (p) => ({ got: p }) })
  const at = cliHome({ '.gateway.lock': lockOf(gateway.port), 'gateway.token': 't' })
  const done = await at.run('gateway', 'call', 'sessions.list', '--params', '{"limit":5}')
  expect(JSON.parse(done.out)).toEqual({ got: { limit: 5 } })
  expect(await at.run('gateway', 'call', 'nope')).toMatchObject({ code: 1, err: 'oclaw: unknown method: nope\n' })
})

test('an answer that does not come ends with --timeout', async () => {
  await using gateway = fakeGateway('t', { health: () => new Promise(() => undefined) })
  const at = cliHome({ '.gateway.lock': lockOf(gateway.port), 'gateway.token': 't' })
  const done = await at.run('health', '--timeout', '300')
  expect(done.code).toBe(1)
  expect(done.err).toContain('did not answer health within 300 ms')
})

test('gateway starts with its flags checked', async () => {
  const flags = ['--port', '0', '--bind', 'lan', '--auth', 'password', '--password', 'p', '--compact', '--verbose']
  const { code, started } = await cliHome().run('gateway', 'run', ...flags)
  expect(code).toBe(0)
  expect(started).toEqual([
    expect.objectContaining({ port: 0, bind: 'lan', auth: 'password', password: 'p', wsLog: 'compact', verbose: true }),
  ])
  const dev = await cliHome().run('gateway', '--dev', '--reset')
  expect(dev.started).toEqual([expect.objectContaining({ dev: true, reset: true })])
})

test.each([
  [['--port', '70000'], '--port: '],
  [['--bind', 'all'], '--bind is one of auto, lan'],
  [['--reset'], 'oclaw gateway --dev --reset'],
  [['--compact', '--ws-log', 'full'], 'drop one of them'],
])('gateway %j is refused', async (flags, sentence) => {
  const { code, err, started } = await cliHome().run('gateway', ...flags)
  expect([code, started]).toEqual([1, []])
  expect(err).toContain(sentence)
})
