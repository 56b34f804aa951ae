// Cron: jobs by time, when each comes due next, and what came of it.
import { useState } from 'preact/hooks'
import type { Job } from '../../src/domain/job.ts'
import { ops } from '../gateway.ts'
import { Button, Card, Empty, Loaded, Notice, PageHead, Pill } from '../parts/bits.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { JobEditor, scheduleWords } from '../parts/job-editor.tsx'
import { JobRuns } from '../parts/job-runs.tsx'
import { Table } from '../parts/table.tsx'
import { ago, Ago, fullTime, now } from '../parts/time.tsx'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

const tones = { ok: 'good', error: 'bad', skipped: 'warn' } as const

function Last({ job }: { readonly job: Job }) {
  const { runningAtMs, lastStatus, lastRunAtMs } = job.state
  if (runningAtMs !== undefined) return <Pill tone="warn">{t('job.running')}</Pill>
  if (!lastStatus) return <span class="quiet">{t('never')}</span>
  return (
    <span title={job.state.lastError}>
      <Pill tone={tones[lastStatus]}>{t(`job.${lastStatus}`)}</Pill> <Ago at={lastRunAtMs} />
    </span>
  )
}

function Next({ job }: { readonly job: Job }) {
  const at = job.state.nextRunAtMs
  if (!job.enabled) return <span class="quiet">{t('job.off')}</span>
  return at === undefined ? (
    <span class="quiet">{t('job.done')}</span>
  ) : (
    <time title={fullTime(at)}>{ago(at, now.value)}</time>
  )
}

function Actions({ job, reload }: { readonly job: Job; reload(): void }) {
  const [open, setOpen] = useState<'edit' | 'runs' | 'remove' | undefined>()
  const close = () => setOpen(undefined)
  const patch = (change: Record<string, unknown>, text: string) =>
    act(ops['cron.update']({ id: job.id, patch: change }), text).then(reload)
  const run = () =>
    act(ops['cron.run']({ id: job.id, mode: 'force' }), (r) =>
      r.ran ? t('job.ran') : t('job.kept', { why: r.reason ?? '' }),
    ).then(reload)
  return (
    <div class="actions tight">
      <Button
        icon={job.enabled ? 'pause' : 'play'}
        tone="ghost"
        label={t(job.enabled ? 'job.disable' : 'job.enable', { name: job.name })}
        onClick={() => patch({ enabled: !job.enabled }, t(job.enabled ? 'job.disabled' : 'job.enabled'))}
      />
      <Button icon="spark" tone="ghost" label={t('job.run')} onClick={run} />
      <Button icon="list" tone="ghost" label={t('job.runs')} onClick={() => setOpen('runs')} />
      <Button icon="edit" tone="ghost" label={t('job.edit')} onClick={() => setOpen('edit')} />
      <Button icon="trash" tone="ghost" label={t('delete')} onClick={() => setOpen('remove')} />
      {open === 'edit' ? <JobEditor job={job} onClose={close} onDone={reload} /> : null}
      {open === 'runs' ? <JobRuns job={job} onClose={close} /> : null}
      {open === 'remove' ? (
        <Confirm
          title={t('job.remove')}
          text={t('job.remove.about', { name: job.name })}
          yes={t('job.remove')}
          onYes={() => act(ops['cron.remove']({ id: job.id }), t('job.removed')).then(reload)}
          onClose={close}
        />
      ) : null}
    </div>
  )
}

/** The page. */
export function Page() {
  const [adding, setAdding] = useState(false)
  const news = { on: ['cron'] }
  const list = useOp('cron.list', { includeDisabled: true }, news)
  const status = useOp('cron.status', {}, news)
  return (
    <div class="stack">
      <PageHead title={t('page.cron')} about={t('job.about')}>
        <Button icon="plus" tone="main" data-new onClick={() => setAdding(true)}>
          {t('job.add')}
        </Button>
      </PageHead>
      {status.data?.enabled === false ? <Notice tone="warn">{t('job.stopped')}</Notice> : null}
      <Card class="flush">
        <Loaded of={list}>
          {({ jobs }) =>
            jobs.length ? (
              <Table
                label={t('page.cron')}
                rows={jobs as unknown as readonly Job[]}
                keyOf={(j) => j.id}
                columns={[
                  {
                    name: t('job.name'),
                    class: 'main',
                    show: (j) => (
                      <>
                        <b>{j.name}</b>
                        <small>{j.payload.kind === 'agentTurn' ? j.payload.message : j.payload.text}</small>
                      </>
                    ),
                  },
                  { name: t('job.when'), show: (j) => scheduleWords(j.schedule) },
                  { name: t('job.next'), class: 'fit', show: (j) => <Next job={j} /> },
                  { name: t('job.last'), class: 'fit', show: (j) => <Last job={j} /> },
                  { name: '', class: 'fit', show: (j) => <Actions job={j} reload={list.reload} /> },
                ]}
              />
            ) : (
              <Empty>{t('job.none')}</Empty>
            )
          }
        </Loaded>
      </Card>
      {adding ? <JobEditor onClose={() => setAdding(false)} onDone={list.reload} /> : null}
    </div>
  )
}
