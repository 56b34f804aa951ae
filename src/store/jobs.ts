// The jobs and job_runs tables: what is to be done when, and each slot that was claimed.
import type { Job, JobSpec, JobState } from '../domain/job.ts'
import type { Db, Row } from './db.ts'

/** One run of a job: `slot` is the time it was due, in ms. */
export interface JobRun {
  readonly id: string
  readonly job: string
  readonly slot: number
  readonly state: 'claimed' | 'ok' | 'error' | 'skipped' | 'interrupted'
  readonly startedAt: number
  readonly endedAt?: number
  /** What came of it, for people and programs. */
  readonly outcome?: Readonly<Record<string, unknown>>
}

function read(r: Row): Job {
  const next = r['next_at']
  return {
    ...(JSON.parse(String(r['spec'])) as JobSpec),
    id: String(r['id']),
    enabled: r['enabled'] === 1,
    createdAtMs: Number(r['created_at']),
    updatedAtMs: Number(r['updated_at']),
    state: {
      ...(JSON.parse(String(r['state'])) as JobState),
      ...(next === null ? {} : { nextRunAtMs: Number(next) }),
    },
  }
}

const readRun = (r: Row): JobRun => ({
  id: String(r['id']),
  job: String(r['job']),
  slot: Number(r['slot']),
  state: String(r['state']) as JobRun['state'],
  startedAt: Number(r['started_at']),
  ...(r['ended_at'] === null ? {} : { endedAt: Number(r['ended_at']) }),
  ...(r['outcome'] === null ? {} : { outcome: JSON.parse(String(r['outcome'])) as Record<string, unknown> }),
})

/** A job by its id. */
export function byId(db: Db, id: string): Job | undefined {
  const row = db.one('SELECT * FROM jobs WHERE id = $id', { id })
  return row && read(row)
}

/** All jobs, or the first so many; those that run next first. */
export function list(db: Db, disabled: boolean, limit = -1): Job[] {
  return db
    .all(
      `SELECT * FROM jobs WHERE enabled = 1 OR $disabled = 1
       ORDER BY enabled DESC, next_at IS NULL, next_at, created_at LIMIT $limit`,
      { disabled: disabled ? 1 : 0, limit },
    )
    .map(read)
}

/** How many jobs there are. */
export const count = (db: Db): number => Number(db.one('SELECT count(*) AS n FROM jobs')?.['n'] ?? 0)

/** When the next job is due, in ms. */
export function nextAt(db: Db): number | undefined {
  const at = db.one('SELECT min(next_at) AS at FROM jobs WHERE enabled = 1 AND next_at IS NOT NULL')?.['at']
  return at === null || at === undefined ? undefined : Number(at)
}

/** Jobs that are due at `now`, the longest overdue first. */
export function due(db: Db, now: number, limit: number): Job[] {
  return db
    .all('SELECT * FROM jobs WHERE enabled = 1 AND next_at <= $now ORDER BY next_at LIMIT $limit', { now, limit })
    .map(read)
}

/** Writes a job as it is now; inside a transaction. */
export function put(db: Db, job: Job): void {
  const { id, createdAtMs, updatedAtMs, state, enabled, ...spec } = job
  const { nextRunAtMs, ...rest } = state
  db.run(
    `INSERT INTO jobs (id, spec, state, enabled, next_at, created_at, updated_at)
     VALUES ($id, $spec, $state, $enabled, $next, $created, $updated)
     ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, state = excluded.state, enabled = excluded.enabled,
       next_at = excluded.next_at, updated_at = excluded.updated_at`,
    {
      id,
      spec: JSON.stringify(spec),
      state: JSON.stringify(rest),
      enabled: enabled ? 1 : 0,
      next: nextRunAtMs ?? null,
      created: createdAtMs,
      updated: updatedAtMs,
    },
  )
}

/** Removes a job and its runs; inside a transaction. Answers whether it was there. */
export const remove = (db: Db, id: string): boolean => db.run('DELETE FROM jobs WHERE id = $id', { id }) > 0

/** Claims a slot of a job for a run; false when it was claimed before. Inside a transaction. */
export function claim(db: Db, run: { id: string; job: string; slot: number; at: number }): boolean {
  return (
    db.run(
      `INSERT INTO job_runs (id, job, slot, state, started_at) VALUES ($id, $job, $slot, 'claimed', $at)
       ON CONFLICT DO NOTHING`,
      run,
    ) > 0
  )
}

/** Writes down what came of a run; inside a transaction. */
export function settle(
  db: Db,
  id: string,
  s: { state: JobRun['state']; at: number; outcome: Readonly<Record<string, unknown>> },
): void {
  db.run('UPDATE job_runs SET state = $state, ended_at = $at, outcome = $outcome WHERE id = $id', {
    id,
    state: s.state,
    at: s.at,
    outcome: JSON.stringify(s.outcome),
  })
}

/** Runs that were under way when the process ended, oldest first. */
export const open = (db: Db): JobRun[] =>
  db.all("SELECT * FROM job_runs WHERE state = 'claimed' ORDER BY slot").map(readRun)

/** Whether a run of a job is under way. */
export const running = (db: Db, job: string): boolean =>
  db.one("SELECT 1 FROM job_runs WHERE job = $job AND state = 'claimed'", { job }) !== undefined

/** The last runs of a job that have ended, oldest first. */
export function runs(db: Db, job: string, limit: number): JobRun[] {
  return db
    .all(
      "SELECT * FROM job_runs WHERE job = $job AND state <> 'claimed' ORDER BY started_at DESC, slot DESC LIMIT $limit",
      {
        job,
        limit,
      },
    )
    .map(readRun)
    .reverse()
}

/** Forgets all but the last `keep` runs of a job; inside a transaction. */
export function trim(db: Db, job: string, keep: number): void {
  db.run(
    `DELETE FROM job_runs WHERE job = $job AND state <> 'claimed' AND id NOT IN
       (SELECT id FROM job_runs WHERE job = $job ORDER BY started_at DESC LIMIT $keep)`,
    { job, keep },
  )
}
