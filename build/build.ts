// Builds the executable: `bun build/build.ts [--target linux-arm64 …]`. Without a target, `dist/oclaw` for this machine.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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
    '--format=esm',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--compile-exec-argv=--disallow-code-generation-from-strings',
    `--define=OCLAW_VERSION=${JSON.stringify(version)}`,
    `--define=OCLAW_COMMIT=${JSON.stringify(commit)}`,
    ...[
      'sharp',
      'jimp',
      'link-preview-js',
      'audio-decode',
      'zlib-sync',
      'qrcode-terminal',
      'chromium-bidi',
      '@puppeteer/browsers',
    ].flatMap((p) => ['--external', p]), // optional parts of the SDKs
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

if (import.meta.main) {
  mkdirSync(dist, { recursive: true })
  await buildUi(root)
  const at = process.argv.indexOf('--target')
  const target = at < 0 ? undefined : process.argv[at + 1]
  if (target !== undefined && !targets[target]) {
    process.stderr.write(`There is no target "${target}"; choose one of ${Object.keys(targets).join(', ')}.\n`)
    process.exit(1)
  }
  process.stdout.write(`${compile(target)}\n`)
}
