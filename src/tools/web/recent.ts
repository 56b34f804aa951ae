// Answers of the web that are a moment old, kept so that the same question is not asked twice.
import type { Clock } from '../../lib/clock.ts'

/** Keeps the last `max` answers by what was asked. */
export function recent<T>(max: number) {
  const known = new Map<string, { readonly at: number; readonly value: T }>()
  return {
    /** The answer that is no older than `ms`, or what `ask` answers now. */
    async get(key: string, ms: number, clock: Pick<Clock, 'now'>, ask: () => Promise<T>): Promise<T> {
      const before = known.get(key)
      if (before && clock.now() - before.at < ms) return before.value
      const value = await ask()
      known.delete(key)
      known.set(key, { at: clock.now(), value })
      if (known.size > max) known.delete(known.keys().next().value as string)
      return value
    },
  }
}
