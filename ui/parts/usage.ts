// What was used, day by day: every day of a span has its place, also those on which nothing happened.
import { systemClock } from '../../src/lib/clock.ts'
import type { Answer } from '../gateway.ts'

const dayMs = 86_400_000

/** One day's sums. */
export interface Day {
  readonly date: string
  readonly tokens: number
  readonly cost: number
  readonly messages: number
  readonly toolCalls: number
  readonly errors: number
}

/** The date of a time, in UTC, as the gateway counts days. */
export const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** The first day of a span of days that ends today. */
export const firstDay = (days: number): string => dateOf(systemClock.now() - (days - 1) * dayMs)

/** The sums of each day of a span. */
export function daysOf(usage: Answer<'sessions.usage'> | undefined, days: number): Day[] {
  const found = new Map(((usage?.aggregates['daily'] ?? []) as Day[]).map((d) => [d.date, d]))
  const today = systemClock.now()
  return Array.from({ length: days }, (_, i) => {
    const date = dateOf(today - (days - 1 - i) * dayMs)
    return found.get(date) ?? { date, tokens: 0, cost: 0, messages: 0, toolCalls: 0, errors: 0 }
  })
}

const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** A day, short. */
export const dayName = (at: number): string => short.format(at)
