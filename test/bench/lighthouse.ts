// Scores of the Control UI by Lighthouse (https://developer.chrome.com/docs/lighthouse), page by page, signed in: bun test/bench/lighthouse.ts
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gateway } from '../e2e/harness.ts'
import { root } from '../e2e/program.ts'
import { chromium } from '../peer/browser.ts'
import { pages } from '../ui/rig.ts'

const version = '13.5.0'
const least = 95
const folder = join(root, 'dist', 'lighthouse')

function install(): string {
  const program = join(folder, 'node_modules', '.bin', 'lighthouse')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const done = Bun.spawnSync(['npm', 'i', `lighthouse@${version}`, '--no-save', '--ignore-scripts', '--no-audit'], {
    cwd: folder,
    env: { ...process.env, PUPPETEER_SKIP_DOWNLOAD: '1' },
  })
  if (!done.success) throw new Error(`Lighthouse could not be installed:\n${done.stderr.toString()}`)
  return program
}

const categories = ['performance', 'accessibility', 'best-practices'] as const
const program = install()
await using gw = await gateway()
const wanted = Bun.argv.slice(2)
let low = 0
console.log(['page'.padEnd(12), ...categories.map((c) => c.padEnd(16))].join(''))
for (const page of pages) {
  if (wanted.length && !wanted.includes(page || 'dashboard')) continue
  const report = join(folder, `${page || 'dashboard'}.json`)
  const done = Bun.spawnSync(
    [
      program,
      `${gw.url}/${page}#token=${gw.token}`,
      '--quiet',
      `--only-categories=${categories.join(',')}`,
      '--output=json',
      `--output-path=${report}`,
      '--chrome-flags=--headless=new --no-sandbox --disable-gpu',
    ],
    { cwd: folder, env: { ...process.env, CHROME_PATH: chromium() ?? '' } },
  )
  if (!done.success) throw new Error(done.stderr.toString().slice(-2000))
  const all = (JSON.parse(readFileSync(report, 'utf8')) as { categories: Record<string, { score: number | null }> })
    .categories
  const scores = categories.map((c) => Math.round((all[c]?.score ?? 0) * 100))
  low += scores.filter((s) => s < least).length
  console.log(
    [(page || 'dashboard').padEnd(12), ...scores.map((s) => `${s}${s < least ? ' LOW' : ''}`.padEnd(16))].join(''),
  )
}
if (low) process.exitCode = 1
