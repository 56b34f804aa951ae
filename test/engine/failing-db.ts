// A database whose n-th write fails as if the disk were full, once or until it is freed.
import { Db } from '../../src/store/db.ts'
import { storeFault } from '../../src/store/faults.ts'
import { syncAtOnce } from './sync-at-once.ts'

class DiskFull extends Error {
  readonly code = 'SQLITE_FULL'
}

/** Fails at write number `at` (0 is the first), and with `full` at all that follow; statements and commits both count. */
export class FailingDb extends Db {
  constructor(path: string) {
    super(path, syncAtOnce, 0)
  }

  at = -1
  full = false
  count = 0
  failed = false

  #step() {
    const n = this.count++
    if (this.at < 0 || (this.full ? n < this.at : n !== this.at)) return
    this.failed = true
    throw storeFault(new DiskFull('database or disk is full'), this.path)
  }

  override run(...args: Parameters<Db['run']>): number {
    this.#step()
    return super.run(...args)
  }

  override put(...args: Parameters<Db['put']>): ReturnType<Db['put']> {
    this.#step()
    return super.put(...args)
  }

  protected override commit(): void {
    this.#step()
    super.commit()
  }
}
