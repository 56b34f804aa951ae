// Sends what is in the outbox: in order per chat, each piece once, and honest about what it cannot know.
import { deadline } from '../lib/clock.ts'
import { describeError, Fault, toFault } from '../lib/fault.ts'
import { backoff, networkBackoff, type Backoff } from '../lib/retry.ts'
import { addressKey } from '../domain/address.ts'
import * as events from '../store/events.ts'
import * as outbox from '../store/outbox.ts'
import { diskBackoff, persist } from './persist.ts'
import type { OutboxRow, OutboxState } from '../store/outbox.ts'
import { say } from './say.ts'
import type { World } from './world.ts'

/** Attempts before a piece is given up. */
const maxAttempts = 8
/** Longest time one send may take, in ms. */
const sendTimeoutMs = 60_000

/** Delivery as the rest of the engine sees it. */
export interface Delivery {
  /** Takes pieces that were just added; inside or right after their transaction. */
  add(rows: readonly OutboxRow[]): void
  /** Looks at everything that waits; called at start and when an account comes online. */
  wake(): void
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>
  /** Begins nothing more; resolves when what is on its way has got there. */
  end(): Promise<void>
}

/** Makes delivery; it stops with the world's scope. */
export function delivery(world: World): Delivery {
  const { db, clock, scope } = world
  const queues = new Map<string, OutboxRow[]>()
  const active = new Map<string, Promise<void>>()
  const known = new Set<string>()
  const ended = new AbortController()
  const stopping = AbortSignal.any([scope.signal, ended.signal])

  function add(rows: readonly OutboxRow[]) {
    for (const row of rows) {
      if (known.has(row.id)) continue
      known.add(row.id)
      const lane = addressKey({ ...row.message.to, thread: '' })
      const queue = queues.get(lane)
      if (queue) queue.push(row)
      else queues.set(lane, [row])
      start(lane)
    }
  }

  function start(lane: string) {
    if (active.has(lane) || stopping.aborted) return
    const run = drain(lane)
      .catch((error: unknown) => world.log.error('delivery stumbled', { error: describeError(error) }))
      .finally(() => {
        active.delete(lane)
        if (queues.get(lane)?.length && !stopping.aborted && connectionOf(lane)) start(lane)
      })
    active.set(lane, run)
  }

  const connectionOf = (lane: string) => {
    const row = queues.get(lane)?.[0]
    return row && world.connection(row.message.to)
  }

  async function drain(lane: string) {
    const queue = queues.get(lane) ?? []
    let failures = 0
    for (; queue.length > 0 && !stopping.aborted;) {
      const row = queue[0] as OutboxRow
      const going = await attempt(row).catch(async (error: unknown) => {
        world.log.error('a piece could not be claimed', { out: row.id, error: describeError(error) })
        await clock.sleep(backoff(failures++, diskBackoff), stopping).catch(() => undefined)
        return 'again' as const
      })
      if (going === 'wait') return
      if (going === 'again') continue
      queue.shift()
      known.delete(row.id)
    }
    if (!queue.length) queues.delete(lane)
  }

  /** One attempt: `done` when the piece needs no more, `again` after a wait, `wait` when its account is away. */
  async function attempt(row: OutboxRow): Promise<'done' | 'again' | 'wait'> {
    const current = outbox.byId(db, row.id)
    if (current?.state !== 'ready') return 'done'
    const now = clock.now()
    if (current.expiresAt !== undefined && now > current.expiresAt) {
      await settle(current, 'expired', { error: 'its time to live was over before it could be sent' })
      return 'done'
    }
    const connection = world.connection(row.message.to)
    if (!connection) return 'wait'
    if (current.nextAt > now) {
      await clock.sleep(current.nextAt - now, stopping).catch(() => undefined)
      return stopping.aborted ? 'wait' : 'again'
    }
    await db.write(() => outbox.claim(db, row.id))
    // The transaction that added the piece may have been undone while its claim was waiting for the disk.
    const claimed = outbox.byId(db, row.id)
    if (claimed?.state !== 'sending') return 'done'
    let platformId: string
    try {
      platformId = (await send(claimed, connection)).platformId
    } catch (error) {
      return broken(outbox.byId(db, row.id) ?? claimed, toFault(error), error)
    }
    settle(claimed, 'sent', { platformId }).catch((error: unknown) =>
      world.log.error('a sent piece was not noted as sent', { out: row.id, error: describeError(error) }),
    )
    return 'done'
  }

  async function send(row: OutboxRow, connection: NonNullable<ReturnType<World['connection']>>) {
    const late = new Fault('TIMEOUT', 'the platform did not answer in time')
    const limit = deadline(clock, sendTimeoutMs, late, scope.signal)
    try {
      return await sendWithin(row, connection, limit.signal)
    } finally {
      limit.done()
    }
  }

  async function sendWithin(
    row: OutboxRow,
    connection: NonNullable<ReturnType<World['connection']>>,
    signal: AbortSignal,
  ) {
    const { replaces, ...message } = row.message
    if (replaces !== undefined && connection.edit && !message.media.length) {
      try {
        await connection.edit(message.to, replaces, message.text, signal)
        return { platformId: replaces }
      } catch (error) {
        if (toFault(error).retryable) throw error
        world.log.debug('a preview could not be replaced; sending anew', { error: describeError(error) })
      }
    }
    // An edit may be made twice, a message may not: from here on it counts as one.
    if (replaces !== undefined) await db.write(() => outbox.standAlone(db, row.id))
    return connection.send(message, signal)
  }

  async function broken(row: OutboxRow, fault: Fault, error: unknown): Promise<'done' | 'again' | 'wait'> {
    const { to } = row.message
    const { attempts } = row
    const { most, rule } = retryOf(world, to)
    if (fault.code === 'TIMEOUT' || fault.code === 'CANCELLED') {
      if (repeatable(world, row)) {
        await settle(row, 'ready', { error: fault.message, nextAt: clock.now() + backoff(attempts, rule) })
        return stopping.aborted ? 'wait' : 'again'
      }
      await uncertain(row, fault.message)
      return 'done'
    }
    if (fault.retryable && attempts < most) {
      const wait = fault.more.retryAfterMs ?? backoff(attempts - 1, rule)
      await settle(row, 'ready', { error: fault.message, nextAt: clock.now() + wait })
      return 'again'
    }
    world.log.warn('a message could not be delivered', {
      out: row.id,
      channel: to.channel,
      error: describeError(error),
    })
    await settle(row, 'failed', { error: fault.message })
    return 'done'
  }

  function settle(
    row: OutboxRow,
    state: OutboxState,
    s: { platformId?: string; error?: string; nextAt?: number },
  ): Promise<void> {
    return persist(world, () => note(row, state, s))
  }

  /** Writes down what came of an attempt and tells of it; inside a transaction. */
  function note(row: OutboxRow, state: OutboxState, s: { platformId?: string; error?: string; nextAt?: number }) {
    outbox.settle(db, row.id, { state, ...s })
    if (state === 'ready') return
    const news = { type: 'delivery' as const, out: row.id, state: state as 'sent' | 'failed' | 'expired' | 'unknown' }
    const told = s.error === undefined ? news : { ...news, error: s.error }
    if (state !== 'sent') events.appendNews(db, clock.now(), row.id, told)
    db.afterCommit(() => world.news.publish(told))
  }

  /** Marks a piece whose fate nobody knows, and tells its chat once how to have it sent again. */
  function uncertain(row: OutboxRow, error: string): Promise<void> {
    return persist(world, () => {
      note(row, 'unknown', { error })
      notice(world, row)
    })
  }

  return {
    add,
    wake() {
      add(outbox.pending(db))
      for (const lane of queues.keys()) start(lane)
    },
    async idle() {
      while (active.size) await Promise.all(active.values())
    },
    async end() {
      ended.abort(new Fault('CANCELLED', 'the gateway is ending'))
      await Promise.all(active.values())
    },
  }
}

/** How often a piece for a chat is tried, and the waits between: as its account says, else patiently. */
function retryOf(world: World, { channel, account }: OutboxRow['message']['to']): { most: number; rule: Backoff } {
  const said = world.settings.account(channel, account)?.common.retry
  if (!said) return { most: maxAttempts, rule: networkBackoff }
  const firstMs = said.minDelayMs ?? (channel === 'telegram' ? 400 : 500)
  const maxMs = Math.max(firstMs, said.maxDelayMs ?? 30_000)
  return { most: said.attempts ?? 3, rule: { firstMs, factor: 2, maxMs, jitter: said.jitter ?? 0.1 } }
}

/** The one short notice a chat gets about a piece that may or may not have arrived; inside a transaction. */
function notice(world: World, row: OutboxRow) {
  const head = row.message.text.replaceAll(/\s+/g, ' ').slice(0, 60)
  say(
    world,
    row.message.to,
    `A message to you may not have arrived: “${head}…”. Send /resend ${row.id} to have it again.`,
    {
      key: `${noticeKey}${row.id}`,
    },
  )
}

const noticeKey = 'unknown:'

/**
 * Whether a piece may go out again though it may have arrived: the platform tells copies apart, it takes the place of
 * another, or it is a notice - better told twice than not at all.
 */
function repeatable(world: World, row: OutboxRow): boolean {
  const { to, replaces } = row.message
  if (replaces !== undefined || row.key?.startsWith(noticeKey)) return true
  return world.settings.account(to.channel, to.account)?.idempotent === true
}

/** Marks what was on its way when the process ended, at start; platforms with keys of their own get it again. */
export async function recoverOutbox(world: World): Promise<void> {
  const { db, clock } = world
  await db.write(() => {
    for (const row of outbox.inFlight(db)) {
      const safe = repeatable(world, row)
      outbox.settle(db, row.id, {
        state: safe ? 'ready' : 'unknown',
        error: 'the gateway ended while it was being sent',
        nextAt: clock.now(),
      })
      if (safe) continue
      const news = { type: 'delivery' as const, out: row.id, state: 'unknown' as const }
      events.appendNews(db, clock.now(), row.id, news)
      notice(world, row)
    }
  })
}

/** Sends a failed or unknown piece again, or throws NOT_FOUND. */
export async function resend(world: World, id: string): Promise<OutboxRow> {
  const row = outbox.byId(world.db, id)
  if (!row || !['unknown', 'failed', 'expired'].includes(row.state))
    throw new Fault('NOT_FOUND', `no undelivered message has the id ${id}; see \`oclaw messages unknown\``)
  await world.db.write(() => {
    say(world, row.message.to, row.message.text, { media: row.message.media, key: `resend:${row.id}` })
    outbox.settle(world.db, row.id, { state: 'dismissed', error: 'sent again' })
  })
  return row
}
