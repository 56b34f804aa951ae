// Programs kept apart by bubblewrap, for real: what they see, what they cannot reach, and what is refused before they run.
import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bubblewrap, bubblewrapArgs } from '../../src/os/box/bubblewrap.ts'
import type { BoxSpec, ContainerRule } from '../../src/os/box/spec.ts'
import { boxes } from '../../src/os/box/choose.ts'
import { createArgs, dockerBox } from '../../src/os/box/docker.ts'
import { systemClock, testClock } from '../../src/lib/clock.ts'
import { spawner } from '../../src/os/child.ts'
import { fakeDocker } from '../fakes/docker.ts'

const home = mkdtempSync(join(tmpdir(), 'oclaw-box-'))
const folder = join(home, 'boxes', 'main')
mkdirSync(folder, { recursive: true })
afterAll(() => rmSync(home, { recursive: true, force: true }))

const container: ContainerRule = {
  image: 'x',
  containerPrefix: 'x-',
  workdir: '/workspace',
  readOnlyRoot: true,
  tmpfs: ['/tmp', '/var/tmp', '/run'],
  network: 'none',
  capDrop: ['ALL'],
  env: { LANG: 'C.UTF-8' },
  ulimits: {},
}
const spec = (more: Partial<BoxSpec> = {}, rule: Partial<ContainerRule> = {}): BoxSpec => ({
  name: 'main',
  folder,
  readOnly: false,
  ...more,
  container: { ...container, ...rule },
})
const box = bubblewrap('/usr/bin/bwrap')
const spawn = spawner(systemClock)

/** Runs a shell line inside; its output and exit code. */
async function inside(line: string, s = spec(), cwd = folder) {
  const run = { argv: ['/bin/sh', '-c', line], cwd, env: { GREETING: 'hello' }, pty: false, seconds: 20 }
  const { argv, ...at } = await box.wrap(s, run)
  const done = await spawn(argv, { ...at, signal: new AbortController().signal, timeoutMs: 20_000, maxBytes: 100_000 })
  return { code: done.code, out: done.output.trim() }
}

const there = existsSync('/usr/bin/bwrap')

test.if(there)('a program sees its folder, the system’s programs, and nothing of the host', async () => {
  mkdirSync(join(folder, 'deep'), { recursive: true })
  writeFileSync(join(home, 'secret.txt'), 'canary')
  expect((await inside('echo "$GREETING" > note.txt; pwd; ls')).out).toBe('/workspace\ndeep\nnote.txt')
  expect(readFileSync(join(folder, 'note.txt'), 'utf8')).toBe('hello\n')
  expect((await inside('pwd', spec(), join(folder, 'deep'))).out).toBe('/workspace/deep')
  const reach = [home, join(home, 'secret.txt'), '/root', '/home', '/etc/shadow', '/var/run', '/boot'].map(
    (path) => `cat ${path}/* ${path} 2>/dev/null; ls ${path} 2>/dev/null`,
  )
  expect((await inside(reach.join('; '))).out).not.toContain('canary')
  expect((await inside('ls /home /root 2>&1 | grep -v "cannot access"')).out).toBe('')
  expect((await inside('env | sort')).out.split('\n').map((l) => l.split('=')[0])).toEqual([
    'GREETING',
    'HOME',
    'LANG',
    'PATH',
    'PWD',
  ])
})

test.if(there)('it has no network, no other processes, no rights, and cannot write elsewhere', async () => {
  const port = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('canary') })
  const { out } = await inside(`exec 3<>/dev/tcp/127.0.0.1/${port.port} 2>&1; echo "left $?"; ls /sys/class/net 2>&1`)
  await port.stop(true)
  expect(out).not.toContain('canary')
  const net = await inside('cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d " "')
  expect(net.out).toBe('lo')
  expect((await inside('ls /proc | grep -c "^[0-9]"')).out.length).toBeLessThan(2)
  expect((await inside('grep CapEff /proc/self/status')).out).toContain('0000000000000000')
  for (const path of ['/usr/x', '/bin/x', '/lib/x']) expect((await inside(`touch ${path}`)).code).not.toBe(0)
  await inside('touch /x /etc/x')
  expect(existsSync('/x') || existsSync('/etc/x')).toBe(false)
  expect((await inside('touch note2.txt', spec({ readOnly: true }))).code).not.toBe(0)
})

test.if(there)('limits count, and a program ends with what started it', async () => {
  const small = spec({}, { memory: '64m', ulimits: { nofile: 32 } })
  expect((await inside('ulimit -v; ulimit -n', small)).out).toBe('65536\n32')
  const stop = new AbortController()
  const { argv, ...at } = await box.wrap(spec(), {
    argv: ['/bin/sh', '-c', 'sleep 987654 & sleep 987654'],
    cwd: folder,
    env: {},
    pty: false,
    seconds: 20,
  })
  const done = spawn(argv, { ...at, signal: stop.signal, timeoutMs: 20_000, maxBytes: 1000 }).catch(() => undefined)
  const running = () => Bun.spawnSync(['pgrep', '-f', '^sleep 987654']).stdout.toString().trim()
  while (!running()) await Bun.sleep(5)
  stop.abort()
  await done
  while (running()) await Bun.sleep(5)
})

test('what leads out of a sandbox is refused before anything runs', () => {
  const run = { argv: ['/bin/true'], cwd: folder, env: {}, pty: false, seconds: 1 }
  const wrap = (rule: Partial<ContainerRule>, more: Partial<typeof run> = {}) =>
    bubblewrapArgs('bwrap', spec({}, rule), { ...run, ...more })
  for (const source of [
    '/',
    '//',
    '/etc',
    '/var/run/docker.sock',
    '/proc/',
    '/a/../etc',
    '/home',
    'relative',
    '/x/podman.sock',
  ])
    expect(() => wrap({ binds: [`${source}:/x`] })).toThrow('leads out of the sandbox')
  for (const network of ['host', ' HOST', 'container:other']) expect(() => wrap({ network })).toThrow('leads out')
  expect(() => wrap({ network: 'bridge' })).toThrow('bubblewrap has no network "bridge"')
  for (const seccompProfile of ['unconfined', ' Unconfined '])
    expect(() => wrap({ seccompProfile })).toThrow('leads out')
  expect(() => wrap({}, { cwd: home })).toThrow('cannot be seen from the sandbox')
  expect(wrap({ binds: ['/srv/data:/data:ro'] }).join(' ')).toContain('--ro-bind /srv/data /data')
})

test('Docker keeps one container for each box, made by the rules and made anew when they change', async () => {
  const docker = fakeDocker(['sandbox:1'])
  const clock = testClock()
  const real = spawner(systemClock)
  const it = dockerBox({ program: docker.program, spawn: real, env: { PATH: process.env['PATH'] ?? '' }, clock })
  const rule = { image: 'sandbox:1', containerPrefix: 'sbx-', setupCommand: 'echo ready > made.txt', memory: '512m' }
  const s = spec({}, { ...rule, ulimits: { nofile: { soft: 10, hard: 20 } }, binds: ['/srv/data:/data:ro'] })
  const go = async (line: string, at = s) => {
    const run = { argv: ['/bin/sh', '-c', line], cwd: folder, env: { NAME: 'x y' }, pty: false, seconds: 9 }
    const { argv, ...where } = await it.wrap(at, run)
    const how = { ...where, signal: new AbortController().signal, timeoutMs: 9000, maxBytes: 9000 }
    return (await real(argv, how)).output.trim()
  }
  expect(await Promise.all([go('echo "$NAME"; cat made.txt'), go('echo two')])).toEqual(['x y\nready', 'two'])
  expect(docker.calls('create')).toHaveLength(1)
  expect(docker.calls('create')[0]?.join(' ')).toContain(
    '--security-opt no-new-privileges --network none --read-only --tmpfs /tmp --tmpfs /var/tmp --tmpfs /run --cap-drop ALL',
  )
  for (const part of ['--ulimit nofile=10:20', '--volume /srv/data:/data:ro', '--memory 512m', `${folder}:/workspace`])
    expect(docker.calls('create')[0]?.join(' ')).toContain(part)
  expect(docker.calls('exec').at(-1)).toContain('--kill-after=5')
  const changed = spec({}, { ...rule, memory: '1g' })
  await go('true', changed)
  expect(docker.calls('create')).toHaveLength(1) // it is in use
  await clock.advance(301_000)
  await go('true', changed)
  expect(docker.calls('create')).toHaveLength(2)
  expect((await it.list()).map((c) => [c.name, c.running])).toEqual([['sbx-main', true]])
  await it.remove(['sbx-main'])
  expect(await it.list()).toEqual([])
  expect(
    it.wrap(spec({}, { ...rule, image: 'gone' }), { argv: ['x'], cwd: folder, env: {}, pty: false, seconds: 1 }),
  ).rejects.toThrow('docker create failed: Unable to find image gone')
  expect(() => createArgs(spec({}, { network: 'host' }), 'x', 'h')).toThrow('leads out')
})

test('containers go when nobody uses them for long, or when they are old and rest', async () => {
  const docker = fakeDocker(['sandbox:1'])
  const clock = testClock(Date.parse('2026-11-26T10:00:00Z'))
  const at = { program: docker.program, spawn: spawner(systemClock), env: { PATH: process.env['PATH'] ?? '' }, clock }
  const it = dockerBox(at)
  const use = async (name: string) => {
    const one = { ...spec({}, { image: 'sandbox:1', containerPrefix: 'sbx-' }), name }
    await it.wrap(one, { argv: ['true'], cwd: folder, env: {}, pty: false, seconds: 1 })
  }
  const names = async () => (await it.list()).map((c) => c.name)
  const day = 86_400_000
  const age = { idleMs: day, maxMs: 7 * day }
  docker.time('2026-11-26 12:00:00 +0200 CEST')
  await use('a')
  docker.time('2026-11-26 10:00:00.123456789 +0000 UTC')
  await use('b')
  expect((await it.list()).map((c) => (c.createdAt ?? 0) - clock.now())).toEqual([0, 123])
  await clock.advance(day / 2)
  await use('b')
  expect(await it.prune(age)).toEqual([])
  await clock.advance(day / 2 + 1000)
  expect(await it.prune(age)).toEqual(['sbx-a'])
  for (let i = 0; i < 12; i++) {
    await use('b')
    await clock.advance(day / 2)
  }
  await use('b')
  expect(await it.prune(age)).toEqual([]) // it is old, and in use
  await clock.advance(301_000)
  expect(await it.prune({ idleMs: 0, maxMs: 0 })).toEqual([])
  expect(await it.prune(age)).toEqual(['sbx-b'])
  expect(await names()).toEqual([])
  // After a start nothing is known of what was used: it is not taken for unused.
  docker.time('2026-11-26 10:00:00 +0000 UTC')
  await use('c')
  expect(await dockerBox(at).prune({ idleMs: day, maxMs: 0 })).toEqual([])
})

test('Docker is taken where it has the image, bubblewrap else, and a machine with neither is told what to install', async () => {
  const docker = fakeDocker(['sandbox:1'])
  const clock = testClock()
  const programs: Record<string, string> = { docker: docker.program, bwrap: '/usr/bin/bwrap' }
  const parts = { spawn: spawner(systemClock), env: { PATH: process.env['PATH'] ?? '' }, clock }
  const it = boxes({ ...parts, which: (name) => programs[name] ?? null })
  const rule = (image: string) => ({ ...container, image })
  expect((await it.choose(rule('sandbox:1'))).kind).toBe('docker')
  if (there) expect((await it.choose(rule('other'))).kind).toBe('bubblewrap')
  docker.down(true)
  await clock.advance(61_000)
  if (there) expect((await it.choose(rule('sandbox:1'))).kind).toBe('bubblewrap')
  delete programs['bwrap']
  expect(it.choose(rule('sandbox:1'))).rejects.toThrow('neither bubblewrap nor Docker is here; install one')
})
