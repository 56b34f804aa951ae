// Saying something in a chat, without an agent.
import { z } from 'zod'
import { deadline, type Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import type { Address } from '../domain/address.ts'
import type { MediaRef } from '../domain/media.ts'
import type { Engine } from '../engine/engine.ts'
import { estimateTokens } from '../engine/history.ts'
import { say } from '../engine/say.ts'
import * as entries from '../store/entries.ts'
import * as outbox from '../store/outbox.ts'
import * as sessions from '../store/sessions.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'

/** How long the platform's answer is waited for, in ms. */
const waitMs = 20_000

const where = {
  to: z.string().trim().min(1).describe('the chat or person, as the channel names them'),
  channel: z.string().optional().describe('the channel; may be left out when only one is set up'),
  accountId: z.string().optional().describe('the account it goes out by'),
  threadId: z.union([z.string(), z.number()]).optional().describe('the thread or topic'),
  idempotencyKey: z.string().min(1).optional().describe('an id of the caller’s; the same one is sent once'),
}

type Where = z.output<z.ZodObject<typeof where>>

/** The place meant. Throws INVALID_REQUEST for a channel, account or chat that cannot be. */
function addressOf({ engine: e, channels }: Pick<Services, 'engine' | 'channels'>, p: Where, what: string): Address {
  const ready = channels.status().filter((a) => a.configured && a.enabled)
  const known = [...new Set(ready.map((a) => a.channel))]
  const channel = p.channel ?? known[0]
  if (channel === 'webchat')
    throw new Fault(
      'INVALID_REQUEST',
      `unsupported ${what}: webchat (internal-only). Use \`chat.send\` for WebChat UI messages or choose a deliverable channel.`,
    )
  if (channel === undefined)
    throw new Fault('INVALID_REQUEST', `unsupported ${what}: no channel is set up; see \`oclaw channels status\``)
  if (p.channel === undefined && known.length > 1)
    throw new Fault('INVALID_REQUEST', `name the channel; there are ${known.join(', ')}`)
  const mine = ready.filter((a) => a.channel === channel)
  if (!mine.length)
    throw new Fault('INVALID_REQUEST', `unsupported ${what}: ${channel}; set up: ${known.join(', ') || 'none'}`)
  const account = p.accountId ?? mine.find((a) => a.accountId === 'default')?.accountId ?? mine[0]?.accountId ?? ''
  if (!mine.some((a) => a.accountId === account) || !e.world.settings.account(channel, account))
    throw new Fault('INVALID_REQUEST', `${channel} has no account "${account}"; see \`oclaw channels status\``)
  const bare = p.to.startsWith(`${channel}:`) ? p.to.slice(channel.length + 1) : p.to
  const m = /^(.*?)(?::(?:topic|thread):([^:]+))?$/.exec(bare)
  const chat = m?.[1]?.trim() ?? ''
  if (!chat || /\s/.test(chat)) throw new Fault('INVALID_REQUEST', `"${p.to}" is no chat of ${channel}`)
  const thread = p.threadId === undefined ? m?.[2] : String(p.threadId)
  return { channel, account, chat, ...(thread === undefined ? {} : { thread }) }
}

/** Downloads files within the usual limits and stores them. */
function fetched(e: Engine, urls: readonly string[], signal: AbortSignal): Promise<MediaRef[]> {
  const { guardedFetch, media } = e.world.outside
  return Promise.all(
    urls.map(async (url) => {
      const r = await guardedFetch(url, { signal })
      if (!r.ok) throw new Fault('UNAVAILABLE', `${url} answered ${r.status}`)
      const mime = r.headers.get('content-type')?.split(';')[0] ?? 'application/octet-stream'
      const name = new URL(url).pathname.split('/').at(-1)
      return media.save(new Uint8Array(await r.arrayBuffer()), { mime, ...(name ? { name } : {}) })
    }),
  )
}

/** The pieces of a key as they are when the platform has answered for all of them, or time is over. */
async function settled(e: Engine, clock: Clock, key: string, signal: AbortSignal): Promise<outbox.OutboxRow[]> {
  const rows = () => outbox.byKey(e.world.db, key)
  const open = () => rows().some((r) => r.state === 'ready' || r.state === 'sending')
  const limit = deadline(clock, waitMs, new Fault('TIMEOUT', 'the platform has not answered yet'), signal)
  const done = Promise.withResolvers<void>()
  const stop = e.world.news.listen((n) => {
    if (n.type === 'delivery' && !open()) done.resolve()
  })
  limit.signal.addEventListener('abort', () => done.resolve())
  if (!open()) done.resolve()
  await done.promise
  stop()
  limit.done()
  return rows()
}

const send = defineOp({
  id: 'send',
  summary: 'Sends a message to a chat.',
  scope: 'write',
  params: z.strictObject({
    ...where,
    message: z.string().optional().describe('the text, in Markdown'),
    mediaUrl: z.string().optional().describe('the address of a file to send along'),
    mediaUrls: z.array(z.string()).optional().describe('the addresses of several'),
    gifPlayback: z.boolean().optional().describe('kept for older clients'),
    sessionKey: z.string().optional().describe('the session that remembers it'),
  }),
  result: z.object({
    runId: z.string(),
    messageId: z.string(),
    channel: z.string(),
    chatId: z.string(),
    queued: z.boolean().optional(),
  }),
  cli: {
    path: 'message send',
    short: { message: 'm', to: 't' },
    print: (r) => (r.queued ? `It waits for ${r.channel}.` : `Sent (${r.messageId}).`),
  },
  examples: [{ params: { to: '42', message: 'Dinner is ready.' } }],
  handler: async ({ params: p, signal }, s: Pick<Services, 'engine' | 'channels' | 'clock'>) => {
    const { engine: e, clock } = s
    const { db } = e.world
    const text = p.message?.trim() ?? ''
    const urls = [...(p.mediaUrl === undefined ? [] : [p.mediaUrl]), ...(p.mediaUrls ?? [])]
    if (!text && !urls.length) throw new Fault('INVALID_REQUEST', 'text or media is required')
    const to = addressOf(s, p, 'channel')
    const runId = p.idempotencyKey ?? newId('run', clock)
    const key = `send:${runId}`
    if (!outbox.byKey(db, key).length) {
      const media = await fetched(e, urls, signal)
      await db.write(() => {
        if (say(e.world, to, text, { key, media }).length && p.sessionKey !== undefined) remember(e, p.sessionKey, text)
      })
    }
    const rows = await settled(e, clock, key, signal)
    const bad = rows.find((r) => ['failed', 'expired', 'unknown'].includes(r.state))
    if (bad)
      throw new Fault('UNAVAILABLE', `it was not delivered: ${bad.error ?? bad.state}; see \`oclaw messages\``, {
        details: { id: bad.id, state: bad.state },
      })
    const first = rows[0]
    return {
      runId,
      messageId: first?.platformId ?? first?.id ?? '',
      channel: to.channel,
      chatId: to.chat,
      ...(rows.every((r) => r.state === 'sent') ? {} : { queued: true }),
    }
  },
})

/** Writes what was sent into a session's log, unless its agent is in the middle of a turn; inside a transaction. */
function remember(e: Engine, name: string, text: string) {
  const { db, clock } = e.world
  const found = sessions.byKey(db, keyOf(e, name))
  if (!found || !text || e.runs.ofSession(found.key)) return
  const parts = [{ type: 'text' as const, text }]
  const at = clock.now()
  entries.append(db, {
    session: found.id,
    turn: undefined,
    role: 'assistant',
    parts,
    at,
    tokens: estimateTokens(parts),
  })
}

const poll = defineOp({
  id: 'poll',
  summary: 'Puts a question with answers to choose from to a chat.',
  scope: 'write',
  params: z.strictObject({
    ...where,
    question: z.string().min(1).describe('the question'),
    options: z.array(z.string().min(1)).min(2).max(12).describe('the answers'),
    maxSelections: z.number().int().min(1).max(12).optional().describe('how many may be chosen'),
    durationSeconds: z.number().int().min(1).max(604_800).optional().describe('how long it is open, in seconds'),
    durationHours: z.number().int().min(1).optional().describe('the same in hours'),
    silent: z.boolean().optional().describe('without a sound'),
    isAnonymous: z.boolean().optional().describe('whether nobody sees who chose what'),
  }),
  result: z.object({ runId: z.string(), messageId: z.string(), channel: z.string(), pollId: z.string().optional() }),
  examples: [{ params: { to: '42', question: 'Pizza?', options: ['yes', 'no'] }, note: 'a channel with polls' }],
  handler: ({ params: p }, s: Pick<Services, 'engine' | 'channels'>): never => {
    const to = addressOf(s, p, 'poll channel')
    throw new Fault('UNAVAILABLE', `the ${to.channel} connection of this build cannot make polls; send a question`)
  },
})

export const sendOps = [send, poll] as const
