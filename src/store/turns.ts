// The turns table.
import type { ErrorShape } from '../lib/fault.ts'
import type { Cause, StopReason, Turn, TurnState, Usage } from '../domain/turn.ts'
import type { Db, Row } from './db.ts'

/** A turn with what its caller asked for beyond the text, and what came of it. */
export interface TurnRow extends Turn {
  readonly options: Readonly<Record<string, unknown>>
  readonly model?: string
  readonly text?: string
}

function read(r: Row): TurnRow {
  const some = <K extends string, V>(name: K, value: V | null | undefined) =>
    (value === null || value === undefined ? {} : { [name]: value }) as { [P in K]?: V }
  return {
    id: String(r['id']),
    run: String(r['run']),
    session: String(r['session']),
    cause: JSON.parse(String(r['cause'])) as Cause,
    state: String(r['state']) as TurnState,
    attempts: Number(r['attempts']),
    options: JSON.parse(String(r['options'])) as Record<string, unknown>,
    ...some('startedAt', r['started_at'] as number | null),
    ...some('endedAt', r['ended_at'] as number | null),
    ...some('stop', r['stop'] as StopReason | null),
    ...some('model', r['model'] as string | null),
    ...some('text', r['text'] as string | null),
    ...some('usage', r['usage'] === null ? null : (JSON.parse(String(r['usage'])) as Usage)),
    ...some('error', r['error'] === null ? null : (JSON.parse(String(r['error'])) as ErrorShape)),
  }
}

/** Starts a turn; inside a transaction. */
export function begin(
  db: Db,
  t: { id: string; run: string; session: string; cause: Cause; options: Readonly<Record<string, unknown>>; at: number },
): TurnRow {
  const row = db.put(
    `INSERT INTO turns (id, run, session, cause, state, options, started_at)
     VALUES ($id, $run, $session, $cause, 'running', $options, $at) RETURNING *`,
    {
      id: t.id,
      run: t.run,
      session: t.session,
      cause: JSON.stringify(t.cause),
      options: JSON.stringify(t.options),
      at: t.at,
    },
  )
  return read(row as Row)
}

/** Ends a turn; inside a transaction. */
export function end(
  db: Db,
  id: string,
  e: {
    state: TurnState
    stop?: StopReason
    model?: string
    text?: string
    usage?: Usage
    error?: ErrorShape
    at: number
  },
): void {
  db.run(
    `UPDATE turns SET state = $state, stop = $stop, model = $model, text = $text, usage = $usage, error = $error, ended_at = $at
     WHERE id = $id`,
    {
      id,
      state: e.state,
      stop: e.stop ?? null,
      model: e.model ?? null,
      text: e.text ?? null,
      usage: e.usage ? JSON.stringify(e.usage) : null,
      error: e.error ? JSON.stringify(e.error) : null,
      at: e.at,
    },
  )
}

/** Counts another attempt at a turn that was cut off; inside a transaction. */
export function again(db: Db, id: string, at: number): void {
  db.run("UPDATE turns SET state = 'running', attempts = attempts + 1, started_at = $at WHERE id = $id", { id, at })
}

/** The newest turn of a run. */
export function byRun(db: Db, run: string): TurnRow | undefined {
  const row = db.one('SELECT * FROM turns WHERE run = $run ORDER BY rowid DESC LIMIT 1', { run })
  return row && read(row)
}

/** The turn with this id. */
export function byId(db: Db, id: string): TurnRow | undefined {
  const row = db.one('SELECT * FROM turns WHERE id = $id', { id })
  return row && read(row)
}

/** When a person last had a turn, in ms: by a chat, or by a program other than those named. */
export function lastWord(db: Db, others: readonly string[]): number | undefined {
  const row = db.one(
    `SELECT started_at FROM turns WHERE cause ->> '$.kind' = 'message'
       OR (cause ->> '$.kind' = 'call' AND cause ->> '$.client' NOT IN (SELECT value FROM json_each($others)))
     ORDER BY rowid DESC LIMIT 1`,
    { others: JSON.stringify(others) },
  )
  return row ? Number(row['started_at']) : undefined
}

/** Turns that were running when the process ended, oldest first. */
export function unfinished(db: Db): TurnRow[] {
  return db.all("SELECT * FROM turns WHERE state IN ('queued', 'running') ORDER BY rowid").map(read)
}

/** The newest turn of a session, by its id. */
export function newest(db: Db, session: string): TurnRow | undefined {
  const row = db.one('SELECT * FROM turns WHERE session = $session ORDER BY rowid DESC LIMIT 1', { session })
  return row && read(row)
}
