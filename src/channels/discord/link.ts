// One connection to Discord's gateway, from HELLO to its end: https://discord.com/developers/docs/events/gateway.
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'

/** How a connection ended. `code` is that of the socket; `keep` tells whether the session may be resumed. */
export interface End {
  readonly code?: number
  readonly why: string
  readonly keep: boolean
  /** Whether Discord had greeted us, so that what we asked for was judged. */
  readonly greeted: boolean
  /** Whether events flowed, and for how long, in ms. */
  readonly ready: boolean
  readonly readyMs: number
}

/** An event as the gateway tells it. */
export interface Dispatch {
  readonly type: string
  readonly seq: number
  readonly data: unknown
}

/** What a connection works with. */
export interface LinkOptions {
  readonly url: string
  readonly proxy?: string | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The frame that answers HELLO: IDENTIFY or RESUME. */
  readonly first: object
  /** The last sequence number we heard, for heartbeats. */
  seq(): number | null
  /** Hears an event; must not throw. */
  heard(event: Dispatch): void
  /** A sign of life, with the time a heartbeat took in ms. */
  alive(latencyMs: number): void
}

/** A running connection. */
export interface Link {
  readonly end: Promise<End>
  /** Sends a frame, when the socket is open. */
  send(frame: object): void
  /** Gives the connection up; the session stays. */
  drop(why: string): void
}

/** Longest waits, in ms: for the socket to open, for HELLO, for READY or RESUMED, for the answer to a heartbeat. */
export const patience = { open: 10_000, hello: 30_000, ready: 30_000, ack: 30_000 } as const

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-opcodes */
const ops = { dispatch: 0, heartbeat: 1, reconnect: 7, invalid: 9, hello: 10, ack: 11 } as const

/** With this code Discord keeps the session for us; with 1000 and 1001 it ends it. */
const keepCode = 4000

/** The runtime's own WebSocket: the DOM's type lacks what it adds, a proxy and an end without a goodbye. */
const Socket = WebSocket as unknown as new (url: string, options: Bun.WebSocketOptions) => Bun.WebSocket

const frame = z.looseObject({ op: z.number(), d: z.unknown(), s: z.number().nullish(), t: z.string().nullish() })
const hello = z.looseObject({ heartbeat_interval: z.number().positive() })

const parse = (text: unknown): z.output<typeof frame> | undefined => {
  if (typeof text !== 'string') return undefined
  try {
    return frame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // the gateway sends JSON; anything else says nothing to us
  }
}

/** Connects; never throws. Everything that goes wrong is in `end`. */
export function openLink(o: LinkOptions): Link {
  const over = new AbortController()
  const life = AbortSignal.any([o.signal, over.signal])
  const ended = Promise.withResolvers<End>()
  const now = { greeted: false, readyAt: 0, acked: true, beatAt: 0 }

  function end(code: number | undefined, why: string, keep: boolean) {
    if (over.signal.aborted) return
    over.abort(new Error('the connection has ended'))
    const ready = now.readyAt > 0
    const readyMs = ready ? o.clock.now() - now.readyAt : 0
    ended.resolve({ ...(code === undefined ? {} : { code }), why, keep, greeted: now.greeted, ready, readyMs })
  }

  /** Ends a connection nobody answers on any more: there is no use in waiting for a goodbye. */
  function stalled(why: string) {
    end(undefined, why, true)
    socket.terminate()
  }

  function watch(ms: number, fine: () => boolean, why: string) {
    o.clock.sleep(ms, life).then(
      () => fine() || stalled(why),
      () => undefined,
    )
  }

  const send = (payload: object) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(payload))
  }

  function beat() {
    now.acked = false
    now.beatAt = o.clock.now()
    send({ op: ops.heartbeat, d: o.seq() })
  }

  async function keepBeating(intervalMs: number) {
    await o.clock.sleep(intervalMs * Math.random(), life)
    for (;;) {
      beat()
      watch(Math.min(patience.ack, intervalMs), () => now.acked, 'Discord no longer answers heartbeats')
      await o.clock.sleep(intervalMs, life)
    }
  }

  function greet(data: unknown) {
    const said = hello.safeParse(data)
    if (!said.success || now.greeted) return
    now.greeted = true
    keepBeating(said.data.heartbeat_interval).catch(() => undefined)
    send(o.first)
    watch(patience.ready, () => now.readyAt > 0, 'Discord did not open the session in time')
  }

  function take(text: unknown) {
    const f = parse(text)
    if (!f || over.signal.aborted) return
    switch (f.op) {
      case ops.hello:
        return greet(f.d)
      case ops.ack:
        now.acked = true
        return o.alive(o.clock.now() - now.beatAt)
      case ops.heartbeat:
        return send({ op: ops.heartbeat, d: o.seq() })
      case ops.reconnect:
        return leave('Discord asked us to connect anew', true)
      case ops.invalid:
        return leave('Discord no longer knows the session', f.d === true)
      case ops.dispatch:
        if (f.t === 'READY' || f.t === 'RESUMED') now.readyAt = o.clock.now()
        return o.heard({ type: f.t ?? '', seq: f.s ?? 0, data: f.d })
    }
  }

  function leave(why: string, keep: boolean) {
    end(undefined, why, keep)
    socket.close(keepCode)
  }

  const socket = new Socket(o.url, o.proxy ? { proxy: o.proxy } : {})
  let failed = 'the connection broke'
  socket.onmessage = (event) => take(event.data)
  socket.onerror = (event) => {
    failed = event.message.replace(/^.*failed: /, '') || failed
  }
  socket.onclose = (event) => end(event.code, event.reason || failed, true)
  watch(patience.open, () => socket.readyState !== WebSocket.CONNECTING, 'the gateway cannot be reached')
  watch(patience.hello, () => now.greeted, 'the gateway did not greet us')
  const stop = () => leave('the account is stopping', true)
  if (o.signal.aborted) stop()
  else o.signal.addEventListener('abort', stop, { once: true })
  return {
    end: ended.promise.finally(() => o.signal.removeEventListener('abort', stop)),
    send,
    drop: (why) => leave(why, true),
  }
}
