// Jobs by time: listed, added, changed, run.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { JobSpec, looseJob, type Job } from '../domain/job.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import { nextSlot } from '../engine/cron/schedule.ts'
import * as jobs from '../store/jobs.ts'
import type { Services } from './services.ts'
import { span, table } from './table.ts'

type Needed = Pick<Services, 'engine' | 'clock' | 'cron'>

const Row = z.record(z.string(), z.unknown())
/** A job that comes from here: looking through ten thousand of them takes longer than reading them. */
const Listed = z.unknown().meta({ type: 'object' })
const yearMs = 366 * 86_400_000

/** The original's words for what its scheduler refuses. */
const refused = (why: string) => new Fault('UNAVAILABLE', `Error: ${why}`)

const scheduleWords = ({ schedule: s }: Job) => {
  if (s.kind === 'at') return `at ${s.at}`
  if (s.kind === 'every') return `every ${span(s.everyMs)}`
  return `${s.expr}${s.tz ? ` (${s.tz})` : ''}`
}

const when = (at: unknown, now: number) =>
  typeof at === 'number' ? (at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`) : '-'

function shown(list: readonly Job[], now: number): string {
  if (!list.length) return 'There are no jobs.'
  return table(
    ['ID', 'Name', 'Schedule', 'Next', 'Last', 'Status', 'Target', 'Agent'],
    list.map((j) => [
      j.id,
      j.name.slice(0, 30),
      scheduleWords(j),
      j.enabled ? when(j.state.nextRunAtMs, now) : 'off',
      when(j.state.lastRunAtMs, now),
      j.state.runningAtMs === undefined ? (j.state.lastStatus ?? '-') : 'running',
      j.sessionTarget,
      j.agentId ?? 'main',
    ]),
  )
}

const list = defineOp({
  id: 'cron.list',
  summary: 'Lists the jobs.',
  scope: 'read',
  params: z.strictObject({
    includeDisabled: z.boolean().optional().describe('also those that are switched off'),
    limit: z.number().int().min(1).optional().describe('only the first so many'),
  }),
  simpleOnly: ['limit'],
  result: z.object({ jobs: z.array(Listed) }),
  cli: {
    path: 'cron list',
    aliases: ['cron'],
    also: { includeDisabled: ['all'] },
    print: (r) => shown(r.jobs as unknown as Job[], nowOf(r.jobs as unknown as Job[])),
  },
  examples: [{ params: {} }],
  handler: ({ params: p }, { engine: e, clock }: Needed) => ({
    jobs: jobs.list(e.world.db, p.includeDisabled ?? false, p.limit).map((j) => ({ ...j, ts: clock.now() })),
  }),
})

/** The time a list was made at. */
const nowOf = (list: readonly (Job & { readonly ts?: number })[]) => list[0]?.ts ?? 0

const status = defineOp({
  id: 'cron.status',
  summary: 'Says whether jobs run, and when the next one does.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({
    enabled: z.boolean(),
    storePath: z.string(),
    jobs: z.number(),
    nextWakeAtMs: z.number().nullable(),
  }),
  cli: { path: 'cron status', print: (r) => `Jobs: ${r.jobs}; the scheduler is ${r.enabled ? 'on' : 'off'}.` },
  examples: [{ params: {} }],
  handler: (_call, { engine: e }: Needed) => ({
    enabled: e.world.settings.cron().enabled,
    storePath: e.world.db.path,
    jobs: jobs.count(e.world.db),
    nextWakeAtMs: jobs.nextAt(e.world.db) ?? null,
  }),
})

const which = {
  id: z.string().optional().describe('the job'),
  jobId: z.string().optional().describe('the same as id'),
}

const idOf = (p: { id?: string | undefined; jobId?: string | undefined }) => p.id ?? p.jobId ?? ''

/** The job a caller means. Throws UNAVAILABLE in the original's words. */
function jobOf({ engine: e }: Pick<Services, 'engine'>, p: Parameters<typeof idOf>[0]): Job {
  const found = jobs.byId(e.world.db, idOf(p))
  if (!found) throw refused(`unknown cron job id: ${idOf(p)}`)
  return found
}

const runs = defineOp({
  id: 'cron.runs',
  summary: 'Lists what came of a job.',
  scope: 'read',
  params: z.strictObject({
    ...which,
    limit: z.number().int().min(1).max(5000).default(200).describe('the last so many'),
  }),
  result: z.object({ entries: z.array(Row) }),
  cli: { path: 'cron runs', args: ['id'] },
  examples: [{ params: { id: 'nope' } }],
  handler: ({ params: p }, { engine: e }: Needed) => ({
    entries: jobs.runs(e.world.db, idOf(p), p.limit).map((r) => ({
      ts: r.endedAt ?? r.startedAt,
      jobId: r.job,
      action: 'finished',
      ...r.outcome,
      runAtMs: r.slot,
      durationMs: (r.endedAt ?? r.startedAt) - r.startedAt,
    })),
  }),
})

/** A job as it may be kept. Throws in the original's words what is wrong with it. */
function checked(raw: unknown): JobSpec {
  const parsed = JobSpec.safeParse(raw)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw refused(`${issue?.path.join('.') ?? 'job'}: ${issue?.message ?? 'it cannot be understood'}`)
}

/** When a job is due next. Throws for a time that has passed, and for a schedule that cannot be read. */
async function firstSlot(job: Job, now: number): Promise<number | undefined> {
  if (job.schedule.kind === 'at') {
    const at = Date.parse(job.schedule.at)
    if (Number.isNaN(at))
      throw new Fault('INVALID_REQUEST', `schedule.at "${job.schedule.at}" is no time; write 2026-12-31T08:00:00Z`)
    if (at < now - 60_000) throw new Fault('INVALID_REQUEST', `schedule.at is in the past: ${job.schedule.at}`)
    if (at > now + 10 * yearMs)
      throw new Fault('INVALID_REQUEST', `schedule.at is more than ten years ahead: ${job.schedule.at}`)
    return at
  }
  try {
    const next = await nextSlot(job, now)
    if (next === undefined) throw refused('the schedule never comes due')
    return next
  } catch (error) {
    throw error instanceof Fault && error.code === 'INVALID_REQUEST' ? refused(error.message) : error
  }
}

/** Writes a job down and tells of it; answers it. */
async function keep(s: Needed, job: Job, action: 'added' | 'updated'): Promise<Job> {
  const { db, clock, news } = s.engine.world
  const { delivery } = job
  if (delivery?.mode === 'webhook' && delivery.to === undefined && !s.engine.world.settings.cron().webhook)
    throw refused(
      'delivery.to: a webhook needs an http or https address in delivery.to, or in cron.webhook of the config',
    )
  const next = job.enabled ? await firstSlot(job, clock.now()) : undefined
  const { nextRunAtMs: _old, scheduleErrorCount: _count, ...rest } = job.state
  const kept = { ...job, state: { ...rest, ...(next === undefined ? {} : { nextRunAtMs: next }) } }
  await db.write(() => {
    jobs.put(db, kept)
    const told: GatewayEvent = {
      type: 'cron',
      job: job.id,
      action,
      data: next === undefined ? {} : { nextRunAtMs: next },
    }
    db.afterCommit(() => news.publish(told))
  })
  s.cron.refresh()
  return kept
}

const add = defineOp({
  id: 'cron.add',
  summary: 'Adds a job.',
  scope: 'admin',
  params: z.strictObject({
    data: Row.optional().describe('the whole job, as some clients wrap it'),
    job: Row.optional().describe('the same'),
    name: z.string().optional().describe('its name'),
    agentId: z.string().nullish().describe('whose job'),
    sessionKey: z.string().nullish().describe('in which session'),
    description: z.string().optional().describe('what it is for'),
    enabled: z.boolean().optional().describe('whether it runs'),
    deleteAfterRun: z.boolean().optional().describe('whether it goes away when it has run'),
    schedule: Row.optional().describe('when: at, every or cron'),
    sessionTarget: z.enum(['main', 'isolated']).optional().describe('in the main session, or in one of its own'),
    wakeMode: z.enum(['now', 'next-heartbeat']).optional().describe('how soon the agent is told'),
    payload: Row.optional().describe('what is done: systemEvent or agentTurn'),
    delivery: Row.optional().describe('where the result goes'),
    missed: z.enum(['skip', 'once', 'all']).optional().describe('what happens to slots nobody was there for'),
  }),
  result: Row,
  examples: [
    {
      params: {
        schedule: { kind: 'every', everyMs: 3_600_000 },
        payload: { kind: 'systemEvent', text: 'An hour has passed.' },
      },
    },
  ],
  handler: async ({ params: p }, s: Needed) => {
    const now = s.clock.now()
    const spec = checked(looseJob(p))
    return {
      ...(await keep(s, { ...spec, id: crypto.randomUUID(), createdAtMs: now, updatedAtMs: now, state: {} }, 'added')),
    }
  },
})

/** What is left of values once those that are null are taken away. */
const whole = (values: object) => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== null))

const update = defineOp({
  id: 'cron.update',
  summary: 'Changes a job.',
  scope: 'admin',
  params: z.strictObject({ ...which, patch: Row.describe('what changes; null takes a value away') }),
  result: Row,
  examples: [{ params: { id: 'nope', patch: { enabled: false } }, note: 'a job' }],
  handler: async ({ params: p }, s: Needed) => {
    const old = jobOf(s, p)
    const { payload, delivery, ...rest } = p.patch
    const both = (a: unknown, b: unknown) =>
      b === undefined ? a : whole({ ...(a as object | undefined), ...(b as object) })
    const other =
      typeof payload === 'object' && payload !== null && 'kind' in payload && payload.kind !== old.payload.kind
    const merged = {
      ...old,
      ...rest,
      missed: rest['missed'] === null ? undefined : (rest['missed'] ?? old.missed),
      payload: other ? whole(payload) : both(old.payload, payload),
      delivery: both(old.delivery, delivery),
    }
    const spec = checked(looseJob(merged))
    const { id, createdAtMs, state } = old
    return { ...(await keep(s, { ...spec, id, createdAtMs, state, updatedAtMs: s.clock.now() }, 'updated')) }
  },
})

const remove = defineOp({
  id: 'cron.remove',
  summary: 'Removes a job.',
  scope: 'admin',
  params: z.strictObject(which),
  result: z.object({ ok: z.literal(true), removed: z.boolean() }),
  cli: {
    path: 'cron rm',
    args: ['id'],
    aliases: ['cron remove'],
    print: (r) => (r.removed ? 'Removed.' : 'There is no such job.'),
  },
  examples: [{ params: { id: 'nope' } }],
  handler: async ({ params: p }, s: Needed) => {
    const { db, news } = s.engine.world
    const removed = await db.write(() => {
      const gone = jobs.remove(db, idOf(p))
      if (gone) db.afterCommit(() => news.publish({ type: 'cron', job: idOf(p), action: 'removed', data: {} }))
      return gone
    })
    s.cron.refresh()
    return { ok: true as const, removed }
  },
})

const run = defineOp({
  id: 'cron.run',
  summary: 'Runs a job now, and answers when it has ended.',
  scope: 'admin',
  params: z.strictObject({
    ...which,
    mode: z.enum(['due', 'force']).default('force').describe('only when it is due, or anyway'),
  }),
  result: z.object({ ok: z.literal(true), ran: z.boolean(), reason: z.string().optional() }),
  cli: { path: 'cron run', args: ['id'], print: (r) => (r.ran ? 'It has run.' : `It did not run: ${r.reason}.`) },
  examples: [{ params: { id: 'nope' }, note: 'a job' }],
  handler: async ({ params: p, signal }, s: Needed) => ({
    ok: true as const,
    ...(await s.cron.trigger(jobOf(s, p), p.mode, signal)),
  }),
})

export const cronOps = [list, status, runs, add, update, remove, run] as const
