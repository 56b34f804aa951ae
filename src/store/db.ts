// The one connection to the one database file: statements, and transactions that share their trip to the disk.
import { Database } from 'bun:sqlite'
import { soon } from '../lib/clock.ts'
import { storeFault } from './faults.ts'

type Value = string | number | null
export type Row = Readonly<Record<string, Value>>
type Params = Record<string, Value>
type Sync<T> = T extends PromiseLike<unknown> ? 'a transaction may not wait' : T

/** Transactions that will be committed together. */
interface Batch {
  readonly effects: (() => void)[]
  readonly done: PromiseWithResolvers<void>
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
  #batch: Batch | undefined
  #nested = false

  /** Opens or creates the file. Throws a Fault that says what is wrong with it. */
  constructor(path: string) {
    this.path = path
    try {
      this.#db = new Database(path, { create: true, strict: true })
      const pragmas = [
        'busy_timeout = 2000',
        'journal_mode = WAL',
        'synchronous = FULL',
        'foreign_keys = ON',
        'temp_store = MEMORY',
      ]
      for (const pragma of pragmas) this.#db.run(`PRAGMA ${pragma}`)
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
   * Runs `fn` now, in a transaction that is committed with all others of this moment. A throw undoes `fn` alone.
   * Calls inside `fn` join it.
   */
  stage<T>(fn: () => Sync<T>): Staged<T> {
    if (this.#nested) return { value: fn() as T, durable: (this.#batch as Batch).done.promise }
    const batch = this.#open()
    const mark = batch.effects.length
    this.#guard(() => this.#db.run('SAVEPOINT one'))
    this.#nested = true
    try {
      const value = fn() as T
      this.#guard(() => this.#db.run('RELEASE one'))
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

  /** Commits what is staged, now. */
  flush(): void {
    const batch = this.#batch
    if (!batch) return
    this.#batch = undefined
    try {
      this.commit()
    } catch (error) {
      this.#rollback()
      return batch.done.reject(storeFault(error, this.path))
    }
    batch.done.resolve()
    for (const effect of batch.effects) effect()
  }

  /** Commits, folds the log into the file, and closes. */
  close(): void {
    this.flush()
    this.#db.run('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#db.close()
  }

  /** The commit itself. */
  protected commit(): void {
    this.#db.run('COMMIT')
  }

  #open(): Batch {
    if (this.#batch) return this.#batch
    this.#guard(() => this.#db.run('BEGIN IMMEDIATE'))
    const batch: Batch = { effects: [], done: Promise.withResolvers<void>() }
    batch.done.promise.catch(() => undefined) // whoever waits for it hears of it
    this.#batch = batch
    soon(() => {
      if (this.#batch === batch) this.flush()
    })
    return batch
  }

  /** Takes back one transaction; when SQLite has already undone the whole batch, the whole batch fails. */
  #undo(batch: Batch, mark: number, error: unknown) {
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
