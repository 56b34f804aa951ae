// The device's credentials and Signal keys as rows of the account's state, each change one transaction.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from 'baileys'
import type { AccountState } from '../../../define/channel.ts'
import { nextTick } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import type { Baileys } from './baileys.ts'
import { credRow, keyPrefix, unlink } from './linked.ts'

/** Values to write, and (undefined) to forget. */
export type Rows = Readonly<Record<string, string | undefined>>

/** Credentials and keys, and the transactions that change them. */
export interface Vault {
  readonly creds: AuthenticationCreds
  readonly keys: SignalKeyStore
  /** Writes the credentials as they are now, together with keys that change at the same moment. */
  saveCreds(): Promise<void>
  /**
   * Runs `work`, which decrypts; the keys it changes become durable in one transaction with the rows that `rows` makes
   * of its result. When that fails nothing has changed, and a message can be decrypted again.
   */
  together<T>(work: () => Promise<T>, rows: (value: T) => Rows): Promise<T>
  /** Decrypts nothing any more; resolves when what was under way is durable. */
  close(): Promise<void>
  /** Forgets the link, and writes nothing any more: what a socket still wanted to keep is of no use. */
  forget(): Promise<void>
}

/** Opens the vault over an account's state; without credentials there it makes those of a new device. */
export function openVault(baileys: Baileys, state: AccountState): Vault {
  const write = (value: unknown) => JSON.stringify(value, baileys.BufferJSON.replacer)
  const read = (row: string): unknown => JSON.parse(row, baileys.BufferJSON.reviver)
  const saved = state.get(credRow)
  const creds = saved === undefined ? baileys.initAuthCreds() : (read(saved) as AuthenticationCreds)
  // A process may end between writing keys and writing their count. Those numbers may be known to WhatsApp already: a
  // second key under the same number would make unreadable what comes for the first.
  const numbers = [...state.all(`${keyPrefix}pre-key:`).keys()].map((row) => Number(row.split(':')[2]))
  const unused = numbers.reduce((max, n) => Math.max(max, n + 1), 0)
  if (unused > creds.nextPreKeyId) creds.nextPreKeyId = creds.firstUnuploadedPreKeyId = unused
  /** Values newer than the disk; what is being decrypted must see them before they are durable. */
  const ahead = new Map<string, string | undefined>()
  const boxes = new AsyncLocalStorage<Map<string, string | undefined>>()
  let due = new Map<string, string | undefined>()
  let next: Promise<void> | undefined
  /** The write that is under way, or was last. */
  let writing: Promise<unknown> = Promise.resolve()
  let shut = false
  let closed = false
  /** One decryption at a time, also while the socket before this one is still at its last. */
  let tail: Promise<unknown> = Promise.resolve()

  /** Writes what is due. Waits one turn of the event loop, so that credentials and keys of one change go together. */
  async function flush() {
    await nextTick()
    const batch = due
    due = new Map()
    next = undefined
    try {
      const written = state.write(Object.fromEntries(batch))
      writing = written.catch(() => undefined)
      await written
    } catch (cause) {
      throw new Fault('INTERNAL', 'WhatsApp’s keys could not be stored', { cause })
    } finally {
      for (const [key, value] of batch) if (!due.has(key) && ahead.get(key) === value) ahead.delete(key)
    }
  }

  function commit(rows: Iterable<readonly [string, string | undefined]>): Promise<void> {
    if (shut) return Promise.reject(new Fault('CANCELLED', 'the link was given up'))
    for (const [key, value] of rows) {
      ahead.set(key, value)
      due.set(key, value)
    }
    return (next ??= flush())
  }

  const look = (key: string) => (ahead.has(key) ? ahead.get(key) : state.get(key))

  const revive = (type: string, value: unknown) =>
    type === 'app-state-sync-key'
      ? baileys.proto.Message.AppStateSyncKeyData.fromObject(value as Record<string, unknown>)
      : value

  const keys: SignalKeyStore = {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found = ids.flatMap((id) => {
        const row = look(`${keyPrefix}${type}:${id}`)
        return row === undefined ? [] : [[id, revive(type, read(row)) as SignalDataTypeMap[T]] as const]
      })
      return Object.fromEntries(found)
    },
    async set(data: SignalDataSet) {
      const rows = Object.entries(data).flatMap(([type, values]) =>
        Object.entries(values).map(
          ([id, value]) =>
            [`${keyPrefix}${type}:${id}`, value === null || value === undefined ? undefined : write(value)] as const,
        ),
      )
      const box = boxes.getStore()
      if (!box) return commit(rows)
      for (const [key, value] of rows) {
        box.set(key, value)
        ahead.set(key, value)
      }
    },
  }

  async function together<T>(work: () => Promise<T>, rows: (value: T) => Rows): Promise<T> {
    if (closed) throw new Fault('CANCELLED', 'the connection is closing')
    const box = new Map<string, string | undefined>()
    let value
    try {
      value = await boxes.run(box, work)
    } catch (error) {
      if (box.size) await commit(box)
      throw error
    }
    const changed = [...box, ...Object.entries(rows(value))]
    if (changed.length) await commit(changed)
    return value
  }

  return {
    creds,
    keys,
    saveCreds: () => commit([[credRow, write(creds)]]),
    async close() {
      closed = true
      await tail
      await next?.catch(() => undefined)
      await writing
    },
    async forget() {
      shut = true
      await next?.catch(() => undefined)
      await writing
      await unlink(state)
    },
    together(work, rows) {
      const done = tail.then(() => together(work, rows))
      tail = done.catch(() => undefined)
      return done
    },
  }
}
