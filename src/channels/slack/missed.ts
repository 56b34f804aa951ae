// What was said while we were away: Slack does not tell it again, so each chat is read from where we had come to.
import type { AccountState } from '../../define/channel.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError, toFault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { backoff, type Backoff } from '../../lib/retry.ts'
import type { Web } from './api.ts'
import type { Directory } from './directory.ts'
import { readSince } from './history.ts'
import type { SlackMessage } from './payload.ts'
import type { Threads } from './threads.ts'

/** Nobody wants an answer to what is older, in ms. */
const maxAgeMs = 86_400_000
/** How far Slack's clock and ours may be apart, in ms. */
const skewMs = 300_000

/** Threads of a chat that are looked at for answers; each is a call. */
const maxThreads = 8

const readWait: Backoff = { firstMs: 2000, factor: 2, maxMs: 60_000, jitter: 0.1 }

/** What reading works with. */
export interface Reading {
  readonly web: Web
  readonly directory: Directory
  readonly threads: Threads
  readonly state: AccountState
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** The key of the time up to which everything was heard; names the bot, since another one hears other chats. */
  readonly sinceKey: string
  /** Does something when it is a chat's turn. */
  inTurn(chat: string, task: () => Promise<void>): Promise<void>
  /** Hands over a message of a chat's history. */
  hand(message: SlackMessage, chat: string): Promise<void>
}

/** Where each chat is read up to. */
export interface Missed {
  /** Begins to read what was missed, in the background: called when there was a gap in hearing. */
  begin(): void
  /** Says that something of a chat was not stored, so that it has to be read again. */
  lost(chat: string): void
  /** Reads what was missed in a chat, when that is not done yet; in its turn, before anything else is handed over. */
  catchUp(chat: string): Promise<void>
  /** The position to store with a message; nothing while earlier ones may be missing. */
  position(chat: string, ts: string): Readonly<Record<string, string>>
  /** Says that the position is stored. */
  moved(chat: string, ts: string): void
  /** A chat that begins for us at `ts`. */
  start(chat: string, ts: string): void
}

const keyOf = (chat: string) => `pos:${chat}`
const toTs = (ms: number) => (ms / 1000).toFixed(6)

/** Keeps the positions of an account's chats, and reads what is missing after gaps. */
export function missed(r: Reading): Missed {
  const { state, clock, log, signal } = r
  const positions = new Map([...state.all('pos:')].map(([key, ts]) => [key.slice(4), ts]))
  /** Chats read since the last gap, chats of which something was lost, and when to try again those that failed. */
  const done = new Set<string>()
  const lost = new Set<string>()
  const later = new Map<string, number>()
  let gaps = 0
  let reading: Promise<void> | undefined

  const behind = (chat: string) => lost.has(chat) || (gaps > 0 && !done.has(chat))
  const pauseOf = (chat: string) => (later.get(chat) ?? 0) - clock.now()

  /** The place to read a chat from. */
  function from(chat: string): string {
    const bounds = [positions.get(chat) ?? '', state.get(r.sinceKey) ?? '', toTs(Math.max(0, clock.now() - maxAgeMs))]
    return bounds.sort().at(-1) ?? ''
  }

  function settled(chat: string) {
    done.add(chat)
    lost.delete(chat)
    later.delete(chat)
  }

  async function catchUp(chat: string) {
    if (!behind(chat) || pauseOf(chat) > 0) return
    try {
      const { messages, cut } = await readSince(r.web, chat, from(chat), r.threads.all(chat).slice(-maxThreads), signal)
      if (cut) log.warn('more was said in a chat while we were away than can be read', { chat })
      settled(chat)
      for (const message of messages) await r.hand(message, chat)
    } catch (error) {
      if (signal.aborted) throw error
      const fault = toFault(error)
      if (fault.retryable) later.set(chat, clock.now() + (fault.more.retryAfterMs ?? 5000))
      else settled(chat)
      log.warn('what was missed in a chat could not be read', { chat, why: describeError(fault) })
    }
  }

  /** The chats to read: those we have heard from lately first. */
  async function chats(): Promise<string[]> {
    if (gaps === 0) return [...lost]
    const joined = await r.directory.joined(signal)
    const known = [...positions].sort(([, a], [, b]) => (a < b ? 1 : -1)).map(([chat]) => chat)
    return [...new Set([...lost, ...known, ...joined.map((c) => c.id)])]
  }

  /** One round; answers whether some are still behind. */
  async function round(): Promise<boolean> {
    const gap = gaps
    for (const chat of (await chats()).filter(behind)) {
      await r.inTurn(chat, () => catchUp(chat))
      if (behind(chat)) await clock.sleep(Math.max(1000, pauseOf(chat)), signal)
    }
    return gap !== gaps || lost.size > 0 || later.size > 0
  }

  /** Reads chat by chat until none is behind. */
  async function readAll() {
    for (let tries = 0; !signal.aborted;) {
      const startedAt = clock.now()
      try {
        if (await round()) continue
        if (gaps > 0) state.set(r.sinceKey, toTs(startedAt - skewMs))
        return
      } catch (error) {
        if (signal.aborted) return
        const fault = toFault(error)
        log.warn('what was missed could not be read', { why: describeError(fault) })
        if (!fault.retryable) return
        await clock.sleep(fault.more.retryAfterMs ?? backoff(tries++, readWait), signal).catch(() => undefined)
      }
    }
  }

  function start() {
    reading ??= readAll()
      .catch((error: unknown) => log.error('reading what was missed stumbled', { why: describeError(error) }))
      .finally(() => {
        reading = undefined
      })
  }

  return {
    begin() {
      if (state.get(r.sinceKey) === undefined && !positions.size) {
        state.set(r.sinceKey, toTs(clock.now() - skewMs))
        return
      }
      gaps++
      done.clear()
      later.clear()
      start()
    },
    lost(chat) {
      lost.add(chat)
      later.set(chat, clock.now() + 5000)
      start()
    },
    catchUp,
    position: (chat, ts) => (behind(chat) || ts <= (positions.get(chat) ?? '') ? {} : { [keyOf(chat)]: ts }),
    moved(chat, ts) {
      if (!behind(chat) && ts > (positions.get(chat) ?? '')) positions.set(chat, ts)
    },
    start(chat, ts) {
      if (positions.has(chat)) return
      positions.set(chat, ts)
      state.set(keyOf(chat), ts)
    },
  }
}
