// The strict dialect after its sign-in: typed frames, requests answered as they finish.
import { z } from 'zod'
import { toErrorShape, type ErrorShape } from '../lib/fault.ts'
import { canonicalKey } from '../domain/session-key.ts'
import { drop, ownCap, push, type Connection } from './connection.ts'
import { connect, Refused } from './handshake.ts'
import type { Dispatcher } from './rpc.ts'

const Request = z.strictObject({
  type: z.literal('req'),
  id: z.string().min(1),
  method: z.string().min(1),
  params: z.unknown().optional(),
})

/** Our codes in the original's words. */
const codes: Readonly<Record<string, string>> = {
  NOT_PAIRED: 'NOT_PAIRED',
  UNAVAILABLE: 'UNAVAILABLE',
  INTERNAL: 'UNAVAILABLE',
  TIMEOUT: 'UNAVAILABLE',
  CANCELLED: 'UNAVAILABLE',
  LIMITED: 'UNAVAILABLE',
}

const errorOf = (e: ErrorShape) => ({ ...e, code: codes[e.code] ?? 'INVALID_REQUEST' })
const answer = (c: Connection, id: unknown, body: Record<string, unknown>) =>
  push(c, JSON.stringify({ type: 'res', id, ...body }))

/** What the strict dialect needs of its server. */
export interface StrictParts {
  readonly dispatch: Dispatcher
  readonly handshake: Parameters<typeof connect>[3]
  readonly server: Parameters<typeof connect>[0]
  /** Hears that a connection has signed in. */
  joined(c: Connection): void
}

/** The first message of a connection: must be `connect`. */
export async function strictFirst(parts: StrictParts, c: Connection, frame: unknown): Promise<void> {
  const parsed = Request.safeParse(frame)
  if (!parsed.success) return drop(c, 1008, 'invalid request frame')
  const { id, method, params } = parsed.data
  try {
    if (method !== 'connect') throw new Refused('INVALID_REQUEST', 'invalid handshake: first request must be connect')
    const hello = await connect(parts.server, c, params, parts.handshake)
    answer(c, id, { ok: true, payload: hello })
    parts.joined(c)
  } catch (error) {
    const shape = toErrorShape(error)
    answer(c, id, { ok: false, error: errorOf(shape) })
    drop(c, error instanceof Refused ? error.close : 1008, shape.message)
  }
}

/** A later message: a request, answered when it is done. */
export async function strictRequest(parts: StrictParts, c: Connection, frame: unknown): Promise<void> {
  const parsed = Request.safeParse(frame)
  if (!parsed.success) {
    const id = typeof frame === 'object' && frame !== null && 'id' in frame ? frame.id : 'invalid'
    const error = {
      code: 'INVALID_REQUEST',
      message: `invalid request frame: ${parsed.error.issues.map((i) => i.message).join('; ')}`,
    }
    return answer(c, id, { ok: false, error })
  }
  const { id, method, params } = parsed.data
  if (method === 'connect')
    return answer(c, id, {
      ok: false,
      error: { code: 'INVALID_REQUEST', message: 'connect is only valid as the first request' },
    })
  const nodeOnly = ['node.invoke.result', 'node.event', 'skills.bins'].includes(method)
  if ((c.role === 'node') !== nodeOnly)
    return answer(c, id, { ok: false, error: { code: 'INVALID_REQUEST', message: `unauthorized role: ${c.role}` } })
  noteRuns(c, method, params, parts.server.hello().defaultAgent)
  try {
    const payload = await parts.dispatch.call(method, params, {
      caller: c.caller as NonNullable<Connection['caller']>,
      signal: c.abort.signal,
      lenient: c.caps.has(ownCap),
      accepted: (value) => answer(c, id, { ok: true, payload: value }),
    })
    answer(c, id, { ok: true, payload })
  } catch (error) {
    const shape = errorOf(toErrorShape(error))
    answer(c, id, { ok: false, error: shape })
  }
}

/** Remembers the sessions a connection starts runs in: it hears of their tools. */
function noteRuns(c: Connection, method: string, params: unknown, defaultAgent: string) {
  if (method !== 'chat.send' && method !== 'agent') return
  const key = (params as { sessionKey?: unknown } | undefined)?.sessionKey
  try {
    c.started.add(canonicalKey(typeof key === 'string' ? key : 'main', defaultAgent))
  } catch {
    return // a malformed key is refused by the operation itself
  }
}
