// Keeps callers from rewriting or restarting the gateway in a tight loop.
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Caller } from '../define/op.ts'

/** The methods that count, and how often one caller may use one of them. */
const methods: ReadonlySet<string> = new Set(['config.apply', 'config.patch', 'update.run'])
const maxCalls = 3
const windowMs = 60_000
/** Callers remembered at a time. */
const maxKnown = 10_000

/** Counts a call of a caller; throws LIMITED when there were too many. */
export type ControlLimit = (method: string, caller: Caller) => void

/** A limit of three calls of a method per minute for each device or address, failed calls included. */
export function controlLimit(clock: Clock): ControlLimit {
  const calls = new Map<string, number[]>()
  return (method, caller) => {
    if (!methods.has(method)) return
    const key = `${method} ${caller.id}`
    const now = clock.now()
    const recent = (calls.get(key) ?? []).filter((at) => at > now - windowMs)
    const first = recent[0]
    if (first !== undefined && recent.length >= maxCalls) {
      const retryAfterMs = first + windowMs - now
      throw new Fault('LIMITED', `too many calls of ${method}; try again in ${Math.ceil(retryAfterMs / 1000)} s`, {
        retryAfterMs,
        details: { method, limit: `${maxCalls} per ${windowMs / 1000}s` },
      })
    }
    calls.delete(key)
    calls.set(key, [...recent, now])
    if (calls.size > maxKnown) calls.delete(calls.keys().next().value as string)
  }
}
