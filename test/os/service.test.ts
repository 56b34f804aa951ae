// Definitions of the service, as the managers' own programs read them; and what systemd is told.
import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listener } from './datagram.ts'
import { testClock } from '../../src/lib/clock.ts'
import { notifier } from '../../src/os/notify.ts'
import {
  installService,
  serviceState,
  tellService,
  uninstallService,
  type ServiceNeeds,
} from '../../src/os/service/control.ts'
import { otherServices } from '../../src/os/service/extra.ts'
import { plist, taskScript } from '../../src/os/service/others.ts'
import { servicePlan } from '../../src/os/service/plan.ts'
import { systemUnit, userUnit } from '../../src/os/service/systemd.ts'

const home = '/home/ann'
const plan = (program: string, profile?: string, env: Record<string, string> = {}) =>
  servicePlan({
    kind: 'gateway',
    argv: [program, 'gateway', '--port', '18789'],
    paths: { home, stateDir: `${home}/.openclaw`, logsDir: `${home}/.openclaw/logs`, profile },
    env,
  })

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'oclaw-unit-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** What systemd itself thinks of a unit; empty when all is well. */
function verified(name: string, text: string, how: readonly string[]): string {
  using dir = folder()
  writeFileSync(join(dir.path, name), text)
  const done = Bun.spawnSync(['systemd-analyze', 'verify', '--man=no', ...how, join(dir.path, name)], {
    env: { ...process.env, XDG_RUNTIME_DIR: dir.path },
    stderr: 'pipe',
  })
  const lines = done.stderr.toString().split('\n')
  return lines.filter((l) => l.includes(name)).join('\n')
}

test('a unit of a user says what runs, how it is watched, and never a secret', () => {
  const text = userUnit(
    plan('/opt/o claw/100%/oclaw', 'work', { OPENCLAW_STATE_DIR: '/srv/"x"', OPENCLAW_GATEWAY_TOKEN: 's3cret' }),
  )
  expect(text).toContain('ExecStart="/opt/o claw/100%%/oclaw" gateway --port 18789\n')
  expect(text).toContain('Environment="OPENCLAW_STATE_DIR=/srv/\\"x\\""\n')
  expect(text).toContain('Environment=OPENCLAW_SYSTEMD_UNIT=openclaw-gateway-work.service\n')
  for (const line of ['Type=notify', 'Restart=always', 'WatchdogSec=60', 'WantedBy=default.target'])
    expect(text).toContain(`${line}\n`)
  expect(text).not.toContain('s3cret')
})

const present = existsSync('/usr/bin/systemd-analyze')

test.if(present)('systemd finds nothing wrong with either unit, and finds what is wrong', () => {
  const user = userUnit(plan('/bin/true', undefined, { TZ: 'Europe/Berlin' }))
  expect(verified('openclaw-gateway.service', user, ['--user'])).toBe('')
  const seed = systemUnit({
    argv: ['/bin/true', 'gateway', '--bind', 'loopback', '--port', '18789'],
    user: 'daemon',
    stateDir: '/var/lib/openclaw',
    tokenFile: '/etc/openclaw/token',
  })
  expect(seed).toContain('Environment=OPENCLAW_GATEWAY_TOKEN_FILE=/etc/openclaw/token\n')
  expect(verified('openclaw-gateway.service', seed, [])).toBe('')
  expect(verified('broken.service', seed.replace('KillMode=mixed', 'KillMode=never'), [])).toContain('kill mode')
})

test('a property list is well-formed and escapes what it must', () => {
  const text = plist(plan('/Apps/a&b/oclaw'))
  expect(text).toContain('<string>openclaw-gateway</string>')
  expect(text).toContain('<string>/Apps/a&amp;b/oclaw</string>')
  if (!Bun.which('python3')) return
  const check =
    'import plistlib,sys; d=plistlib.loads(sys.stdin.buffer.read()); print(d["ProgramArguments"], d["KeepAlive"])'
  const read = Bun.spawnSync(['python3', '-c', check], { stdin: new TextEncoder().encode(text), stderr: 'pipe' })
  expect(read.stdout.toString()).toBe("['/Apps/a&b/oclaw', 'gateway', '--port', '18789'] {'SuccessfulExit': False}\n")
})

test('an agent of launchd goes by the name of the unit, and one of an older version is found and replaced', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oclaw-launchd-'))
  writeFileSync(join(folder, 'launchctl'), '#!/bin/sh\n', { mode: 0o755 })
  const asked: string[] = []
  const needs: ServiceNeeds = {
    env: { PATH: folder },
    signal: new AbortController().signal,
    platform: 'darwin',
    spawn(argv) {
      asked.push(
        argv
          .slice(1)
          .join(' ')
          .replace(/gui\/\d+/, 'gui'),
      )
      return Promise.resolve({ code: 0, output: '\tpid = 7\n' } as never)
    },
  }
  const mine = { ...plan('/usr/local/bin/oclaw'), home: folder, logsDir: join(folder, 'logs') }
  const agents = join(folder, 'Library/LaunchAgents')
  mkdirSync(agents, { recursive: true })
  const older = join(agents, 'ai.openclaw.gateway.plist')
  const old = plist(mine)
    .replace('openclaw-gateway', 'ai.openclaw.gateway')
    .replace(/<dict>\s*<key>Succ[^]*?<\/dict>/, '<true/>')
  writeFileSync(older, old)
  expect(await serviceState(needs, mine)).toMatchObject({ path: older, enabled: true, active: true, pid: 7 })
  expect(otherServices(mine, 'darwin', [])).toEqual([])
  await tellService(needs, mine, 'stop')
  expect(asked.splice(0)).toEqual(['print gui/ai.openclaw.gateway', 'bootout gui/ai.openclaw.gateway'])
  const { path } = await installService(needs, mine)
  expect(path).toBe(join(agents, 'openclaw-gateway.plist'))
  expect(existsSync(older)).toBe(false)
  expect(asked.splice(0)).toEqual([
    'bootout gui/openclaw-gateway',
    'bootout gui/ai.openclaw.gateway',
    `bootstrap gui ${path}`,
  ])
  await tellService(needs, mine, 'stop')
  await tellService(needs, mine, 'start')
  await uninstallService(needs, mine)
  expect(asked).toEqual([
    'kill SIGTERM gui/openclaw-gateway',
    `bootstrap gui ${path}`,
    'kickstart gui/openclaw-gateway',
    'bootout gui/openclaw-gateway',
  ])
  expect(existsSync(path)).toBe(false)
})

test('a task for Windows sets its variables and starts the program', () => {
  const text = taskScript(plan('C:\\Program Files\\oclaw.exe', 'work'))
  expect(text).toContain('set "OPENCLAW_PROFILE=work"\r\n')
  expect(text).toContain('"C:\\Program Files\\oclaw.exe" "gateway" "--port" "18789"\r\n')
})

test.if(process.platform === 'linux' && existsSync('/lib64/ld-linux-x86-64.so.2'))(
  'systemd hears that we are ready, and that we live, as often as it wants',
  async () => {
    using dir = folder()
    const path = join(dir.path, 'notify')
    using socket = listener(path)
    const clock = testClock(1000)
    const stop = new AbortController()
    const notify = notifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) })
    await notify?.tell('READY=1\nSTATUS=port 1')
    expect(socket.read()).toBe('READY=1\nSTATUS=port 1')
    const watching = notify?.watch(clock, stop.signal)
    await clock.advance(59_000)
    expect([socket.read(), socket.read(), socket.read()]).toEqual(['WATCHDOG=1', 'WATCHDOG=1', undefined])
    stop.abort()
    await watching
    expect(notifier({})).toBeUndefined()
    expect(notifier({ NOTIFY_SOCKET: 'relative' })).toBeUndefined()
    await notifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '1', WATCHDOG_PID: '1' })?.watch(clock, stop.signal)
    expect(socket.read()).toBeUndefined()
  },
)
