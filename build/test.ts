// Runs all tests and ends with one line: `N passed, N failed`. Arguments go on to `bun test`.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare } from './test-tools.ts'

const root = join(import.meta.dir, '..')
/** What tests leave behind goes with it. */
const folder = mkdtempSync(join(tmpdir(), 'oclaw-test-'))
chmodSync(folder, 0o711) // tests run programs as users who have no rights
const report = join(folder, 'junit.xml')
const given = process.argv.slice(2)

/** Runs a step; ends the program when it fails. */
function must(args: readonly string[]) {
  const done = Bun.spawnSync([process.execPath, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (!done.success) process.exit(done.exitCode || 1)
}

if (!given.length) {
  prepare()
  must(['build/check.ts'])
}
must(['build/build.ts'])

const tests = Bun.spawnSync(
  [process.execPath, 'test', '--timeout', '120000', '--reporter=junit', `--reporter-outfile=${report}`, ...given],
  { cwd: root, env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'inherit', 'inherit'] },
)
const head = existsSync(report) ? (/<testsuites[^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? '') : ''
rmSync(folder, { recursive: true, force: true })
const count = (name: string) => Number(new RegExp(`${name}="(\\d+)"`).exec(head)?.[1] ?? 0)
const failed = count('failures') + count('errors')
const skipped = count('skipped')
const passed = count('tests') - failed - skipped
const code = tests.exitCode || (passed > 0 && failed === 0 ? 0 : 1)
const strict = process.env['CI'] === 'true' && skipped > 0
process.stdout.write(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
process.exit(strict ? 1 : code)
