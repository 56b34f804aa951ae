// A flusher that does not leave the thread, so that a test clock is the only thing that takes time.
import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import type { WalSync } from '../../src/store/wal-sync.ts'

/** Flushes at every commit, before it returns. */
export function syncAtOnce(path: string | undefined): WalSync {
  const fd = path === undefined ? undefined : openSync(path, 'r+')
  const now = () => {
    if (fd !== undefined) fdatasyncSync(fd)
  }
  return {
    soon(done) {
      now()
      done()
    },
    now,
    close() {
      if (fd !== undefined) closeSync(fd)
    },
  }
}
