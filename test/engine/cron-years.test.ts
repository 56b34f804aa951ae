// The scheduler over the changes of daylight saving time in four zones, through suspends, clocks that are set, and restarts.
// OCLAW_CRON_YEARS=5 runs the whole of it; without that, five weeks in which three of the zones change.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '../../src/domain/job.ts'
import { cron } from '../../src/engine/cron/index.ts'
import { nextSlot } from '../../src/engine/cron/schedule.ts'
import { nextTick, testClock, type Clock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import * as jobs from '../../src/store/jobs.ts'
import { engineWorld, type EngineWorld } from './fixture.ts'
import { dueTimes, spans, type Line } from './local-slots.ts'

const hour = 3_600_000
const years = Number(process.env['OCLAW_CRON_YEARS'] ?? 0)
const [from, to] = years
  ? [Date.UTC(2026, 0, 1), Date.UTC(2026 + years, 0, 1)]
  : [Date.UTC(2026, 2, 5), Date.UTC(2026, 3, 9)]
const restarts = years ? 200 : 25

const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata']

const lines: readonly Line[] = [
  { expr: '30 8 * * *', minute: 30, hour: 8, on: () => true },
  { expr: '30 2 * * *', minute: 30, hour: 2, on: () => true },
  { expr: '45 1 * * 0', minute: 45, hour: 1, on: (d) => d.getUTCDay() === 0 },
  { expr: '15 9 * * 1-5', minute: 15, hour: 9, on: (d) => d.getUTCDay() >= 1 && d.getUTCDay() <= 5 },
  { expr: '0 12 1 * *', minute: 0, hour: 12, on: (d) => d.getUTCDate() === 1 },
  { expr: '0 * * * *', minute: 0, on: () => true },
]

/** Every job, and the slots it has to run at. */
function wanted(): { job: Job; slots: number[] }[] {
  const of = (id: string, schedule: Job['schedule']): Job => ({
    id,
    name: id,
    enabled: true,
    schedule,
    sessionTarget: 'main',
    wakeMode: 'next-heartbeat',
    payload: { kind: 'systemEvent', text: id },
    missed: 'all',
    createdAtMs: from,
    updatedAtMs: from,
    state: {},
  })
  const local = zones.flatMap((tz) => {
    const zone = spans(tz, from, to)
    const here = lines.filter((line) => line.hour !== undefined || /Berlin|Howe/.test(tz))
    return here.map((line) => ({
      job: of(`${tz} ${line.expr}`, { kind: 'cron', expr: line.expr, tz, staggerMs: 0 }),
      slots: dueTimes(line, zone).filter((t) => t > from),
    }))
  })
  const every = Array.from({ length: Math.floor((to - 1 - from) / (7 * hour)) }, (_, i) => from + (i + 1) * 7 * hour)
  return [...local, { job: of('every 7 h', { kind: 'every', everyMs: 7 * hour, anchorMs: from }), slots: every }]
}

/** A machine's clock: `set` moves what it shows without anybody waking, as a suspend or a person does. */
function machineClock(start: number) {
  const real = testClock(start)
  let skew = 0
  const clock: Clock = { ...real, now: () => real.now() + skew }
  return Object.assign(clock, {
    pass: (ms: number) => real.advance(ms),
    set(ms: number) {
      skew += ms
    },
  })
}

test(
  `${years || 'a tenth of a'} year(s): what was due was run, each slot once`,
  async () => {
    const top = mkdtempSync(join(tmpdir(), 'oclaw-years-'))
    const clock = machineClock(from)
    const all = wanted()
    const ran = new Map<string, number[]>(all.map(({ job }) => [job.id, []]))
    const seen = { suspends: 0, jumps: 0, restarts: 0 }
    let scope = new Scope('cron')
    const settings = { cron: () => ({ enabled: true, maxConcurrent: 8 }) }

    function start(): EngineWorld {
      const w = engineWorld({ path: join(top, 'oclaw.db'), clock: clock, settings })
      w.world.news.listen((n) => {
        const slot = n.type === 'cron' && n.action === 'finished' ? Number(n.data['runAtMs']) : to
        if (n.type === 'cron' && slot < to) ran.get(n.job)?.push(slot)
      })
      scope = new Scope('cron')
      cron(w).start(scope)
      return w
    }
    /** Lets the scheduler do what is due; one that sleeps still is left to it. */
    async function caughtUp(w: EngineWorld) {
      for (let idle = 0, last = 0; idle < 40; idle++) {
        const next = jobs.nextAt(w.db) ?? Infinity
        if (next > clock.now()) break
        if (next !== last) idle = 0
        last = next
        await nextTick()
      }
      await w.idle()
    }
    async function end(w: EngineWorld) {
      await scope.close()
      await w.close()
    }

    try {
      let w = engineWorld({ path: join(top, 'oclaw.db'), clock: clock, settings })
      for (const { job } of all) {
        const next = await nextSlot(job, from)
        await w.db.write(() =>
          jobs.put(w.db, { ...job, ...(next === undefined ? {} : { state: { nextRunAtMs: next } }) }),
        )
      }
      await w.close()
      w = start()
      let back = 0 // how far the clock was set back and has not caught up
      for (let n = 1; clock.now() < to - 1; n++) {
        const left = to - 1 - clock.now()
        await clock.pass(Math.min(left, 6 * hour))
        await caughtUp(w)
        if (n % 11 === 0 && to - clock.now() > 20 * hour) {
          clock.set(9 * hour + 123) // the machine slept, or its clock was set forward
          seen.suspends++
        }
        if (n % 17 === 0 && back === 0) {
          clock.set(-2 * hour) // set back: what has run does not run again
          back = 1
          seen.jumps++
        } else if (back && n % 17 === 3) back = 0
        if (seen.restarts < restarts && n % Math.max(2, Math.floor((to - from) / (6 * hour) / restarts / 1.6)) === 0) {
          await end(w)
          if (n % 3 === 0 && to - clock.now() > 20 * hour) clock.set(5 * hour) // nobody is there meanwhile
          w = start()
          seen.restarts++
        }
      }
      const count = () => [...ran.values()].reduce((sum, slots) => sum + slots.length, 0)
      const expected = all.reduce((sum, { slots }) => sum + slots.length, 0)
      for (let n = 0; n < 200 && count() < expected; n++) {
        await clock.pass(60_000) // a clock that was set is noticed within a minute
        await caughtUp(w)
      }
      await end(w)
      for (const { job, slots } of all) {
        const mine = [...(ran.get(job.id) ?? [])].sort((a, b) => a - b)
        const iso = (list: readonly number[]) => list.map((t) => new Date(t).toISOString())
        const missing = slots.filter((t) => !mine.includes(t))
        const stray = mine.filter((t, i) => !slots.includes(t) || mine.indexOf(t) !== i)
        expect([job.id, iso(missing), iso(stray)]).toEqual([job.id, [], []])
      }
      expect(count()).toBe(expected)
      expect(seen.restarts).toBe(restarts)
      console.log(`${expected} slots of ${all.length} jobs; ${JSON.stringify(seen)}`)
    } finally {
      rmSync(top, { recursive: true, force: true })
    }
  },
  years ? 3_600_000 : 60_000,
)
