// What others see of the gateway on the network: Avahi its announcements, sslscan its encryption.
import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { folder, portOf, run, until } from './program.ts'

const home = folder()
afterAll(() => home[Symbol.dispose]())

/** Starts a gateway with this config; ended with the scope. */
async function gateway(config: object, env: Readonly<Record<string, string>> = {}) {
  const state = folder()
  state.write('openclaw.json', JSON.stringify(config))
  const program = run(state.path, ['gateway', '--port', '0'], { env })
  const port = await until('the port', () => portOf(state.path, program.pid))
  return {
    port,
    state,
    async [Symbol.asyncDispose]() {
      program.child.kill('SIGTERM')
      await program.exited
      state[Symbol.dispose]()
    },
  }
}

const busConfig = (path: string) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy>
</busconfig>`

const avahiConfig = `[server]
host-name=watcher
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
disallow-other-stacks=no
[wide-area]
enable-wide-area=no
[publish]
disable-publishing=yes
`

/** A real Avahi on loopback with a bus of its own; `browse` answers what it has found, as lines for programs. */
async function avahi() {
  const bus = join(home.path, 'bus')
  home.write('bus.conf', busConfig(bus))
  home.write('avahi.conf', avahiConfig)
  const quiet = ['ignore', 'ignore', 'ignore'] as ['ignore', 'ignore', 'ignore']
  const dbus = Bun.spawn(['dbus-daemon', `--config-file=${home.path}/bus.conf`, '--nofork', '--nopidfile'], {
    stdio: quiet,
  })
  await until('the bus', () => existsSync(bus))
  const env = { PATH: '/usr/bin:/bin:/usr/sbin', DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${bus}` }
  // In a /run of its own: another Avahi of this machine stays what it is.
  const own = 'mount -t tmpfs tmpfs /run && exec avahi-daemon -f "$0" --no-drop-root --no-chroot --no-rlimits'
  const daemon = Bun.spawn(['unshare', '--mount', 'sh', '-c', own, `${home.path}/avahi.conf`], { env, stdio: quiet })
  return {
    browse: async () => {
      const child = Bun.spawn(['avahi-browse', '-rtp', '_openclaw-gw._tcp'], {
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return await new Response(child.stdout).text()
    },
    async [Symbol.asyncDispose]() {
      daemon.kill()
      dbus.kill()
      await Promise.all([daemon.exited, dbus.exited])
    },
  }
}

const avahiHere =
  ['/usr/sbin/avahi-daemon', '/usr/bin/avahi-browse', '/usr/bin/dbus-daemon'].every((path) => existsSync(path)) &&
  process.getuid?.() === 0 &&
  Bun.spawnSync(['unshare', '--mount', 'true'], { stdio: ['ignore', 'ignore', 'ignore'] }).success

test.if(avahiHere)(
  'Avahi sees a gateway with what minimal and full mean',
  async () => {
    await using watcher = await avahi()
    const env = {
      OPENCLAW_MDNS_INTERFACE: '127.0.0.1',
      OPENCLAW_MDNS_HOSTNAME: 'box',
      OPENCLAW_TAILNET_DNS: 'box.ts.net',
    }
    const config = (mode: string) => ({
      gateway: { bind: 'lan', auth: { token: 't'.repeat(40) }, tls: { enabled: mode === 'full' } },
      discovery: { mdns: { mode } },
    })
    const seen = (port: number) =>
      until(
        'Avahi to see it',
        async () =>
          (await watcher.browse()).split('\n').find((l) => l.startsWith('=') && l.split(';')[8] === String(port)),
        30_000,
      )
    const txt = (line: string) => [...line.matchAll(/"(\w+)=/g)].map((m) => String(m[1])).sort()
    const minimal = ['canvasPort', 'displayName', 'gatewayPort', 'lanHost', 'role', 'tailnetDns', 'transport']
    {
      await using g = await gateway(config('minimal'), env)
      const line = await seen(g.port)
      expect(line.split(';').slice(1, 8)).toEqual([
        'lo',
        'IPv4',
        expect.stringContaining('OpenClaw'),
        '_openclaw-gw._tcp',
        'local',
        'box.local',
        '127.0.0.1',
      ])
      expect(txt(line)).toEqual(minimal)
    }
    await using g = await gateway(config('full'), env)
    const line = await seen(g.port)
    expect(txt(line)).toEqual([...minimal, 'cliPath', 'sshPort', 'gatewayTls', 'gatewayTlsSha256'].sort())
    expect(line).toContain('"gatewayTls=1"')
  },
  90_000,
)

/** What sslscan finds, as a list of what is there. */
async function scan(port: number) {
  const child = Bun.spawn(['sslscan', '--xml=-', '--no-colour', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const xml = await new Response(child.stdout).text()
  const tags = (name: string) =>
    [...xml.matchAll(new RegExp(`<${name} ([^>]*?)/?>`, 'g'))].map(
      ([, attributes]) =>
        Object.fromEntries([...(attributes as string).matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]])) as Record<
          string,
          string
        >,
    )
  return { xml, tags }
}

test.if(existsSync('/usr/bin/sslscan')).each(['its own', 'an RSA'] as const)(
  'sslscan finds nothing wrong with %s certificate',
  async (which) => {
    const files = { certPath: join(home.path, 'c.pem'), keyPath: join(home.path, 'k.pem') }
    const make = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '90',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
    ]
    Bun.spawnSync(['openssl', ...make, '-keyout', files.keyPath, '-out', files.certPath], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    await using g = await gateway({ gateway: { tls: { enabled: true, ...(which === 'its own' ? {} : files) } } })
    const { tags, xml } = await scan(g.port)
    const on = tags('protocol').filter((p) => p['enabled'] === '1')
    expect(on.map((p) => `${p['type']} ${p['version']}`)).toEqual(['tls 1.2', 'tls 1.3'])
    const ciphers = tags('cipher')
    expect(ciphers.length).toBe(6)
    expect(ciphers.filter((c) => !['strong', 'acceptable'].includes(c['strength'] ?? ''))).toEqual([])
    expect(ciphers.filter((c) => !/GCM|POLY1305/.test(c['cipher'] ?? ''))).toEqual([])
    expect(tags('renegotiation')).toEqual([{ supported: '0', secure: '0' }])
    expect(tags('heartbleed').filter((h) => h['vulnerable'] !== '0')).toEqual([])
    expect(tags('fallback').filter((f) => f['supported'] !== '1')).toEqual([])
    expect(xml).toContain('<expired>false</expired>')
    expect(tags('pk')).toMatchObject([{ error: 'false' }])
    const asked = Bun.spawnSync(['openssl', 's_client', '-connect', `127.0.0.1:${g.port}`, '-tls1_2'], {
      stdin: new Uint8Array(),
    })
    expect(asked.stdout.toString()).toContain('Compression: NONE')
    for (const old of ['-tls1', '-tls1_1'])
      expect(
        Bun.spawnSync(['openssl', 's_client', '-connect', `127.0.0.1:${g.port}`, old, '-cipher', 'ALL:@SECLEVEL=0'], {
          stdin: new Uint8Array(),
        }).exitCode,
      ).not.toBe(0)
  },
  60_000,
)
