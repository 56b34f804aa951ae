// The shared secret: what mode is in force, and how guesses are counted.
import type { Clock } from '../lib/clock.ts'
import { sameSecret, type Secret } from '../lib/secret.ts'
import { isLoopback, type Peer } from './origin.ts'

/** How callers prove themselves. */
export interface AuthRule {
  readonly mode: 'none' | 'token' | 'password' | 'trusted-proxy'
  readonly token?: Secret
  readonly password?: Secret
  readonly rateLimit: RateLimit
  /** Whether people Tailscale knows come in to the UI and by WebSocket. */
  readonly allowTailscale?: boolean
  /** What a trusted proxy says of its users. */
  readonly trustedProxy?: {
    readonly userHeader: string
    readonly requiredHeaders: readonly string[]
    readonly allowUsers: readonly string[]
  }
}

/** Failures counted in a sliding window, and how long the door is shut after too many. Spans in ms. */
export interface RateLimit {
  readonly maxAttempts: number
  readonly windowMs: number
  readonly lockoutMs: number
  readonly exemptLoopback: boolean
}

/** What was shown. */
export interface Credentials {
  readonly token?: string | undefined
  readonly password?: string | undefined
}

/** The verdict on credentials; `cause` is the wire's word for it, `secret` whether the shared secret was shown. */
export type AuthVerdict =
  | { readonly ok: true; readonly secret: boolean }
  | { readonly ok: false; readonly cause: string; readonly retryAfterMs?: number }

/** Counts failures by address. */
export interface Limiter {
  /** Milliseconds until the address may try again; 0 when it may now. */
  locked(ip: string | undefined): number
  failed(ip: string | undefined): void
  succeeded(ip: string | undefined): void
  /** Takes the last failure back: what was shown was good for another door. */
  forgiven(ip: string | undefined): void
}

/** Most addresses remembered at a time. */
const maxAddresses = 10_000

/** A limiter of one kind of secret. */
export function limiter(clock: Clock, rule: () => RateLimit): Limiter {
  const seen = new Map<string, { times: number[]; until: number }>()
  const key = (ip: string | undefined) => ip ?? 'unknown'
  const exempt = (ip: string | undefined) => rule().exemptLoopback && ip !== undefined && isLoopback(ip)
  return {
    locked(ip) {
      if (exempt(ip)) return 0
      return Math.max(0, (seen.get(key(ip))?.until ?? 0) - clock.now())
    },
    failed(ip) {
      if (exempt(ip)) return
      const now = clock.now()
      const { windowMs, maxAttempts, lockoutMs } = rule()
      const entry = seen.get(key(ip)) ?? { times: [], until: 0 }
      entry.times = [...entry.times.filter((t) => t > now - windowMs), now]
      if (entry.times.length >= maxAttempts) {
        entry.until = now + lockoutMs
        entry.times = []
      }
      seen.delete(key(ip))
      seen.set(key(ip), entry)
      if (seen.size > maxAddresses) seen.delete(seen.keys().next().value as string)
    },
    succeeded(ip) {
      seen.delete(key(ip))
    },
    forgiven(ip) {
      seen.get(key(ip))?.times.pop()
    },
  }
}

/**
 * Judges credentials in the original's words; a lockout comes before everything else. Counts failures. Programs that
 * call by HTTP need the secret: whom Tailscale vouches for is heard at the `ws` door only.
 */
export function checkAuth(
  rule: AuthRule,
  given: Credentials,
  { guesser: ip, vouched }: Pick<Peer, 'guesser' | 'vouched'>,
  limit: Limiter,
  door: 'ws' | 'http',
): AuthVerdict {
  if (rule.mode === 'none') return { ok: true, secret: false }
  const wait = limit.locked(ip)
  if (wait > 0) return { ok: false, cause: 'too many failed authentication attempts (retry later)', retryAfterMs: wait }
  if (rule.mode === 'trusted-proxy') {
    if (vouched && 'user' in vouched) return { ok: true, secret: false }
    limit.failed(ip)
    return { ok: false, cause: vouched?.cause ?? 'trusted_proxy_user_missing' }
  }
  const kind = rule.mode === 'password' ? 'password' : 'token'
  const expected = kind === 'password' ? rule.password : rule.token
  const shown = kind === 'password' ? given.password : given.token
  if (!shown && door === 'ws' && vouched && 'user' in vouched) return { ok: true, secret: false }
  if (!expected) return { ok: false, cause: `gateway ${kind} not configured on gateway` }
  if (!shown) {
    limit.failed(ip)
    return { ok: false, cause: vouched && 'cause' in vouched ? vouched.cause : `gateway ${kind} missing` }
  }
  if (!sameSecret(expected.reveal(), shown)) {
    limit.failed(ip)
    return { ok: false, cause: `gateway ${kind} mismatch` }
  }
  limit.succeeded(ip)
  return { ok: true, secret: true }
}

/** Whether what was shown under one rule is still good under another. */
export function sameRule(then: AuthRule, now: AuthRule): boolean {
  const secret = (r: AuthRule) => (r.mode === 'none' ? '' : (r.mode === 'password' ? r.password : r.token)?.reveal())
  const others = (r: AuthRule) => JSON.stringify([r.allowTailscale ?? false, r.trustedProxy])
  return then.mode === now.mode && secret(then) === secret(now) && others(then) === others(now)
}

/** Whether a secret of its own, such as a hook's token, was shown; an absent or unresolved one never is. */
export const shows = (secret: Secret | undefined, given: string | undefined): boolean =>
  secret?.resolved === true && given !== undefined && sameSecret(secret.reveal(), given)

/** The HMAC-SHA256 of bytes under a secret, in hex; undefined when the secret is not known. */
export async function macOf(secret: Secret, bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!secret.resolved) return undefined
  const raw = new TextEncoder().encode(secret.reveal())
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes)).toHex()
}

/** Credentials of callers who do not say which kind theirs is: an HTTP bearer, the simple dialect. */
export function anyKind(rule: AuthRule, secret: string | undefined): Credentials {
  return rule.mode === 'password' ? { password: secret } : { token: secret }
}

/** The bearer secret of a request, if it has one. */
export function bearer(headers: Headers): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.get('authorization') ?? '')?.[1]
}
