// Builds the executable: `bun build/build.ts [--target linux-arm64 …]`. Without a target, `dist/oclaw` for this machine.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { externals } from './externals.ts'
import { buildUi } from './ui.ts'

const root = join(import.meta.dir, '..')
const dist = join(root, 'dist')

/** Targets by our name, as Bun names them. Baseline on x64: no AVX2 needed. */
export const targets: Readonly<Record<string, string>> = {
  'linux-x64': 'bun-linux-x64-baseline',
  'linux-arm64': 'bun-linux-arm64',
  'linux-x64-musl': 'bun-linux-x64-musl-baseline',
  'linux-arm64-musl': 'bun-linux-arm64-musl',
  'darwin-arm64': 'bun-darwin-arm64',
  'darwin-x64': 'bun-darwin-x64',
  'windows-x64': 'bun-windows-x64-baseline',
}

const version = ((await Bun.file(join(root, 'package.json')).json()) as { version: string }).version
const git = Bun.spawnSync(['git', 'rev-parse', '--short=12', 'HEAD'], { cwd: root, stderr: 'ignore' })
const commit = git.success ? git.stdout.toString().trim() : ''

/** What a start uses, as recorded from one: https://bun.com/docs/bundler/executables#profile-guided-bytecode-layout. */
const order = join(dist, 'start.order')

/** Compiles one executable; answers its path. Ends the program when it cannot be built. */
export function compile(target: string | undefined): string {
  const outfile =
    join(dist, target === undefined ? 'oclaw' : `oclaw-${target}`) + (target?.startsWith('windows') ? '.exe' : '')
  const args = [
    'build',
    '--compile',
    '--minify',
    '--splitting',
    '--sourcemap',
    '--bytecode', // a start without parsing: 80 instead of 110 ms to the first answer, for 5 MB
    ...(existsSync(order) ? [`--bytecode-order=${order}`] : []), // a start reads less of the file: 4 MB, 10 ms
    '--compile-jit-policy=8', // what runs once at the start is not worth compiling; the gateway ends that when it is ready
    '--format=esm',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--compile-exec-argv=--disallow-code-generation-from-strings',
    `--define=OCLAW_VERSION=${JSON.stringify(version)}`,
    `--define=OCLAW_COMMIT=${JSON.stringify(commit)}`,
    `--define=OCLAW_RELEASE_URL=${JSON.stringify(process.env['OCLAW_RELEASE_URL']?.trim() ?? '')}`,
    ...externals,
    '--asset',
    join(dist, 'web'),
    '--outfile',
    outfile,
    ...(target === undefined ? [] : [`--target=${targets[target]}`]),
    join(root, 'src', 'main.ts'),
  ]
  const done = Bun.spawnSync([process.execPath, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (!done.success || !existsSync(outfile)) {
    process.stderr.write(`Building ${outfile} failed.\n`)
    process.exit(1)
  }
  for (const file of readdirSync(dist)) if (file.endsWith('.map')) rmSync(join(dist, file))
  return outfile
}

/** Records what a gateway's start and first turn use, with an executable for this machine. */
export async function record(): Promise<void> {
  const program = compile(undefined)
  const state = mkdtempSync(join(tmpdir(), 'oclaw-record-'))
  writeFileSync(join(state, 'openclaw.json'), '{ gateway: { mode: "local" } }')
  const env = { PATH: process.env['PATH'] ?? '', HOME: state, OPENCLAW_STATE_DIR: state }
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] }
  const gateway = Bun.spawn([program, 'gateway', '--port', '0'], {
    ...quiet,
    env: { ...env, BUN_BYTECODE_ORDER_OUT: order },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  while (!existsSync(join(state, '.gateway.lock')) && gateway.exitCode === null) await Bun.sleep(20)
  await Bun.spawn([program, 'agent', '-m', 'hello'], quiet).exited
  gateway.kill()
  await gateway.exited
  rmSync(state, { recursive: true, force: true })
}

if (import.meta.main) {
  mkdirSync(dist, { recursive: true })
  await buildUi(root)
  const at = process.argv.indexOf('--target')
  const target = at < 0 ? undefined : process.argv[at + 1]
  if (target !== undefined && !targets[target]) {
    process.stderr.write(`There is no target "${target}"; choose one of ${Object.keys(targets).join(', ')}.\n`)
    process.exit(1)
  }
  // Those for other machines are of older sources now.
  if (target === undefined)
    for (const file of readdirSync(dist)) if (file.startsWith('oclaw-')) rmSync(join(dist, file))
  if (!existsSync(order) && process.platform === 'linux') await record()
  process.stdout.write(`${compile(target)}\n`)
}
