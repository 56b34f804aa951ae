// Updates from inside a running gateway: the newer program is put in place here, another process starts and watches it.
import type { Bus } from '../lib/bus.ts'
import { deadline, type Clock } from '../lib/clock.ts'
import { describeError, Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { Env, Paths } from '../config/paths.ts'
import { releaseUrl } from '../ops/machine/release-key.ts'
import type { UpdateControl } from '../ops/update-control.ts'
import { version } from './version.ts'

/** What it needs of the gateway. */
interface UpdateParts {
  readonly clock: Clock
  readonly log: Log
  readonly paths: Paths
  readonly env: Env
  readonly signal: AbortSignal
  readonly news: Bus<GatewayEvent>
  /** What the config says: the channel, and whether to look for newer versions unasked. */
  said(): { readonly channel?: string | undefined; readonly checkOnStart: boolean }
}

/** The first look for a newer version after the start, and the time between two, in ms; a look may take as long as `lookMs`. */
const firstMs = 60_000
const everyMs = 86_400_000
const lookMs = 30_000

/** Updates of the program this gateway was started from. */
export function updateControl(p: UpdateParts): UpdateControl {
  let going = false
  let latest: string | undefined

  async function take(signal: AbortSignal, delayMs: number): ReturnType<UpdateControl['run']> {
    const [{ install, isNewer, newest, sourceOf }, { note }, { spawner }, { startBeside }] = await Promise.all([
      import('../ops/machine/update.ts'),
      import('../ops/machine/generation.ts'),
      import('../os/child.ts'),
      import('../os/service/detached.ts'),
    ])
    const source = sourceOf(p.env, { folder: p.said().channel })
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

  /** Looks once; a source that is not there, or does not answer, is no news. */
  async function look() {
    if (!releaseUrl && !p.env['OPENCLAW_UPDATE_URL']) return
    const { isNewer, newest, sourceOf } = await import('../ops/machine/update.ts')
    const limit = deadline(p.clock, lookMs, new Fault('TIMEOUT', 'no answer in time'), p.signal)
    try {
      const found = (await newest(sourceOf(p.env, { folder: p.said().channel }), limit.signal)).version
      if (!isNewer(found, version) || found === latest) return
      latest = found
      p.log.info('there is a newer version; `oclaw update` takes it', { current: version, latest })
      p.news.publish({ type: 'update', current: version, latest, channel: p.said().channel ?? 'stable' })
    } catch (error) {
      p.log.debug('newer versions could not be looked for', { error: describeError(error) })
    } finally {
      limit.done()
    }
  }

  async function watch() {
    for (let wait = firstMs; ; wait = everyMs) {
      await p.clock.sleep(wait, p.signal)
      if (p.said().checkOnStart) await look()
    }
  }
  watch().catch(() => undefined) // the gateway has ended

  return {
    look,
    latest: () => latest,
    channel: () => p.said().channel ?? 'stable',
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
