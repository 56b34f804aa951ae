// The sessions table.
import { Fault } from '../lib/fault.ts'
import type { Origin, Session, SessionSettings } from '../domain/session.ts'
import type { Usage } from '../domain/turn.ts'
import type { Db, Row } from './db.ts'

const columns = `id, key, agent, label, origin, settings, messages, input_tokens, output_tokens, context_tokens,
  compactions, model, created_at, updated_at`

function read(r: Row): Session {
  return {
    id: String(r['id']),
    key: String(r['key']),
    agent: String(r['agent']),
    origin: JSON.parse(String(r['origin'])) as Origin,
    settings: JSON.parse(String(r['settings'])) as SessionSettings,
    messages: Number(r['messages']),
    inputTokens: Number(r['input_tokens']),
    outputTokens: Number(r['output_tokens']),
    contextTokens: Number(r['context_tokens']),
    compactions: Number(r['compactions']),
    createdAt: Number(r['created_at']),
    updatedAt: Number(r['updated_at']),
    ...(r['label'] === null ? {} : { label: String(r['label']) }),
    ...(r['model'] === null ? {} : { model: String(r['model']) }),
  }
}

/** The session with this key. */
export function byKey(db: Db, key: string): Session | undefined {
  const row = db.one(`SELECT ${columns} FROM sessions WHERE key = $key`, { key })
  return row && read(row)
}

/** The session with this id, if it still has a key. */
export function byId(db: Db, id: string): Session | undefined {
  const row = db.one(`SELECT ${columns} FROM sessions WHERE id = $id AND key IS NOT NULL`, { id })
  return row && read(row)
}

/** The session with this id; one that was put away has the key it had. */
export function orFormer(db: Db, id: string): Session | undefined {
  const row = db.one(`SELECT ${columns.replace(/\bkey\b/, 'coalesce(key, was) AS key')} FROM sessions WHERE id = $id`, {
    id,
  })
  return row && read(row)
}

/** Whether there is, or was, a session with this id. */
export const exists = (db: Db, id: string): boolean =>
  db.one('SELECT 1 FROM sessions WHERE id = $id', { id }) !== undefined

/** The sessions with this label; labels are unique among living sessions. */
export function byLabel(db: Db, label: string): Session | undefined {
  const row = db.one(`SELECT ${columns} FROM sessions WHERE label = $label AND key IS NOT NULL`, { label })
  return row && read(row)
}

/** What to list; `search` looks in key, label, id and title. */
export interface SessionQuery {
  readonly limit: number
  readonly agent?: string
  readonly label?: string
  readonly search?: string
  readonly spawnedBy?: string
  readonly activeSince?: number
  readonly includeGlobal: boolean
  readonly includeUnknown: boolean
}

/** Sessions, most recently used first. */
export function list(db: Db, q: SessionQuery): Session[] {
  const where = ['key IS NOT NULL']
  const params: Record<string, string | number> = { limit: q.limit }
  const also = (sql: string, name: string, value: string | number | undefined) => {
    if (value === undefined) return
    where.push(sql)
    params[name] = value
  }
  also('agent = $agent', 'agent', q.agent)
  also('label = $label', 'label', q.label)
  also('updated_at >= $since', 'since', q.activeSince)
  also("settings ->> '$.spawnedBy' = $spawnedBy", 'spawnedBy', q.spawnedBy)
  also(
    `instr(lower(key || ' ' || id || ' ' || coalesce(label, '') || ' ' || coalesce(origin ->> '$.title', '') || ' ' ||
       coalesce(origin ->> '$.name', '')), $search) > 0`,
    'search',
    q.search?.toLowerCase(),
  )
  if (!q.includeGlobal) where.push("key <> 'global'")
  if (!q.includeUnknown) where.push("key <> 'unknown'")
  return db
    .all(`SELECT ${columns} FROM sessions WHERE ${where.join(' AND ')} ORDER BY updated_at DESC LIMIT $limit`, params)
    .map(read)
}

/** How many living sessions there are; with `since`, only those used after it (ms), with `agent` only its own. */
export function count(db: Db, since = 0, agent: string | null = null): number {
  const sql = `SELECT count(*) AS n FROM sessions
    WHERE key IS NOT NULL AND updated_at >= $since AND ($agent IS NULL OR agent = $agent)`
  return Number(db.one(sql, { since, agent })?.['n'])
}

/** Living sessions that were last used before a time (ms), and those beyond the `most` used last; the oldest first. */
export function unused(db: Db, before: number, most: number, limit: number): Session[] {
  return db
    .all(
      `SELECT ${columns} FROM (SELECT *, row_number() OVER (ORDER BY updated_at DESC) AS nth FROM sessions
         WHERE key IS NOT NULL) WHERE updated_at < $before OR nth > $most ORDER BY updated_at LIMIT $limit`,
      { before, most, limit },
    )
    .map(read)
}

/** Makes a session; inside a transaction. */
export function create(
  db: Db,
  s: Pick<Session, 'id' | 'key' | 'agent' | 'origin' | 'settings'> & { label?: string; at: number },
): Session {
  const row = db.put(
    `INSERT INTO sessions (id, key, agent, label, origin, settings, created_at, updated_at)
     VALUES ($id, $key, $agent, $label, $origin, $settings, $at, $at) RETURNING ${columns}`,
    {
      id: s.id,
      key: s.key,
      agent: s.agent,
      label: s.label ?? null,
      origin: JSON.stringify(s.origin),
      settings: JSON.stringify(s.settings),
      at: s.at,
    },
  )
  return read(row as Row)
}

/** Changes label, settings or origin; null clears the label. Throws CONFLICT when the label is taken. Inside a transaction. */
export function update(
  db: Db,
  id: string,
  change: { label?: string | null; settings?: SessionSettings; origin?: Origin; at: number },
): Session {
  if (change.label) {
    const other = byLabel(db, change.label)
    if (other && other.id !== id) throw new Fault('CONFLICT', `label already in use: ${change.label}`)
  }
  const row = db.put(
    `UPDATE sessions SET
       label = CASE WHEN $setLabel THEN $label ELSE label END,
       settings = coalesce($settings, settings), origin = coalesce($origin, origin), updated_at = $at
     WHERE id = $id RETURNING ${columns}`,
    {
      id,
      setLabel: change.label === undefined ? 0 : 1,
      label: change.label ?? null,
      settings: change.settings ? JSON.stringify(change.settings) : null,
      origin: change.origin ? JSON.stringify(change.origin) : null,
      at: change.at,
    },
  )
  if (!row) throw new Fault('NOT_FOUND', `No session found: ${id}`)
  return read(row)
}

/** Adds a turn's tokens and messages; `context` is the size of the last prompt and answer. Inside a transaction. */
export function spend(
  db: Db,
  id: string,
  s: { usage: Usage; context: number; model: string; messages: number; at: number },
): void {
  db.run(
    `UPDATE sessions SET input_tokens = input_tokens + $input, output_tokens = output_tokens + $output,
       context_tokens = CASE WHEN $context > 0 THEN $context ELSE context_tokens END, model = $model,
       messages = messages + $messages, updated_at = $at
     WHERE id = $id`,
    {
      id,
      input: s.usage.input + s.usage.cacheRead + s.usage.cacheWrite,
      output: s.usage.output,
      context: s.context,
      model: s.model,
      messages: s.messages,
      at: s.at,
    },
  )
}

/** Counts messages and marks the session as used; inside a transaction. */
export function touch(db: Db, id: string, messages: number, at: number): void {
  db.run('UPDATE sessions SET messages = messages + $messages, updated_at = $at WHERE id = $id', { id, messages, at })
}

/** Marks a session as last used at another time, with so many messages less; inside a transaction. */
export function untouch(db: Db, id: string, messages: number, at: number): void {
  db.run('UPDATE sessions SET messages = max(0, messages - $messages), updated_at = $at WHERE id = $id', {
    id,
    messages,
    at,
  })
}

/** Notes that a summary now stands for the past; inside a transaction. */
export function compacted(db: Db, id: string, at: number): void {
  db.run('UPDATE sessions SET compactions = compactions + 1, context_tokens = 0, updated_at = $at WHERE id = $id', {
    id,
    at,
  })
}

/** Gives a session its key back; undefined when it has none to get. Throws CONFLICT when another has it. Inside a transaction. */
export function restore(db: Db, id: string, at: number): Session | undefined {
  const was = db.one('SELECT was FROM sessions WHERE id = $id AND key IS NULL', { id })?.['was']
  if (typeof was !== 'string') return undefined
  if (byKey(db, was)) throw new Fault('CONFLICT', `there is another session ${was} by now`)
  const row = db.put(
    `UPDATE sessions SET key = was, was = NULL, ended_at = NULL, updated_at = $at WHERE id = $id RETURNING ${columns}`,
    { id, at },
  )
  return row && read(row)
}

/** Sessions of job runs that ended before a time (ms), oldest first. */
export const endedRuns = (db: Db, before: number, limit: number): string[] =>
  db
    .all(
      `SELECT id FROM sessions WHERE key IS NULL AND was LIKE 'agent:%:cron:%' AND ended_at < $before
       ORDER BY ended_at LIMIT $limit`,
      { before, limit },
    )
    .map((r) => String(r['id']))

/** Notes that nothing of what was said in a session is left, so that it cannot be brought back; inside a transaction. */
export const emptied = (db: Db, id: string): void =>
  void db.run('UPDATE sessions SET was = NULL WHERE id = $id', { id })

/** Takes the key from a session: its history stays readable by id. Inside a transaction. */
export function archive(db: Db, id: string, at: number): void {
  db.run('UPDATE sessions SET was = key, key = NULL, label = NULL, ended_at = $at WHERE id = $id', { id, at })
}

/** The sessions of an agent in which something was said, also those put away: the number and time (ms) of their last entry. */
export function written(
  db: Db,
  agent: string,
  limit: number,
): { readonly id: string; readonly last: number; readonly at: number }[] {
  return db
    .all(
      `SELECT s.id, max(e.id) AS last, max(e.at) AS at FROM sessions s JOIN entries e ON e.session = s.id
       WHERE s.agent = $agent GROUP BY s.id ORDER BY last DESC LIMIT $limit`,
      { agent, limit },
    )
    .map((r) => ({ id: String(r['id']), last: Number(r['last']), at: Number(r['at']) }))
}
