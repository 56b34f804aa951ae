// The service under a real systemd: installed, killed, hung, unable to start, updated from inside, and taken away.
import { expect, test } from 'bun:test'
import { chmodSync, copyFileSync, existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { newerProgram, newerVersion, releaseOf } from './newer.ts'
import { built, folder, until } from './program.ts'
import { realSystemd, systemdHere } from './real-systemd.ts'

const unit = 'openclaw-gateway.service'

async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  return port as number
}

/** A user's home with the program in it, and a systemd of theirs. */
async function user() {
  const home = folder()
  const program = join(home.path, 'bin-oclaw')
  copyFileSync(built(), program)
  chmodSync(program, 0o755)
  const port = await freePort()
  const systemd = await realSystemd(home)
  const config = (gateway: object) => home.write('openclaw.json', JSON.stringify({ gateway: { port, ...gateway } }))
  config({})
  const oclaw = (...args: string[]) => systemd.exec(program, ...args)
  return {
    home,
    program,
    systemd,
    config,
    oclaw,
    show: (...names: string[]) => systemd.show(unit, ...names),
    answers: () =>
      fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2000) }).then(
        (r) => r.ok,
        () => false,
      ),
    async [Symbol.asyncDispose]() {
      await systemd[Symbol.asyncDispose]()
      home[Symbol.dispose]()
    },
  }
}

test.if(systemdHere)(
  'installed it runs and is enabled; killed, hung or unable to start, it comes back by itself',
  async () => {
    await using at = await user()
    const installed = await at.oclaw('gateway', 'install')
    expect([installed.code, installed.out]).toEqual([0, expect.stringContaining('and starts at boot')])
    const first = await at.show('ActiveState', 'UnitFileState', 'MainPID', 'Type', 'NRestarts')
    expect(first).toMatchObject({ ActiveState: 'active', UnitFileState: 'enabled', Type: 'notify', NRestarts: '0' })
    expect(await at.answers()).toBe(true)
    const kill = (signal: string, pid: string | undefined) => at.systemd.exec('kill', `-${signal}`, String(pid))
    const back = (n: number) =>
      until(
        `restart ${n}`,
        async () => {
          const now = await at.show('ActiveState', 'NRestarts', 'MainPID')
          return now['ActiveState'] === 'active' && Number(now['NRestarts']) >= n && (await at.answers())
            ? now
            : undefined
        },
        40_000,
      )

    await kill('KILL', first['MainPID'])
    const second = await back(1)
    expect(second['MainPID']).not.toBe(first['MainPID'])

    await at.systemd.exec('mkdir', '-p', join(at.home.path, `.config/systemd/user/${unit}.d`))
    at.home.write(`.config/systemd/user/${unit}.d/watchdog.conf`, '[Service]\nWatchdogSec=2\nRestartSec=1\n')
    await at.systemd.exec('systemctl', '--user', 'daemon-reload')
    const again = await at.oclaw('gateway', 'restart', '--json')
    expect(JSON.parse(again.out)).toMatchObject({ ok: true, result: 'restarted' })
    const third = await at.show('MainPID')
    await kill('STOP', third['MainPID']) // it hangs: no sign of life
    await until('systemd to notice', async () => (await at.show('MainPID'))['MainPID'] !== third['MainPID'], 40_000)
    await back(1)

    at.config({ bind: 'custom', customBindHost: '203.0.113.9' }) // it cannot start with that
    await kill('KILL', (await at.show('MainPID'))['MainPID'])
    const tries = Number((await at.show('NRestarts'))['NRestarts'])
    await until('five tries', async () => Number((await at.show('NRestarts'))['NRestarts']) >= tries + 5, 60_000)
    expect(await at.answers()).toBe(false)
    at.config({})
    await back(tries + 5)

    expect((await at.oclaw('gateway', 'stop')).code).toBe(0)
    expect(await at.show('ActiveState', 'Result')).toEqual({ ActiveState: 'inactive', Result: 'success' })
    expect((await at.oclaw('gateway', 'uninstall')).code).toBe(0)
    expect(existsSync(join(at.home.path, `.config/systemd/user/${unit}`))).toBe(false)
  },
  180_000,
)

test.if(systemdHere)(
  'an update asked for over the wire outlives the service it restarts, and takes a bad one back',
  async () => {
    const bad = newerProgram({ diesAfterMs: 2500 })
    try {
      await using at = await user()
      const old = (await at.oclaw('--version')).out.trim()
      const key = await releaseOf(join(at.home.path, 'release'), bad)
      at.home.write('.env', `OPENCLAW_UPDATE_KEY=${key}\nOPENCLAW_UPDATE_URL=${join(at.home.path, 'release')}\n`)
      expect((await at.oclaw('gateway', 'install')).code).toBe(0)
      const asked = await at.oclaw(
        'gateway',
        'call',
        'update.run',
        '--params',
        '{"restartDelayMs":0}',
        '--timeout',
        '60000',
      )
      expect(JSON.parse(asked.out)).toMatchObject({ result: { status: 'ok', after: { version: newerVersion } } })
      const version = async () =>
        (JSON.parse((await at.oclaw('gateway', 'status', '--json')).out) as { version?: string }).version
      await until('the newer one', async () => (await version()) === newerVersion, 40_000)
      await until('the old one again', async () => (await version()) === old, 60_000)
      expect((await at.oclaw('--version')).out.trim()).toBe(old)
      expect(await at.show('ActiveState')).toEqual({ ActiveState: 'active' })
    } finally {
      rmSync(dirname(bad), { recursive: true, force: true })
    }
  },
  180_000,
)
