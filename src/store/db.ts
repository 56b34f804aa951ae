// The one connection to the one database file: statements, and transactions that share their trip to the disk.
import { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { later, soon } from '../lib/clock.ts'
import { storeFault } from './faults.ts'
import { walSync, type WalSync } from './wal-sync.ts'

/**
 * Statements kept ready. Bun keeps 20, and one turn uses more than that: each was compiled anew every time.
 * https://bun.com/docs/runtime/sqlite#query
 */
Database.MAX_QUERY_CACHE_SIZE = 250

type Value = string | number | null
export type Row = Readonly<Record<string, Value>>
type Params = Record<string, Value>
type Sync<T> = T extends PromiseLike<unknown> ? 'a transaction may not wait' : T

/** Transactions that will be committed together. */
interface Batch {
  readonly effects: (() => void)[]
  readonly done: PromiseWithResolvers<void>
  /** When it will be committed; the sooner one wins. */
  due: 'unset' | 'later' | 'soon'
}

/** What a staged transaction gave back, and when it is on the disk. */
export interface Staged<T> {
  readonly value: T
  /** Rejects when the commit failed; then nothing of it happened. */
  readonly durable: Promise<void>
}

/** A database. Reads see staged writes; effects and `durable` wait for the commit. */
export class Db {
  readonly #db: Database
  readonly path: string
  readonly #sync: WalSync
  readonly #patienceMs: number
  /** How often something staged was undone: what was read of it before may never have been. */
  undone = 0
  #batch: Batch | undefined
  #nested = false

  /**
   * Opens or creates the file; `flusher` gets commits onto the disk; what need not
   * be at once waits `patienceMs` for company. Throws a Fault that says what is wrong with it.
   */
  constructor(path: string, flusher: (wal: string | undefined) => WalSync = walSync, patienceMs = 2) {
    this.path = path
    this.#patienceMs = patienceMs
    try {
      this.#db = new Database(path, { create: true, strict: true })
      const pragmas = [
        'busy_timeout = 2000',
        'journal_mode = WAL',
        'synchronous = NORMAL', // every commit is flushed by `walSync` before anyone hears of it: FULL, without the wait
        'foreign_keys = ON',
        'temp_store = MEMORY',
      ]
      for (const pragma of pragmas) this.#db.run(`PRAGMA ${pragma}`)
      this.#sync = flusher(path === ':memory:' ? undefined : this.#walOf(path))
    } catch (error) {
      throw storeFault(error, path)
    }
  }

  all(sql: string, params: Params = {}): Row[] {
    return this.#guard(() => this.#db.query<Row, [Params]>(sql).all(params))
  }

  one(sql: string, params: Params = {}): Row | undefined {
    return this.#guard(() => this.#db.query<Row, [Params]>(sql).get(params)) ?? undefined
  }

  /** Runs a statement that writes; answers how many rows changed. Only inside `stage` or `write`. */
  run(sql: string, params: Params = {}): number {
    if (!this.#nested) throw new Error(`a write outside a transaction: ${sql}`)
    return this.#guard(() => this.#db.query(sql).run(params).changes)
  }

  /** Runs a statement that writes and answers a row (`RETURNING`). Only inside `stage` or `write`. */
  put(sql: string, params: Params = {}): Row | undefined {
    if (!this.#nested) throw new Error(`a write outside a transaction: ${sql}`)
    return this.#guard(() => this.#db.query<Row, [Params]>(sql).get(params)) ?? undefined
  }

  /** Runs several statements at once, outside any batch: for migrations and maintenance. */
  exec(sql: string): void {
    this.#guard(() => this.#db.run(sql))
  }

  /**
   * Runs `fn` now, in a transaction that is committed with all others of this moment, or with `patient` within the next
   * two milliseconds. A throw undoes `fn` alone. Calls inside `fn` join it.
   */
  stage<T>(fn: () => Sync<T>, how: 'prompt' | 'patient' = 'prompt'): Staged<T> {
    if (this.#nested) return { value: fn() as T, durable: (this.#batch as Batch).done.promise }
    const batch = this.#open()
    this.#schedule(batch, how === 'patient' && this.#patienceMs > 0 ? 'later' : 'soon')
    const mark = batch.effects.length
    this.#guard(() => this.#db.query('SAVEPOINT one').run())
    this.#nested = true
    try {
      const value = fn() as T
      this.#guard(() => this.#db.query('RELEASE one').run())
      return { value, durable: batch.done.promise }
    } catch (error) {
      this.#undo(batch, mark, error)
      throw error
    } finally {
      this.#nested = false
    }
  }

  /** Like `stage`, and resolves when the transaction is on the disk. */
  async write<T>(fn: () => Sync<T>): Promise<T> {
    const { value, durable } = this.stage(fn)
    await durable
    return value
  }

  /** Runs `effect` once the transaction at hand is committed; never when it is undone. */
  afterCommit(effect: () => void): void {
    if (!this.#batch) return effect()
    this.#batch.effects.push(effect)
  }

  /** Commits what is staged and has it on the disk, now. */
  flush(): void {
    this.#commit()
    try {
      this.#sync.now()
    } catch (error) {
      throw storeFault(error, this.path)
    }
  }

  /** Commits, folds the log into the file, and closes. */
  close(): void {
    this.flush()
    this.#db.run('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#sync.close()
    this.#db.close()
  }

  /** Commits what is staged; its effects come once it is on the disk. */
  #commit(): void {
    const batch = this.#batch
    if (!batch) return
    this.#batch = undefined
    try {
      this.commit()
    } catch (error) {
      this.undone++
      this.#rollback()
      return batch.done.reject(storeFault(error, this.path))
    }
    this.#sync.soon((error) => {
      if (error !== undefined) return batch.done.reject(storeFault(error, this.path))
      batch.done.resolve()
      for (const effect of batch.effects) effect()
    })
  }

  /** The path of the write-ahead log; made by a first write when the file is new. Throws when the file cannot be written. */
  #walOf(path: string): string {
    const wal = `${path}-wal`
    if (!existsSync(wal)) this.#db.run(`BEGIN IMMEDIATE; PRAGMA user_version = ${this.#version()}; COMMIT`)
    return wal
  }

  #version(): number {
    return this.#db.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0
  }

  /** The commit itself. */
  protected commit(): void {
    this.#db.query('COMMIT').run()
  }

  #open(): Batch {
    if (this.#batch) return this.#batch
    this.#guard(() => this.#db.query('BEGIN IMMEDIATE').run())
    const batch: Batch = { effects: [], done: Promise.withResolvers<void>(), due: 'unset' }
    batch.done.promise.catch(() => undefined) // whoever waits for it hears of it
    this.#batch = batch
    return batch
  }

  #schedule(batch: Batch, due: 'later' | 'soon') {
    if (batch.due === 'soon' || batch.due === due) return
    batch.due = due
    const commit = () => {
      if (this.#batch === batch) this.#commit()
    }
    if (due === 'soon') soon(commit)
    else later(this.#patienceMs, commit)
  }

  /** Takes back one transaction; when SQLite has already undone the whole batch, the whole batch fails. */
  #undo(batch: Batch, mark: number, error: unknown) {
    this.undone++
    batch.effects.length = mark
    try {
      this.#db.run('ROLLBACK TO one')
      this.#db.run('RELEASE one')
    } catch {
      this.#batch = undefined
      this.#rollback()
      batch.done.reject(storeFault(error, this.path))
    }
  }

  #rollback() {
    if (this.#db.inTransaction) this.#db.run('ROLLBACK')
  }

  #guard<T>(fn: () => T): T {
    try {
      return fn()
    } catch (error) {
      throw storeFault(error, this.path)
    }
  }
}
