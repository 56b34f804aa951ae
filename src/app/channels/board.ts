// What is known of every account: the units write it, `channels.status` reads it.
import type { Connection } from '../../define/channel.ts'
import type { AccountStatus } from '../../ops/services.ts'
import type { UnitState } from '../../lib/supervisor.ts'

/** The changing facts of an account; times in ms. */
interface Facts {
  running: boolean
  connected: boolean
  attempts: number
  lastConnectedAt: number | null
  lastDisconnect: { readonly at: number; readonly error: string } | null
  lastStartAt: number | null
  lastStopAt: number | null
  lastInboundAt: number | null
  lastOutboundAt: number | null
  lastEventAt: number | null
  lastError: string | null
  connection: Connection | undefined
}

const fresh = (): Facts => ({
  running: false,
  connected: false,
  attempts: 0,
  lastConnectedAt: null,
  lastDisconnect: null,
  lastStartAt: null,
  lastStopAt: null,
  lastInboundAt: null,
  lastOutboundAt: null,
  lastEventAt: null,
  lastError: null,
  connection: undefined,
})

/** Evidence of the platform older than this does not count as connected, in ms (R-CH-2). */
export const evidenceMs = 90_000

/** The facts of an account as the wire shows them. */
type Shown = Pick<
  AccountStatus,
  | 'running'
  | 'connected'
  | 'degraded'
  | 'reconnectAttempts'
  | 'lastConnectedAt'
  | 'lastDisconnect'
  | 'lastStartAt'
  | 'lastStopAt'
  | 'lastInboundAt'
  | 'lastOutboundAt'
  | 'lastEventAt'
  | 'lastMessageAt'
  | 'lastError'
>

/** The board of one gateway; keys are `channel:account`. */
export interface AccountBoard {
  of(key: string): Facts
  unit(key: string, state: UnitState, error: string | undefined, now: number): void
  /** A sign of life of the platform. */
  online(key: string, now: number): void
  /** The platform is known to be away. */
  offline(key: string, now: number, why: string | undefined): void
  /** Takes accounts down whose last sign of life is too old; answers those that are up and silent. */
  sweep(now: number): string[]
  show(key: string, now: number): Shown
}

/** Makes an empty board; `tell` hears when an account comes or goes. */
export function accountBoard(tell: (key: string, online: boolean, why?: string) => void): AccountBoard {
  const all = new Map<string, Facts>()
  const of = (key: string): Facts => {
    const known = all.get(key)
    if (known) return known
    const made = fresh()
    all.set(key, made)
    return made
  }

  function down(key: string, now: number, why: string | undefined) {
    const f = of(key)
    if (why !== undefined) f.lastError = why
    if (!f.connected) return
    f.connected = false
    f.lastDisconnect = { at: now, error: why ?? 'closed' }
    tell(key, false, why)
  }

  return {
    of,
    unit(key, state, error, now) {
      const f = of(key)
      if (state === 'starting')
        Object.assign(f, { lastStartAt: now, attempts: f.lastError === null ? 0 : f.attempts + 1 })
      if (state === 'up') Object.assign(f, { running: true, lastError: null, attempts: 0 })
      if (state !== 'failed' && state !== 'stopped') return
      Object.assign(f, { running: false, lastStopAt: now })
      down(key, now, state === 'failed' ? (error ?? 'failed') : undefined)
    },
    online(key, now) {
      const f = of(key)
      f.lastEventAt = now
      f.lastError = null
      if (f.connected) return
      Object.assign(f, { connected: true, lastConnectedAt: now, attempts: 0 })
      tell(key, true)
    },
    offline: (key, now, why) => down(key, now, why ?? 'offline'),
    sweep(now) {
      const silent: string[] = []
      for (const [key, f] of all) {
        if (!f.running || f.lastEventAt === null || now - f.lastEventAt <= evidenceMs) continue
        down(key, now, `no sign of life for ${Math.round((now - f.lastEventAt) / 1000)} s`)
        silent.push(key)
      }
      return silent
    },
    show(key, now) {
      const f = of(key)
      const lively = f.lastEventAt !== null && now - f.lastEventAt <= evidenceMs
      const connected = f.running && f.connected && lively
      return {
        running: f.running,
        connected,
        degraded: f.running && !connected,
        reconnectAttempts: f.attempts,
        lastConnectedAt: f.lastConnectedAt,
        lastDisconnect: f.lastDisconnect,
        lastStartAt: f.lastStartAt,
        lastStopAt: f.lastStopAt,
        lastInboundAt: f.lastInboundAt,
        lastOutboundAt: f.lastOutboundAt,
        lastMessageAt: f.lastInboundAt,
        lastEventAt: f.lastEventAt,
        lastError: f.lastError,
      }
    },
  }
}
