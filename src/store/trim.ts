// Rows of the tables that only grow, forgotten a few at a time once they are settled and old.
import type { Db } from './db.ts'

/** Each table's number, which grows with time, and which of its rows nobody waits for any more. */
const tables = {
  inbox: { number: 'id', settled: "state IN ('done', 'dropped')" },
  outbox: { number: 'seq', settled: "state IN ('sent', 'dismissed', 'expired', 'failed')" },
  events: { number: 'seq', settled: '1' },
} as const

/** A table that is trimmed. */
export type Growing = keyof typeof tables

/**
 * Of the next `limit` rows after number `after`, those that are settled and from before `before` (ms). `next` is where
 * to go on; undefined when the rest is younger. Reads no more than these rows, however large the table is.
 */
export function oldRows(db: Db, table: Growing, before: number, after: number, limit: number) {
  const { number, settled } = tables[table]
  const rows = db.all(
    `SELECT ${number} AS n, at, ${settled} AS settled FROM ${table} WHERE ${number} > $after ORDER BY ${number} LIMIT $limit`,
    { after, limit },
  )
  const young = rows.findIndex((r) => Number(r['at']) >= before)
  const old = young < 0 ? rows : rows.slice(0, young)
  const last = rows.length === limit && young < 0 ? rows.at(-1) : undefined
  return {
    rows: old.filter((r) => r['settled'] === 1).map((r) => Number(r['n'])),
    next: last && Number(last['n']),
  }
}

/** Forgets rows by their numbers, unless they are waited for again; inside a transaction. Answers how many. */
export function forget(db: Db, table: Growing, rows: readonly number[]): number {
  const { number, settled } = tables[table]
  return db.run(`DELETE FROM ${table} WHERE ${number} IN (SELECT value FROM json_each($rows)) AND ${settled}`, {
    rows: JSON.stringify(rows),
  })
}
