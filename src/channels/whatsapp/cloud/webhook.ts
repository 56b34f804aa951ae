// Notifications of the Cloud API: only signed ones, and acknowledged only when stored.
import { createHmac } from 'node:crypto'
import { describeError } from '../../../lib/fault.ts'
import type { Log } from '../../../lib/log.ts'
import { sameSecret, type Secret } from '../../../lib/secret.ts'
import { toNews, type Me, type News } from './inbound.ts'

/** What the webhook works with. */
export interface Webhook {
  readonly appSecret: Secret
  readonly verifyToken: Secret
  readonly me: Me
  readonly log: Log
  readonly signal: AbortSignal
  /** Called for every request that WhatsApp signed. */
  alive(): void
  /** Hands over one thing; rejects when it was not stored. */
  give(news: News): Promise<void>
}

/** WhatsApp sends at most 3 MB. */
const maxBytes = 4_000_000

const text = (status: number, body: string) => new Response(body, { status, headers: { 'content-type': 'text/plain' } })

/** The question WhatsApp asks when the address is entered in the app dashboard. */
function verify(w: Webhook, url: URL): Response {
  const asked = url.searchParams.get('hub.mode') === 'subscribe'
  const given = url.searchParams.get('hub.verify_token') ?? ''
  if (!asked || !sameSecret(w.verifyToken.reveal(), given)) return text(403, 'the verify token is wrong')
  return text(200, url.searchParams.get('hub.challenge') ?? '')
}

/** Whether WhatsApp signed these bytes. */
function signed(w: Webhook, bytes: Uint8Array, signature: string): boolean {
  const expected = createHmac('sha256', w.appSecret.reveal()).update(bytes).digest('hex')
  return sameSecret(`sha256=${expected}`, signature)
}

/** Answers a request: 401 without a signature, 500 when something could not be stored, so that it comes again. */
export async function answerWebhook(w: Webhook, request: Request): Promise<Response> {
  if (w.signal.aborted) return text(503, 'the account is stopping')
  if (request.method === 'GET') return verify(w, new URL(request.url))
  if (request.method !== 'POST') return text(405, 'only GET and POST')
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return text(413, 'too large')
  const bytes = new Uint8Array(await request.arrayBuffer())
  if (!signed(w, bytes, request.headers.get('x-hub-signature-256') ?? '')) return text(401, 'unauthorized')
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return text(400, 'not JSON')
  }
  const news = toNews(body, w.me)
  if (!news) return text(400, 'not a notification of WhatsApp')
  w.alive()
  try {
    for (const one of news) await w.give(one)
    return text(200, 'ok')
  } catch (error) {
    w.log.warn('a notification could not be stored; WhatsApp will bring it again', { why: describeError(error) })
    return text(500, 'not stored')
  }
}
