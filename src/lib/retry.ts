// Trying again: a pure rule for how long to wait, and the loop around it.
import type { Clock } from './clock.ts'

/** How waits grow: first wait (ms), factor, ceiling (ms), and jitter as a share of the wait. */
export interface Backoff {
  readonly firstMs: number
  readonly factor: number
  readonly maxMs: number
  readonly jitter: number
}

/** Sensible waits for a network peer: 1 s, 2 s, 4 s … 5 min, ±10 %. */
export const networkBackoff: Backoff = { firstMs: 1000, factor: 2, maxMs: 300_000, jitter: 0.1 }

/** The wait before attempt `tries + 1`, in ms; `random` in [0, 1) spreads it. */
export function backoff(tries: number, rule: Backoff = networkBackoff, random = 0.5): number {
  const base = Math.min(rule.maxMs, rule.firstMs * rule.factor ** tries)
  return Math.round(base * (1 + rule.jitter * (random * 2 - 1)))
}

/** Runs `fn` until it succeeds, `attempts` are used up, or `again` says no; throws the last error. */
export async function retry<T>(
  fn: (attempt: number) => Promise<T>,
  opts: {
    readonly clock: Clock
    readonly signal: AbortSignal
    readonly attempts: number
    readonly rule?: Backoff
    /** Milliseconds to wait instead of the rule's, or `false` to give up. */
    again?(error: unknown): number | boolean
  },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fn(attempt)
    } catch (error) {
      const verdict = opts.again?.(error) ?? true
      if (verdict === false || attempt + 1 >= opts.attempts || opts.signal.aborted) throw error
      await opts.clock.sleep(
        typeof verdict === 'number' ? verdict : backoff(attempt, opts.rule, Math.random()),
        opts.signal,
      )
    }
  }
}
