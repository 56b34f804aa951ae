// Socket mode: a link is always open, or being opened; a new one is there before Slack closes the old one.
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { describeError, Fault, toFault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { backoff, type Backoff } from '../../lib/retry.ts'
import type { Web } from './api.ts'
import { openLink, type Link } from './link.ts'

/** Short waits, so that we are back within 30 s of the network. */
const reconnectWait: Backoff = { firstMs: 500, factor: 2, maxMs: 5000, jitter: 0.25 }
/** A link that lived this long was a good one: the next wait is short again. */
const goodMs = 30_000
/** How long an old link may go on beside the new one, in ms. */
const overlapMs = 30_000

/** What socket mode works with. */
export interface Socket {
  readonly web: Web
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Takes what Slack brings; see `LinkParts.take`. */
  take(type: string, payload: unknown): Promise<object | undefined>
  status(state: 'online' | 'offline', why?: string): void
  fail(error: unknown): void
  /** Called when some events may have passed us by. */
  gap(): void
}

const answer = z.looseObject({ url: z.string().regex(/^wss?:\/\//) })

async function open(s: Socket, own: number): Promise<Link> {
  const given = await s.web.call('apps.connections.open', (w) => w.apps.connections.open({}), {
    as: 'app',
    signal: s.signal,
    ms: 8000,
  })
  const parsed = answer.safeParse(given)
  if (!parsed.success) throw new Fault('UNAVAILABLE', 'Slack named no address for the socket')
  const parts = { clock: s.clock, log: s.log, take: s.take, alive: () => s.status('online'), own }
  return openLink(parts, parsed.data.url, s.signal)
}

/** Opens a link however long it takes; undefined when the account's life ends, or its token is no good. */
async function insist(s: Socket, firstTry: number, own: () => number): Promise<Link | undefined> {
  for (let tries = firstTry; !s.signal.aborted; tries++) {
    try {
      if (tries) await s.clock.sleep(backoff(tries - 1, reconnectWait, Math.random()), s.signal)
      return await open(s, own())
    } catch (error) {
      if (s.signal.aborted) return undefined
      const fault = toFault(error)
      if (fault.code === 'UNAUTHORIZED') {
        s.fail(fault)
        return undefined
      }
      s.log.warn('the socket could not be opened; it will be tried again', { why: describeError(fault) })
      if (fault.more.retryAfterMs) await s.clock.sleep(fault.more.retryAfterMs, s.signal).catch(() => undefined)
    }
  }
  return undefined
}

/** Lets an old link end by itself, and closes it when it does not. */
async function drain(s: Socket, old: Link) {
  const stop = new AbortController()
  const signal = AbortSignal.any([s.signal, stop.signal])
  const late = s.clock.sleep(overlapMs, signal).catch(() => undefined)
  await Promise.race([old.ended, late])
  stop.abort()
  old.close()
}

/** Keeps a link open until the signal aborts; never throws. */
async function keepOpen(s: Socket, first: Link): Promise<void> {
  let link = first
  while (!s.signal.aborted) {
    const why = await Promise.race([link.ended, link.aging.then(() => undefined)])
    if (s.signal.aborted) return
    const old = link
    let gone = why !== undefined
    const lost = (reason: string) => {
      gone = true
      if (!s.signal.aborted) s.status('offline', reason)
    }
    if (why !== undefined) lost(why)
    else void old.ended.then((reason) => link === old && lost(reason))
    const next = await insist(s, s.clock.now() - old.since < goodMs ? 1 : 0, () => (gone ? 1 : 2))
    if (!next) return
    link = next
    s.status('online')
    if (gone) s.gap()
    else void drain(s, old)
  }
}

/** Opens socket mode; `closed` resolves at its end. Throws a Fault when the first link cannot be opened. */
export async function openSocket(s: Socket): Promise<{ readonly closed: Promise<void> }> {
  const first = await open(s, 1)
  return { closed: keepOpen(s, first) }
}
