// One gateway per state folder: a lock the kernel gives back when its holder ends, however it ends.
import { Database } from 'bun:sqlite'
import { storeFault } from './faults.ts'

/** A held lock. */
export interface HeldLock {
  release(): void
}

/** Takes the lock of a file, or answers undefined when another process has it; throws a Fault when there can be no such file. */
export function takeLock(path: string): HeldLock | undefined {
  const db = open(path)
  try {
    db.run('PRAGMA busy_timeout = 0')
    db.run('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return undefined
    throw storeFault(error, path)
  }
  return { release: () => db.close() }
}

/** The file, which stays empty. */
function open(path: string): Database {
  try {
    return new Database(path, { create: true })
  } catch (error) {
    throw storeFault(error, path)
  }
}
