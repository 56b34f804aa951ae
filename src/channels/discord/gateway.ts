// Keeps a connection to Discord's gateway: resumes after breaks, begins anew when it must, ends only for good reasons.
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { describeError, Fault, toFault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { backoff } from '../../lib/retry.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Rest } from './api.ts'
import { openLink, type Dispatch, type Link } from './link.ts'
import { ready as readyPayload } from './payload.ts'
import { finalFault, fresh, planNext, reconnectWait } from './plan.ts'
import type { Position } from './position.ts'

/** How the bot is shown: https://discord.com/developers/docs/events/gateway-events#update-presence */
export type Presence = Readonly<Record<string, unknown>>

/** What the gateway works with. */
export interface GatewayOptions {
  readonly rest: Rest
  readonly token: Secret
  readonly proxy?: string | undefined
  readonly intents: number
  /** The names of the switches in the Developer Portal that the intents need. */
  readonly switches: string
  readonly presence?: Presence | undefined
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Where to go on; undefined begins anew. */
  readonly start: Position | undefined
  /** Hears an event of a session; must not throw. */
  heard(event: Dispatch, session: Position): void
  /** Resolves when more events may come. */
  room(): Promise<void>
  /** Whether so many events wait to be stored that no more should come. */
  full(): boolean
  status(state: 'online' | 'offline', why?: string): void
  fail(error: unknown): void
}

/** A gateway that is being kept connected. */
export interface Gateway {
  /** Resolves when events flow for the first time, or when it is sure that they will not for a while; rejects for good. */
  readonly settled: Promise<void>
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  /** The time the last heartbeat took, in ms; undefined while there is no connection. */
  latencyMs(): number | undefined
  /** Shows the bot differently from now on. */
  show(presence: Presence): void
}

const gatewayBot = z.looseObject({
  url: z.string(),
  session_start_limit: z.looseObject({ remaining: z.number(), reset_after: z.number() }).optional(),
})

const address = (url: string) => `${url.replace(/\?.*$/, '')}?v=10&encoding=json`

/** Connects and stays connected until the signal aborts; never throws. */
export function keepConnected(o: GatewayOptions): Gateway {
  const settled = Promise.withResolvers<void>()
  settled.promise.catch(() => undefined)
  let session = o.start
  let attempts = fresh
  let link: Link | undefined
  let latency: number | undefined
  let presence = o.presence

  const token = () => o.token.reveal().replace(/^Bot\s+/i, '')
  const identify = () => ({
    op: 2,
    d: {
      token: token(),
      intents: o.intents,
      properties: { os: 'linux', browser: 'oclaw', device: 'oclaw' },
      ...(presence ? { presence } : {}),
    },
  })
  const resume = (from: Position) => ({ op: 6, d: { token: token(), session_id: from.session, seq: from.seq } })

  function hear(event: Dispatch) {
    if (event.type === 'READY') {
      const said = readyPayload.safeParse(event.data)
      if (!said.success) return link?.drop('Discord opened the session in a form we do not know')
      session = { session: said.data.session_id, url: said.data.resume_gateway_url, seq: event.seq, at: o.clock.now() }
    } else if (session) session = { ...session, seq: Math.max(session.seq, event.seq) }
    if (session) o.heard(event, session)
    if (event.type === 'READY' || event.type === 'RESUMED') {
      o.status('online')
      settled.resolve()
    }
    if (o.full()) link?.drop('too many events wait to be stored')
  }

  /** The address to begin a session at. Waits, and says so, while Discord allows no new one. */
  async function begin(): Promise<string> {
    for (;;) {
      const bot = await o.rest.ask(gatewayBot, { method: 'GET', path: '/gateway/bot' })
      const limit = bot.session_start_limit
      if (!limit || limit.remaining > 0) return bot.url
      const until = new Date(o.clock.now() + limit.reset_after).toISOString()
      await waitOut(
        limit.reset_after,
        `Discord lets this bot begin no more sessions until ${until}; it began too many in a day`,
      )
    }
  }

  /** Waits `ms` and keeps saying why. */
  async function waitOut(ms: number, why: string) {
    o.log.warn('no session can be begun yet', { why })
    for (let left = ms, slice = 1000; left > 0; left -= slice, slice = 60_000) {
      o.status('offline', why)
      settled.resolve()
      await o.clock.sleep(Math.min(slice, left), o.signal)
    }
  }

  /** One connection from beginning to end; answers how long to wait before the next, undefined when there is none. */
  async function connectOnce(): Promise<number | undefined> {
    await o.room()
    const from = session
    const url = from ? from.url : await begin()
    if (o.signal.aborted) return undefined
    link = openLink({
      url: address(url),
      proxy: o.proxy,
      clock: o.clock,
      signal: o.signal,
      first: from ? resume(from) : identify(),
      seq: () => session?.seq ?? null,
      heard: hear,
      alive(ms) {
        latency = ms
        o.status('online')
      },
    })
    const end = await link.end
    link = undefined
    latency = undefined
    if (o.signal.aborted) return undefined
    const fault = finalFault(end, o.switches)
    if (fault) throw fault
    const next = planNext(end, attempts, from !== undefined, Math.random())
    attempts = next.attempts
    if (!next.resume) session = undefined
    o.status('offline', end.why)
    const facts = { why: end.why, code: end.code, resume: next.resume, waitMs: next.waitMs }
    o.log.info('the connection to the gateway ended; it will be made again', facts)
    return next.waitMs
  }

  /** How long to wait after an attempt failed before there was a connection; throws when trying again cannot help. */
  function waitAfter(error: unknown): number {
    const fault = toFault(error)
    if (!fault.retryable) throw fault
    attempts = { ...attempts, failures: attempts.failures + 1 }
    o.status('offline', fault.message)
    o.log.warn('the gateway could not be asked for; it will be tried again', { why: describeError(fault) })
    return fault.more.retryAfterMs ?? backoff(attempts.failures - 1, reconnectWait, Math.random())
  }

  async function run(): Promise<void> {
    while (!o.signal.aborted) {
      const wait = await connectOnce().catch((error: unknown) => (o.signal.aborted ? undefined : waitAfter(error)))
      if (wait === undefined) return
      await o.clock.sleep(wait, o.signal).catch(() => undefined)
    }
  }

  let up = false
  settled.promise.then(
    () => (up = true),
    () => undefined,
  )
  const ended = run().then(
    () => settled.reject(new Fault('CANCELLED', 'the account was stopped while it was connecting')),
    (error: unknown) => {
      const fault = toFault(error)
      o.status('offline', fault.message)
      settled.reject(fault)
      if (up) o.fail(fault)
    },
  )
  return {
    settled: settled.promise,
    ended,
    latencyMs: () => latency,
    show(next) {
      presence = next
      link?.send({ op: 3, d: next })
    },
  }
}
