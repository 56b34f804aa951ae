// What is to be done about each event of the gateway: messages, reactions and interactions are handed over.
import type { z } from 'zod'
import type { ChannelContext, NativeCommand } from '../../define/channel.ts'
import type { InboundMessage } from '../../domain/message.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { DiscordAccount } from './account.ts'
import type { Rest } from './api.ts'
import { showForm } from './forms.ts'
import type { Store, Task } from './hear.ts'
import { personOf, placeOf, toInbound, toReaction, type Me, type Where } from './inbound.ts'
import { toMessage } from './interaction.ts'
import type { Known } from './known.ts'
import type { Dispatch } from './link.ts'
import { withMedia, type Downloads } from './media.ts'
import type { Natives } from './native.ts'
import {
  interaction,
  message,
  reaction,
  type InteractionPayload,
  type MessagePayload,
  type ReactionPayload,
} from './payload.ts'
import type { Proxied } from './pluralkit.ts'
import { hearsReaction } from './rules.ts'
import { entryFor, inOwnThread, makeThread } from './threads.ts'

/** What reading needs. */
export interface Reading {
  readonly ctx: ChannelContext<DiscordAccount>
  readonly rest: Rest
  readonly known: Known
  readonly me: Me
  readonly natives: Natives
  readonly commands: readonly NativeCommand[]
  readonly downloads: Downloads
  /** Who said what a webhook says. */
  readonly proxied: Proxied | undefined
}

/** The key under which the last message of a channel is noted; direct chats apart, since nobody lists them for us. */
export const seenKey = (where: Where, channelId: string): string => `${where.space ? 'seen' : 'direct'}:${channelId}`

const gone = (error: unknown) => error instanceof Fault && (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND')

/** Messages, reactions and interactions as tasks. */
export function reader(r: Reading) {
  const { ctx, rest, known, me } = r
  const account = ctx.account

  const fetchMessage = (channelId: string, id: string) =>
    rest.ask(message, { method: 'GET', path: `/channels/${channelId}/messages/${id}` }).catch((error: unknown) => {
      if (gone(error)) return undefined
      throw error
    })

  /** The first message of a thread we hear for the first time, as what the message answers. */
  async function starterOf(m: InboundMessage, where: Where): Promise<InboundMessage['replyTo']> {
    const entry = entryFor(account, m)
    if (where.thread === undefined || m.replyTo || entry?.includeThreadStarter === false) return m.replyTo
    if (ctx.state.get(seenKey(where, where.thread)) !== undefined) return undefined
    if (entry?.autoThread && where.owner === me.id) return undefined
    const found = (await fetchMessage(where.chat, where.thread)) ?? (await fetchMessage(where.thread, where.thread))
    if (!found?.content || found.id === m.id) return undefined
    return { id: found.id, text: found.content, byUs: found.author.id === me.id }
  }

  /** What must be done once a message is stored and heard; a failure of it loses nothing. */
  async function openThread(m: InboundMessage, where: Where) {
    if (where.thread !== undefined || m.to.thread !== m.id) return
    await makeThread(rest, m.to, m.text).catch((error: unknown) =>
      ctx.log.warn('a thread could not be made; the answer goes to the channel', { why: describeError(error) }),
    )
  }

  async function readMessage(m: MessagePayload): Promise<Store | undefined> {
    const where = await known.where(m.channel_id, m.guild_id)
    const person = m.webhook_id ? await r.proxied?.(m.id) : undefined
    const inbound = toInbound(m, where, me, person)
    if (!inbound) return undefined
    known.saw(inbound.message.from)
    const complete = await withMedia(inbound, r.downloads)
    const replyTo = await starterOf(complete, where)
    const whole = { ...complete, ...(replyTo ? { replyTo } : {}) }
    const ready = inOwnThread(whole, where, me, entryFor(account, whole))
    return async (also) => {
      const heard = await ctx.receive(ready, { ...also(), [seenKey(where, m.channel_id)]: m.id })
      if (heard === 'heard') await openThread(ready, where)
    }
  }

  /** Whether a reaction is on a message of ours: Discord tells only when one is put there. */
  async function isOurs(e: ReactionPayload, where: Where): Promise<boolean> {
    if (e.message_author_id !== undefined) return e.message_author_id === me.id
    if (ctx.ours(where.chat, e.message_id)) return true
    return (await fetchMessage(e.channel_id, e.message_id))?.author.id === me.id
  }

  async function readReaction(e: ReactionPayload, change: 'added' | 'removed'): Promise<Store | undefined> {
    if (e.user_id === me.id || e.member?.user?.bot) return undefined
    const where = await known.where(e.channel_id, e.guild_id)
    const who = e.member?.user ? personOf(e.member.user, e.member) : await known.person(e.user_id)
    const place = { ...placeOf(where, me, e.member?.roles), from: who }
    if (!hearsReaction(account, place, true)) return undefined
    if (!hearsReaction(account, place, false)) {
      if (!(await isOurs(e, where))) return undefined
    }
    const roles = e.member?.roles
    const note = toReaction(e, change, { where, me, who, at: ctx.clock.now(), ...(roles ? { roles } : {}) })
    return note && (async (also) => void (await ctx.happened(note, also())))
  }

  async function readInteraction(i: InteractionPayload): Promise<Store | undefined> {
    const channelId = i.channel_id ?? i.channel?.id
    if (channelId === undefined || (await showForm(i, rest, ctx.state, ctx.log))) return undefined
    const where = await known.where(channelId, i.guild_id, i.channel)
    const said = toMessage(i, where, me, r.commands)
    if (!said) return undefined
    known.saw(said.from)
    return async (also) => {
      const heard = await ctx.receive(said, { ...also(), ...r.natives.note(i) })
      await r.natives.acknowledge(i, heard)
    }
  }

  /** A task of a payload that fits its schema; what does not is logged and passed over, so that it blocks nothing. */
  function task<T>(
    schema: z.ZodType<T>,
    event: Dispatch,
    laneOf: (value: T) => string,
    prepare: (value: T) => Promise<Store | undefined>,
  ): Task | undefined {
    const read = schema.safeParse(event.data)
    if (read.success) return { lane: laneOf(read.data), prepare: () => prepare(read.data) }
    const issue = read.error.issues[0]
    const where = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
    ctx.log.error('an event could not be read', { event: event.type, where })
    return undefined
  }

  return {
    /** Hands a message over that was read by REST. */
    missed: readMessage,
    /** What is to be done about an event; undefined for nothing. */
    read(event: Dispatch): Task | undefined {
      switch (event.type) {
        case 'MESSAGE_CREATE':
          return task(message, event, (m) => m.channel_id, readMessage)
        case 'MESSAGE_REACTION_ADD':
          return task(
            reaction,
            event,
            (e) => e.channel_id,
            (e) => readReaction(e, 'added'),
          )
        case 'MESSAGE_REACTION_REMOVE':
          return task(
            reaction,
            event,
            (e) => e.channel_id,
            (e) => readReaction(e, 'removed'),
          )
        case 'INTERACTION_CREATE':
          // Discord waits three seconds for a sign: not behind the files of the channel's other messages.
          return task(interaction, event, (i) => `interactions:${i.channel_id ?? ''}`, readInteraction)
        default:
          return undefined
      }
    },
  }
}
