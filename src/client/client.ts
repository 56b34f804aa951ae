// The client of a gateway, for the command line, browsers, Deno and other programs; web standards only.
import type { z } from 'zod'
import { bus, type Bus } from '../lib/bus.ts'
import { systemClock, type Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { randomText } from '../lib/ids.ts'
import { backoff } from '../lib/retry.ts'
import type { Client } from '../define/op.ts'
import { openLink, type ClientEvent, type Link, type LinkOptions } from './link.ts'

/** How to reach a gateway, and what to do when it goes away. */
export interface ConnectOptions extends LinkOptions {
  /** Closes the client when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** Connect again, ever more slowly, when the connection is lost; `connection.lost` and `.restored` tell of it. */
  readonly reconnect?: boolean | undefined
  readonly clock?: Clock | undefined
  /** Hears of listeners that threw. */
  readonly broken?: ((error: unknown) => void) | undefined
}

/** What came of a question to the agent. */
export interface AgentAnswer {
  readonly runId: string
  readonly sessionKey: string
  readonly status: 'ok' | 'error'
  readonly summary: string
  readonly text: string
  readonly result: { readonly payloads: readonly { readonly text?: string; readonly isError?: boolean }[] }
}

/** A connected client. */
export interface GatewayClient {
  /** Calls a method. Throws the gateway's Fault, UNAVAILABLE when the connection is lost, or the signal's reason. */
  call(method: string, params?: unknown, signal?: AbortSignal): Promise<unknown>
  /** Asks the agent and waits for its answer; hears the `agent.*` events of this run until then. */
  agent(
    params: Readonly<Record<string, unknown>>,
    opts?: { onEvent?(event: ClientEvent): void; readonly signal?: AbortSignal },
  ): Promise<AgentAnswer>
  /** Everything the gateway tells. */
  readonly events: Pick<Bus<ClientEvent>, 'listen'>
  /** Resolves with what ended it: `close()`, the signal, or a loss without `reconnect`. */
  readonly closed: Promise<Fault>
  close(): void
}

const worthTrying = (error: unknown) => error instanceof Fault && ['UNAVAILABLE', 'TIMEOUT'].includes(error.code)

/** Connects and signs in. Throws UNAVAILABLE or TIMEOUT when nothing answers, UNAUTHORIZED or LIMITED when refused. */
export async function connectGateway(o: ConnectOptions): Promise<GatewayClient> {
  const clock = o.clock ?? systemClock
  const news = bus<ClientEvent>(o.broken ?? ((error) => reportError(error)))
  const stop = new AbortController()
  const closed = Promise.withResolvers<Fault>()
  const dial = () => openLink(o, clock, news.publish, stop.signal)
  let link: Promise<Link>

  function close(why = new Fault('CANCELLED', 'the client was closed')) {
    if (stop.signal.aborted) return
    o.signal?.removeEventListener('abort', aborted)
    stop.abort(why)
    closed.resolve(why)
    link.then(
      (l) => l.close(),
      () => undefined,
    )
  }
  const aborted = () => close(new Fault('CANCELLED', 'cancelled', { cause: o.signal?.reason }))

  /** Watches a link; when it ends, dials again or gives up. */
  function watch(now: Link) {
    void now.ended.then((why) => {
      if (stop.signal.aborted) return
      if (!o.reconnect) return close(why)
      news.publish({ event: 'connection.lost', data: { reason: why.message } })
      link = again()
      link.catch((error: unknown) => close(error instanceof Fault ? error : why))
    })
  }

  async function again(): Promise<Link> {
    for (let tries = 0; ; tries++) {
      await clock.sleep(
        backoff(tries, { firstMs: 500, factor: 2, maxMs: 30_000, jitter: 0.2 }, Math.random()),
        stop.signal,
      )
      try {
        const next = await dial()
        watch(next)
        news.publish({ event: 'connection.restored', data: { tries: tries + 1 } })
        return next
      } catch (error) {
        if (!worthTrying(error)) throw error
      }
    }
  }

  if (o.signal?.aborted) throw new Fault('CANCELLED', 'cancelled', { cause: o.signal.reason })
  o.signal?.addEventListener('abort', aborted, { once: true })
  link = dial()
  try {
    watch(await link)
  } catch (error) {
    o.signal?.removeEventListener('abort', aborted)
    throw error
  }

  const call = async (method: string, params: unknown = {}, signal?: AbortSignal) =>
    (await link).request(method, params, signal)

  async function ask(params: Readonly<Record<string, unknown>>, signal: AbortSignal | undefined) {
    for (;;) {
      const now = await link
      try {
        return await now.request('agent', params, signal)
      } catch (error) {
        // The same idempotency key joins the run that goes on, so asking again is safe.
        const lost = error instanceof Fault && error.code === 'UNAVAILABLE' && o.reconnect && !stop.signal.aborted
        if (!lost || signal?.aborted || now === (await link)) throw error
      }
    }
  }

  return {
    call,
    async agent(params, opts = {}) {
      const run = typeof params['idempotencyKey'] === 'string' ? params['idempotencyKey'] : `run_${randomText(22)}`
      const unlisten = news.listen((e) => {
        if (e.event.startsWith('agent.') && e.data['runId'] === run) opts.onEvent?.(e)
      })
      try {
        return (await ask({ ...params, idempotencyKey: run, wait: true }, opts.signal)) as AgentAnswer
      } finally {
        unlisten()
      }
    },
    events: news,
    closed: closed.promise,
    close: () => close(),
  }
}

/** Operations, as far as the typed client has to know them: by their types. */
type OpTypes = readonly { id: string; params: z.ZodType; result: z.ZodType }[]

/** A client as functions, one per operation: `typedClient<Ops>(client)['sessions.list']({limit: 5})`. */
export function typedClient<Ops extends OpTypes>(client: GatewayClient): Client<Ops> {
  return new Proxy({} as Client<Ops>, {
    // A `then` would make the proxy look like a promise to `await`.
    get: (_target, id) =>
      typeof id === 'symbol' || id === 'then'
        ? undefined
        : (params: unknown, signal?: AbortSignal) => client.call(id, params, signal),
  })
}
