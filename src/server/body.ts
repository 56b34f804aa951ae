// Reads the body of a request: never more than allowed, never longer than half a minute.
import { deadline, type Clock } from '../lib/clock.ts'

/** How long a body may take, in ms. */
const patienceMs = 30_000

/** A body, or why there is none. */
export type Body =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly status: 408 | 413; readonly message: string }

/** A body as JSON, or why there is none. */
export type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: 400 | 408 | 413; readonly message: string }

const tooLarge: Body = { ok: false, status: 413, message: 'Payload too large' }

/** Gathers a body of unknown length; undefined when it grows beyond `max`. */
async function gather(body: ReadableStream<Uint8Array>, max: number, signal: AbortSignal) {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body.getReader()
  const stop = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  for (;;) {
    const next = await reader.read()
    if (next.done) return Buffer.concat(chunks)
    size += next.value.length
    if (size > max) {
      stop()
      return undefined
    }
    chunks.push(next.value)
  }
}

/** Reads a body of at most `max` bytes. */
export async function readBody(request: Request, max: number, clock: Clock): Promise<Body> {
  const length = request.headers.get('content-length')
  if (length !== null && Number(length) > max) return tooLarge
  if (!request.body) return { ok: true, bytes: new Uint8Array() }
  const limit = deadline(clock, patienceMs, 'late')
  const late = new Promise<'late'>((resolve) =>
    limit.signal.addEventListener('abort', () => resolve('late'), { once: true }),
  )
  try {
    const got = await Promise.race([
      length === null ? gather(request.body, max, limit.signal) : request.arrayBuffer(),
      late,
    ])
    if (got === 'late') return { ok: false, status: 408, message: 'Request body timeout' }
    return got ? { ok: true, bytes: new Uint8Array(got) } : tooLarge
  } finally {
    limit.done()
  }
}

/** Reads a body as JSON; an empty one counts as `{}`. */
export async function readJson(request: Request, max: number, clock: Clock): Promise<JsonBody> {
  const body = await readBody(request, max, clock)
  return body.ok ? asJson(body.bytes) : body
}

/** Bytes as JSON; none count as `{}`. */
export function asJson(bytes: Uint8Array): JsonBody {
  try {
    const text = new TextDecoder().decode(bytes)
    return { ok: true, value: text.trim() ? (JSON.parse(text) as unknown) : {} }
  } catch (error) {
    return { ok: false, status: 400, message: error instanceof Error ? error.message : 'bad JSON' }
  }
}
