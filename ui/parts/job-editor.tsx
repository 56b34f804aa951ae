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

const text = (title: string, more: Partial<Schema> = {}): Schema => ({ type: 'string', title, ...more })

/** The fields, as far as what is chosen needs them. */
function schemaOf(value: Fields): Schema {
  const { kind, does } = value
  const when: Record<string, Schema> =
    kind === 'at'
      ? { at: text(t('job.at'), { format: 'date-time' }) }
      : kind === 'every'
        ? { minutes: { type: 'number', title: t('job.minutes'), minimum: 0.1 } }
        : { expr: text(t('job.expr'), { description: t('job.expr.about') }), tz: text(t('job.tz')) }
  const turn: Record<string, Schema> =
    does === 'agentTurn'
      ? {
          model: text(t('chat.model'), { description: t('sessions.model.about') }),
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
        ? { minutes: s.everyMs / minuteMs }
        : { expr: s.expr, ...(s.tz ? { tz: s.tz } : {}) }
  const turn = p.kind === 'agentTurn' ? { deliver: d?.mode ?? 'none', ...(p.model ? { model: p.model } : {}) } : {}
  const to = { ...(d?.channel ? { channel: d.channel } : {}), ...(d?.to ? { to: d.to } : {}) }
  const said = p.kind === 'agentTurn' ? p.message : p.text
  const more = { enabled: job.enabled, ...(job.missed ? { missed: job.missed } : {}) }
  return { name: job.name, kind: s.kind, ...when, does: p.kind, text: said, ...turn, ...to, ...more }
}

/** The schedule that is filled in; undefined while it is not whole. */
function scheduleOf(value: Fields): Schedule | undefined {
  if (value['kind'] === 'at') {
    const at = typeof value['at'] === 'string' ? new Date(value['at']) : undefined
    return at && !Number.isNaN(at.getTime()) ? { kind: 'at', at: at.toISOString() } : undefined
  }
  if (value['kind'] === 'every')
    return typeof value['minutes'] === 'number'
      ? { kind: 'every', everyMs: Math.round(value['minutes'] * minuteMs) }
      : undefined
  if (typeof value['expr'] !== 'string') return undefined
  return { kind: 'cron', expr: value['expr'], ...(typeof value['tz'] === 'string' ? { tz: value['tz'] } : {}) }
}

/** The job that is filled in. */
function jobOf(value: Fields) {
  const turn = value['does'] === 'agentTurn'
  const said = String(value['text'])
  const model = typeof value['model'] === 'string' ? { model: value['model'] } : {}
  const { channel, to } = value
  const where = { ...(channel ? { channel } : {}), ...(to ? { to } : {}) }
  return {
    name: String(value['name']),
    enabled: value['enabled'] !== false,
    schedule: scheduleOf(value) as Record<string, unknown>,
    payload: turn ? { kind: 'agentTurn', message: said, ...model } : { kind: 'systemEvent', text: said },
    sessionTarget: turn ? ('isolated' as const) : ('main' as const),
    ...(turn ? { delivery: { mode: value['deliver'] ?? 'none', ...where } } : {}),
    ...(value['missed'] === undefined ? {} : { missed: value['missed'] as 'skip' }),
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

/** The editor, of a job or of a new one. */
export const JobEditor = ({ job, onClose, onDone }: { readonly job?: Job; onClose(): void; onDone(): void }) => (
  <FormDialog
    title={job ? t('job.edit') : t('job.add')}
    schema={schemaOf}
    first={fieldsOf(job)}
    below={(value) => <NextRuns value={value} id={job?.id ?? ''} />}
    onClose={onClose}
    onSend={async (value) => {
      const spec = jobOf(value)
      if (job) await ops['cron.update']({ id: job.id, patch: spec })
      else await ops['cron.add'](spec)
      onDone()
    }}
  />
)
