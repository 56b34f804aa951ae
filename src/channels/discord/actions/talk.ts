// Actions that say something in other ways than a message does: threads and stickers.
import { z } from 'zod'
import { limits } from '../account.ts'
import { channel } from '../payload.ts'
import { anything, channelId, gated, guildId, id, pick, serverOf, type Acting, type Gated } from './define.ts'

const archive = () =>
  z
    .union([z.literal(60), z.literal(1440), z.literal(4320), z.literal(10_080)])
    .optional()
    .describe('minutes of silence after which it is put away')
const text = () => z.string().min(1).max(limits.text)
const publicThread = 11
const forum = 15
const mentions = { parse: ['users', 'roles'] }

/** The actions that say something. */
export function talking(a: Acting): Record<string, Gated> {
  const post = async (path: string, body: object, signal: AbortSignal) =>
    a.rest.ask(anything, { method: 'POST', path, body, signal })

  return {
    'thread-create': gated('threads', {
      summary: 'Makes a thread in a channel, of a message or by itself.',
      changes: true,
      params: z.strictObject({
        target: channelId(),
        threadName: z.string().min(1).max(100),
        messageId: id().optional(),
        message: text().optional(),
        autoArchiveMin: archive(),
      }),
      async run(p, signal) {
        const name = { name: p.threadName, ...(p.autoArchiveMin ? { auto_archive_duration: p.autoArchiveMin } : {}) }
        const first = { content: p.message, allowed_mentions: mentions }
        const { type } = await a.rest.ask(channel, { method: 'GET', path: `/channels/${p.target}`, signal })
        const of = p.messageId === undefined ? '' : `/messages/${p.messageId}`
        const kind = of ? {} : type === forum ? { message: first } : { type: publicThread }
        const thread = await post(`/channels/${p.target}${of}/threads`, { ...name, ...kind }, signal)
        const { id } = z.looseObject({ id: z.string() }).parse(thread)
        if (p.message && (of || type !== forum)) await post(`/channels/${id}/messages`, first, signal)
        return { id, name: p.threadName, parentId: p.target }
      },
    }),
    'thread-list': gated('threads', {
      summary: 'Lists the threads of a server, or those of a channel that were put away.',
      changes: false,
      params: z.strictObject({
        guildId: guildId(),
        channelId: id().optional(),
        includeArchived: z.boolean().default(false),
        before: z.string().optional(),
        limit: z.number().int().min(2).max(100).default(50),
      }),
      async run(p, signal) {
        const answer = z.looseObject({ threads: z.array(anything) })
        const server = `/guilds/${await serverOf(a, p.guildId, signal)}/threads/active`
        const active = await a.rest.ask(answer, { method: 'GET', path: server, signal })
        const shown = active.threads.filter(
          (t) => p.channelId === undefined || pick(t, 'parent_id').parent_id === p.channelId,
        )
        const query = { limit: p.limit, before: p.before }
        const archived =
          p.includeArchived && p.channelId !== undefined
            ? (
                await a.rest.ask(answer, {
                  method: 'GET',
                  path: `/channels/${p.channelId}/threads/archived/public`,
                  query,
                  signal,
                })
              ).threads
            : []
        return [...shown, ...archived].slice(0, p.limit).map((t) => pick(t, 'id', 'name', 'parent_id', 'message_count'))
      },
    }),
    'thread-reply': gated('threads', {
      summary: 'Says something in a thread.',
      changes: true,
      params: z.strictObject({ target: channelId(), message: text(), replyTo: id().optional() }),
      async run(p, signal) {
        const reply = p.replyTo ? { message_reference: { message_id: p.replyTo, fail_if_not_exists: false } } : {}
        const body = { content: p.message, allowed_mentions: mentions, ...reply }
        return pick(await post(`/channels/${p.target}/messages`, body, signal), 'id', 'channel_id')
      },
    }),
    'sticker-send': gated('stickers', {
      summary: 'Sends stickers to a channel.',
      changes: true,
      params: z.strictObject({
        target: channelId(),
        stickerId: z.array(id()).min(1).max(3),
        message: text().optional(),
      }),
      async run(p, signal) {
        const said = p.message === undefined ? {} : { content: p.message }
        const body = { ...said, sticker_ids: p.stickerId, allowed_mentions: mentions }
        return pick(await post(`/channels/${p.target}/messages`, body, signal), 'id', 'channel_id')
      },
    }),
  }
}
