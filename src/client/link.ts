// One signed-in socket: requests out, replies matched by id, events handed on.
import { deadline, type Clock } from '../lib/clock.ts'
import { Fault, faultCodes, toFault, type FaultCode } from '../lib/fault.ts'

/** An event as the gateway sends it. */
export interface ClientEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** How a connection talks: what a request looks like, and what signs it in once the gateway's challenge is there. */
export interface LinkDialect {
  frame(id: string, method: string, params: unknown): unknown
  signIn(
    request: (method: string, params: unknown) => Promise<unknown>,
    challenge: Readonly<Record<string, unknown>>,
  ): Promise<unknown>
}

/** How to reach a gateway. */
export interface LinkOptions {
  /** `ws://` or `wss://`. */
  readonly url: string
  readonly token?: string | undefined
  readonly password?: string | undefined
  /** Only these events; all when left out. */
  readonly events?: readonly string[] | undefined
  /** Longest time until signed in, in ms; 10,000 unless said otherwise. */
  readonly timeoutMs?: number | undefined
  /** Another implementation of the web's WebSocket. */
  readonly WebSocket?: (new (url: string) => WebSocket) | undefined
  /** Another way to talk than the simple dialect, which signs in with token or password. */
  readonly dialect?: LinkDialect | undefined
}

const simple = ({ token, password, events }: LinkOptions): LinkDialect => ({
  frame: (id, method, params) => ({ id, method, params }),
  signIn: (request) => request('auth', { token, password, events }),
})

/** A signed-in socket. */
export interface Link {
  request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown>
  /** Resolves with what ended it. */
  readonly ended: Promise<Fault>
  close(): void
}

type Frame = Readonly<Record<string, unknown>>
const frameOf = (x: unknown): Frame => (typeof x === 'object' && x !== null ? (x as Frame) : {})

/** Names of the wire that are not ours. */
const codes: Readonly<Record<string, FaultCode>> = { UNKNOWN_METHOD: 'INVALID_REQUEST', RATE_LIMITED: 'LIMITED' }

function faultOf(error: unknown): Fault {
  const { code, message, details, retryAfterMs } = frameOf(error)
  const name = typeof code === 'string' ? code : ''
  const known = codes[name] ?? (Object.hasOwn(faultCodes, name) ? (name as FaultCode) : 'INTERNAL')
  return new Fault(known, typeof message === 'string' ? message : 'the gateway gave no reason', {
    ...(details === undefined ? {} : { details }),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  })
}

function open(o: LinkOptions): WebSocket {
  try {
    return new (o.WebSocket ?? globalThis.WebSocket)(o.url)
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `${o.url} is no address of a gateway; write it like ws://127.0.0.1:18789`, {
      cause: error,
    })
  }
}

/** The promise, or the signal's reason as a Fault when that comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(toFault(signal.reason))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Opens a socket and signs in. Throws UNAVAILABLE, TIMEOUT, UNAUTHORIZED, LIMITED, INVALID_REQUEST for a bad address. */
export async function openLink(
  o: LinkOptions,
  clock: Clock,
  hear: (event: ClientEvent) => void,
  signal: AbortSignal,
): Promise<Link> {
  const socket = open(o)
  const waiting = new Map<string, { resolve(value: unknown): void; reject(error: Fault): void }>()
  const dialect = o.dialect ?? simple(o)
  const challenge = Promise.withResolvers<Frame>()
  const ended = Promise.withResolvers<Fault>()
  let count = 0
  let opened = false

  function end(fault: Fault) {
    ended.resolve(fault)
    challenge.reject(fault)
    for (const answer of waiting.values()) answer.reject(fault)
    waiting.clear()
  }

  function take(frame: Frame) {
    if (typeof frame['event'] === 'string') {
      const data = frameOf(frame['data'] ?? frame['payload'])
      if (frame['event'] === 'connect.challenge') return challenge.resolve(data)
      return hear({ event: frame['event'], data })
    }
    const id = String(frame['id'])
    const answer = waiting.get(id)
    waiting.delete(id)
    if (frame['ok'] === true) answer?.resolve(frame['result'] ?? frame['payload'])
    else answer?.reject(faultOf(frame['error']))
  }

  socket.addEventListener('open', () => (opened = true))
  socket.addEventListener('message', (e: MessageEvent) => {
    try {
      take(frameOf(JSON.parse(String(e.data))))
    } catch (error) {
      end(new Fault('INTERNAL', `${o.url} does not speak the gateway’s protocol`, { cause: error }))
      socket.close()
    }
  })
  socket.addEventListener('close', (e: CloseEvent) => {
    const why = e.reason || `close code ${e.code}`
    end(new Fault('UNAVAILABLE', opened ? `the gateway closed the connection: ${why}` : `no answer at ${o.url}`))
  })
  // A failure to connect may be told by this event alone.
  socket.addEventListener('error', () => end(new Fault('UNAVAILABLE', `no answer at ${o.url}`)))

  function request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    const id = String(++count)
    const answer = Promise.withResolvers<unknown>()
    if (socket.readyState !== socket.OPEN)
      return Promise.reject(new Fault('UNAVAILABLE', `the connection to ${o.url} is gone`))
    waiting.set(id, answer)
    socket.send(JSON.stringify(dialect.frame(id, method, params)))
    return unlessAborted(answer.promise, signal).finally(() => waiting.delete(id))
  }

  const ms = o.timeoutMs ?? 10_000
  const limit = deadline(clock, ms, new Fault('TIMEOUT', `${o.url} did not sign us in within ${ms} ms`), signal)
  try {
    const asked = await unlessAborted(challenge.promise, limit.signal)
    await unlessAborted(
      dialect.signIn((method, params) => request(method, params, limit.signal), asked),
      limit.signal,
    )
  } catch (error) {
    socket.close()
    throw error
  } finally {
    limit.done()
  }
  return { request, ended: ended.promise, close: () => socket.close(1000) }
}
