// What every HTTP request knows of its sender, and the answers all routes share.
import type { Context } from 'hono'
import { anyKind, bearer, checkAuth, type Limiter } from './auth.ts'
import { originAllowed, type Peer } from './origin.ts'
import type { ServerParts } from './parts.ts'

/** What a request knows of its sender. */
export interface Env {
  readonly Bindings: {
    readonly ip: string
    /** Lets the connection be silent for as long as the answer takes. */
    patience(): void
  }
  readonly Variables: { peer: Peer }
}

/** The answer to missing or wrong credentials. */
export function refused(c: Context, verdict: { readonly cause: string; readonly retryAfterMs?: number }): Response {
  if (verdict.retryAfterMs === undefined)
    return c.json({ error: { message: 'Unauthorized', type: 'unauthorized' } }, 401)
  const seconds = String(Math.ceil(verdict.retryAfterMs / 1000))
  return c.json(
    { error: { message: `Too many failed authentication attempts; retry in ${seconds} s`, type: 'rate_limited' } },
    429,
    { 'retry-after': seconds },
  )
}

/** Whether the request is of a web page that is not ours; such pages can post without being asked. */
export const foreignPage = (peer: Peer, parts: ServerParts): boolean =>
  peer.origin !== undefined && !originAllowed(peer, parts.net().allowedOrigins)

/** The answer to a request that may not come in; undefined when it may. Reads no body. */
export function stranger(c: Context<Env>, parts: ServerParts, limit: Limiter): Response | undefined {
  const rule = parts.auth()
  const peer = c.get('peer')
  const verdict = checkAuth(rule, anyKind(rule, bearer(c.req.raw.headers)), peer, limit, 'http')
  if (!verdict.ok) return refused(c, verdict)
  if (rule.mode === 'none' && foreignPage(peer, parts))
    return c.json({ error: { message: 'this origin may not call the gateway', type: 'forbidden' } }, 403)
  return undefined
}

/** The answer to another method than POST. */
export const postOnly = (c: Context): Response => c.text('Method Not Allowed', 405, { allow: 'POST' })
