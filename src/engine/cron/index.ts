// The scheduler: claims slots that are due, each once, and runs their jobs.
import { describeError, Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { lanes } from '../../lib/lanes.ts'
import type { Scope } from '../../lib/scope.ts'
import type { Job, JobState } from '../../domain/job.ts'
import { contextChanged } from '../../store/context.ts'
import * as entries from '../../store/entries.ts'
import * as events from '../../store/events.ts'
import * as jobs from '../../store/jobs.ts'
import type { JobRun } from '../../store/jobs.ts'
import * as sessions from '../../store/sessions.ts'
import type { Engine } from '../engine.ts'
import { runJob, type Outcome } from './job-run.ts'
import { persist } from '../persist.ts'
import { nextSlot } from './schedule.ts'

/** Longest sleep, in ms: a machine that slept, or whose clock was set, is noticed within it. */
const napMs = 60_000
/** A slot older than this was missed, in ms: nobody was there when it was due. */
const lateMs = 120_000
/** Slots looked at in one go. */
const batch = 200
/** Least time between two looks for sessions of old runs, in ms, and how many are emptied at a time. */
const sweepMs = 300_000
const sweepCount = 200
/** Runs of one job that are remembered. */
const kept = 500
/** Waits after failures in a row, in ms. */
const penalties = [30_000, 60_000, 300_000, 900_000, 3_600_000] as const

/** The scheduler as operations see it. */
export interface Cron {
  /** Runs until the scope closes; resolves once it has taken up what was cut off. */
  start(scope: Scope): void
  /** Looks at the jobs again: one was added or changed. */
  refresh(): void
  /** Runs a job now, and answers when it has ended; not while it runs, and with `due` only when it is due. */
  trigger(job: Job, mode: 'due' | 'force', signal: AbortSignal): Promise<{ ran: boolean; reason?: string }>
}

/** Makes the scheduler of an engine. */
export function cron(e: Engine): Cron {
  const { world } = e
  const { db, clock } = world
  const lane = lanes(world.settings.cron().maxConcurrent)
  let nap = new AbortController()
  let sweptAt = -Infinity

  const tell = (job: string, action: 'started' | 'finished', more: Readonly<Record<string, unknown>>) => {
    const news = { type: 'cron' as const, job, action, data: more }
    events.appendNews(db, clock.now(), job, news)
    db.afterCommit(() => world.news.publish(news))
  }

  /** Claims a slot and sets the job's next time, in one transaction; answers the run when the slot was free. */
  async function claim(job: Job, slot: number, next: number | undefined): Promise<JobRun | undefined> {
    const run: JobRun = { id: newId('run', clock), job: job.id, slot, state: 'claimed', startedAt: clock.now() }
    return db.write(() => {
      const now = jobs.byId(db, job.id)
      if (!now) return undefined
      const free = jobs.claim(db, { id: run.id, job: job.id, slot, at: run.startedAt })
      const { nextRunAtMs: _old, ...rest } = now.state
      const state: JobState = {
        ...rest,
        ...(next === undefined ? {} : { nextRunAtMs: next }),
        ...(free ? { runningAtMs: run.startedAt } : {}),
      }
      jobs.put(db, { ...now, state })
      if (free) tell(job.id, 'started', { runAtMs: slot })
      return free ? run : undefined
    })
  }

  /** Runs a claimed slot, in its turn, and writes down what came of it. */
  function execute(job: Job, run: JobRun): Promise<void> {
    lane.widen(world.settings.cron().maxConcurrent)
    return lane
      .run(job.id, async () => finish(job.id, run, await runJob(e, job, run)))
      .catch((error: unknown) => {
        if (!world.scope.signal.aborted) world.log.error('a run was lost', { job: job.id, error: describeError(error) })
      })
  }

  async function finish(id: string, run: JobRun, outcome: Outcome): Promise<void> {
    const at = clock.now()
    await persist(world, () => {
      const job = jobs.byId(db, id)
      jobs.settle(db, run.id, { state: outcome.status, at, outcome: { ...outcome } })
      const told = { ...outcome, runAtMs: run.slot, durationMs: at - run.startedAt }
      if (job) after(job, run, outcome, at)
      const next = jobs.byId(db, id)?.state.nextRunAtMs
      tell(id, 'finished', { ...told, ...(next === undefined ? {} : { nextRunAtMs: next }) })
    })
    nap.abort()
    await sweep().catch((error: unknown) =>
      world.log.warn('the sessions of old runs were not emptied', { error: describeError(error) }),
    )
  }

  /** Takes what was said in old runs out of the log, as long as the config wants; now and then, after a run. */
  async function sweep(): Promise<void> {
    const { retentionMs } = world.settings.cron()
    const now = clock.now()
    if (retentionMs === undefined || Math.abs(now - sweptAt) < sweepMs) return
    sweptAt = now
    const old = sessions.endedRuns(db, now - retentionMs, sweepCount)
    if (!old.length) return
    await db.write(() => {
      for (const id of old) {
        entries.empty(db, id)
        sessions.emptied(db, id)
        contextChanged(db, id)
      }
    })
  }

  /** What a job is after a run: its counts, its penalty, its end. Inside a transaction. */
  function after(job: Job, run: JobRun, outcome: Outcome, at: number) {
    const { runningAtMs: _done, lastError: _old, ...rest } = job.state
    const failures = outcome.status === 'error' ? (job.state.consecutiveErrors ?? 0) + 1 : 0
    const penalty = failures ? (penalties[Math.min(failures, penalties.length) - 1] as number) : 0
    const { nextRunAtMs } = job.state
    const once = job.schedule.kind === 'at'
    const state: JobState = {
      ...rest,
      lastRunAtMs: run.slot,
      lastStatus: outcome.status,
      lastDurationMs: at - run.startedAt,
      consecutiveErrors: failures,
      ...(outcome.error === undefined ? {} : { lastError: outcome.error }),
      ...(nextRunAtMs === undefined
        ? {}
        : { nextRunAtMs: penalty ? Math.max(nextRunAtMs, at + penalty) : nextRunAtMs }),
    }
    if (once && outcome.status === 'ok' && job.deleteAfterRun) return void jobs.remove(db, job.id)
    const enabled = once ? false : job.enabled
    const { nextRunAtMs: _next, ...ended } = state
    jobs.put(db, { ...job, enabled, state: once ? ended : state })
    jobs.trim(db, job.id, kept)
  }

  /** Takes what is due. A slot that was missed is passed over, run once, or run like every other, as its job says. */
  async function take(): Promise<void> {
    for (const job of jobs.due(db, clock.now(), batch)) {
      const slot = job.state.nextRunAtMs as number
      const now = clock.now()
      const missed = now - slot > lateMs
      const policy = job.missed ?? 'once'
      try {
        const next = await nextSlot(job, missed && policy !== 'all' ? now : slot)
        const run = await claim(job, slot, next)
        if (!run) continue
        if (missed && policy === 'skip') await finish(job.id, run, { status: 'skipped', error: 'missed' })
        else void execute(job, run)
      } catch (error) {
        await broken(job, error)
      }
    }
  }

  /** A schedule that cannot be read: after three tries the job is switched off. */
  async function broken(job: Job, error: unknown) {
    world.log.error('the next time of a job cannot be told', { job: job.id, error: describeError(error) })
    const tries = (job.state.scheduleErrorCount ?? 0) + 1
    const { nextRunAtMs: _old, ...rest } = job.state
    const state = { ...rest, scheduleErrorCount: tries, lastError: describeError(error) }
    await db.write(() =>
      jobs.put(db, { ...job, enabled: tries < 3, state: { ...state, nextRunAtMs: clock.now() + napMs } }),
    )
  }

  /** Goes on with runs that were cut off; those of jobs that want no late runs are marked as interrupted. */
  function recover() {
    for (const run of jobs.open(db)) {
      const job = jobs.byId(db, run.job)
      if (job && (job.missed ?? 'once') !== 'skip') {
        void execute(job, run)
        continue
      }
      persist(world, () =>
        jobs.settle(db, run.id, {
          state: 'interrupted',
          at: clock.now(),
          outcome: { status: 'error', error: 'interrupted' },
        }),
      ).catch((error: unknown) => world.log.error('an interrupted run was not noted', { error: describeError(error) }))
    }
  }

  async function loop(signal: AbortSignal) {
    while (!signal.aborted) {
      try {
        await take()
      } catch (error) {
        if (signal.aborted) return
        world.log.error('the scheduler stumbled', { error: describeError(error) })
      }
      nap = new AbortController()
      const next = jobs.nextAt(db)
      const wait = next === undefined ? undefined : Math.min(napMs, Math.max(0, next - clock.now()))
      const woken = AbortSignal.any([signal, nap.signal])
      if (wait === 0) continue // more slots of the same job are due
      if (wait === undefined) await new Promise((resolve) => woken.addEventListener('abort', resolve, { once: true }))
      else await clock.sleep(wait, woken).catch(() => undefined)
    }
  }

  return {
    start(scope) {
      recover()
      const done = loop(scope.signal)
      scope.defer('scheduler', () => done)
    },
    refresh: () => nap.abort(),
    async trigger(job, mode, signal) {
      const now = clock.now()
      if (mode === 'due' && (job.state.nextRunAtMs === undefined || job.state.nextRunAtMs > now))
        return { ran: false, reason: 'not-due' }
      if (jobs.running(db, job.id)) return { ran: false, reason: 'already-running' }
      const run = await claim(job, now, job.state.nextRunAtMs)
      if (!run) return { ran: false, reason: 'already-running' }
      const done = execute(job, run)
      const gone = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Fault('CANCELLED', 'nobody waits for the run any more')), {
          once: true,
        }),
      )
      await Promise.race([done, gone])
      return { ran: true }
    },
  }
}
