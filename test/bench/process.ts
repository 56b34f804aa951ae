// The process itself: how fast it starts and ends, and what it costs while nothing happens.
import { gateway } from '../e2e/harness.ts'
import { built, folder, memoryOf, run } from '../e2e/program.ts'
import { base } from '../e2e/harness.ts'
import { cpuOf, median, times, type Figure } from './measure.ts'

/** A port that was free a moment ago. */
function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}

/** Tries a GET until it is answered with 200. */
async function answered(url: string, ended: () => boolean): Promise<void> {
  for (;;) {
    const status = await fetch(url).then(
      (r) => r.status,
      () => 0,
    )
    if (status === 200) return
    if (ended()) throw new Error('the gateway ended before it answered')
  }
}

/** From exec to an answer, in ms: `first` on an empty state directory, `again` on the same one afterwards. */
async function startTimes(n: number): Promise<{ first: number[]; again: number[]; stop: number[] }> {
  const out = { first: [] as number[], again: [] as number[], stop: [] as number[] }
  for (let i = 0; i < n; i++) {
    using state = folder()
    state.write('openclaw.json', JSON.stringify(base))
    for (const kind of ['first', 'again'] as const) {
      const port = freePort()
      const began = performance.now()
      const program = run(state.path, ['gateway', '--port', String(port)])
      await answered(`http://127.0.0.1:${port}/health`, () => program.child.exitCode !== null)
      out[kind].push(performance.now() - began)
      await answered(`http://127.0.0.1:${port}/readyz`, () => program.child.exitCode !== null)
      const asked = performance.now()
      program.child.kill('SIGTERM')
      await program.child.exited
      out.stop.push(performance.now() - asked)
    }
  }
  return out
}

/** Start, end and rest. */
export async function processFigures(quick: boolean): Promise<Figure[]> {
  const n = quick ? 5 : 10
  const program = built()
  await times(2, () => Bun.spawn([program, '--version'], { stdout: 'ignore' }).exited)
  const version = await times(n, () => Bun.spawn([program, '--version'], { stdout: 'ignore' }).exited)
  const { first, again, stop } = await startTimes(n)
  await using gw = await gateway()
  await Bun.sleep(5000)
  const memory = memoryOf(gw.pid)
  const before = cpuOf(gw.pid)
  const seconds = quick ? 10 : 20
  await Bun.sleep(seconds * 1000)
  const cpu = (cpuOf(gw.pid) - before) / (seconds * 10)
  return [
    { name: '--version', value: median(version), unit: 'ms', target: 40 },
    { name: 'exec to /health', value: median(again), unit: 'ms', target: 120 },
    { name: 'exec to /health, first start', value: median(first), unit: 'ms', target: 120 },
    { name: 'SIGTERM to exit, idle', value: median(stop), unit: 'ms', target: 100 },
    { name: 'idle RSS', value: memory.rss, unit: 'MB', target: 80, note: `PSS ${memory.pss.toFixed(1)}` },
    { name: 'idle CPU', value: cpu, unit: '%', target: 0.3 },
  ]
}
