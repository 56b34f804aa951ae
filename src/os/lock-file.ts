// The lock file people and other programs read: who runs the gateway of this state folder, and where.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/** What the lock file says. `startedAt` in ms. */
export interface LockInfo {
  readonly pid: number
  readonly port: number
  readonly host: string
  /** Whether the port is encrypted. */
  readonly tls?: boolean
  readonly startedAt: number
  readonly version: string
}

/** What the file says, or undefined when there is none that can be read. */
export function readLock(path: string): LockInfo | undefined {
  try {
    const info = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockInfo>
    return typeof info.pid === 'number' && typeof info.port === 'number' ? (info as LockInfo) : undefined
  } catch {
    return undefined // no file, or not ours
  }
}

/** Writes the file. */
export function writeLock(path: string, info: LockInfo): void {
  writeFileSync(path, `${JSON.stringify(info)}\n`, { mode: 0o600 })
}

/** Removes the file when it is still ours. */
export function clearLock(path: string, pid: number): void {
  if (readLock(path)?.pid === pid) rmSync(path, { force: true })
}
