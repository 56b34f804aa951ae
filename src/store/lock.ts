// One gateway per state folder: a lock the kernel gives back when its holder ends, however it ends.
import { Database } from 'bun:sqlite'

/** A held lock. */
export interface HeldLock {
  release(): void
}

/** Takes the lock of a file, or answers undefined when another process has it. The file stays empty. */
export function takeLock(path: string): HeldLock | undefined {
  const db = new Database(path, { create: true })
  try {
    db.run('PRAGMA busy_timeout = 0')
    db.run('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
  return { release: () => db.close() }
}
