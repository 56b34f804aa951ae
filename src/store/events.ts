// The durable event log: what was decided, in one sequence for the life of the database.
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { Db } from './db.ts'

/** A stored event; `event` is there when clients heard it too, and can be told again. */
export interface StoredEvent {
  readonly seq: number
  readonly at: number
  readonly kind: string
  readonly subject: string
  readonly data: unknown
}

/** Appends a decision; inside a transaction. Answers its sequence number. */
export function append(db: Db, e: { at: number; kind: string; subject: string; data: unknown }): number {
  const row = db.put(
    'INSERT INTO events (at, kind, subject, data) VALUES ($at, $kind, $subject, $data) RETURNING seq',
    { at: e.at, kind: e.kind, subject: e.subject, data: JSON.stringify(e.data) },
  )
  return Number(row?.['seq'])
}

/** Appends news that clients hear, so that `since` can tell it again; inside a transaction. */
export function appendNews(db: Db, at: number, subject: string, news: GatewayEvent): number {
  return append(db, { at, kind: `news.${news.type}`, subject, data: news })
}

/** Events after `seq`, oldest first, at most `limit`. */
export function since(db: Db, seq: number, limit: number, kinds = ''): StoredEvent[] {
  return db
    .all(
      'SELECT * FROM events WHERE seq > $seq AND substr(kind, 1, length($kinds)) = $kinds ORDER BY seq LIMIT $limit',
      { seq, limit, kinds },
    )
    .map((r) => ({
      seq: Number(r['seq']),
      at: Number(r['at']),
      kind: String(r['kind']),
      subject: String(r['subject']),
      data: JSON.parse(String(r['data'])),
    }))
}

/** The first and last sequence number that can be told; `first` is last + 1 when none is left. */
export function range(db: Db): { first: number; last: number } {
  const row = db.one('SELECT min(seq) AS first, max(seq) AS last FROM events')
  const last = Number(db.one("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.['seq'] ?? row?.['last'] ?? 0)
  return { first: Number(row?.['first'] ?? last + 1), last }
}
