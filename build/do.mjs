// The one entry for npm scripts: fetches the pinned Bun and the dependencies when missing, then does the task.
// Runs on plain Node or on Bun; no dependency of its own.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const toolchain = join(root, 'build', 'bun')
const windows = process.platform === 'win32'
const wanted = JSON.parse(readFileSync(join(toolchain, 'package.json'), 'utf8')).dependencies.bun

/** Runs a program in the project's root; answers its exit code. */
function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (done.error) {
    console.error(String(done.error))
    process.exit(1)
  }
  return done.status ?? 1
}

/** Like `run`, but ends this program when the other one failed. */
function must(command, args, options) {
  const code = run(command, args, options)
  if (code) process.exit(code)
}

/** The pinned Bun: ourselves, or the real binary in the npm package (it is there even when install scripts are off). */
function findBun() {
  if (process.versions.bun === wanted) return process.execPath
  const os = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform]
  const cpu = { x64: 'x64', arm64: 'aarch64' }[process.arch]
  for (const libc of ['', '-musl']) {
    const path = join(toolchain, 'node_modules', '@oven', `bun-${os}-${cpu}${libc}`, 'bin', windows ? 'bun.exe' : 'bun')
    if (existsSync(path) && (libc !== '-musl' || !existsSync('/lib64/ld-linux-x86-64.so.2'))) return path
  }
  const path = join(toolchain, 'node_modules', 'bun', 'bin', 'bun.exe')
  return existsSync(path) && statSync(path).size > 1e6 ? path : undefined
}

let bun = findBun()
if (!bun) {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', toolchain]
  must(windows ? 'npm.cmd' : 'npm', args, { shell: windows })
  bun = findBun()
}
if (!bun) {
  console.error(`There is no Bun ${wanted} for ${process.platform}-${process.arch}.`)
  process.exit(1)
}

const stamp = join(root, 'node_modules', '.lock-stamp')
const lock = readFileSync(join(root, 'bun.lock'), 'utf8')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  must(bun, ['install', '--frozen-lockfile'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, lock)
}

const [task = 'start', ...rest] = process.argv.slice(2)
const binary = join(root, 'dist', windows ? 'oclaw.exe' : 'oclaw')
const env = { ...process.env, PATH: `${dirname(bun)}${windows ? ';' : ':'}${process.env.PATH}` }

if (task === 'start') {
  must(bun, ['build/build.ts'], { env })
  process.exit(run(binary, rest.length ? rest : ['gateway'], { cwd: process.cwd() }))
}
if (task === 'build') process.exit(run(bun, ['build/build.ts', ...rest], { env }))
if (task === 'release') process.exit(run(bun, ['build/release.ts', ...rest], { env }))
if (task === 'check') process.exit(run(bun, ['build/check.ts', ...rest], { env }))
if (task === 'bench') {
  must(bun, ['build/build.ts'], { env })
  process.exit(run(bun, ['test/bench/run.ts', ...rest], { env }))
}
if (task === 'peer') {
  must(bun, ['build/build.ts'], { env })
  const files = ['./test/peer/cli.ts', './test/peer/automation.ts', './test/peer/ui.ts', './test/peer/drive.ts']
  process.exit(run(bun, ['test', '--timeout', '100000', ...files], { env }))
}
if (task === 'test') process.exit(run(bun, ['build/test.ts', ...rest], { env }))
console.error(`There is no task "${task}"; try start, test, build, check, bench, peer or release.`)
process.exit(1)
