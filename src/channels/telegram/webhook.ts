// Updates that Telegram brings to us: the other way to hear them, for accounts with a public address.
import { z } from 'zod'
import { describeError, Fault } from '../../lib/fault.ts'
import type { Scope } from '../../lib/scope.ts'
import { sameSecret } from '../../lib/secret.ts'
import { allowedUpdates, type Hearing } from './poll.ts'

/** What the webhook works with; `secret` is what Telegram must show. */
export interface Webhook extends Hearing {
  readonly secret: string
  readonly url: string
}

const update = z.looseObject({ update_id: z.int() })

/** How often we ask Telegram whether it still knows our address, in ms: the sign of life of a quiet bot. */
const everyMs = 60_000

/** Telegram accepts these as a secret: https://core.telegram.org/bots/api#setwebhook. */
const goodSecret = /^[\w-]{1,256}$/

/** Tells Telegram where we are. Throws INVALID_REQUEST when it cannot take the secret or the address. */
export async function setWebhook(w: Webhook): Promise<void> {
  if (!goodSecret.test(w.secret))
    throw new Fault(
      'INVALID_REQUEST',
      'channels.telegram.webhookSecret may hold only letters, digits, "_" and "-", at most 256; ' +
        'change it with `oclaw config set channels.telegram.webhookSecret <text>`',
    )
  const hook = { url: w.url, secret_token: w.secret, allowed_updates: allowedUpdates }
  await w.bot.call('setWebhook', (api, s) => api.setWebhook(hook, s), { signal: w.signal })
}

/** Answers a request: 401 without the secret, 500 when the update could not be stored, so that it comes again. */
export async function answerWebhook(w: Webhook, request: Request): Promise<Response> {
  const given = request.headers.get('x-telegram-bot-api-secret-token') ?? ''
  if (!sameSecret(w.secret, given)) return new Response('unauthorized', { status: 401 })
  const parsed = update.safeParse(await request.json().catch(() => undefined))
  if (!parsed.success) return new Response('not an update', { status: 400 })
  w.status('online')
  try {
    const inbound = w.read(parsed.data)
    if (inbound) await w.receive(inbound)
    return new Response('ok')
  } catch (error) {
    w.log.warn('an update could not be stored; Telegram will bring it again', { why: describeError(error) })
    return new Response('not stored', { status: 500 })
  }
}

/** The port of the original's own listener, where proxies of older setups bring updates. */
const ownPort = 8787

/**
 * Answers on an address of the webhook's own, besides the gateway's, and `/healthz` there, until the account closes. When
 * the address is taken, the gateway's port alone brings updates.
 */
export function listenWebhook(
  w: Webhook,
  at: { readonly path: string; readonly host?: string | undefined; readonly port?: number | undefined },
  scope: Scope,
): void {
  const { host = '127.0.0.1', port = ownPort } = at
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      development: false,
      reusePort: false,
      maxRequestBodySize: 1_000_000,
      fetch(request) {
        const { pathname } = new URL(request.url)
        if (pathname === '/healthz') return new Response('ok')
        if (pathname !== at.path) return new Response('not found', { status: 404 })
        if (request.method !== 'POST') return new Response('only POST', { status: 405, headers: { allow: 'POST' } })
        return answerWebhook(w, request)
      },
    })
    scope.defer('webhook listener', () => server.stop())
  } catch (error) {
    const why = describeError(error)
    w.log.warn('the webhook has no port of its own; the gateway’s port serves it', { host, port, why })
  }
}

/** Asks every minute whether Telegram is there and still brings updates here; never throws. A wrong token ends it. */
export async function watchWebhook(w: Webhook): Promise<void> {
  for (;;) {
    await w.clock.sleep(everyMs, w.signal).catch(() => undefined)
    if (w.signal.aborted) return
    try {
      const now = await w.bot.call('getWebhookInfo', (api, s) => api.getWebhookInfo(s), { signal: w.signal })
      if (now.url !== w.url) await setWebhook(w)
      w.status('online')
    } catch (error) {
      if (w.signal.aborted) return
      if (error instanceof Fault && error.code === 'UNAUTHORIZED') return w.fail(error)
      w.status('offline', describeError(error))
    }
  }
}
