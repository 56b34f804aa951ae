// Clients of both dialects, written against the wire only.

/** A refusal as it came over the wire. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** The refusal a call met; throws when it met none. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const met = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (met instanceof Refusal) return met
  throw new Error(`expected a refusal, not ${String(met)}`)
}

/** One event of either dialect. */
export interface Heard {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A client. `call` rejects with Refusal. */
export interface Client extends Disposable {
  readonly ws: WebSocket
  call<T = Record<string, unknown>>(method: string, params?: object): Promise<T>
  /** Resolves with the first event, heard or to come, that fits. */
  hears(name: string, fits?: (data: Heard['data']) => boolean): Promise<Heard>
  readonly heard: readonly Heard[]
  /** Called for each event as it comes. */
  on: ((event: Heard) => void) | undefined
  /** Frames that were neither answers nor events. */
  readonly strays: readonly unknown[]
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

type Frame = Record<string, unknown>

const errorOf = (frame: Frame) => {
  const { code, message } = frame['error'] as { code: string; message: string }
  return new Refusal(code, message)
}

/** Opens a socket and sorts what it hears. `frame` makes a request of a call. */
export async function open(
  port: number,
  frame: (id: string, method: string, params: object) => object,
  options: { readonly keep?: boolean } = {},
): Promise<Client & { first: Promise<Frame> }> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`)
  const waiting = new Map<string, { resolve(value: never): void; reject(error: Error): void }>()
  const heard: Heard[] = []
  const strays: unknown[] = []
  const watchers = new Set<() => void>()
  const first = Promise.withResolvers<Frame>()
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  let next = 1
  const client = {
    ws,
    heard,
    strays,
    first: first.promise,
    closed: closed.promise,
    on: undefined as ((event: Heard) => void) | undefined,
    call<T>(method: string, params: object = {}): Promise<T> {
      if (ws.readyState !== WebSocket.OPEN) return Promise.reject(new Refusal('CLOSED', 'closed'))
      const id = String(next++)
      const answer = Promise.withResolvers<T>()
      waiting.set(id, answer)
      ws.send(JSON.stringify(frame(id, method, params)))
      return answer.promise
    },
    hears(name: string, fits: (data: Heard['data']) => boolean = () => true): Promise<Heard> {
      const answer = Promise.withResolvers<Heard>()
      const look = () => {
        const found = heard.find((e) => e.event === name && fits(e.data))
        if (!found) return
        watchers.delete(look)
        answer.resolve(found)
      }
      watchers.add(look)
      look()
      return answer.promise
    },
    [Symbol.dispose]: () => ws.close(),
  }
  function take(text: string) {
    const f = JSON.parse(text) as Frame
    const waiter = typeof f['id'] === 'string' ? waiting.get(f['id']) : undefined
    if (f['type'] === 'event' || (f['event'] !== undefined && f['id'] === undefined)) {
      const event = { event: String(f['event']), data: (f['payload'] ?? f['data'] ?? f) as Heard['data'] }
      if (event.event === 'connect.challenge') first.resolve(event.data)
      client.on?.(event)
      if (options.keep !== false) heard.push(event)
      for (const look of watchers) look()
    } else if (waiter) {
      const result = (f['payload'] ?? f['result']) as never
      if (f['status'] === 'accepted' || (result as Frame | undefined)?.['status'] === 'accepted') {
        if (f['type'] === 'res') return // the strict dialect answers twice
      }
      waiting.delete(String(f['id']))
      if (f['ok'] === false || f['error']) waiter.reject(errorOf(f))
      else waiter.resolve(result)
    } else strays.push(f)
  }
  ws.addEventListener('message', (e) => take(String(e.data)))
  ws.addEventListener('close', (e) => {
    for (const w of waiting.values()) w.reject(new Refusal('CLOSED', `closed ${e.code} ${e.reason}`))
    waiting.clear()
    closed.resolve({ code: e.code, reason: e.reason })
    first.reject(new Refusal('CLOSED', `closed ${e.code} ${e.reason}`))
  })
  ws.addEventListener('error', () => undefined)
  first.promise.catch(() => undefined)
  await first.promise
  return client
}

/** A socket nobody has signed in on, for frames as they come. */
export const raw = (port: number) => open(port, (id, method, params) => ({ id, method, params }))

/** Connects in the simple dialect; `events` narrows what is heard. */
export async function simple(
  port: number,
  token: string | undefined,
  more: { readonly events?: readonly string[]; readonly keep?: boolean } = {},
): Promise<Client> {
  const client = await open(port, (id, method, params) => ({ id, method, params }), more)
  const events = more.events ? { events: more.events } : {}
  if (token !== undefined) await client.call('auth', { token, ...events })
  return client
}

/** A device with a key of its own. */
export async function device() {
  const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
  const id = new Uint8Array(await crypto.subtle.digest('SHA-256', key)).toHex()
  return { id, publicKey: key.toBase64({ alphabet: 'base64url', omitPadding: true }), keys }
}

export type Device = Awaited<ReturnType<typeof device>>

/** Connects in the strict dialect as this device; answers the client and its hello. */
export async function strict(port: number, token: string, who: Device): Promise<Client & { hello: Frame }> {
  const client = await open(port, (id, method, params) => ({ type: 'req', id, method, params }))
  const nonce = String((await client.first)['nonce'])
  const scopes = ['operator.admin']
  const signedAt = Date.now()
  const text = ['v2', who.id, 'test', 'test', 'operator', scopes.join(','), signedAt, token, nonce].join('|')
  const signature = new Uint8Array(
    await crypto.subtle.sign('Ed25519', who.keys.privateKey, new TextEncoder().encode(text)),
  )
  const hello = await client.call<Frame>('connect', {
    minProtocol: 3,
    maxProtocol: 3,
    client: { id: 'test', mode: 'test', version: '1', platform: 'linux' },
    role: 'operator',
    scopes,
    auth: { token },
    device: {
      id: who.id,
      publicKey: who.publicKey,
      signature: signature.toBase64({ alphabet: 'base64url', omitPadding: true }),
      signedAt,
      nonce,
    },
  })
  return Object.assign(client, { hello })
}
