// One socket to Slack: it says hello, brings envelopes, and is watched, since a dead line looks like a quiet one.
import { deadline, type Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { envelope } from './payload.ts'

/** How often we ask whether the line is alive, in ms; without any answer until the next time it is dead. */
const pingMs = 15_000
/** How long Slack may take to say hello, in ms. */
const helloMs = 8000

/** What a link works with. */
export interface LinkParts {
  readonly clock: Clock
  readonly log: Log
  /** Takes an envelope's payload in; the answer goes back with the acknowledgement. Rejects when it was not stored. */
  take(type: string, payload: unknown): Promise<object | undefined>
  /** A sign of life. */
  alive(): void
  /** How many sockets we have open ourselves, this one included. */
  readonly own: number
}

/** An open socket. */
export interface Link {
  /** Resolves with the reason when the socket is gone or the line is dead; never rejects. */
  readonly ended: Promise<string>
  /** Resolves when Slack asks us to open another socket soon. */
  readonly aging: Promise<void>
  /** When it said hello, by the clock. */
  readonly since: number
  close(): void
}

/** Opens a socket; resolves at Slack's hello. Throws UNAVAILABLE when it does not come. */
export async function openLink(p: LinkParts, url: string, signal: AbortSignal): Promise<Link> {
  const { clock, log } = p
  const ended = Promise.withResolvers<string>()
  const aging = Promise.withResolvers<void>()
  const hello = Promise.withResolvers<void>()
  const over = new AbortController()
  let heard = true
  let greeted = false
  // The types are those of browsers; Bun's sockets can ping and be ended at once.
  const socket = new WebSocket(url) as unknown as Bun.WebSocket

  const end = (why: string) => {
    if (over.signal.aborted) return
    over.abort()
    signal.removeEventListener('abort', close)
    ended.resolve(why)
    hello.reject(new Fault('UNAVAILABLE', `the socket to Slack was not opened: ${why}`))
    socket.close()
    // A dead line answers no farewell: do not wait for it.
    socket.terminate()
  }
  const close = () => end('closed')
  const sign = () => {
    heard = true
    if (greeted && !over.signal.aborted) p.alive()
  }

  function acknowledge(id: string, payload: object | undefined) {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(JSON.stringify({ envelope_id: id, ...(payload ? { payload } : {}) }))
  }

  function onEnvelope(text: string) {
    let given: unknown
    try {
      given = JSON.parse(text)
    } catch {
      return log.warn('Slack sent something that is not JSON')
    }
    const parsed = envelope.safeParse(given)
    if (!parsed.success) return log.warn('Slack sent something that is no envelope')
    const { type, reason, envelope_id: id, payload, num_connections: count } = parsed.data
    if (type === 'hello') {
      greeted = true
      if ((count ?? 1) > p.own)
        log.warn('another program may hear with the same app token; Slack shares the events among all', { count })
      return hello.resolve()
    }
    if (type === 'disconnect') {
      if (reason === 'warning' || reason === 'refresh_requested') return aging.resolve()
      const off = reason === 'link_disabled' ? '; switch on Socket Mode of the app at api.slack.com/apps' : ''
      return end(`Slack ended the connection (${reason ?? 'no reason'})${off}`)
    }
    if (id === undefined) return
    p.take(type, payload).then(
      (answer) => acknowledge(id, answer),
      () => log.debug('an event was not stored and is not acknowledged', { type }),
    )
  }

  async function watch() {
    for (;;) {
      await clock.sleep(pingMs, over.signal)
      if (!heard) return end(`nothing was heard for ${pingMs / 1000} s`)
      heard = false
      socket.ping()
    }
  }

  socket.addEventListener('message', (event: MessageEvent) => {
    sign()
    if (typeof event.data === 'string') onEnvelope(event.data)
  })
  for (const life of ['ping', 'pong']) socket.addEventListener(life, sign)
  // What went wrong is said by the close that follows; the error event holds the address, and that a ticket.
  socket.addEventListener('error', () => undefined)
  socket.addEventListener('close', (event: CloseEvent) => end(`the socket was closed (${event.code})`))
  signal.addEventListener('abort', close)

  const late = new Fault('UNAVAILABLE', `Slack did not say hello within ${helloMs / 1000} s`)
  const limit = deadline(clock, helloMs, late, signal)
  limit.signal.addEventListener('abort', () => end(limit.signal.reason === late ? late.message : 'closed'))
  try {
    await hello.promise
  } finally {
    limit.done()
  }
  watch().catch(() => undefined)
  p.alive()
  return { ended: ended.promise, aging: aging.promise, since: clock.now(), close }
}
