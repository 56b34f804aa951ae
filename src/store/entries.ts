// The entries table: what was said in each session, append-only, with full-text search.
import { textOf, type Entry, type Part, type Role, type StopReason, type Usage } from '../domain/turn.ts'
import type { Db, Row } from './db.ts'
import * as kv from './kv.ts'

/** What is kept beside the parts of a model's answer. */
interface Meta {
  readonly model?: string
  readonly usage?: Usage
  readonly stop?: StopReason
}

/** A row as an entry. */
export function read(r: Row): Entry {
  return {
    id: Number(r['id']),
    session: String(r['session']),
    turn: r['turn'] === null ? undefined : String(r['turn']),
    role: String(r['role']) as Role,
    parts: JSON.parse(String(r['parts'])) as Part[],
    at: Number(r['at']),
    tokens: Number(r['tokens']),
    ...(r['meta'] === null ? {} : (JSON.parse(String(r['meta'])) as Meta)),
    ...(r['up_to'] === null ? {} : { upTo: Number(r['up_to']) }),
  }
}

/** An entry that has no number yet. */
export type NewEntry = Omit<Entry, 'id'>

/** Appends an entry; inside a transaction. */
export function append(db: Db, e: NewEntry): Entry {
  const meta: Meta = {
    ...(e.model === undefined ? {} : { model: e.model }),
    ...(e.usage === undefined ? {} : { usage: e.usage }),
    ...(e.stop === undefined ? {} : { stop: e.stop }),
  }
  const row = db.put(
    `INSERT INTO entries (session, turn, role, parts, meta, tokens, at, up_to)
     VALUES ($session, $turn, $role, $parts, $meta, $tokens, $at, $upTo) RETURNING id`,
    {
      session: e.session,
      turn: e.turn ?? null,
      role: e.role,
      parts: JSON.stringify(e.parts),
      meta: Object.keys(meta).length ? JSON.stringify(meta) : null,
      tokens: e.tokens,
      at: e.at,
      upTo: e.upTo ?? null,
    },
  )
  const id = Number(row?.['id'])
  return { ...e, id }
}

/** Copies the entries of a session before one of them into another session, without what they cost; answers how many. Inside a transaction. */
export function copy(db: Db, from: string, to: string, before = Number.MAX_SAFE_INTEGER): number {
  const count = db.run(
    `INSERT INTO entries (session, turn, role, parts, meta, tokens, at, up_to)
     SELECT $to, NULL, role, parts, json_remove(meta, '$.usage'), tokens, at, up_to FROM entries WHERE session = $from AND id < $before ORDER BY id`,
    { from, to, before },
  )
  // A summary stands for entries of its own session: the same ones by their order.
  const summaries = db.all('SELECT id, up_to FROM entries WHERE session = $to AND up_to IS NOT NULL', { to })
  for (const s of summaries) {
    const rank = db.one('SELECT count(*) AS n FROM entries WHERE session = $from AND id <= $upTo', {
      from,
      upTo: Number(s['up_to']),
    })
    const skip = Math.max(0, Number(rank?.['n']) - 1)
    db.run(
      `UPDATE entries SET up_to = (SELECT id FROM entries WHERE session = $to ORDER BY id LIMIT 1 OFFSET $skip)
       WHERE id = $id`,
      { id: Number(s['id']), to, skip },
    )
  }
  return count
}

/** The newest entries, oldest first, at most `limit`; with `before`, those before that entry. */
export function latest(db: Db, session: string, limit: number, before = Number.MAX_SAFE_INTEGER): Entry[] {
  return db
    .all('SELECT * FROM entries WHERE session = $session AND id < $before ORDER BY id DESC LIMIT $limit', {
      session,
      before,
      limit,
    })
    .map(read)
    .reverse()
}

/** The first entry of a role, if there is one. */
export function first(db: Db, session: string, role: Role): Entry | undefined {
  const row = db.one('SELECT * FROM entries WHERE session = $session AND role = $role ORDER BY id LIMIT 1', {
    session,
    role,
  })
  return row && read(row)
}

/** Every entry of a turn, in order. */
export function ofTurn(db: Db, turn: string): Entry[] {
  return db.all('SELECT * FROM entries WHERE turn = $turn ORDER BY id', { turn }).map(read)
}

/** Takes the entries of a turn out of the log, as if it had not been; inside a transaction. */
export function forget(db: Db, session: string, turn: string): void {
  const ids = db.all('SELECT id FROM entries WHERE session = $session AND turn = $turn', { session, turn })
  for (const { id } of ids) {
    db.run('DELETE FROM entries_text WHERE rowid = $id', { id: Number(id) })
    db.run('DELETE FROM entries WHERE id = $id', { id: Number(id) })
  }
  const last = lastId(db) // its numbers are given again, and must not count as indexed then
  if (indexedTo(db) > last) kv.set(db, 'index', 'entries', String(last))
}

/** Takes what was said in a session out of the log; what its answers cost stays. Inside a transaction. */
export function empty(db: Db, session: string): void {
  db.run('DELETE FROM entries_text WHERE rowid IN (SELECT id FROM entries WHERE session = $session)', { session })
  db.run("DELETE FROM entries WHERE session = $session AND role <> 'assistant'", { session })
  db.run("UPDATE entries SET parts = '[]' WHERE session = $session", { session })
  const last = lastId(db)
  if (indexedTo(db) > last) kv.set(db, 'index', 'entries', String(last))
}

/** The newest word of the gateway itself that came after all that was said to the model, if there is one. */
export function unheard(db: Db, session: string): Entry | undefined {
  const row = db.one(
    `SELECT * FROM entries WHERE session = $session AND role IN ('system', 'user') ORDER BY id DESC LIMIT 1`,
    { session },
  )
  return row && row['role'] === 'system' ? read(row) : undefined
}

/** How many entries a session has. */
export function count(db: Db, session: string): number {
  return Number(db.one('SELECT count(*) AS n FROM entries WHERE session = $session', { session })?.['n'])
}

/** What was added to a session after an entry: how many things were said, and about how many bytes. */
export function growth(db: Db, session: string, after: number): { readonly messages: number; readonly bytes: number } {
  const row = db.one(
    `SELECT count(*) AS n, coalesce(sum(length(parts)), 0) AS bytes FROM entries
     WHERE session = $session AND id > $after AND role IN ('user', 'assistant')`,
    { session, after },
  )
  return { messages: Number(row?.['n']), bytes: Number(row?.['bytes']) }
}

/** Entries that may wait before they are put into the text index: together they cost a tenth of what they cost alone. */
const batch = 64

/** The last entry that is in the text index. */
const indexedTo = (db: Db): number => Number(kv.get(db, 'index', 'entries') ?? 0)

/** Puts entries after `from` into the text index; inside a transaction. */
function index(db: Db, from: number): void {
  const rows = db.all('SELECT id, role, parts FROM entries WHERE id > $from ORDER BY id', { from })
  for (const r of rows) {
    const text = r['role'] === 'tool' ? '' : textOf(JSON.parse(String(r['parts'])) as Part[])
    if (text) db.run('INSERT INTO entries_text (rowid, text) VALUES ($id, $text)', { id: Number(r['id']), text })
  }
  const last = rows.at(-1)
  if (last) kv.set(db, 'index', 'entries', String(last['id']))
}

const lastId = (db: Db): number => Number(db.one('SELECT max(id) AS id FROM entries')?.['id'] ?? 0)

/** Puts what waits into the text index, when there is enough of it; inside a transaction. */
export function indexSome(db: Db): void {
  const last = lastId(db)
  const done = indexedTo(db)
  if (last - done >= batch) index(db, done)
}

/** Entries whose text matches the words of `query`, best first. */
export function search(db: Db, query: string, limit: number): Entry[] {
  const words = query.match(/[\p{L}\p{N}_]+/gu)
  if (!words) return []
  db.stage(() => index(db, indexedTo(db)))
  return db
    .all(
      `SELECT e.* FROM entries_text t JOIN entries e ON e.id = t.rowid
       WHERE entries_text MATCH $query ORDER BY bm25(entries_text) LIMIT $limit`,
      { query: words.map((w) => `"${w}"`).join(' '), limit },
    )
    .map(read)
}
