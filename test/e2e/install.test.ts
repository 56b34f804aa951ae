// A release as people get it: the install script, the package for Debian, and the recipe of an image.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { debOf } from '../../build/package/deb.ts'
import { installer } from '../../build/package/installer.ts'
import { releaseOf } from './newer.ts'
import { built, folder, root, run, type Folder } from './program.ts'

const release = folder()
const version = Bun.spawnSync([built(), '--version']).stdout.toString().trim()
let key = ''

beforeAll(async () => {
  key = await releaseOf(release.path, built())
  writeFileSync(join(release.path, 'install.sh'), installer(key), { mode: 0o755 })
  chmodSync(release.path, 0o755)
})
afterAll(() => release[Symbol.dispose]())

/** Runs the script in a home of its own. */
function install(home: Folder, from = release.path, ...more: string[]) {
  const done = Bun.spawnSync(['sh', join(release.path, 'install.sh'), '--from', from, ...more], {
    env: { HOME: home.path, PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    stdin: 'ignore',
  })
  return { code: done.exitCode, out: `${done.stdout.toString()}${done.stderr.toString()}` }
}

const to = (home: Folder) => join(home.path, 'bin')
const says = (home: Folder) =>
  Bun.spawnSync([join(to(home), 'openclaw'), '--version'])
    .stdout.toString()
    .trim()

test('from a folder: checked, tried, in place under both names, and told what comes next', () => {
  using home = folder()
  const { code, out } = install(home, release.path, '--to', to(home))
  expect([code, out]).toEqual([0, expect.stringContaining(`oclaw ${version} is in ${to(home)}.`)])
  expect(out).toContain(`export PATH="${to(home)}:$PATH"`)
  expect(out).toContain('Next: oclaw onboard')
  expect(out).not.toContain('signature was not') // this machine has an OpenSSL that can check it
  expect(readdirSync(to(home)).sort()).toEqual(['oclaw', 'openclaw'])
  expect(says(home)).toBe(version)
  expect(install(home, release.path, '--to', to(home)).code).toBe(0) // again: the same
  expect(readdirSync(to(home)).sort()).toEqual(['oclaw', 'openclaw'])
})

test('from an address that leads on to another', async () => {
  using home = folder()
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname.startsWith('/latest/')) return Response.redirect(pathname.replace('/latest/', '/files/'))
      const path = join(release.path, pathname.replace('/files/', ''))
      return existsSync(path) ? new Response(Bun.file(path)) : new Response('no', { status: 404 })
    },
  })
  const script = Bun.spawn(
    ['sh', join(release.path, 'install.sh'), '--from', `http://127.0.0.1:${server.port}/latest`, '--to', to(home)],
    { env: { HOME: home.path, PATH: '/usr/bin:/bin' }, stdout: 'pipe', stderr: 'pipe' },
  )
  expect([await script.exited, await new Response(script.stderr).text()]).toEqual([0, ''])
  expect(says(home)).toBe(version)
  const from = `http://127.0.0.1:${server.port}/latest`
  const check = run(home.path, ['update', '--check', '--from', from], { env: { OPENCLAW_UPDATE_KEY: key } })
  expect([await check.exited, check.output]).toEqual([0, expect.stringContaining('2099.1.1')])
})

test.each([
  ['a list that was changed', 'manifest.json', 'is not signed by who makes oclaw'],
  ['a program that was changed', 'next', 'is not what the list of its release says'],
])('%s is refused, and what was there stays', (_, file, why) => {
  using home = folder()
  using bad = folder()
  for (const name of ['manifest.json', 'manifest.json.sig', 'next'])
    writeFileSync(join(bad.path, name), readFileSync(join(release.path, name)))
  appendFileSync(join(bad.path, file), ' ')
  mkdirSync(to(home))
  writeFileSync(join(to(home), 'oclaw'), 'old')
  const { code, out } = install(home, bad.path, '--to', to(home))
  expect([code, out]).toEqual([1, expect.stringContaining(why)])
  expect(readdirSync(to(home))).toEqual(['oclaw'])
  expect(readFileSync(join(to(home), 'oclaw'), 'utf8')).toBe('old')
})

test.each([
  [['--from', '/nowhere/release'], 'manifest.json cannot be read'],
  [['--from', 'http://example.test/x'], 'only taken over https'],
  [['--to'], '--to needs a folder'],
  [['--upside-down'], 'there is no --upside-down'],
])('%p is told what is wrong', (args, why) => {
  using home = folder()
  const done = Bun.spawnSync(['sh', join(release.path, 'install.sh'), '--to', to(home), ...args], {
    env: { HOME: home.path, PATH: '/usr/bin:/bin' },
  })
  expect([done.exitCode === 0, done.stderr.toString()]).toEqual([false, expect.stringContaining(why)])
  expect(existsSync(to(home)) ? readdirSync(to(home)) : []).toEqual([])
})

const dpkg = Bun.which('dpkg-deb') !== null && process.getuid?.() === 0
const license = readFileSync(join(root, 'LICENSE'), 'utf8')

test.if(dpkg)('the package for Debian installs, runs as anybody, and goes away again', async () => {
  using at = folder()
  const deb = String(debOf({ program: built(), machine: 'x64', version, license, folder: at.path, pack: 'none' }))
  const contents = Bun.spawnSync(['dpkg-deb', '--contents', deb]).stdout.toString()
  expect(contents).toMatch(/-rwxr-xr-x root\/root .* \.\/usr\/bin\/oclaw\n/)
  expect(contents).toContain('./usr/bin/openclaw -> oclaw')
  const top = join(at.path, 'root')
  for (const dir of ['info', 'updates', 'triggers']) mkdirSync(join(top, 'var/lib/dpkg', dir), { recursive: true })
  writeFileSync(join(top, 'var/lib/dpkg/status'), '')
  const dpkgRun = (...args: string[]) => {
    const done = Bun.spawnSync(['dpkg', `--root=${top}`, '--force-depends', ...args])
    return [done.exitCode, `${done.stdout.toString()}${done.stderr.toString()}`] as const
  }
  expect(dpkgRun('--install', deb)[0]).toBe(0)
  expect(dpkgRun('--status', 'oclaw')[1]).toContain('Status: install ok installed')
  const program = join(top, 'usr/bin/openclaw')
  expect(lstatSync(program).isSymbolicLink()).toBe(true)
  chmodSync(at.path, 0o755)
  const anybody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
  const done = Bun.spawnSync([...anybody, program, '--version'])
  expect([done.exitCode, done.stdout.toString().trim()]).toEqual([0, version])
  expect(dpkgRun('--remove', 'oclaw')[0]).toBe(0)
  expect(existsSync(program)).toBe(false)
})

test.if(Bun.which('bwrap') !== null && process.getuid?.() === 0)(
  'the image: its command, as any user, with a root that is only read',
  () => {
    const recipe = readFileSync(join(root, 'build/package/Containerfile'), 'utf8')
    const line = (word: string) => new RegExp(`^${word} (.*)$`, 'm').exec(recipe)?.[1] ?? ''
    const env = Object.fromEntries([...recipe.matchAll(/^ENV (\w+)=(.*)$/gm)].map((m) => [m[1], m[2]]))
    const command = [...(JSON.parse(line('ENTRYPOINT')) as string[]), ...(JSON.parse(line('CMD')) as string[])]
    expect([line('VOLUME'), line('USER'), command[0]]).toEqual(['/data', '1000:1000', 'oclaw'])
    expect(Object.values(env).every((path) => String(path).startsWith('/data'))).toBe(true)
    using data = folder()
    mkdirSync(join(data.path, 'data'))
    chmodSync(data.path, 0o755)
    chmodSync(join(data.path, 'data'), 0o777)
    const box = [
      'bwrap',
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--tmpfs',
      '/tmp',
      '--tmpfs',
      '/mnt',
    ]
    const binds = ['--bind', join(data.path, 'data'), '/mnt/data', '--ro-bind', built(), '/mnt/oclaw']
    const there = Object.entries(env).flatMap(([k, v]) => ['--setenv', k, String(v).replace('/data', '/mnt/data')])
    const as = ['setpriv', '--reuid', '4321', '--regid', '4321', '--clear-groups']
    // In a network of its own, since what it serves is for more than this machine.
    const health = (JSON.parse(line('HEALTHCHECK').replace(/^.*CMD /, '')) as string[]).slice(1)
    const script = `/mnt/oclaw "$@" --port 0 & until [ -e "$OPENCLAW_STATE_DIR/.gateway.lock" ]; do sleep 0.02; done
      /mnt/oclaw ${health.join(' ')}; code=$?; kill $!; wait $! && exit $code`
    const done = Bun.spawnSync(
      [...box, '--unshare-net', ...binds, ...there, ...as, 'sh', '-c', script, 'sh', ...command.slice(1)],
      { timeout: 20_000 },
    )
    expect([done.exitCode, done.stderr.toString()]).toEqual([0, expect.stringContaining('url=ws://0.0.0.0:')])
    const state = join(data.path, 'data', '.openclaw')
    expect(lstatSync(join(state, 'data/state.db')).uid).toBe(4321)
  },
)
