// Looks at a database file from outside, without changing it: for the doctor, whether or not a gateway has it open.
import { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { migrations } from './migrate.ts'

/** What is in a database file. Times in ms. */
export interface DbReport {
  readonly path: string
  /** The file's format, and the one this program knows. */
  readonly version: number
  readonly known: number
  /** What `PRAGMA quick_check` and the foreign keys say is wrong. */
  readonly problems: readonly string[]
  readonly sessions: number
  /** Entries that were ever written. */
  readonly entries: number
  /** Entries whose turn is gone. */
  readonly orphans: number
  /** Messages that failed or may not have arrived. */
  readonly undelivered: number
  /** The latest time anything was written down. */
  readonly newestAt: number
}

const num = (db: Database, sql: string): number =>
  Number((db.query(sql).get() as Record<string, unknown> | null)?.['n'] ?? 0)

/**
 * A report on the file; undefined when there is none. Throws what SQLite throws on a file that is no database. What reads
 * the whole file is left out when it is not `thorough`: a running gateway has others to serve.
 */
export function inspectDb(path: string, thorough = true): DbReport | undefined {
  if (!existsSync(path)) return undefined
  const db = new Database(path, { readonly: true, strict: true })
  try {
    db.run('PRAGMA busy_timeout = 2000')
    const version = num(db, 'SELECT user_version AS n FROM pragma_user_version')
    const checked = thorough ? (db.query('PRAGMA quick_check(5)').all() as { quick_check: string }[]) : []
    const problems = checked.map((r) => r.quick_check).filter((text) => text !== 'ok')
    const base = { path, version, known: migrations.length, problems }
    if (version === 0 || version > migrations.length || problems.length)
      return { ...base, sessions: 0, entries: 0, orphans: 0, undelivered: 0, newestAt: 0 }
    const keys = thorough ? (db.query('PRAGMA foreign_key_check').all() as { table: string }[]) : []
    const dangling = Object.entries(Object.groupBy(keys, (k) => k.table))
    return {
      ...base,
      problems: dangling.map(([table, rows]) => `${rows?.length} rows of ${table} belong to nothing`),
      sessions: num(db, 'SELECT count(*) AS n FROM sessions'),
      entries: num(db, 'SELECT max(id) AS n FROM entries'),
      orphans: thorough
        ? num(db, 'SELECT count(*) AS n FROM entries WHERE turn IS NOT NULL AND turn NOT IN (SELECT id FROM turns)')
        : 0,
      undelivered: num(db, "SELECT count(*) AS n FROM outbox WHERE state IN ('unknown', 'failed')"),
      newestAt: num(
        db,
        'SELECT max(at) AS n FROM (SELECT max(at) AS at FROM events UNION ALL SELECT max(at) FROM inbox)',
      ),
    }
  } finally {
    db.close()
  }
}

/** Writes a whole and consistent copy of a database file, also while a gateway writes to it; false when there is none. */
export function snapshotDb(path: string, to: string): boolean {
  if (!existsSync(path)) return false
  const db = new Database(path, { readonly: true, strict: true })
  try {
    db.run('PRAGMA busy_timeout = 5000')
    db.run(`VACUUM INTO '${to.replaceAll("'", "''")}'`)
    return true
  } finally {
    db.close()
  }
}
