// When a job runs next: pure over its schedule and a time, save that the reader of cron lines is loaded when first used.
import { Fault } from '../../lib/fault.ts'
import { sha256 } from '../../lib/ids.ts'
import type { Schedule } from '../../domain/job.ts'

/** Jobs at the top of an hour are spread over so many ms, unless they say otherwise. */
const hourStaggerMs = 300_000

/** A line whose minute is 0 and whose hour is not fixed runs when everybody's does. */
const topOfHour = (expr: string) => {
  const parts = expr.trim().split(/\s+/)
  const [minute, hour] = parts.length > 5 ? [parts[1], parts[2]] : parts
  return minute === '0' && /[*/,-]/.test(hour ?? '')
}

/** The job's own delay within its stagger, in ms: always the same for the same job. */
async function staggerOf(schedule: Extract<Schedule, { kind: 'cron' }>, id: string): Promise<number> {
  const span = schedule.staggerMs ?? (topOfHour(schedule.expr) ? hourStaggerMs : 0)
  return span > 0 ? Number.parseInt((await sha256(id)).slice(0, 8), 16) % span : 0
}

/** A job as far as its times depend on it; `createdAtMs` is where `every` counts from. */
export interface Timed {
  readonly id: string
  readonly schedule: Schedule
  readonly createdAtMs: number
}

/** The first time after `after` (ms) at which a job is due; undefined when there is none. Throws INVALID_REQUEST. */
export async function nextSlot(job: Timed, after: number): Promise<number | undefined> {
  const { schedule } = job
  if (schedule.kind === 'at') {
    const at = Date.parse(schedule.at)
    if (Number.isNaN(at)) throw new Fault('INVALID_REQUEST', `"${schedule.at}" is no time; write 2026-12-31T08:00:00Z`)
    return at > after ? at : undefined
  }
  if (schedule.kind === 'every') {
    const { everyMs } = schedule
    const anchor = schedule.anchorMs ?? job.createdAtMs
    if (anchor > after) return anchor
    return anchor + (Math.floor((after - anchor) / everyMs) + 1) * everyMs
  }
  const { Cron } = await import('croner')
  const stagger = await staggerOf(schedule, job.id)
  try {
    const line = new Cron(schedule.expr, { paused: true, ...(schedule.tz ? { timezone: schedule.tz } : {}) })
    const next = line.nextRun(new Date(after - stagger))
    return next ? next.getTime() + stagger : undefined
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Fault('INVALID_REQUEST', `the schedule "${schedule.expr}" cannot be read: ${why}`, { cause })
  }
}
