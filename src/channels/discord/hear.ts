// Hands over what the gateway tells: in order within a channel, again and again until it is stored.
import type { ChannelContext } from '../../define/channel.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { lanes } from '../../lib/lanes.ts'
import { backoff, type Backoff } from '../../lib/retry.ts'
import type { DiscordAccount } from './account.ts'
import type { Dispatch } from './link.ts'
import { timeOf } from './payload.ts'
import { progress, type Position, type Step } from './position.ts'

type Context = ChannelContext<DiscordAccount>

/** What is written with a message. */
export type Also = Readonly<Record<string, string>>

/** One thing to do about an event. `lane` keeps the order of a channel. */
export interface Task {
  readonly lane: string
  /** Gets what is needed; a Fault that trying again cannot mend ends the task. Undefined when nothing is to be stored. */
  prepare(): Promise<Store | undefined>
}

/** Stores something, with what `also` answers at that moment. When it rejects nothing was stored; it is called again. */
export type Store = (also: () => Also) => Promise<void>

/** Says what is to be done about an event. Must not throw. */
export type Reader = (event: Dispatch) => Task | undefined

/** Takes events in. */
export interface Listener {
  heard(event: Dispatch, session: Position): void
  /** Does something that the position must wait for, in the lane of a channel. Resolves when it is done or given up. */
  alongside(task: Task): Promise<void>
  /** Does not let the position move past this moment until the answer is called. */
  hold(): () => void
  room(): Promise<void>
  full(): boolean
  /** Writes the position down; resolves when nothing is being handed over any more. */
  close(): Promise<void>
  readonly reached: Position | undefined
}

/** So many events may wait to be stored; then no more are asked for until half of them are. */
const maxHeld = 1000

/** Channels served at a time. */
const width = 64

/** How far our clock may be ahead, in ms. */
const guessMs = 300_000

const storeWait: Backoff = { firstMs: 2000, factor: 1.8, maxMs: 24_000, jitter: 0.25 }

/** The time of an event, by the id of what it is about. */
const eventTime = (data: unknown): number => {
  const id = typeof data === 'object' && data !== null && 'id' in data ? data.id : undefined
  return typeof id === 'string' && /^\d{15,20}$/.test(id) ? timeOf(id) : 0
}

/** A listener that goes on from `start` and writes its position under `key`. */
export function listener(ctx: Context, key: string, start: Position | undefined, read: Reader): Listener {
  const { signal } = ctx.scope
  const steps = progress(start)
  const queue = lanes(width)
  const busy = new Set<Promise<void>>()
  const waiting: (() => void)[] = []
  let at = start?.at ?? 0
  let last = start
  let written = start?.session

  /** Notes a new session at once: it can be resumed even when nothing was said in it yet. */
  function noteSession() {
    const to = steps.reached
    if (!to || to.session === written) return
    written = to.session
    ctx.state
      .write({ [key]: JSON.stringify(to) })
      .catch((error: unknown) => ctx.log.warn('the new session was not noted', { why: describeError(error) }))
  }

  function finish(step: Step) {
    steps.finish(step)
    noteSession()
    if (steps.held > maxHeld / 2) return
    for (const go of waiting.splice(0)) go()
  }

  const also = (step: Step): Also => {
    const to = steps.with(step)
    return to ? { [key]: JSON.stringify(to) } : {}
  }

  /** Runs a task until it is done; answers false when the account stopped before. */
  async function insist(task: Task, step: Step): Promise<boolean> {
    let ready: { readonly store: Store | undefined } | undefined
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        ready ??= { store: await task.prepare() }
        await ready.store?.(() => also(step))
        return true
      } catch (error) {
        if (signal.aborted) return false
        if (!ready && error instanceof Fault && !error.retryable) {
          ctx.log.error('an event was passed over', { why: describeError(error) })
          return true
        }
        const asked = error instanceof Fault ? (error.more.retryAfterMs ?? 0) : 0
        const waitMs = Math.max(asked, backoff(tries, storeWait, Math.random()))
        ctx.log.warn('an event could not be stored; it will be tried again', { why: describeError(error), waitMs })
        await ctx.clock.sleep(waitMs, signal).catch(() => undefined)
      }
    }
    return false
  }

  function go(task: Task, step: Step): Promise<void> {
    const run = queue
      .run(task.lane, () => insist(task, step))
      .then((done) => {
        if (done) finish(step)
      })
    busy.add(run)
    void run.finally(() => busy.delete(run))
    return run
  }

  const begin = () => steps.begin({ ...(last ?? { session: '', url: '', seq: 0 }), at })

  return {
    heard(event, session) {
      // The clocks of others are not ours: the time of a new session is only a guess, to be taken early.
      at = Math.max(at, at || session.at - guessMs, eventTime(event.data))
      last = { ...session, seq: event.seq, at }
      const step = steps.begin(last)
      const task = read(event)
      if (task) void go(task, step)
      else finish(step)
    },
    alongside: (task) => go(task, begin()),
    hold() {
      const step = begin()
      return () => finish(step)
    },
    room: () =>
      steps.held <= maxHeld / 2 || signal.aborted
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve)
            signal.addEventListener('abort', () => resolve(), { once: true })
          }),
    full: () => steps.held > maxHeld,
    async close() {
      await Promise.all(busy)
      if (steps.reached && steps.reached !== start) await ctx.state.write({ [key]: JSON.stringify(steps.reached) })
    },
    get reached() {
      return steps.reached
    },
  }
}
