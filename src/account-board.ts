// What is known of every account: the units write it, `channels.status` reads it.
import type { Connection } from './define/channel.ts'
import type { AccountStatus } from './ops/services.ts'
import type { UnitState } from './lib/supervisor.ts'

/** The changing facts of an account. */
interface Facts {
  running: boolean
  connected: boolean
  attempts: number
  lastConnectedAt: number | null
  lastStartAt: number | null
  lastStopAt: number | null
  lastInboundAt: number | null
  lastEventAt: number | null
  lastError: string | null
  connection: Connection | undefined
}

const fresh = (): Facts => ({
  running: false,
  connected: false,
  attempts: 0,
  lastConnectedAt: null,
  lastStartAt: null,
  lastStopAt: null,
  lastInboundAt: null,
  lastEventAt: null,
  lastError: null,
  connection: undefined,
})

/** Evidence of the platform older than this does not count as connected, in ms (R-CH-2). */
const evidenceMs = 90_000

/** The board of one gateway. */
export interface AccountBoard {
  of(key: string): Facts
  unit(key: string, state: UnitState, error: string | undefined, now: number): void
  /** The facts as the wire shows them. */
  show(
    key: string,
    now: number,
  ): Pick<
    AccountStatus,
    | 'running'
    | 'connected'
    | 'reconnectAttempts'
    | 'lastConnectedAt'
    | 'lastStartAt'
    | 'lastStopAt'
    | 'lastInboundAt'
    | 'lastEventAt'
    | 'lastError'
  >
}

/** Makes an empty board; keys are `channel:account`. */
export function accountBoard(): AccountBoard {
  const all = new Map<string, Facts>()
  const of = (key: string): Facts => {
    const known = all.get(key)
    if (known) return known
    const made = fresh()
    all.set(key, made)
    return made
  }
  return {
    of,
    unit(key, state, error, now) {
      const f = of(key)
      if (state === 'starting')
        Object.assign(f, { lastStartAt: now, attempts: f.lastError === null ? 0 : f.attempts + 1 })
      if (state === 'up') Object.assign(f, { running: true, lastError: null, attempts: 0 })
      if (state === 'failed')
        Object.assign(f, { running: false, connected: false, lastStopAt: now, lastError: error ?? 'failed' })
      if (state === 'stopped') Object.assign(f, { running: false, connected: false, lastStopAt: now })
    },
    show(key, now) {
      const f = of(key)
      return {
        running: f.running,
        connected: f.running && f.connected && f.lastEventAt !== null && now - f.lastEventAt <= evidenceMs,
        reconnectAttempts: f.attempts,
        lastConnectedAt: f.lastConnectedAt,
        lastStartAt: f.lastStartAt,
        lastStopAt: f.lastStopAt,
        lastInboundAt: f.lastInboundAt,
        lastEventAt: f.lastEventAt,
        lastError: f.lastError,
      }
    },
  }
}
