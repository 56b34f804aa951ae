// A running account of the Cloud API: WhatsApp brings messages to our webhook, and we ask every minute whether it is there.
import { z } from 'zod'
import type { ChannelContext, Connection } from '../../../define/channel.ts'
import { describeError, Fault } from '../../../lib/fault.ts'
import { missing, type WhatsAppAccount } from '../account.ts'
import { withMedia } from '../download.ts'
import { explain, openGraph, publicGraph, type Graph } from './api.ts'
import type { Me, News, RemoteFile } from './inbound.ts'
import { markRead, react, send, type Outgoing } from './outbound.ts'
import { answerWebhook, type Webhook } from './webhook.ts'

type Context = ChannelContext<WhatsAppAccount>

/** How often we ask whether WhatsApp is there, in ms. */
const everyMs = 60_000

const number = z.looseObject({ display_phone_number: z.string().default(''), verified_name: z.string().optional() })
const fileAt = z.looseObject({ url: z.string(), file_size: z.coerce.number().optional() })

/** The settings of the Cloud API. Throws INVALID_REQUEST when one is missing, the app secret above all. */
function settingsOf(a: WhatsAppAccount) {
  const { phoneNumberId, accessToken, appSecret, verifyToken, apiRoot } = a.cloud ?? {}
  if (!phoneNumberId || !accessToken || !appSecret || !verifyToken)
    throw new Fault('INVALID_REQUEST', missing(a) ?? 'not configured')
  return { phoneNumberId, accessToken, appSecret, verifyToken, root: apiRoot ?? publicGraph }
}

async function ask(graph: Graph, id: string, signal: AbortSignal) {
  const fields = 'display_phone_number,verified_name'
  const answer = await graph.call('the number', `${id}?fields=${fields}`, { method: 'GET', signal, ms: 15_000 })
  return number.parse(answer ?? {})
}

/** Asks every minute whether the API is there; never throws. A wrong token ends it. */
async function watch(ctx: Context, graph: Graph, id: string): Promise<void> {
  const { signal } = ctx.scope
  for (;;) {
    await ctx.clock.sleep(everyMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      await ask(graph, id, signal)
      ctx.status('online')
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Fault && error.code === 'UNAUTHORIZED') {
        ctx.status('offline', error.message)
        return ctx.fail(error)
      }
      ctx.status('offline', describeError(error))
    }
  }
}

/** Connects a number of the Cloud API. */
export async function connectCloud(ctx: Context): Promise<Connection> {
  const { account: a, scope, clock, log } = ctx
  const s = settingsOf(a)
  ctx.status('connecting')
  const graph = openGraph({ root: s.root, token: s.accessToken, fetch: ctx.fetch, clock })
  const own = await ask(graph, s.phoneNumberId, scope.signal)
  ctx.status('online')
  const watching = watch(ctx, graph, s.phoneNumberId)
  scope.defer('watch', () => watching)

  const me: Me = { phoneNumberId: s.phoneNumberId, number: own.display_phone_number, account: ctx.accountId }
  const maxBytes = a.mediaMaxMb * 1_000_000
  const out: Outgoing = {
    graph,
    phoneNumberId: s.phoneNumberId,
    media: ctx.media,
    tables: a.markdown?.tables ?? 'code',
    maxBytes: Math.min(100_000_000, maxBytes),
  }
  const downloads = { media: ctx.media, clock, log, signal: scope.signal, maxBytes }
  /** The newest message of each chat: what "is typing" must name. */
  const newest = new Map<string, string>()

  const fetchable = (file: RemoteFile) => ({
    ...file,
    bytes: 0,
    async fetch(signal: AbortSignal) {
      const at = fileAt.parse(await graph.call('the file', file.id, { method: 'GET', signal }))
      if ((at.file_size ?? 0) > maxBytes) throw new Fault('TOO_LARGE', `it has ${at.file_size} bytes; see mediaMaxMb`)
      return graph.download(at.url, maxBytes, signal)
    },
  })

  const seen = (id: string) =>
    markRead(out, id, false, scope.signal).catch((error: unknown) =>
      log.debug('a message could not be marked as read', { why: describeError(error) }),
    )

  async function give(news: News): Promise<void> {
    if (news.kind === 'happening') return void (await ctx.happened(news.happening))
    if (news.kind === 'unread') return log.warn('a message of WhatsApp could not be read', { why: news.why })
    if (news.kind === 'failed') {
      const why = explain(news.code, news.text).message
      return log.warn('WhatsApp could not deliver a message', { id: news.id, to: news.to, why })
    }
    const { message, files } = news
    const prefixed =
      a.messagePrefix && message.text && !message.text.startsWith('/')
        ? `${a.messagePrefix} ${message.text}`
        : message.text
    const complete = await withMedia({ ...message, text: prefixed }, files.map(fetchable), downloads)
    const heard = await ctx.receive(complete)
    newest.set(message.to.chat, message.id)
    if (heard === 'heard' && a.sendReadReceipts !== false) void seen(message.id)
  }

  const hook: Webhook = {
    appSecret: s.appSecret,
    verifyToken: s.verifyToken,
    me,
    log,
    signal: scope.signal,
    alive: () => ctx.status('online'),
    give,
  }
  const name = own.verified_name
  return {
    me: { id: own.display_phone_number || s.phoneNumberId, ...(name ? { name } : {}) },
    send: (message, signal) => send(out, message, signal),
    react: (at, id, emoji) => react(out, at.chat, id, emoji, scope.signal),
    async typing(at) {
      const id = newest.get(at.chat)
      if (id !== undefined && a.sendReadReceipts !== false) await markRead(out, id, true, scope.signal)
    },
    webhook: (request) => answerWebhook(hook, request),
    async probe(signal) {
      const now = await ask(graph, s.phoneNumberId, signal)
      return [now.display_phone_number, now.verified_name, 'Cloud API'].filter(Boolean).join(', ')
    },
  }
}
