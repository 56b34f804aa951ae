// Events, commands and buttons that Slack brings to our port: only what Slack signed, once, and lately.
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { sameSecret, type Secret } from '../../lib/secret.ts'
import type { Web } from './api.ts'

/** Slack's own limit for the age of a call: https://docs.slack.dev/authentication/verifying-requests-from-slack. */
const maxAgeMs = 300_000
const maxBytes = 2_000_000

/** How often we ask whether Slack knows our token, in ms: the sign of life of a quiet bot. */
const everyMs = 60_000

/** What http mode works with. */
export interface Webhook {
  readonly secret: Secret
  readonly web: Web
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  event(body: unknown): Promise<void>
  command(body: unknown): Promise<object | undefined>
  actions(body: unknown): Promise<void>
  status(state: 'online' | 'offline', why?: string): void
  fail(error: unknown): void
  /** Called when calls may have failed to reach us. */
  gap(): void
}

const callBody = z.looseObject({ type: z.string(), challenge: z.string().optional() })

/** Signatures that were taken, until they are too old anyway. */
function seenSignatures(clock: Clock) {
  const seen = new Map<string, number>()
  return {
    has: (signature: string) => seen.has(signature),
    add(signature: string) {
      const now = clock.now()
      for (const [one, until] of seen)
        if (until < now) seen.delete(one)
        else break
      seen.set(signature, now + 2 * maxAgeMs)
    },
    forget: (signature: string) => void seen.delete(signature),
  }
}

/** What signs a body: HMAC-SHA256 over version, time and body. */
export const signatureOf = (secret: string, timestamp: string, body: string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`

/** Makes what answers the calls. 401: not Slack's, too old, or seen before; 500: not stored, so that it comes again. */
export function webhook(w: Webhook): (request: Request) => Promise<Response> {
  const seen = seenSignatures(w.clock)

  /** Why a call is not taken; undefined when it is Slack's. */
  function wrong(request: Request, body: string, signature: string): string | undefined {
    const timestamp = request.headers.get('x-slack-request-timestamp') ?? ''
    if (!/^\d{1,12}$/.test(timestamp) || !signature) return 'unsigned'
    if (Math.abs(w.clock.now() - Number(timestamp) * 1000) > maxAgeMs) return 'too old'
    if (!sameSecret(signatureOf(w.secret.reveal(), timestamp, body), signature)) return 'wrong signature'
    return seen.has(signature) ? 'seen before' : undefined
  }

  async function act(type: string, body: string): Promise<Response> {
    if (type.startsWith('application/x-www-form-urlencoded')) {
      const form = new URLSearchParams(body)
      const payload = form.get('payload')
      if (payload === null) {
        const answer = await w.command(Object.fromEntries(form))
        return answer ? Response.json(answer) : new Response(null, { status: 200 })
      }
      await w.actions(JSON.parse(payload))
      return new Response(null, { status: 200 })
    }
    const call = callBody.safeParse(JSON.parse(body))
    if (!call.success) return new Response('not an event', { status: 400 })
    if (call.data.type === 'url_verification') return new Response(call.data.challenge ?? '', { status: 200 })
    if (call.data.type === 'event_callback') await w.event(call.data)
    return new Response('ok')
  }

  return async (request) => {
    if (request.method !== 'POST') return new Response('POST only', { status: 405 })
    if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return new Response('too large', { status: 413 })
    const body = await request.text()
    if (body.length > maxBytes) return new Response('too large', { status: 413 })
    const signature = request.headers.get('x-slack-signature') ?? ''
    const why = wrong(request, body, signature)
    if (why) {
      w.log.warn('a call that is not taken for one of Slack', { why })
      return new Response('unauthorized', { status: 401 })
    }
    seen.add(signature)
    w.status('online')
    try {
      return await act(request.headers.get('content-type') ?? '', body)
    } catch (error) {
      if (error instanceof SyntaxError) return new Response('not JSON', { status: 400 })
      // It comes again under another signature, or under the same.
      seen.forget(signature)
      w.log.warn('a call could not be stored; Slack will bring it again', { why: describeError(error) })
      return new Response('not stored', { status: 500 })
    }
  }
}

/** Asks every minute whether Slack is there and takes the token; never throws. A wrong token ends it. */
export async function watchSlack(w: Webhook): Promise<void> {
  let away = false
  while (!w.signal.aborted) {
    await w.clock.sleep(everyMs, w.signal).catch(() => undefined)
    if (w.signal.aborted) return
    try {
      await w.web.call('auth.test', (web) => web.auth.test({}), { signal: w.signal, ms: 15_000 })
      w.status('online')
      if (away) w.gap()
      away = false
    } catch (error) {
      if (w.signal.aborted) return
      if (error instanceof Fault && error.code === 'UNAUTHORIZED') return w.fail(error)
      away = true
      w.status('offline', describeError(error))
    }
  }
}
