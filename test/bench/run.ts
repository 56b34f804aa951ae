// Measures the executable: `bun test/bench/run.ts [--only process|channels|calls|turns|history] [--quick]`, after a build.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { built, root } from '../e2e/program.ts'
import { callFigures } from './calls.ts'
import { channelFigures } from './channels.ts'
import { historyFigures } from './history.ts'
import type { Figure } from './measure.ts'
import { processFigures } from './process.ts'
import { turnFigures } from './turns.ts'

const groups: Readonly<Record<string, (quick: boolean) => Promise<Figure[]>>> = {
  process: processFigures,
  channels: channelFigures,
  calls: callFigures,
  turns: turnFigures,
  history: historyFigures,
}

const args = process.argv.slice(2)
const quick = args.includes('--quick')
const at = args.indexOf('--only')
const only = at < 0 ? undefined : args[at + 1]
if (at >= 0 && !groups[only ?? '']) {
  console.error(`--only takes one of: ${Object.keys(groups).join(', ')}`)
  process.exit(1)
}

const met = (f: Figure) => f.target === undefined || (f.atLeast ? f.value >= f.target : f.value <= f.target)
const round = (n: number) => (n >= 100 ? n.toFixed(0) : n.toFixed(2))

function row(f: Figure): string {
  const target = f.target === undefined ? '' : `${f.atLeast ? '>=' : '<='} ${f.target}`
  const verdict = f.target === undefined ? '' : met(f) ? 'pass' : 'MISS'
  return `${f.name.padEnd(40)}${`${round(f.value)} ${f.unit}`.padStart(18)}  ${target.padEnd(9)} ${verdict.padEnd(5)} ${f.note ?? ''}`
}

built()
const load = loadavg()[0] ?? 0
if (load > 0.5)
  console.log(`This machine is busy with other things (load ${load.toFixed(1)}); expect worse figures than it can do.`)
const all: Figure[] = []
for (const [name, measure] of Object.entries(groups)) {
  if (only && only !== name) continue
  console.log(`\n${name}`)
  for (const figure of await measure(quick)) {
    all.push(figure)
    console.log(row(figure))
  }
}
mkdirSync(join(root, 'dist'), { recursive: true })
const about = { cpu: cpus()[0]?.model, cores: cpus().length, load, quick }
const figures = all.map((f) => ({ ...f, met: met(f) }))
writeFileSync(join(root, 'dist', 'bench.json'), `${JSON.stringify({ about, figures }, null, 2)}\n`)
process.exitCode = all.every(met) ? 0 : 1
