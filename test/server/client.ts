// A client of the gateway: raw frames, the strict sign-in with a device's signature, and both dialects' requests.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'

/** A parsed frame, looked into freely. */
export type Frame = ReturnType<typeof JSON.parse>

/** How to open the socket. */
export interface ClientWish {
  readonly path?: string
  readonly headers?: Record<string, string>
}

/** An Ed25519 identity. */
export function device() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  return {
    id: createHash('sha256').update(raw).digest('hex'),
    publicKey: raw.toString('base64url'),
    sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
  }
}

export type Device = ReturnType<typeof device>

export const adm = ['operator.admin', 'operator.approvals', 'operator.pairing']

/** What a `connect` says; what is left out is usual. */
export interface ConnectWish {
  readonly device?: Device
  readonly scopes?: readonly string[]
  readonly token?: string
  readonly client?: Frame
  readonly role?: string
  readonly caps?: readonly string[]
  readonly version?: 'v1' | 'v2'
  /** Changes the finished parameters. */
  alter?(params: Frame): void
}

/** Opens a socket and waits until it is open; frames are kept in order. */
export async function client(base: string, wish: ClientWish = {}) {
  const ws = new WebSocket(`${base}${wish.path ?? '/'}`, { headers: wish.headers ?? {} } as never)
  const frames: Frame[] = []
  const waiting: { want(f: Frame): boolean; give(f: Frame): void }[] = []
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  ws.addEventListener('message', (e) => {
    const frame = JSON.parse(String(e.data))
    frames.push(frame)
    for (const w of waiting.filter((w) => w.want(frame))) {
      waiting.splice(waiting.indexOf(w), 1)
      w.give(frame)
    }
  })
  ws.addEventListener('close', (e) => closed.resolve({ code: e.code, reason: e.reason }))
  await new Promise<void>((resolve, reject) => {
    ws.addEventListener('open', () => resolve())
    ws.addEventListener('error', () => reject(new Error('the socket was refused')))
  })
  let next = 0

  /** The first frame, past or to come, that is wanted. */
  function frame(what: string, want: (f: Frame) => boolean, from = 0): Promise<Frame> {
    const found = frames.slice(from).find(want)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${what} within 4 s; got ${JSON.stringify(frames).slice(0, 1500)}`)),
        4000,
      )
      waiting.push({
        want,
        give(f) {
          clearTimeout(timer)
          resolve(f)
        },
      })
    })
  }
  const send = (f: unknown) => ws.send(typeof f === 'string' ? f : JSON.stringify(f))
  const response = (id: unknown, from = 0) =>
    frame(`answer to ${String(id)}`, (f) => f.type === 'res' && f.id === id, from)

  async function connect(c: ConnectWish = {}): Promise<Frame> {
    const challenge = await frame('challenge', (f) => f.event === 'connect.challenge')
    const nonce = c.version === 'v1' ? undefined : String(challenge.payload.nonce)
    const about = { id: 'cli', mode: 'cli', version: 'dev', platform: 'linux', ...c.client }
    const scopes = c.scopes ?? adm
    const params: Frame = {
      minProtocol: 3,
      maxProtocol: 3,
      client: about,
      scopes,
      ...(c.role ? { role: c.role } : {}),
      ...(c.caps ? { caps: c.caps } : {}),
      ...(c.token === undefined ? {} : { auth: { token: c.token } }),
    }
    if (c.device) {
      const signedAt = Date.now()
      const fields = [
        c.version ?? 'v2',
        c.device.id,
        about.id,
        about.mode,
        c.role ?? 'operator',
        scopes.join(','),
        signedAt,
        c.token ?? '',
      ]
      const text = [...fields, ...(nonce ? [nonce] : [])].join('|')
      params.device = {
        id: c.device.id,
        publicKey: c.device.publicKey,
        signature: c.device.sign(text),
        signedAt,
        ...(nonce ? { nonce } : {}),
      }
    }
    c.alter?.(params)
    const id = `c${++next}`
    send({ type: 'req', id, method: 'connect', params })
    return response(id)
  }

  return {
    ws,
    frames,
    closed: closed.promise,
    send,
    frame,
    response,
    connect,
    /** A strict request and its (first) answer. */
    call(method: string, params?: unknown): Promise<Frame> {
      const id = `r${++next}`
      send({ type: 'req', id, method, ...(params === undefined ? {} : { params }) })
      return response(id)
    },
    /** A simple request and its answer. */
    simple(method: string, params?: unknown, more: Frame = {}): Promise<Frame> {
      const from = frames.length
      send({ method, ...(params === undefined ? {} : { params }), ...more })
      return frame(`answer to ${method}`, (f) => f.method === method && 'ok' in f, from)
    },
    event: (name: string, want: (data: Frame) => boolean = () => true, from = 0) =>
      frame(`event ${name}`, (f) => f.event === name && want(f.payload ?? f.data ?? {}), from),
    events: (name: string) => frames.filter((f) => f.event === name),
    close: () => ws.close(),
  }
}

export type Client = Awaited<ReturnType<typeof client>>
