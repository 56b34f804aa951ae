// Brings a database file to the form this program knows, one numbered step at a time.
import { renameSync, rmSync } from 'node:fs'
import { Fault } from '../lib/fault.ts'
import type { Db } from './db.ts'
import start from './migrations/001-start.sql' with { type: 'text' }
import jobs from './migrations/002-jobs.sql' with { type: 'text' }
import overheard from './migrations/003-overheard.sql' with { type: 'text' }

/** Every step, in order; step n leads to version n. */
export const migrations: readonly string[] = [start, jobs, overheard]

/** The file's version. */
const versionOf = (db: Db): number => Number(db.one('PRAGMA user_version')?.['user_version'] ?? 0)

/** Copies the file beside itself; a copy that was left half made by an earlier try is made anew. */
function backup(db: Db, to: string) {
  const half = `${to}.half`
  rmSync(half, { force: true })
  db.exec(`VACUUM INTO '${half.replaceAll("'", "''")}'`)
  renameSync(half, to)
}

/** Throws a Fault when the file cannot be written: better now than at the first message. */
function tryWriting(db: Db, version: number): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    db.exec(`PRAGMA user_version = ${version}`) // BEGIN alone is content with a file that can only be read
  } finally {
    db.exec('ROLLBACK')
  }
}

/**
 * Applies the missing steps, each in a transaction, after a copy of the file was made beside it.
 * Throws a Fault when the file was written by a newer program.
 */
export function migrate(db: Db, steps: readonly string[] = migrations): void {
  const version = versionOf(db)
  if (version > steps.length)
    throw new Fault(
      'UNAVAILABLE',
      `${db.path} was written by a newer oclaw (format ${version}, this one knows ${steps.length}); run \`oclaw update\` or restore ${db.path}.backup-${steps.length}`,
    )
  tryWriting(db, version)
  for (let n = version; n < steps.length; n++) {
    if (n > 0 && db.path !== ':memory:') backup(db, `${db.path}.backup-${n}`)
    db.exec('BEGIN IMMEDIATE')
    try {
      db.exec(steps[n] as string)
      db.exec(`PRAGMA user_version = ${n + 1}`)
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
}
