// The gateway always on: in the background, and as a service under a stand-in for systemd that runs the unit.
import { afterAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeOpenai } from '../fakes/openai.ts'
import { listener } from '../os/datagram.ts'
import { fakeSystemctl } from './fake-systemctl.ts'
import { folder, run, until, type Folder } from './program.ts'

const homes: Folder[] = []
afterAll(() => homes.forEach((h) => h[Symbol.dispose]()))

/** A home with a free port, and `oclaw` run in it. */
async function home(systemd: boolean) {
  const state = folder()
  homes.push(state)
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  state.write('openclaw.json', JSON.stringify({ gateway: { port } }))
  const bin = systemd ? fakeSystemctl(state.path) : '/nonexistent'
  const oclaw = async (...args: string[]) => {
    const done = run(state.path, args, { env: { PATH: `${bin}:/usr/bin:/bin`, USER: 'ann', HOME: state.path } })
    return { code: await done.exited, out: done.output }
  }
  return { state, port, oclaw }
}

const gone = (pid: number) => until('the end of it', () => !existsSync(`/proc/${pid}`))

test('start, status, restart and stop without a service manager', async () => {
  const { oclaw, port, state } = await home(false)
  const started = JSON.parse((await oclaw('gateway', 'start', '--json')).out) as { pid: number; ok: boolean }
  expect(started).toMatchObject({ action: 'start', ok: true, result: 'started' })
  const status = (await oclaw('gateway', 'status')).out
  expect(status).toMatch(
    new RegExp(
      `^Gateway Status\\n-{14}\\nRunning: Yes\\nPID: ${started.pid}\\nUptime: .*\\nPort: ${port}\\nBind: loopback\\nChannels: 0 connected\\nSessions: 0 active\\nService: not installed\\nProbe target: `,
    ),
  )
  expect(JSON.parse((await oclaw('gateway', 'start', '--json')).out)).toMatchObject({
    result: 'already-running',
    pid: started.pid,
  })
  expect(await oclaw('gateway', 'restart', '--json')).toMatchObject({ code: 0 })
  expect((await oclaw('gateway', 'stop')).out).toBe(`Stopped the gateway (pid ${started.pid}).\n`)
  await gone(started.pid)
  const stopped = await oclaw('gateway', 'stop')
  expect([stopped.code, stopped.out]).toEqual([1, expect.stringContaining('not reachable')])
  expect(state.has('.gateway.lock')).toBe(false)
})

test('a restart reads the variables of the state folder anew', async () => {
  const { oclaw, state } = await home(false)
  await oclaw('gateway', 'start')
  const model = async () =>
    (JSON.parse((await oclaw('status', '--json')).out) as { sessions: { defaults: { model: string } } }).sessions
      .defaults.model
  expect(await model()).toBe('demo/demo')
  state.write('.env', 'ANTHROPIC_API_KEY=sk-ant-test\n')
  expect((await oclaw('gateway', 'restart')).code).toBe(0)
  expect(await model()).toBe('anthropic/claude-opus-4-6')
  expect((await oclaw('gateway', 'stop')).code).toBe(0)
})

test('a gateway that cannot start says why', async () => {
  const { oclaw, state } = await home(false)
  state.write('openclaw.json', JSON.stringify({ gateway: { bind: 'custom', customBindHost: '203.0.113.9' } }))
  const { code, out } = await oclaw('gateway', 'start')
  expect(code).toBe(1)
  expect(out).toContain('this machine has no address 203.0.113.9')
})

test('as a service: install runs it, kill -9 and status tell the truth, uninstall takes it away', async () => {
  const { oclaw, state } = await home(true)
  const unit = join(state.path, '.config/systemd/user/openclaw-gateway.service')
  const installed = await oclaw('gateway', 'install')
  expect([installed.code, installed.out]).toEqual([0, expect.stringContaining(`Installed ${unit}`)])
  expect(readFileSync(unit, 'utf8')).toContain(`Environment=OPENCLAW_STATE_DIR=${state.path}\n`)
  expect(state.read('units/calls')).toContain(
    'daemon-reload\nenable openclaw-gateway.service\nrestart openclaw-gateway.service\n',
  )
  expect((await oclaw('gateway', 'install')).out).toContain('installed already')
  const { pid, service } = JSON.parse((await oclaw('gateway', 'status', '--json')).out) as {
    pid: number
    service: object
  }
  expect(service).toMatchObject({ manager: 'systemd', enabled: true, active: true, pid })
  const doctor = JSON.parse((await oclaw('doctor', '--json')).out) as { checks: { id: string; status: string }[] }
  for (const id of ['service.unit', 'service.linger', 'gateway.reachable'])
    expect(doctor.checks.find((c) => c.id === id)).toMatchObject({ status: 'ok' })
  process.kill(pid, 'SIGKILL')
  await gone(pid)
  expect((await oclaw('gateway', 'status')).out).toContain('Running: No\nService: systemd (enabled, stopped)')
  expect((await oclaw('gateway', 'start')).out).toContain('Started the service')
  state.write(
    '.config/systemd/user/openclaw-gateway.service',
    readFileSync(unit, 'utf8').replace('RestartSec=5', 'RestartSec=9'),
  )
  const stale = (await oclaw('doctor', '--json')).out
  expect(JSON.parse(stale)).toMatchObject({
    checks: expect.arrayContaining([expect.objectContaining({ id: 'service.unit', status: 'warn' })]),
  })
  await oclaw('doctor', '--fix')
  expect(readFileSync(unit, 'utf8')).toContain('RestartSec=5')
  expect((await oclaw('gateway', 'restart')).out).toContain('Restarted the service')
  expect((await oclaw('gateway', 'uninstall')).code).toBe(0)
  expect(existsSync(unit)).toBe(false)
  expect((await oclaw('gateway', 'status')).out).toContain('Running: No')
  expect((await oclaw('gateway', 'uninstall')).out).toBe('No service is installed.\n')
}, 20_000)

test.if(existsSync('/lib64/ld-linux-x86-64.so.2'))(
  'systemd hears of the executable: ready, alive, and at its end',
  async () => {
    const { state, port } = await home(false)
    const path = join(state.path, 'notify')
    using socket = listener(path)
    const program = run(state.path, ['gateway'], { env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: '200000' } })
    const heard: string[] = []
    const hear = (what: RegExp) =>
      until(String(what), () => {
        for (let said = socket.read(); said !== undefined; said = socket.read()) heard.push(said)
        return heard.some((h) => what.test(h))
      })
    await hear(/^READY=1/)
    expect(heard[0]).toBe(`READY=1\nSTATUS=port ${port}`)
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
    await until(
      'three signs of life',
      async () => (await hear(/^WATCHDOG=1/)) && heard.filter((h) => h === 'WATCHDOG=1').length >= 3,
    )
    program.child.kill('SIGTERM')
    expect(await program.exited).toBe(0)
    await hear(/^STOPPING=1/)
  },
)

test('one command without a question: model, gateway, service, and the first answer', async () => {
  const { oclaw, port, state } = await home(true)
  await using model = fakeOpenai({ reply: () => 'Hello from the model.' })
  const server = ['--custom-base-url', model.url, '--custom-model-id', 'm', '--custom-api-key', 'sk-test']
  const flags = ['--non-interactive', '--accept-risk', '--install-daemon', '--gateway-port', String(port), '--json']
  const { code, out } = await oclaw('onboard', ...flags, ...server)
  expect([code, JSON.parse(out)]).toEqual([
    0,
    expect.objectContaining({
      installDaemon: true,
      gateway: expect.objectContaining({ port }),
      reply: { model: expect.stringMatching(/^custom-.*\/m$/), text: 'Hello from the model.' },
    }),
  ])
  expect(state.has('.config/systemd/user/openclaw-gateway.service')).toBe(true)
  expect((await oclaw('gateway', 'uninstall')).code).toBe(0)
})
