// Asks Telegram for updates and hands them over. Our own loop: the offset moves only past what is stored.
import type { Update } from 'grammy/types'
import type { AccountState } from '../../define/channel.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError, toFault, type Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { backoff, type Backoff } from '../../lib/retry.ts'
import type { Bot } from './api.ts'
import type { Inbound } from './inbound.ts'
import { planParts } from './join.ts'

/** What we ask Telegram to tell us. */
export const allowedUpdates = ['message', 'channel_post', 'callback_query', 'message_reaction'] as const

/** Waits after a conflict or a failed store. */
const pollBackoff: Backoff = { firstMs: 2000, factor: 1.8, maxMs: 24_000, jitter: 0.25 }

/** Waits while Telegram cannot be reached: short, so that we are back within 30 s of the network. */
const networkWait: Backoff = { firstMs: 1000, factor: 1.8, maxMs: 10_000, jitter: 0.25 }

/** Seconds Telegram may hold a poll, and how much longer (ms) we wait for its answer. */
const holdSeconds = 30
const graceMs = 15_000

/** What hearing works with, by polling or by webhook. */
export interface Hearing {
  readonly bot: Bot
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** What an update says; undefined when it says nothing. Must not throw. */
  read(update: Update): Inbound | undefined
  /** Hands it over with its files fetched; resolves when it is durable, rejects when nothing was stored. */
  receive(inbound: Inbound, also?: Readonly<Record<string, string>>): Promise<void>
  status(state: 'online' | 'offline', why?: string): void
  fail(error: unknown): void
}

/** What the loop works with. The key of the offset names the bot, because another bot counts from elsewhere. */
export interface Polling extends Hearing {
  readonly state: AccountState
  readonly offsetKey: string
}

/** Chats keep their order; a file to fetch holds up its own chat only. */
function inOrder<T>() {
  const tails = new Map<string, Promise<T>>()
  return (key: string, task: () => Promise<T>): Promise<T> => {
    const before = tails.get(key)
    const done = before ? before.then(task) : task()
    tails.set(key, done)
    done.catch(() => undefined)
    return done
  }
}

/**
 * Hands over what is ready: all but the last message at once, then the last one together with the offset `next`. So a
 * crash anywhere leaves the offset before whatever is not stored. Throws when anything was not stored.
 */
async function handOver(p: Polling, ready: readonly Inbound[], next: number): Promise<void> {
  const queue = inOrder<void>()
  const stored = await Promise.allSettled(
    ready.slice(0, -1).map((one) => queue(one.message.to.chat, () => p.receive(one))),
  )
  for (const one of stored) if (one.status === 'rejected') throw one.reason
  const last = ready.at(-1)
  if (last) await p.receive(last, { [p.offsetKey]: String(next) })
  else p.state.set(p.offsetKey, String(next))
}

/** How long to wait after a failure, in ms; undefined when trying again cannot help. */
function waitAfter(fault: Fault, tries: number): number | undefined {
  if (fault.code === 'UNAUTHORIZED') return undefined
  if (fault.more.retryAfterMs !== undefined) return fault.more.retryAfterMs
  const network = fault.code === 'UNAVAILABLE' || fault.code === 'TIMEOUT'
  return backoff(tries, network ? networkWait : pollBackoff, Math.random())
}

/** What has been handed over beyond the offset, and the groups that wait for more parts. */
interface Held {
  readonly done: Set<number>
  readonly groups: ReadonlyMap<string, number>
  readonly waitMs: number
}

const nothingHeld = (): Held => ({ done: new Set(), groups: new Map(), waitMs: 0 })

/** Takes a batch in; answers the next offset and what is held back. Held updates stay unconfirmed at Telegram. */
async function takeIn(p: Polling, updates: readonly Update[], held: Held): Promise<{ offset: number; held: Held }> {
  const parts = updates.flatMap((update) => {
    const inbound = held.done.has(update.update_id) ? undefined : p.read(update)
    return inbound ? [{ update: update.update_id, inbound }] : []
  })
  const plan = planParts(parts, held.groups)
  const offset = plan.heldFrom ?? Math.max(...updates.map((u) => u.update_id)) + 1
  await handOver(
    p,
    plan.ready.map((r) => r.inbound),
    offset,
  )
  if (plan.heldFrom === undefined) return { offset, held: nothingHeld() }
  const done = new Set([...held.done, ...plan.ready.flatMap((r) => r.updates)].filter((id) => id >= offset))
  return { offset, held: { done, groups: plan.held, waitMs: plan.waitMs } }
}

/** Polls until the signal aborts; never throws. A wrong token ends it through `fail`, nothing else does. */
export async function poll(p: Polling): Promise<void> {
  let offset = Number(p.state.get(p.offsetKey) ?? 0)
  let held = nothingHeld()
  let tries = 0
  while (!p.signal.aborted) {
    // After a failure the first poll does not linger: its answer is the news that Telegram is there again.
    const timeout = tries === 0 && !held.groups.size ? holdSeconds : 0
    let answered = false
    try {
      if (held.waitMs) await p.clock.sleep(held.waitMs, p.signal)
      const query = { offset, timeout, limit: 100, allowed_updates: allowedUpdates }
      const updates = await p.bot.call('getUpdates', (api, s) => api.getUpdates(query, s), {
        signal: p.signal,
        ms: timeout * 1000 + graceMs,
      })
      answered = true
      p.status('online')
      if (updates.length) ({ offset, held } = await takeIn(p, updates, held))
      else held = nothingHeld()
      tries = 0
    } catch (error) {
      if (p.signal.aborted) return
      const fault = toFault(error)
      const wait = waitAfter(fault, tries++)
      if (wait === undefined) return p.fail(fault)
      const why =
        fault.code === 'CONFLICT'
          ? 'another program polls with the same bot token; stop it, or give this one a token of its own'
          : fault.message
      if (!answered) p.status('offline', why)
      p.log.warn('polling failed; it will be tried again', { why: describeError(fault), waitMs: wait })
      await p.clock.sleep(wait, p.signal).catch(() => undefined)
    }
  }
}
