// Saying something in a chat, without an agent.
import { z } from 'zod'
import { deadline, type Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import type { MediaRef } from '../domain/media.ts'
import type { Engine } from '../engine/engine.ts'
import { estimateTokens } from '../engine/prompt/history.ts'
import { say } from '../engine/say.ts'
import { asVoice, download, keep } from '../engine/answer/sendable.ts'
import * as entries from '../store/entries.ts'
import * as files from '../store/media.ts'
import * as outbox from '../store/outbox.ts'
import * as sessions from '../store/sessions.ts'
import { addressOf } from './address.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'

/** How long the platform's answer is waited for, in ms. */
const waitMs = 20_000

/** Where something is sent. */
export const where = {
  to: z.string().trim().min(1).describe('the chat or person, as the channel names them'),
  channel: z.string().optional().describe('the channel; may be left out when only one is set up'),
  accountId: z.string().optional().describe('the account it goes out by'),
  threadId: z.union([z.string(), z.number()]).optional().describe('the thread or topic'),
  idempotencyKey: z.string().min(1).optional().describe('an id of the caller’s; the same one is sent once'),
}

/** The files meant: those stored by `media.put`, and addresses, downloaded within the usual limits and stored. */
function fetched(e: Engine, urls: readonly string[], signal: AbortSignal): Promise<MediaRef[]> {
  return Promise.all(
    urls.map(async (url) => {
      const stored = url.startsWith('med_') ? files.byId(e.world.db, url) : undefined
      if (stored) return stored
      return keep(e.world, await download(e.world, url, signal))
    }),
  )
}

/** The pieces of a key as they are when the platform has answered for all of them, or time is over. */
export async function settled(e: Engine, clock: Clock, key: string, signal: AbortSignal): Promise<outbox.OutboxRow[]> {
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

const element = z.record(z.string(), z.unknown())

const send = defineOp({
  id: 'send',
  summary: 'Sends a message to a chat.',
  scope: 'write',
  params: z.strictObject({
    ...where,
    message: z.string().optional().describe('the text, in Markdown'),
    mediaUrl: z.string().optional().describe('the address of a file to send along, or the id media.put gave it'),
    mediaUrls: z.array(z.string()).optional().describe('the addresses of several'),
    asVoice: z.boolean().optional().describe('send sound as a voice message'),
    gifPlayback: z.boolean().optional().describe('show a video as a silent, looping clip'),
    replyTo: z.string().optional().describe('the message it answers, by the platform’s id'),
    silent: z.boolean().optional().describe('without a sound'),
    buttons: z
      .array(
        z.array(
          z.strictObject({ text: z.string(), data: z.string(), style: z.enum(['primary', 'danger']).optional() }),
        ),
      )
      .optional()
      .describe('rows of buttons under it'),
    components: z
      .union([
        z.array(element),
        z.strictObject({ rows: z.array(element), forms: z.record(z.string(), element).optional() }),
      ])
      .optional()
      .describe('elements as the platform writes them; with `forms`, by the ids of the buttons that open them'),
    dryRun: z.boolean().optional().describe('check everything and send nothing'),
    sessionKey: z.string().optional().describe('the session that remembers it'),
  }),
  result: z.object({
    runId: z.string(),
    messageId: z.string(),
    channel: z.string(),
    chatId: z.string(),
    queued: z.boolean().optional(),
    dryRun: z.boolean().optional(),
  }),
  cli: {
    path: 'message send',
    short: { message: 'm', to: 't' },
    also: { to: ['target'], mediaUrl: ['media'], accountId: ['account'] },
    print: (r) =>
      r.dryRun
        ? `It would go to ${r.channel} ${r.chatId}.`
        : r.queued
          ? `It waits for ${r.channel}.`
          : `Sent (${r.messageId}).`,
  },
  examples: [{ params: { to: '42', message: 'Dinner is ready.' } }],
  handler: async ({ params: p, signal }, s: Pick<Services, 'engine' | 'channels' | 'clock'>) => {
    const { engine: e, clock } = s
    const { db } = e.world
    const text = p.message?.trim() ?? ''
    const urls = [...(p.mediaUrl === undefined ? [] : [p.mediaUrl]), ...(p.mediaUrls ?? [])]
    const components = Array.isArray(p.components) ? { rows: p.components } : p.components
    if (!text && !urls.length && !components) throw new Fault('INVALID_REQUEST', 'text or media is required')
    const to = await addressOf(s, p, 'channel')
    if (components && !s.channels.definitions.find((d) => d.id === to.channel)?.can.includes('components'))
      throw new Fault('INVALID_REQUEST', `${to.channel} takes no components; use buttons, or say it in words`)
    if (p.dryRun) return { runId: '', messageId: '', channel: to.channel, chatId: to.chat, dryRun: true }
    const runId = p.idempotencyKey ?? newId('run', clock)
    const key = `send:${runId}`
    if (!outbox.byKey(db, key).length) {
      const found = await fetched(e, urls, signal)
      const media = p.asVoice ? found.map(asVoice) : found
      await db.write(() => {
        const how = {
          key,
          media,
          ...(p.gifPlayback ? { gif: true } : {}),
          ...(p.replyTo === undefined ? {} : { replyTo: p.replyTo, replyMode: 'first' as const }),
          ...(p.silent ? { silent: true } : {}),
          ...(p.buttons ? { buttons: p.buttons } : {}),
          ...(components ? { components } : {}),
        }
        if (say(e.world, to, text, how).length && p.sessionKey !== undefined) remember(e, p.sessionKey, text)
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

export const sendOps = [send] as const
