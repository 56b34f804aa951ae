// What came of a job, newest first.
import type { Job } from '../../src/domain/job.ts'
import { useOp } from '../store.ts'
import { t } from '../words.ts'
import { Empty, Loaded, Pill } from './bits.tsx'
import { Dialog } from './dialog.tsx'
import { Ago, span } from './time.tsx'

interface Run {
  readonly ts: number
  readonly status?: 'ok' | 'error' | 'skipped'
  readonly summary?: string
  readonly error?: string
  readonly runAtMs: number
  readonly durationMs: number
}

const tones = { ok: 'good', error: 'bad', skipped: 'warn' } as const

/** The list. */
export function JobRuns({ job, onClose }: { readonly job: Job; onClose(): void }) {
  const runs = useOp('cron.runs', { id: job.id, limit: 50 }, { on: ['cron'] })
  return (
    <Dialog title={t('job.runs.of', { name: job.name })} wide onClose={onClose}>
      <Loaded of={runs}>
        {({ entries }) =>
          entries.length ? (
            <ul class="rows">
              {(entries as unknown as readonly Run[]).toReversed().map((r) => (
                <li key={r.ts}>
                  <Pill tone={tones[r.status ?? 'ok']}>{t(`job.${r.status ?? 'ok'}`)}</Pill>
                  <div class="grow">
                    <div>{r.error ?? r.summary ?? ''}</div>
                    <small>
                      <Ago at={r.ts} /> · {span(r.durationMs)}
                    </small>
                  </div>
                </li>
              ))}
            </ul>
          ) : (
            <Empty>{t('job.runs.none')}</Empty>
          )
        }
      </Loaded>
    </Dialog>
  )
}
