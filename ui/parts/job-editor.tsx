// The editor of a job: what is done, when, and when that would be next.
import type { Job, Schedule } from '../../src/domain/job.ts'
import { ops } from '../gateway.ts'
import { useOp } from '../store.ts'
import { t } from '../words.ts'
import { useDelayed } from './delayed.ts'
import { FormDialog } from './form-dialog.tsx'
import type { Fields, Schema } from './schema.ts'
import { fullTime, span } from './time.tsx'

const minuteMs = 60_000
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** A schedule in words. */
export function scheduleWords(s: Schedule): string {
  if (s.kind === 'at') return fullTime(Date.parse(s.at))
  if (s.kind === 'every') return t('job.every', { span: span(s.everyMs) })
  return s.tz ? `${s.expr} (${s.tz})` : s.expr
}

const levels = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh']

const text = (title: string, more: Partial<Schema> = {}): Schema => ({ type: 'string', title, ...more })

/** An agent one can choose. */
interface Chosen {
  readonly id: string
  readonly name?: string | undefined
}

/** The fields, as far as what is chosen needs them. */
function schemaOf(value: Fields, agents: readonly Chosen[]): Schema {
  const { kind, does } = value
  const when: Record<string, Schema> =
    kind === 'at'
      ? { at: text(t('job.at'), { format: 'date-time' }) }
      : kind === 'every'
        ? { minutes: { type: 'number', title: t('job.minutes'), minimum: 0.1 } }
        : {
            expr: text(t('job.expr'), { description: t('job.expr.about') }),
            tz: text(t('job.tz')),
            stagger: { type: 'number', title: t('job.stagger'), description: t('job.stagger.about'), minimum: 0 },
          }
  const turn: Record<string, Schema> =
    does === 'agentTurn'
      ? {
          model: text(t('chat.model'), { description: t('sessions.model.about') }),
          thinking: text(t('chat.level'), { enum: levels }),
          timeout: { type: 'integer', title: t('job.timeout'), minimum: 1 },
          deliver: text(t('job.deliver'), {
            enum: ['none', 'announce', 'webhook'],
            names: [t('job.deliver.none'), t('job.deliver.announce'), t('job.deliver.webhook')],
          }),
          ...(value['deliver'] === 'announce'
            ? {
                channel: text(t('sessions.channel')),
                to: text(t('channel.to'), { description: t('channel.to.about') }),
              }
            : {}),
          ...(value['deliver'] === 'webhook' ? { to: text(t('job.hook'), { pattern: '^https?://' }) } : {}),
        }
      : {}
  return {
    type: 'object',
    required: ['name', 'kind', 'does', 'text', ...(kind === 'at' ? ['at'] : kind === 'every' ? ['minutes'] : ['expr'])],
    properties: {
      name: text(t('job.name')),
      agent: text(t('hook.agent'), { enum: agents.map((a) => a.id), names: agents.map((a) => a.name ?? a.id) }),
      kind: text(t('job.when'), {
        enum: ['cron', 'every', 'at'],
        names: [t('job.kind.cron'), t('job.kind.every'), t('job.kind.at')],
      }),
      ...when,
      does: text(t('job.does'), {
        enum: ['agentTurn', 'systemEvent'],
        names: [t('job.does.turn'), t('job.does.event')],
      }),
      text: text(t(does === 'systemEvent' ? 'job.event' : 'job.message'), { long: true }),
      ...turn,
      missed: text(t('job.missed'), {
        enum: ['skip', 'once', 'all'],
        names: [t('job.missed.skip'), t('job.missed.once'), t('job.missed.all')],
        description: t('job.missed.about'),
      }),
      enabled: { type: 'boolean', title: t('job.on') },
    },
  }
}

/** A time as the browser's field writes it: local, without seconds. */
function localTime(iso: string): string {
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * minuteMs).toISOString().slice(0, 16)
}

function fieldsOf(job: Job | undefined): Fields {
  if (!job) return { kind: 'cron', expr: '0 9 * * *', tz: zone, does: 'agentTurn', deliver: 'none', enabled: true }
  const { schedule: s, payload: p, delivery: d } = job
  const when =
    s.kind === 'at'
      ? { at: localTime(s.at) }
      : s.kind === 'every'
        ? { minutes: s.everyMs / minuteMs, anchor: s.anchorMs }
        : { expr: s.expr, tz: s.tz, stagger: s.staggerMs === undefined ? undefined : s.staggerMs / 1000 }
  const turn =
    p.kind === 'agentTurn'
      ? { deliver: d?.mode ?? 'none', model: p.model, thinking: p.thinking, timeout: p.timeoutSeconds }
      : {}
  const to = { ...(d?.channel ? { channel: d.channel } : {}), ...(d?.to ? { to: d.to } : {}) }
  const said = p.kind === 'agentTurn' ? p.message : p.text
  const more = { enabled: job.enabled, ...(job.missed ? { missed: job.missed } : {}) }
  return {
    name: job.name,
    agent: job.agentId ?? undefined,
    kind: s.kind,
    ...when,
    does: p.kind,
    text: said,
    ...turn,
    ...to,
    ...more,
  }
}

/** A number under its name, when it is one. */
const number = (name: string, value: unknown) => (typeof value === 'number' ? { [name]: value } : {})

/** The schedule that is filled in; undefined while it is not whole. */
function scheduleOf(value: Fields): Schedule | undefined {
  if (value['kind'] === 'at') {
    const at = typeof value['at'] === 'string' ? new Date(value['at']) : undefined
    return at && !Number.isNaN(at.getTime()) ? { kind: 'at', at: at.toISOString() } : undefined
  }
  if (value['kind'] === 'every')
    return typeof value['minutes'] === 'number'
      ? { kind: 'every', everyMs: Math.round(value['minutes'] * minuteMs), ...number('anchorMs', value['anchor']) }
      : undefined
  if (typeof value['expr'] !== 'string') return undefined
  const stagger = typeof value['stagger'] === 'number' ? Math.round(value['stagger'] * 1000) : undefined
  return {
    kind: 'cron',
    expr: value['expr'],
    ...(typeof value['tz'] === 'string' ? { tz: value['tz'] } : {}),
    ...number('staggerMs', stagger),
  }
}

/** The job that is filled in. */
function jobOf(value: Fields) {
  const turn = value['does'] === 'agentTurn'
  const said = String(value['text'])
  const { agent, channel, to, model, thinking, timeout } = value
  const where = { ...(channel ? { channel } : {}), ...(to ? { to } : {}) }
  const how = { ...(model ? { model } : {}), ...(thinking ? { thinking } : {}), ...number('timeoutSeconds', timeout) }
  return {
    name: String(value['name']),
    enabled: value['enabled'] !== false,
    schedule: scheduleOf(value) as Record<string, unknown>,
    payload: turn ? { kind: 'agentTurn', message: said, ...how } : { kind: 'systemEvent', text: said },
    sessionTarget: turn ? ('isolated' as const) : ('main' as const),
    ...(typeof agent === 'string' ? { agentId: agent } : {}),
    ...(turn ? { delivery: { mode: value['deliver'] ?? 'none', ...where } } : {}),
    ...(value['missed'] === undefined ? {} : { missed: value['missed'] as 'skip' }),
  }
}

/** What of a job changes when it is to be `next`: what is no longer filled in goes, what is not shown here stays. */
function patchOf(job: Job, next: ReturnType<typeof jobOf>): Record<string, unknown> {
  const { payload, delivery } = next
  const none = { model: null, thinking: null, timeoutSeconds: null }
  return {
    agentId: null,
    missed: null,
    ...next,
    ...(payload.kind === 'agentTurn' ? { payload: { ...none, ...payload } } : {}),
    ...(delivery ? { delivery: { channel: null, to: null, ...delivery } } : {}),
    // What ran once only and went away then is to stay now.
    ...(job.schedule.kind === 'at' && next.schedule['kind'] !== 'at' ? { deleteAfterRun: false } : {}),
  }
}

/** When it would come due. */
function NextRuns({ value, id }: { readonly value: Fields; readonly id: string }) {
  const schedule = useDelayed(JSON.stringify(scheduleOf(value)), 250)
  const parsed = schedule ? (JSON.parse(schedule) as Record<string, unknown>) : {}
  const next = useOp('cron.preview', { schedule: parsed, id, count: 5 }, { off: !schedule })
  if (!schedule) return null
  return (
    <section class="next" aria-live="polite">
      <h3>{t('job.preview')}</h3>
      {next.error ? <p class="wrong">{next.error}</p> : null}
      {next.data?.times.length === 0 && !next.error ? <p class="wrong">{t('job.past')}</p> : null}
      {next.error ? null : (
        <ol>
          {next.data?.times.map((at) => (
            <li key={at}>{fullTime(at)}</li>
          ))}
        </ol>
      )}
    </section>
  )
}

interface EditorProps {
  readonly job?: Job
  onClose(): void
  onDone(): void
}

/** The editor, of a job or of a new one. */
export function JobEditor({ job, onClose, onDone }: EditorProps) {
  const known: readonly Chosen[] = useOp('agents.list', {}).data?.agents ?? []
  const own = job?.agentId
  const agents = !own || known.some((a) => a.id === own) ? known : [...known, { id: own }]
  return (
    <FormDialog
      title={job ? t('job.edit') : t('job.add')}
      schema={(value) => schemaOf(value, agents)}
      first={fieldsOf(job)}
      below={(value) => <NextRuns value={value} id={job?.id ?? ''} />}
      onClose={onClose}
      onSend={async (value) => {
        const spec = jobOf(value)
        if (job) await ops['cron.update']({ id: job.id, patch: patchOf(job, spec) })
        else await ops['cron.add'](spec)
        onDone()
      }}
    />
  )
}
