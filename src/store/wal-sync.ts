// Makes commits durable without holding up the program: the write-ahead log is flushed to the disk by another thread.
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs'

/** Flushes of one write-ahead log. */
export interface WalSync {
  /** Calls `done` once everything written so far is on the disk. One flush at a time; calls meanwhile share the next. */
  soon(done: (error?: unknown) => void): void
  /** Flushes now, and settles everyone who waits. Throws what the disk throws. */
  now(): void
  close(): void
}

/**
 * The flusher of a log file, or of nothing at all for a database in memory. While `alone` answers yes, nobody else would
 * use the time, and waiting here is quicker than handing over.
 */
export function walSync(path: string | undefined, alone: () => boolean = () => false): WalSync {
  const fd = path === undefined ? undefined : openSync(path, 'r+')
  let waiting: ((error?: unknown) => void)[] = []
  let flying: ((error?: unknown) => void)[] = []

  function settle(error?: unknown) {
    const done = flying
    flying = []
    for (const each of done) each(error)
  }

  function start() {
    if (flying.length || !waiting.length || fd === undefined) return
    const mine = (flying = waiting)
    waiting = []
    fdatasync(fd, (error) => {
      if (flying === mine) settle(error ?? undefined)
      start()
    })
  }

  function now() {
    if (fd !== undefined) fdatasyncSync(fd)
    settle()
    flying = waiting
    waiting = []
    settle()
  }

  return {
    soon(done) {
      if (fd === undefined) return done()
      if (!flying.length && alone()) {
        try {
          now()
        } catch (error) {
          return done(error)
        }
        return done()
      }
      waiting.push(done)
      start()
    },
    now,
    close() {
      if (fd !== undefined) closeSync(fd)
    },
  }
}
