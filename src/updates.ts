// Updates from inside a running gateway: the newer program is put in place here, another process starts and watches it.
import { deadline, type Clock } from './lib/clock.ts'
import { describeError, Fault } from './lib/fault.ts'
import type { Log } from './lib/log.ts'
import type { Env, Paths } from './config/paths.ts'
import type { UpdateControl } from './ops/services.ts'
import { version } from './version.ts'

/** What it needs of the gateway. */
interface UpdateParts {
  readonly clock: Clock
  readonly log: Log
  readonly paths: Paths
  readonly env: Env
  readonly signal: AbortSignal
  /** The channel the config says. */
  channel(): string | undefined
}

/** Updates of the program this gateway was started from. */
export function updateControl(p: UpdateParts): UpdateControl {
  let going = false

  async function take(signal: AbortSignal, delayMs: number): ReturnType<UpdateControl['run']> {
    const [{ install, isNewer, newest, sourceOf }, { note }, { spawner }, { startBeside }] = await Promise.all([
      import('./ops/machine/update.ts'),
      import('./ops/machine/generation.ts'),
      import('./os/child.ts'),
      import('./os/service/detached.ts'),
    ])
    const source = sourceOf(p.env, { folder: p.channel() })
    if (!Bun.isStandaloneExecutable)
      throw new Fault('UNAVAILABLE', 'this oclaw runs from its sources; update those: git pull && npm run build')
    const steps: { name: string; durationMs: number }[] = []
    const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const since = p.clock.monotonic()
      const value = await work()
      steps.push({ name, durationMs: Math.round(p.clock.monotonic() - since) })
      return value
    }
    const manifest = await step('look', () => newest(source, signal))
    if (!isNewer(manifest.version, version)) return { steps, after: undefined }
    const program = process.execPath
    await step('note what is here', () => note(p.paths, version, manifest.version))
    await step('put in place', () => install({ source, manifest, program, spawn: spawner(p.clock), signal }))
    p.log.info('an update is in place', { from: version, to: manifest.version })
    p.clock
      .sleep(delayMs, p.signal)
      .then(() => startBeside([`${program}.previous`, 'update', '--finish', program], p.paths, p.env, 'update'))
      .catch((error: unknown) => p.log.error('the update was not started', { error: describeError(error) }))
    return { steps, after: manifest.version }
  }

  return {
    async run({ delayMs, timeoutMs, signal }) {
      if (going) throw new Fault('CONFLICT', 'an update is going on already')
      going = true
      const late = new Fault('TIMEOUT', `the update took longer than ${Math.round(timeoutMs / 1000)} s`)
      const limit = deadline(p.clock, timeoutMs, late, signal)
      try {
        return await take(limit.signal, delayMs)
      } finally {
        limit.done()
        going = false
      }
    },
  }
}
