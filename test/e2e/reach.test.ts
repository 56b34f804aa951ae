// Reaching the gateway: encrypted, through a fake Tailscale, and by name on the network; all by the executable.
import { afterAll, expect, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { selfSigned } from '../../src/os/certificate.ts'
import { nameServer, nsd } from '../os/name-server.ts'
import { binary, folder, portOf, run, until } from './program.ts'

const home = folder()
afterAll(() => home[Symbol.dispose]())

/** A `tailscale` that notes how it was called and answers as the real one does. */
function fakeTailscale(dir: string, how = 'exit 0'): string {
  mkdirSync(dir, { recursive: true })
  const script = `#!/bin/sh
echo "$*" >> "${dir}/calls"
[ "$1" = status ] && { echo '{"Self":{"DNSName":"box.tail1.ts.net.","TailscaleIPs":["100.64.0.7"]}}'; exit 0; }
${how}
`
  writeFileSync(join(dir, 'tailscale'), script)
  chmodSync(join(dir, 'tailscale'), 0o755)
  return dir
}

/** Starts a gateway with this config and waits for its port; `ask` calls its command line. */
async function started(config: object, env: Readonly<Record<string, string>> = {}, args = ['--port', '0']) {
  const state = folder()
  state.write('openclaw.json', JSON.stringify(config))
  const program = run(state.path, ['gateway', ...args], { env })
  const port = await until('the port', () => {
    if (program.child.exitCode !== null) throw new Error(program.output)
    return portOf(state.path, program.pid)
  })
  return {
    state,
    port,
    program,
    ask: async (...args: string[]) => {
      const done = run(state.path, args, { env })
      return { code: await done.exited, out: done.output }
    },
    async [Symbol.asyncDispose]() {
      program.child.kill('SIGTERM')
      await program.exited
      state[Symbol.dispose]()
    },
  }
}

/** An address nobody listens at. */
async function free(): Promise<string> {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const url = server.url.href
  await server.stop(true)
  return url
}

const own = { gateway: { tls: { enabled: true } } }

test('a certificate is made once, the command line finds its way, plain http does not', async () => {
  await using g = await started(own)
  const cert = g.state.read('gateway/tls/gateway-cert.pem')
  expect(new X509Certificate(cert).subjectAltName).toContain('DNS:localhost')
  const answer = await fetch(`https://127.0.0.1:${g.port}/health`, { tls: { ca: cert } })
  expect(await answer.json()).toMatchObject({ status: 'ok' })
  expect(
    await fetch(`http://127.0.0.1:${g.port}/health`).then(
      (r) => r.status,
      () => 'refused',
    ),
  ).not.toBe(200)
  const status = await g.ask('gateway', 'status')
  expect([status.code, status.out]).toEqual([0, expect.stringContaining('Running: Yes')])
  await until('the banner', () => g.program.output.includes('wss://127.0.0.1'))
  expect((await g.ask('gateway', 'restart')).code).toBe(0)
  expect(g.state.read('gateway/tls/gateway-cert.pem')).toBe(cert)
})

test('a certificate of one’s own, taken anew when it changed; a wrong one is refused with what mends it', async () => {
  const state = home
  const put = (days: number) => {
    const pair = selfSigned({ names: ['localhost', '127.0.0.1'], now: Date.now(), days })
    state.write('c.pem', pair.cert)
    state.write('k.pem', pair.key)
    return pair
  }
  const first = put(90)
  const tls = { enabled: true, certPath: join(state.path, 'c.pem'), keyPath: join(state.path, 'k.pem') }
  const { port } = new URL(await free())
  await using g = await started({ gateway: { tls } }, {}, ['--port', port])
  expect((await fetch(`https://127.0.0.1:${g.port}/health`, { tls: { ca: first.cert } })).status).toBe(200)
  const trusted = (ca: string) =>
    fetch(`https://127.0.0.1:${g.port}/health`, { tls: { ca } }).then(
      (r) => r.status,
      () => 0,
    )
  const log = () => g.state.read('logs/gateway.log')
  state.write('k.pem', 'nonsense')
  await until('the bad key to be told of', () =>
    log().includes('the new certificate cannot be used; the old one stays'),
  )
  expect(await trusted(first.cert)).toBe(200)
  const second = put(60)
  await until('the new certificate', async () => (await trusted(second.cert)) === 200)
  state.write('k.pem', 'nonsense')
  const bad = run(folder().path, ['gateway', '--port', '0'], {
    env: { OPENCLAW_CONFIG_PATH: join(g.state.path, 'openclaw.json') },
  })
  expect(await bad.exited).toBe(1)
  expect(bad.output).toContain('gateway.tls: the key is no PEM key')
})

const scale = (mode: string, more: object = {}) => ({
  gateway: { tailscale: { mode, resetOnExit: true }, auth: { mode: 'password', password: 'p'.repeat(30) }, ...more },
})

test.each(['serve', 'funnel'])('Tailscale %s begins with the gateway and ends with it', async (mode) => {
  const bin = fakeTailscale(join(home.path, `ts-${mode}`))
  const calls = () => (existsSync(join(bin, 'calls')) ? home.read(`ts-${mode}/calls`) : '')
  {
    await using g = await started(scale(mode), { PATH: `${bin}:/usr/bin:/bin` })
    await until('Tailscale to be told', () => calls().includes('status --json'))
    expect(calls()).toContain(`${mode} --bg --yes ${g.port}\n`)
    await until(
      'the log',
      () => g.state.has('logs/gateway.log') && g.state.read('logs/gateway.log').includes('https://box.tail1.ts.net/'),
    )
  }
  expect(calls()).toEndWith(`${mode} reset\n`)
})

test('a Tailscale that refuses, or is not there, is told of, and the gateway goes on', async () => {
  const bin = fakeTailscale(join(home.path, 'ts-bad'), 'echo "Serve is not enabled on your tailnet." >&2; exit 1')
  for (const path of [`${bin}:/usr/bin:/bin`, '/usr/bin:/bin']) {
    await using g = await started(scale('serve'), { PATH: path })
    const log = () => (g.state.has('logs/gateway.log') ? g.state.read('logs/gateway.log') : '')
    await until('the log', () => log().includes('the gateway goes on without it'))
    expect(log()).toContain(path.startsWith(bin) ? 'Serve is not enabled on your tailnet.' : 'is not installed')
    expect((await fetch(`http://127.0.0.1:${g.port}/health`)).status).toBe(200)
  }
})

test('a gateway on the network is found by another program; one for this machine only is not', async () => {
  expect(existsSync(binary)).toBe(true)
  const env = { OPENCLAW_MDNS_INTERFACE: '127.0.0.1', OPENCLAW_SSH_PORT: '2222' }
  const config = (bind: string, mode: string) => ({
    gateway: { bind, auth: { token: 't'.repeat(40) } },
    discovery: { mdns: { mode } },
  })
  const found = async (g: Awaited<ReturnType<typeof started>>) => {
    const { out } = await g.ask('gateway', 'discover', '--json', '--timeout', '400')
    return (JSON.parse(out) as { beacons: { port: number; txt: Record<string, string> }[] }).beacons.find(
      (b) => b.port === g.port,
    )
  }
  await using lan = await started(config('lan', 'full'), env)
  const beacon = await until('the beacon', () => found(lan))
  expect(beacon.txt).toMatchObject({ role: 'gateway', sshPort: '2222', cliPath: binary })
  await using minimal = await started(config('lan', 'minimal'), env)
  expect((await until('the lesser beacon', () => found(minimal))).txt).not.toHaveProperty('cliPath')
  await using alone = await started(config('loopback', 'full'), env)
  expect(await found(alone)).toBeUndefined()
}, 20_000)

test.if(existsSync(nsd))('a gateway in the DNS is found by its domain, and its zone is written once', async () => {
  const config = {
    gateway: { bind: 'custom', customBindHost: '127.0.0.1', auth: { token: 't'.repeat(40) } },
    discovery: { mdns: { mode: 'off' }, wideArea: { enabled: true, domain: 'gw.openclaw.internal' } },
  }
  await using g = await started(config, { OPENCLAW_TAILNET_DNS: 'box.tail1.ts.net', OPENCLAW_MDNS_HOSTNAME: 'box' })
  const zone = join(g.state.path, 'dns/gw.openclaw.internal.db')
  await until('the zone', () => existsSync(zone))
  const text = g.state.read('dns/gw.openclaw.internal.db')
  await using dns = await nameServer('gw.openclaw.internal', zone)
  const found = async () => {
    const { out } = await g.ask('gateway', 'discover', '--json', '--timeout', '1000', '--dns', dns.address)
    return (JSON.parse(out) as { beacons: Record<string, unknown>[] }).beacons.find((b) => b['port'] === g.port)
  }
  const beacon = await until('the beacon', found)
  expect(beacon).toMatchObject({
    domain: 'gw.openclaw.internal.',
    instanceName: 'box',
    addresses: ['127.0.0.1'],
    tailnetDns: 'box.tail1.ts.net',
    wsUrl: `ws://127.0.0.1:${g.port}`,
    txt: { role: 'gateway', transport: 'gateway', gatewayPort: String(g.port) },
  })
  await g.ask('config', 'set', 'ui.assistant.name', 'Molly')
  expect(g.state.read('dns/gw.openclaw.internal.db')).toBe(text)
})
