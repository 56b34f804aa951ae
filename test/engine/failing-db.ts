// A database whose n-th write fails as if the disk were full.
import { Db } from '../../src/store/db.ts'
import { storeFault } from '../../src/store/faults.ts'
import { syncAtOnce } from './sync-at-once.ts'

class DiskFull extends Error {
  readonly code = 'SQLITE_FULL'
}

/** Fails once, at write number `at` (0 is the first); statements and commits both count. */
export class FailingDb extends Db {
  constructor(path: string) {
    super(path, syncAtOnce)
  }

  at = -1
  count = 0
  failed = false

  #step() {
    if (this.count++ !== this.at) return
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
