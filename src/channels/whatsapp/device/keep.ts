// Keeps an account linked: opens sockets, notices when one is dead, and opens the next.
import type { Clock } from '../../../lib/clock.ts'
import { describeError, Fault } from '../../../lib/fault.ts'
import type { Log } from '../../../lib/log.ts'
import type { Link } from './link.ts'
import { afterEnd, loggedOut, type Ended, type Patience } from './policy.ts'

/** Time between two questions for a sign of life, and how long none may come, in ms: a dead link is known in 80 s. */
const pingMs = 20_000
const silenceMs = 60_000

/** How long WhatsApp may say nothing while a link opens, in ms. */
const openingMs = 12_000

/** What keeping works with. */
export interface Keeping {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly patience: Patience
  open(): Link
  /** Forgets the credentials of a link the phone gave up. */
  forget(): Promise<void>
  status(state: 'online' | 'offline', why?: string): void
  fail(error: unknown): void
}

/** What runs. */
export interface Kept {
  /** The link that is open now. */
  link(): Link | undefined
  /** Resolves when keeping has ended; never rejects. */
  readonly done: Promise<void>
}

/** Ends a link that WhatsApp says nothing on for `limit` ms; asks for signs of life once it is open. */
async function watch(
  k: Keeping,
  link: Link,
  limit: number,
  everyMs: number,
  since: number,
  ask: boolean,
  stop: AbortSignal,
) {
  for (;;) {
    if (ask) link.ping()
    await k.clock.sleep(everyMs, stop)
    const silent = k.clock.monotonic() - (link.lastAt() ?? since)
    if (silent >= limit) link.end(408, `no sign of life for ${Math.round(silent / 1000)} s`)
  }
}

/** Runs `work` until the link ends or the account closes. */
async function during(k: Keeping, link: Link, work: (stop: AbortSignal) => Promise<unknown>): Promise<void> {
  const stop = new AbortController()
  const going = work(AbortSignal.any([k.signal, stop.signal])).catch((error: unknown) => {
    if (!stop.signal.aborted && !k.signal.aborted) link.end(500, describeError(error))
  })
  await link.ended
  stop.abort(new Error('the link is over'))
  await going
}

/** Opens one link; answers it once open, or how it ended. */
async function attempt(k: Keeping): Promise<{ link: Link } | { ended: Ended }> {
  const link = k.open()
  const close = () => link.end(428, 'the account is closing')
  if (k.signal.aborted) close()
  else k.signal.addEventListener('abort', close, { once: true })
  void link.ended.then(() => k.signal.removeEventListener('abort', close))
  const since = k.clock.monotonic()
  const opening = new AbortController()
  const watching = during(k, link, (stop) =>
    watch(k, link, openingMs, openingMs / 4, since, false, AbortSignal.any([stop, opening.signal])).catch(
      (error: unknown) => {
        if (!opening.signal.aborted) throw error
      },
    ),
  )
  const ended = await Promise.race([link.opened.then(() => undefined), link.ended])
  opening.abort(new Error('the link is open'))
  if (ended === undefined) return { link }
  await watching
  return { ended }
}

/** Links, and keeps linked until the signal aborts. Throws a Fault when the first attempt fails. */
export async function keepLinked(k: Keeping): Promise<Kept> {
  let current: Link | undefined

  /** Lives with an open link until it ends. */
  async function live(link: Link): Promise<{ ended: Ended; stable: boolean }> {
    const since = k.clock.monotonic()
    current = link
    k.status('online')
    const watching = during(k, link, (stop) => watch(k, link, silenceMs, pingMs, since, true, stop))
    const ended = await link.ended
    current = undefined
    await watching
    return { ended, stable: k.clock.monotonic() - since > k.patience.stableMs }
  }

  /** Stops for good, with the sentence that says why. */
  async function stop(fault: Fault): Promise<void> {
    k.status('offline', fault.message)
    k.fail(fault)
  }

  async function run(first: Link): Promise<void> {
    let link: Link | undefined = first
    let tries = 0
    let counted = 0
    while (!k.signal.aborted) {
      let ended: Ended
      if (link) {
        const lived = await live(link)
        ;({ ended } = lived)
        if (lived.stable) tries = counted = 0
      } else {
        const made = await attempt(k)
        if ('link' in made) {
          ;({ link } = made)
          continue
        }
        ;({ ended } = made)
      }
      link = undefined
      if (k.signal.aborted) return
      const next = afterEnd(ended, tries++, Math.random(), k.patience.wait)
      if (next.kind === 'logged out') {
        await k.forget()
        return stop(loggedOut())
      }
      if (next.kind === 'stop') return stop(next.fault)
      if (next.counts) counted++
      if (counted > k.patience.attempts) return stop(new Fault('UNAVAILABLE', next.why))
      if (next.waitMs > 0) {
        k.status('offline', next.why)
        k.log.warn('the link to WhatsApp is down; it will be tried again', { why: next.why, waitMs: next.waitMs })
        await k.clock.sleep(next.waitMs, k.signal).catch(() => undefined)
      }
    }
  }

  let first: Link | undefined
  for (let restarts = 0; !first; restarts++) {
    const made = await attempt(k)
    if ('link' in made) {
      first = made.link
      continue
    }
    k.signal.throwIfAborted()
    const next = afterEnd(made.ended, 0, 0.5, k.patience.wait)
    if (next.kind === 'again' && next.waitMs === 0 && restarts < 3) continue
    if (next.kind === 'logged out') await k.forget()
    throw next.kind === 'logged out'
      ? loggedOut()
      : next.kind === 'stop'
        ? next.fault
        : new Fault('UNAVAILABLE', next.why)
  }
  const done = run(first).catch((error: unknown) => k.fail(error))
  return { link: () => (current?.over ? undefined : current), done }
}
