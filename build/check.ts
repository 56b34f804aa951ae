// Format, lint, types and laws in one command: `npm run check`. `--fix` formats and mends what can be mended.
import { join } from 'node:path'

const root = join(import.meta.dir, '..')
const fix = process.argv.includes('--fix')
const oxlint = join(root, 'node_modules', '.bin', 'oxlint')
const steps: readonly (readonly string[])[] = [
  [process.execPath, 'fmt', '--no-script', ...(fix ? [] : ['--check'])],
  [oxlint, '--type-aware', ...(fix ? ['--fix'] : [])],
  [process.execPath, 'check', '--no-script'],
  [process.execPath, 'test', 'test/laws'],
]

let failed = false
for (const step of steps) {
  const done = Bun.spawnSync([...step], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (done.exitCode !== 0) failed = true
}
process.exit(failed ? 1 : 0)
