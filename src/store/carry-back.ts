// A database of before an update, filled with what came since: every row of the newer one, in the older one's form.
import { Database } from 'bun:sqlite'
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

interface Column {
  readonly name: string
  readonly pk: number
}

const columnsOf = (db: Database, schema: string, table: string) =>
  db.query<Column, { schema: string; table: string }>('SELECT name, pk FROM pragma_table_info($table, $schema)').all({
    schema,
    table,
  })

/** Plain tables; those that hold a search index are made anew from the others. */
const tablesOf = (db: Database): string[] =>
  db
    .query<{ name: string }, []>(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all()
    .map((r) => r.name)

function fill(db: Database, table: string): void {
  const mine = columnsOf(db, 'main', table)
  const theirs = new Set(columnsOf(db, 'newer', table).map((c) => c.name))
  if (!theirs.size) return // it is gone there: what was in it before stays
  const both = mine.filter((c) => theirs.has(c.name)).map((c) => quoted(c.name))
  const [to, from] = [`main.${quoted(table)}`, `newer.${quoted(table)}`]
  const insert = `INSERT INTO ${to} (${both.join(', ')}) SELECT ${both.join(', ')} FROM ${from} WHERE true`
  if (both.length === mine.length) {
    db.run(`DELETE FROM ${to}`)
    db.run(insert)
    return
  }
  const key = mine.filter((c) => c.pk > 0).map((c) => quoted(c.name)) // columns that are gone there keep what was in them
  const list = key.join(', ')
  db.run(`DELETE FROM ${to} WHERE (${list}) NOT IN (SELECT ${list} FROM ${from})`)
  const set = both.filter((c) => !key.includes(c)).map((c) => `${c} = excluded.${c}`)
  db.run(`${insert} ON CONFLICT (${list}) DO ${set.length ? `UPDATE SET ${set.join(', ')}` : 'NOTHING'}`)
}

function carry(newer: string, older: string): void {
  const db = new Database(older, { strict: true })
  try {
    db.run('PRAGMA foreign_keys = OFF')
    db.query('ATTACH $newer AS newer').run({ newer })
    const indexed = db.query("SELECT value FROM kv WHERE space = 'index' AND key = 'entries'").get() as {
      value: string
    } | null
    db.run('BEGIN')
    for (const table of tablesOf(db)) fill(db, table)
    // The search index is that of before: what came since is put into it when it is next searched.
    db.query("DELETE FROM kv WHERE space = 'index' AND key = 'entries'").run()
    if (indexed) db.query("INSERT INTO kv VALUES ('index', 'entries', $value)").run(indexed)
    db.run('COMMIT')
  } finally {
    db.close()
  }
}

/** Where the database of after an update is kept, when that of before comes back. */
export const newerPath = (path: string, format: number): string => `${path}.newer-${format}`

/**
 * Puts the copy of before an update (`backup`) in place of a database nobody has open, with every row that came since.
 * Answers whether those could be carried over; when not, they are in the newer file only, which is kept beside it.
 */
export function goBack(path: string, backup: string, format: number): boolean {
  const half = `${path}.older`
  const keep = newerPath(path, format)
  let carried = true
  rmSync(half, { force: true })
  copyFileSync(backup, half)
  try {
    carry(path, half)
  } catch {
    carried = false // it is said to whoever asked, and the rows are in the newer file
    rmSync(`${half}-journal`, { force: true })
    copyFileSync(backup, half)
  }
  for (const end of ['', '-wal']) if (existsSync(path + end)) copyFileSync(path + end, keep + end)
  for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true }) // the log of one file must not meet another
  renameSync(half, path)
  return carried
}
