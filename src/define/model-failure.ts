// Why a model call failed: turns what a model server answered into a Fault that says what to do next.
import { Fault, type FaultCode } from '../lib/fault.ts'
import type { Endpoint, FailureClass } from './provider.ts'

/** What is known of a failed call: HTTP status, the server's error code and sentence, its headers. */
export interface ModelFailure {
  readonly status: number | undefined
  readonly code: string
  readonly message: string
  readonly headers?: Headers | undefined
}

const overflow =
  /prompt is too long|context.{0,3}length|context.{0,3}(window|limit|size)|maximum context|too many (input )?tokens|input is too long|exceeds? the (maximum|max|model).{0,30}token|request_too_large|input token count/i
const billing =
  /insufficient.?(quota|credit|balance|funds)|credit balance|billing|payment required|exceeded your current/i
const limited = /rate.?limit|overloaded|too many requests|quota|capacity/i
const auth =
  /invalid.{0,3}(x-)?api.?key|incorrect api key|authentication|unauthori[sz]ed|permission_error|token (is|has) expired|not logged in/i

/** The class of a failure; the server's words count where its status is vague. */
export function failureClass(f: ModelFailure): FailureClass {
  const text = `${f.code} ${f.message}`
  if (f.status === 413) return 'overflow'
  if (f.status === 402) return 'billing'
  if (f.status === 401 || f.status === 403) return billing.test(text) ? 'billing' : 'auth'
  if (f.status === 429) return billing.test(text) && !/rate.?limit/i.test(f.code) ? 'billing' : 'rate_limit'
  if (f.status === 408) return 'timeout'
  if (f.status === 529 || f.code.includes('overloaded')) return 'rate_limit'
  if (f.status !== undefined && f.status >= 500) return 'timeout'
  if (overflow.test(text)) return 'overflow'
  if (billing.test(text)) return 'billing'
  if (auth.test(text)) return 'auth'
  if (f.status !== undefined && f.status >= 400) return 'format'
  return limited.test(text) ? 'rate_limit' : 'unknown'
}

const codes: Record<FailureClass, FaultCode> = {
  auth: 'UNAUTHORIZED',
  rate_limit: 'LIMITED',
  billing: 'FORBIDDEN',
  timeout: 'UNAVAILABLE',
  format: 'INVALID_REQUEST',
  overflow: 'TOO_LARGE',
  unknown: 'UNAVAILABLE',
}

/** Milliseconds a server asks to wait, from `retry-after-ms` or `retry-after` (seconds or an HTTP date). */
export function retryAfterMs(headers: Headers | undefined, now: number): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  if (ms > 0) return ms
  const value = headers?.get('retry-after')
  if (!value) return undefined
  const seconds = Number(value)
  const wait = Number.isNaN(seconds) ? Date.parse(value) - now : seconds * 1000
  return wait > 0 ? Math.round(wait) : undefined
}

const text = (v: unknown): string => (typeof v === 'string' ? v : '')
const fields = (v: unknown): Record<string, unknown> => (typeof v === 'object' && v !== null ? { ...v } : {})

/** What an error thrown by a model SDK says; undefined when no server said anything. */
export function failureOf(error: unknown): ModelFailure | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined
  const status = typeof error.status === 'number' ? error.status : undefined
  const body = 'error' in error ? fields(error.error) : {}
  if (status === undefined && !Object.keys(body).length) return undefined
  const inner = 'error' in body ? fields(body['error']) : body
  return {
    status,
    code: `${text(inner['code'])} ${text(inner['type'])}`.trim(),
    message: text(inner['message']) || error.message,
    headers: 'headers' in error && error.headers instanceof Headers ? error.headers : undefined,
  }
}

const advice: Record<FailureClass, (e: Endpoint) => string> = {
  auth: (e) =>
    e.program
      ? `is not signed in; run ${e.program.command} in a terminal once, and sign in`
      : `refused the key; give it a valid one: oclaw config set models.providers.${e.id}.apiKey <key>`,
  rate_limit: () => 'is limiting us; wait, or set a fallback: oclaw config set agents.defaults.model.fallbacks [...]',
  billing: () => 'wants to be paid first; add credit there or choose another model: oclaw models set <model>',
  timeout: (e) => `did not answer${e.baseUrl ? ` at ${e.baseUrl}` : ''}; try again, or: oclaw models status --probe`,
  format: () => 'did not accept the request; if it goes on, start afresh with /new',
  overflow: () => 'says the conversation is too long for the model; shorten it with /compact',
  unknown: () => 'broke off with an error of its own; try again, or: oclaw logs --level error',
}

/** The Fault of a failed model call; `details.class` is its class, `retryAfterMs` what the server asked for. */
export function modelFault(endpoint: Endpoint, failure: ModelFailure, now: number, cause?: unknown): Fault {
  const kind = failureClass(failure)
  const hide = (t: string) => endpoint.key?.hiddenIn(t) ?? t // some servers repeat the key they refuse
  const said = hide(failure.message).trim().slice(0, 500)
  const wait = retryAfterMs(failure.headers, now)
  return new Fault(codes[kind], `${endpoint.id} ${advice[kind](endpoint)}${said ? ` (${said})` : ''}`, {
    details: { class: kind, ...(failure.status === undefined ? {} : { status: failure.status }) },
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    cause: cause instanceof Error && hide(cause.message) !== cause.message ? new Error(hide(cause.message)) : cause,
  })
}
