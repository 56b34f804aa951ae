// Finding the gateway and its secret, and what is said when it is not there.
import { expect, test } from 'bun:test'
import { wholeParts } from '../../src/app/catalog.ts'
import { cliHome, deadPort, fakeGateway } from './fixture.ts'

const info = { pid: 12, uptimeMs: 9_240_000, port: 1, bind: 'loopback', channels: 3, activeSessions: 12 }
const lockOf = (port: number, pid = process.pid) => JSON.stringify({ pid, port, startedAt: 1, version: 'x' })

test('the lock file gives the port, the file beside it the token', async () => {
  await using gateway = fakeGateway('t0', { 'gateway.info': () => info })
  const at = cliHome({ '.gateway.lock': lockOf(gateway.port), 'gateway.token': 't0\n' })
  const { code, out, err } = await at.run('gateway', 'status')
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('Running: Yes\nPID: 12\nUptime: 2h 34m\n')
  expect(out).toContain(`Probe target: ws://127.0.0.1:${gateway.port} (lock file of the running gateway`)
  expect(out).toContain(`Dashboard: http://127.0.0.1:${gateway.port}/ (`)
  expect(out).toContain('Service: not installed')
  expect(out).toContain(`Listening: pid ${process.pid} `)
  expect(out).toContain('RPC probe: ok')
  const json = JSON.parse((await at.run('gateway', 'status', '--json')).out)
  expect(json).toMatchObject({ running: true, ...info, rpc: { ok: true, url: gateway.url }, extraServices: [] })
  expect(json.config).toEqual({
    cli: { path: at.path('openclaw.json'), exists: false, valid: true },
    mismatch: false,
  })
  expect(json.listeners).toEqual([{ pid: process.pid, command: expect.any(String) }])
})

test('a service that reads another config is told of, and --deep has channels asked', async () => {
  const asked: unknown[] = []
  await using gateway = fakeGateway('t0', {
    'gateway.info': () => info,
    'channels.status': (p) => {
      asked.push(p)
      return { ts: 1, list: [] }
    },
  })
  const unit = '[Service]\nEnvironment=HOME=/home/x\nEnvironment="OPENCLAW_CONFIG_PATH=/etc/my openclaw.json"\n'
  const at = cliHome({
    '.gateway.lock': lockOf(gateway.port),
    'gateway.token': 't0',
    'openclaw.json': '{ gateway: { controlUi: { basePath: "/ui" }, bind: "lan" } }',
    '../.config/systemd/user/openclaw-gateway.service': unit,
  })
  const { out } = await at.run('gateway', 'status')
  expect(out).toContain('Config (service): /etc/my openclaw.json\n! The service reads another config')
  expect(out).toContain(`Dashboard: http://127.0.0.1:${gateway.port}/ui/ (`)
  expect(asked).toEqual([])
  expect((await at.run('gateway', 'status', '--deep')).out).toContain('No channels are set up')
  expect(asked).toEqual([{ probe: true }])
})

test('with nobody there, status and channels status say what the config says, and end well', async () => {
  const port = await deadPort()
  const channels = '{ telegram: { botToken: "1:a", accounts: { b: { enabled: false } } } }'
  const at = cliHome(
    { 'openclaw.json': `{ gateway: { port: ${port}, auth: { token: "${'s'.repeat(40)}" } }, channels: ${channels} }` },
    { configParts: wholeParts },
  )
  const status = await at.run('status')
  expect([status.code, status.err]).toEqual([0, ''])
  expect(status.out).toContain(`Gateway: not reachable (ws://127.0.0.1:${port}, config gateway.port)`)
  expect(status.out).toContain('What the config alone says:')
  expect(status.out).toContain('Agents: main')
  const listed = await at.run('channels', 'status')
  expect([listed.code, listed.out]).toEqual([0, expect.stringContaining('- Telegram b: disabled')])
  const json = JSON.parse((await at.run('channels', 'status', '--json')).out)
  expect(json).toMatchObject({ configOnly: true, gateway: { reachable: false } })
  expect((await at.run('status', '--url', `ws://127.0.0.1:${port}`, '--token', 'x')).code).toBe(1)
  const all = await at.run('status', '--all')
  expect([all.code, all.err]).toEqual([0, ''])
  for (const title of ['Machine', 'Service', 'Gateway', 'Security audit'])
    expect(all.out).toMatch(new RegExp(`^${title}$`, 'm'))
  expect(all.out).not.toContain('s'.repeat(40))
  expect(JSON.parse((await at.run('status', '--all', '--json')).out)).toMatchObject({
    configOnly: true,
    gatewayService: { installed: false },
    securityAudit: { summary: { critical: expect.any(Number) } },
  })
})

test('status --all of a gateway that runs is one text without secrets', async () => {
  const token = 't'.repeat(40)
  await using gateway = fakeGateway(token, {
    status: () => ({
      sessions: { count: 1, defaults: { model: 'a/b' }, recent: [{ key: 'agent:main:telegram:direct:491701234567' }] },
      gateway: { version: '1', port: 1, uptimeMs: 1000 },
      messages: { inbox: {}, outbox: {} },
      channelSummary: [],
    }),
    health: () => ({ ok: true }),
    'agents.list': () => ({ defaultId: 'main', agents: [{ id: 'main' }] }),
    'memory.status': () => ({ agentId: 'main', provider: 'none', files: 0, chunks: 0 }),
    'channels.status': () => ({ ts: 1, list: [] }),
    'usage.status': () => ({ providers: [] }),
    'usage.cost': () => ({ days: 1, daily: [], totals: { totalTokens: 0, totalCost: 0 } }),
  })
  const at = cliHome({ '.gateway.lock': lockOf(gateway.port), 'gateway.token': token }, { configParts: wholeParts })
  const { code, out, err } = await at.run('status', '--all')
  expect([code, err]).toEqual([0, ''])
  for (const title of [
    'Machine',
    'Gateway',
    'Agents',
    'Sessions',
    'Memory',
    'Channels',
    'Spent today',
    'Security audit',
  ])
    expect(out).toMatch(new RegExp(`^${title}$`, 'm'))
  expect(out).not.toContain('491701234567')
  expect(out).toContain('Agents\n  main\n')
  expect(out).toContain('No channels are set up')
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

test('a secret nobody gave is asked once at a terminal, and is not shown', async () => {
  await using gateway = fakeGateway('pw0', {
    status: () => ({ sessions: { count: 0, defaults: {} } }),
    health: () => ({}),
    'channels.status': () => ({}),
  })
  const config = `{ gateway: { mode: "remote", remote: { url: "${gateway.url}" } } }`
  const questions: string[] = []
  const typing = (answer: string, stdinTTY = true) => ({
    stdinTTY,
    askSecret(question: string) {
      questions.push(question)
      return Promise.resolve(answer)
    },
  })
  const at = cliHome({ 'openclaw.json': config }, typing('pw0'))
  const { code, out, err } = await at.run('status', '--deep', '--json')
  expect([code, err]).toEqual([0, ''])
  expect(questions).toEqual([`Password or token of ${gateway.url}`])
  expect(out).not.toContain('pw0')
  const wrong = await cliHome({ 'openclaw.json': config }, typing('nope')).run('health')
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('password from what you typed')])
  expect(wrong.err).not.toContain('nope')
  const piped = await cliHome({ 'openclaw.json': config }, typing('pw0', false)).run('health')
  expect([piped.code, questions.length]).toEqual([1, 2])
  const doctor = await cliHome({ 'openclaw.json': config }, typing('x')).run('doctor', '--json')
  expect([JSON.parse(doctor.out).checks.length > 10, questions.length]).toEqual([true, 2])
  const env = { OPENCLAW_GATEWAY_PORT: String(gateway.port) }
  const stranger = await cliHome({}, { ...typing('x'), env }).run('health')
  expect([stranger.code, questions.length]).toEqual([1, 2])
  const given = await cliHome({ 'openclaw.json': config }, typing('x')).run('health', '--json', '--password', 'pw0')
  expect([given.code, questions.length]).toEqual([0, 2])
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

test('--expect-final waits for the last answer where a method answers twice; --debug tells what is asked', async () => {
  const echo = (params: Record<string, unknown>) => ({ ok: true, params })
  await using gateway = fakeGateway('t', { agent: echo, health: echo })
  const at = cliHome({ '.gateway.lock': lockOf(gateway.port), 'gateway.token': 't' })
  const call = ['gateway', 'call', 'agent', '--params', '{"message":"hi"}']
  expect(JSON.parse((await at.run(...call, '--expect-final')).out).params).toEqual({ message: 'hi', wait: true })
  expect(JSON.parse((await at.run(...call)).out).params).toEqual({ message: 'hi' })
  const health = await at.run('gateway', 'health', '--expect-final', '--debug', '--json')
  expect(JSON.parse(health.out).params).toEqual({})
  expect(health.err).toMatch(/^health: \d+ ms$/m)
})

test('sessions of a store of the original are listed without a gateway', async () => {
  const stored = {
    'agent:main:main': { sessionId: 'a', updatedAt: Date.now(), model: 'opus' },
    'agent:main:telegram:group:-1': { sessionId: 'b', updatedAt: 1 },
  }
  const at = cliHome({ 'old/sessions.json': JSON.stringify(stored), 'old/bad.json': '[' })
  const store = ['sessions', '--store', at.path('old/sessions.json')]
  expect(JSON.parse((await at.run(...store, '--json')).out)).toMatchObject({
    count: 2,
    sessions: [{ key: 'agent:main:main', model: 'opus' }, { kind: 'group' }],
  })
  expect((await at.run(...store, '--active', '5')).out).not.toContain('telegram')
  expect((await at.run('sessions', '--store', at.path('old/bad.json'))).err).toContain('no sessions.json')
  expect((await at.run('sessions', '--store', '/nowhere')).err).toContain('cannot be read')
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
