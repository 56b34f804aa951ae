// The simple dialect of the seeds, and the same in JSON-RPC 2.0 envelopes.
import { randomText } from '../lib/ids.ts'
import { Fault, toErrorShape, type ErrorShape } from '../lib/fault.ts'
import { canonicalKey } from '../domain/session-key.ts'
import { anyKind, checkAuth, type Limiter } from './auth.ts'
import { drop, push, type Connection } from './connection.ts'
import { originAllowed } from './origin.ts'
import type { ServerParts } from './parts.ts'
import { allScopes } from './rpc.ts'

type Frame = Readonly<Record<string, unknown>>

/** What the simple dialect needs of its server. */
export interface SimpleParts {
  readonly server: ServerParts
  readonly limit: Limiter
  joined(c: Connection): void
}

const numbers: Readonly<Record<string, number>> = {
  UNKNOWN_METHOD: -32601,
  INVALID_REQUEST: -32602,
  UNAUTHORIZED: -32001,
}
const codes: Readonly<Record<string, string>> = { LIMITED: 'RATE_LIMITED' }

function reply(c: Connection, f: Frame, body: { result: unknown } | { error: ErrorShape }) {
  const { id, method } = f
  if (c.dialect === 'jsonrpc') {
    if (id === undefined) return
    if ('result' in body) return push(c, JSON.stringify({ jsonrpc: '2.0', id, result: body.result }))
    const { code, message, details } = body.error
    return push(
      c,
      JSON.stringify({
        jsonrpc: '2.0',
        id,
        error: { code: numbers[code] ?? -32000, message, data: { code, details } },
      }),
    )
  }
  const about = { method, ...(id === undefined ? {} : { id }) }
  if ('error' in body) {
    const { code, ...rest } = body.error
    return push(c, JSON.stringify({ ok: false, ...about, error: { code: codes[code] ?? code, ...rest } }))
  }
  const { result } = body
  const flat = typeof result === 'object' && result !== null && !Array.isArray(result) ? result : {}
  push(c, JSON.stringify({ ...flat, ok: true, ...about, result }))
}

const isObject = (x: unknown): x is Frame => typeof x === 'object' && x !== null && !Array.isArray(x)

/** Answers what is no request at all; `undefined` stands for text that is not JSON. */
function noRequest(c: Connection, frame: unknown) {
  const message = 'a request needs a method: {"method":"health","params":{}}'
  const about = isObject(frame) ? frame : {}
  if (c.dialect !== 'jsonrpc') return reply(c, about, { error: { code: 'INVALID_REQUEST', message } })
  const error = { code: frame === undefined ? -32700 : -32600, message, data: { code: 'INVALID_REQUEST' } }
  return push(c, JSON.stringify({ jsonrpc: '2.0', id: about['id'] ?? null, error }))
}

/** Takes one message; answers once it is dealt with, so that the next one waits for it unless it runs long. */
export async function simpleMessage(parts: SimpleParts, c: Connection, frame: unknown): Promise<void> {
  if (!isObject(frame) || typeof frame['method'] !== 'string' || !frame['method']) return noRequest(c, frame)
  if (frame['type'] === 'req' && frame['method'] === 'connect' && c.caller)
    return drop(c, 1008, 'invalid request frame')
  const { method } = frame
  const params = isObject(frame['params']) ? frame['params'] : {}
  if (c.peer.origin !== undefined && !originAllowed(c.peer, parts.server.net().allowedOrigins)) {
    reply(c, frame, {
      error: {
        code: 'FORBIDDEN',
        message: `origin not allowed: ${c.peer.origin}; add it to gateway.controlUi.allowedOrigins`,
      },
    })
    return drop(c, 1008, 'origin not allowed')
  }
  if (method === 'auth' || method === 'connect') return signIn(parts, c, frame, params)
  if (!c.caller && !letIn(parts, c)) {
    const message =
      'sign in first: {"method":"auth","params":{"token":"<gateway token>"}}; `oclaw config get gateway.auth --show-secrets` shows it'
    return reply(c, frame, { error: { code: 'UNAUTHORIZED', message } })
  }
  await run(parts, c, frame as Frame & { method: string }, params)
}

/** Lets a connection in that needs no secret. */
function letIn(parts: SimpleParts, c: Connection): boolean {
  const open = parts.server.auth().mode === 'none' && c.peer.localDirect
  if (!open && !c.preauthorized) return false
  admit(parts, c)
  return true
}

function admit(parts: SimpleParts, c: Connection) {
  c.scopes = allScopes
  c.caller = { kind: 'operator', id: `simple:${c.peer.ip ?? 'unknown'}`, scopes: allScopes, connection: c.id }
  parts.joined(c)
}

/** Promotes a connection whose upgrade carried the right secret and that says nothing. */
export function promote(parts: SimpleParts, c: Connection): void {
  c.dialect = 'simple'
  admit(parts, c)
}

function signIn(parts: SimpleParts, c: Connection, frame: Frame, params: Frame) {
  const inner = isObject(params['auth']) ? params['auth'] : params
  const secret = [inner['token'], inner['password']].find((x) => typeof x === 'string')
  const rule = parts.server.auth()
  const verdict =
    c.preauthorized && secret === undefined
      ? { ok: true as const }
      : checkAuth(rule, anyKind(rule, secret), c.peer, parts.limit, 'ws')
  if (!verdict.ok) {
    const code = verdict.retryAfterMs === undefined ? 'UNAUTHORIZED' : 'LIMITED'
    const message = `unauthorized: ${verdict.cause}; \`oclaw config get gateway.auth --show-secrets\` shows what is in force`
    reply(c, frame, {
      error: { code, message, ...(verdict.retryAfterMs === undefined ? {} : { retryAfterMs: verdict.retryAfterMs }) },
    })
    return drop(c, 1008, message)
  }
  if (secret !== undefined) c.rule = rule
  if (Array.isArray(params['events'])) c.events = new Set(params['events'].map(String))
  if (!c.caller) admit(parts, c)
  const { version } = parts.server.hello()
  reply(c, frame, {
    result: {
      authenticated: true,
      mode: rule.mode,
      version,
      connId: c.id,
      scopes: [...c.scopes].filter((s) => s !== 'public').map((s) => `operator.${s}`),
    },
  })
}

/** Seed names for parameters, in ours. */
function translated(parts: SimpleParts, c: Connection, method: string, params: Frame): Frame {
  const out: Record<string, unknown> = { ...params }
  if (['sessions.reset', 'sessions.delete', 'sessions.compact'].includes(method) && out['key'] === undefined)
    out['key'] = out['sessionKey']
  if ((method === 'chat.send' || method === 'agent') && out['idempotencyKey'] === undefined)
    out['idempotencyKey'] = `run_${randomText(22)}`
  const spelled = out['sessionKey'] ?? out['key']
  if (typeof spelled === 'string') {
    try {
      c.spelling.set(canonicalKey(spelled, parts.server.hello().defaultAgent), spelled)
    } catch {
      return out // a malformed key is refused by the operation itself
    }
  }
  return out
}

async function run(parts: SimpleParts, c: Connection, frame: Frame & { method: string }, params: Frame): Promise<void> {
  const { method } = frame
  const early = Promise.withResolvers<void>()
  let acked = false
  const wait = params['wait'] === true
  const done = parts.server.dispatch
    .call(method, translated(parts, c, method, params), {
      caller: c.caller as NonNullable<Connection['caller']>,
      signal: c.abort.signal,
      lenient: true,
      accepted(value) {
        if (!wait) {
          acked = true
          reply(c, frame, { result: value })
        }
        early.resolve()
      },
    })
    .then(
      (result) => {
        if (!acked) reply(c, frame, { result: wait && method === 'agent' ? flatAnswer(result) : result })
      },
      (error: unknown) => {
        if (!acked) reply(c, frame, { error: unknown(method, error) })
      },
    )
  await Promise.race([done, early.promise])
}

/** The answer of a call that waited for its run: its text and usage at the top. */
function flatAnswer(result: unknown): unknown {
  const r = result as {
    runId: string
    status: string
    result: { payloads: { text?: string }[]; meta: { agentMeta: { usage?: unknown } } }
  }
  const text = r.result.payloads.map((p) => p.text ?? '').join('\n\n')
  return { ...r, text, usage: r.result.meta.agentMeta.usage }
}

function unknown(method: string, error: unknown): ErrorShape {
  const shape = toErrorShape(error)
  const isUnknown = error instanceof Fault && shape.message === `unknown method: ${method}`
  return isUnknown ? { ...shape, code: 'UNKNOWN_METHOD' as ErrorShape['code'] } : shape
}
