// A changed config is on trial for a while: what ran before it must still run, else the config in force before comes back.
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { UnitState } from '../../lib/supervisor.ts'

/** A part that ran before a change and cannot run with it. */
export interface Broken {
  readonly unit: string
  readonly error: unknown
}

/** One change on trial. */
export interface Trial {
  /** Begins the time of the trial; resolves with what broke, with `undefined` when all went well or a newer one began. */
  run(ms: number): Promise<Broken | undefined>
  /** Ends it without an outcome. */
  drop(): void
}

/** Watches units for changes of the config. */
export interface Probation {
  /** Hears of every unit, from the supervisor. */
  unit(key: string, state: UnitState, error?: unknown): void
  /** A change is about to be applied; an older trial ends. */
  begin(): Trial
}

/** Whether the config is to blame: a network that is away mends itself, a wrong token does not. */
const configIsToBlame = (error: unknown) => error instanceof Fault && !error.retryable && error.code !== 'CANCELLED'

/** Probations by this clock; none outlives `signal`. */
export function probation(clock: Clock, signal: AbortSignal): Probation {
  const up = new Set<string>()
  let now:
    | {
        readonly wasUp: ReadonlySet<string>
        /** Those the change has stopped or started anew: another's trouble is not its fault. */
        readonly touched: Set<string>
        readonly end: AbortController
        broken?: Broken
      }
    | undefined
  return {
    unit(key, state, error) {
      if (state === 'up') up.add(key)
      if (state === 'failed' || state === 'stopped') up.delete(key)
      if (state === 'stopped') now?.touched.add(key)
      if (state !== 'failed' || !now?.wasUp.has(key) || !now.touched.has(key)) return
      if (now.broken || !configIsToBlame(error)) return
      now.broken = { unit: key, error }
      now.end.abort(new Error('it broke'))
    },
    begin() {
      now?.end.abort(new Error('a newer change came'))
      const mine = (now = { wasUp: new Set(up), touched: new Set(), end: new AbortController() }) as NonNullable<
        typeof now
      >
      const over = () => {
        if (now === mine) now = undefined
      }
      return {
        async run(ms) {
          try {
            await clock.sleep(ms, AbortSignal.any([mine.end.signal, signal]))
          } catch {
            return mine.broken // it broke, or something newer counts
          } finally {
            over()
          }
          return mine.broken
        },
        drop() {
          mine.end.abort(new Error('not applied'))
          over()
        },
      }
    },
  }
}
