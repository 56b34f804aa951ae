// Jobs by time: when, what is done, and where the result goes; and how loosely written ones are understood.
import { z } from 'zod'

/** When a job runs. Times are ISO 8601, spans in ms; `staggerMs` spreads jobs of the same time. */
export const Schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('at'), at: z.string().min(1) }),
  z.object({
    kind: z.literal('every'),
    everyMs: z.number().int().min(1),
    anchorMs: z.number().int().min(0).optional(),
  }),
  z.object({
    kind: z.literal('cron'),
    expr: z.string().trim().min(1),
    tz: z.string().optional(),
    staggerMs: z.number().int().min(0).optional(),
  }),
])

export type Schedule = z.output<typeof Schedule>

/** What is done: the main session is told something, or an agent gets a turn. */
export const Payload = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('systemEvent'), text: z.string().min(1) }),
  z.object({
    kind: z.literal('agentTurn'),
    message: z.string().min(1),
    model: z.string().optional(),
    thinking: z.string().optional(),
    timeoutSeconds: z.number().int().min(1).optional(),
    allowUnsafeExternalContent: z.boolean().optional(),
  }),
])

/** Where the result of an isolated run goes; a webhook without `to` is the one of the config. */
export const JobDelivery = z.object({
  mode: z.enum(['none', 'announce', 'webhook']),
  channel: z.string().optional(),
  to: z.string().optional(),
  accountId: z.string().optional(),
  bestEffort: z.boolean().optional(),
})

/** What a person says of a job. `missed`: what happens to slots that passed while nobody was there. */
export const JobSpec = z
  .object({
    name: z.string().trim().min(1),
    agentId: z.string().trim().min(1).nullish(),
    sessionKey: z.string().trim().min(1).nullish(),
    description: z.string().optional(),
    enabled: z.boolean().default(true),
    deleteAfterRun: z.boolean().optional(),
    schedule: Schedule,
    sessionTarget: z.enum(['main', 'isolated']),
    wakeMode: z.enum(['now', 'next-heartbeat']).default('now'),
    payload: Payload,
    delivery: JobDelivery.optional(),
    missed: z.enum(['skip', 'once', 'all']).optional(),
  })
  .check((ctx) => {
    const { sessionTarget, payload, delivery } = ctx.value
    const wanted = sessionTarget === 'main' ? 'systemEvent' : 'agentTurn'
    const say = (path: string[], message: string) =>
      ctx.issues.push({ code: 'custom', path, input: ctx.value, message })
    if (payload.kind !== wanted) say(['payload', 'kind'], `${sessionTarget} jobs need a payload of kind "${wanted}"`)
    if (delivery?.mode === 'webhook' && delivery.to !== undefined && !/^https?:\/\//i.test(delivery.to))
      say(['delivery', 'to'], 'a webhook needs an http or https address in delivery.to')
  })

export type JobSpec = z.output<typeof JobSpec>

/** What is known of a job's runs. Times in ms. */
export interface JobState {
  readonly nextRunAtMs?: number
  readonly runningAtMs?: number
  readonly lastRunAtMs?: number
  readonly lastStatus?: 'ok' | 'error' | 'skipped'
  readonly lastError?: string
  readonly lastDurationMs?: number
  readonly consecutiveErrors?: number
  readonly scheduleErrorCount?: number
}

/** A job. */
export interface Job extends JobSpec {
  readonly id: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly state: JobState
}

type Fields = Record<string, unknown>
const fields = (x: unknown): Fields => (typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Fields) : {})
const text = (x: unknown): string | undefined => (typeof x === 'string' && x.trim() ? x.trim() : undefined)

/** A time as ISO 8601 in UTC; a text without a zone is UTC, a number is ms since the epoch. */
export function isoTime(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return new Date(value).toISOString()
  const said = text(value)
  if (said === undefined) return undefined
  if (/^\d{11,}$/.test(said)) return new Date(Number(said)).toISOString()
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(said) ? said : `${said}${said.includes('T') ? '' : 'T00:00'}Z`
  const at = Date.parse(zoned)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

function scheduleOf(raw: unknown): unknown {
  const s = fields(raw)
  const at = isoTime(s['at'] ?? s['atMs'])
  const kind = text(s['kind']) ?? (at ? 'at' : s['everyMs'] === undefined ? (s['expr'] ? 'cron' : undefined) : 'every')
  return { ...s, kind, ...(kind === 'at' ? { at: at ?? text(s['at']) ?? '' } : {}) }
}

/** A job as it may be written, as one that can be checked: what is left out is inferred from what is there. */
export function looseJob(raw: unknown): Fields {
  const outer = fields(raw)
  const job = { ...fields(outer['data'] ?? outer['job'] ?? raw) }
  const payload = { ...fields(job['payload']) }
  payload['kind'] ??=
    payload['text'] === undefined ? (payload['message'] === undefined ? undefined : 'agentTurn') : 'systemEvent'
  const { deliver, channel, to, bestEffortDeliver, ...rest } = payload
  const target = job['sessionTarget'] ?? (payload['kind'] === 'systemEvent' ? 'main' : 'isolated')
  const schedule = fields(scheduleOf(job['schedule']))
  const old = deliver !== undefined || channel !== undefined || to !== undefined
  const delivery =
    job['delivery'] ??
    (target === 'isolated'
      ? {
          mode: old && deliver === false ? 'none' : 'announce',
          ...(channel === undefined ? {} : { channel }),
          ...(to === undefined ? {} : { to }),
          ...(bestEffortDeliver === undefined ? {} : { bestEffort: bestEffortDeliver }),
        }
      : undefined)
  return {
    ...job,
    name: text(job['name']) ?? (text(rest['text']) ?? text(rest['message']) ?? '').split('\n')[0]?.slice(0, 60),
    schedule,
    payload: rest,
    sessionTarget: target,
    ...(delivery === undefined ? {} : { delivery }),
    ...(job['deleteAfterRun'] === undefined && schedule['kind'] === 'at' ? { deleteAfterRun: true } : {}),
  }
}
