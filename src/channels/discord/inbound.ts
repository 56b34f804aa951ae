// What Discord tells us, as messages: pure, so that recorded payloads are its tests.
import type { Address } from '../../domain/address.ts'
import type { Happening, InboundMessage, Person } from '../../domain/message.ts'
import type { MediaRef } from '../../domain/media.ts'
import {
  nameOf,
  timeOf,
  type AttachmentPayload,
  type EmojiPayload,
  type MemberPayload,
  type MessagePayload,
  type ReactionPayload,
  type UserPayload,
} from './payload.ts'

/** Who we are, and on which account. */
export interface Me {
  readonly id: string
  readonly account: string
  /** Whether other bots are heard. */
  readonly bots?: boolean
}

/** What is known of the place something happened in. Threads are told as their channel's. */
export interface Where {
  readonly chat: string
  readonly thread?: string
  readonly kind: InboundMessage['kind']
  readonly title?: string
  readonly space?: { readonly id: string; readonly name?: string }
  /** The roles we have in the server. */
  readonly ourRoles: readonly string[]
  /** Who made the thread. */
  readonly owner?: string
  /** Whether threads can be made of its messages. */
  readonly threads?: boolean
  /** Names of channels, for mentions of them. */
  channelName?(id: string): string | undefined
}

/** A file of a message that is still at Discord. */
export interface RemoteFile {
  readonly url: string
  readonly mime: string
  readonly kind: NonNullable<MediaRef['kind']>
  readonly bytes: number
  readonly name: string
}

/** A message and the files that belong to it, to be fetched before it is handed over. */
export interface Inbound {
  readonly message: InboundMessage
  readonly files: readonly RemoteFile[]
}

const voiceFlag = 8192

/** Types of messages people write: ordinary ones and replies. The others are Discord's own words. */
const spoken = new Set([0, 19])

/** A person as we know them. */
export const personOf = (u: UserPayload, m?: MemberPayload): Person => ({
  id: u.id,
  name: nameOf(u, m),
  ...(u.username ? { handle: u.username } : {}),
})

/** The address of a place. */
export const addressOf = (where: Pick<Where, 'chat' | 'thread'>, me: Pick<Me, 'account'>): Address => ({
  channel: 'discord',
  account: me.account,
  chat: where.chat,
  ...(where.thread === undefined ? {} : { thread: where.thread }),
})

/** The fields of a message that say where it was said. */
export const placeOf = (where: Where, me: Me, roles?: readonly string[]) => ({
  to: addressOf(where, me),
  kind: where.kind,
  ...(where.title ? { title: where.title } : {}),
  ...(where.space ? { space: { ...where.space, ...(roles ? { roles } : {}) } } : {}),
})

function fileOf(a: AttachmentPayload, flags: number): RemoteFile {
  const mime = a.content_type?.split(';')[0] || 'application/octet-stream'
  const top = mime.split('/')[0]
  const plain = top === 'image' || top === 'audio' || top === 'video' ? top : 'document'
  return { url: a.url, mime, kind: flags & voiceFlag ? 'voice' : plain, bytes: a.size, name: a.filename }
}

/** The text as a person sees it: names instead of ids, and without our own mention at its beginning. */
function readable(text: string, m: Pick<MessagePayload, 'mentions'>, where: Where, me: Me): string {
  const names = new Map(m.mentions.map((u) => [u.id, u.username]))
  return text
    .replace(new RegExp(`^\\s*<@!?${me.id}>[\\s,:]*`), '')
    .replace(/<@!?(\d+)>/g, (all, id: string) => (names.has(id) ? `@${names.get(id)}` : all))
    .replace(/<#(\d+)>/g, (all, id: string) => {
      const name = where.channelName?.(id)
      return name === undefined ? all : `#${name}`
    })
    .replace(/<a?:(\w+):\d+>/g, ':$1:')
    .trim()
}

/** What is neither text nor file, in words. */
function factsOf(m: MessagePayload): string[] {
  const forwarded = m.message_snapshots.map(({ message: s }) => `[forwarded] ${s.content}`.trim())
  const embeds = m.content ? [] : m.embeds.map((e) => [e.title, e.description].filter(Boolean).join('\n'))
  const poll = m.poll
    ? [`[poll: ${m.poll.question.text ?? ''}]`, ...m.poll.answers.map((a) => `- ${a.poll_media.text ?? ''}`)]
    : []
  return [...forwarded, ...embeds, ...m.sticker_items.map((s) => `[sticker: ${s.name}]`), ...poll].filter(Boolean)
}

function replyOf(m: MessagePayload, where: Where, me: Me): InboundMessage['replyTo'] {
  const id = m.message_reference?.message_id
  if (id === undefined || m.message_reference?.type === 1) return undefined
  const to = m.referenced_message
  const text = to ? readable(to.content, m, where, me) : ''
  return { id, ...(text ? { text } : {}), byUs: to?.author.id === me.id }
}

/**
 * The message a payload carries; undefined for what nobody said, what we said, and bots that are not heard. `proxied` is
 * who speaks through a webhook.
 */
export function toInbound(m: MessagePayload, where: Where, me: Me, proxied?: Person): Inbound | undefined {
  if (m.author.id === me.id || !spoken.has(m.type)) return undefined
  if ((m.author.bot || m.webhook_id) && !me.bots && !proxied) return undefined
  const files = [...m.attachments, ...m.message_snapshots.flatMap((s) => s.message.attachments)]
  const mentioned =
    m.mentions.some((u) => u.id === me.id) || m.mention_roles.some((role) => where.ourRoles.includes(role))
  const said = [readable(m.content, m, where, me), ...factsOf(m)].filter(Boolean).join('\n')
  const text = said || (mentioned && !files.length ? '[mentioned you without a word]' : '')
  if (!text && !files.length) return undefined
  const replyTo = replyOf(m, where, me)
  const message: InboundMessage = {
    id: m.id,
    at: Date.parse(m.timestamp) || timeOf(m.id),
    ...placeOf(where, me, m.member?.roles),
    from: proxied ?? personOf(m.author, m.member),
    text,
    media: [],
    ...(replyTo ? { replyTo } : {}),
    addressed: where.kind === 'direct' || mentioned || (replyTo?.byUs ?? false),
  }
  return { message, files: files.map((a) => fileOf(a, m.flags)) }
}

/** An emoji as text. */
export const emojiText = (e: EmojiPayload): string => (e.id ? `:${e.name ?? 'emoji'}:` : (e.name ?? '?'))

/** A reaction as a note for the agent; undefined for our own. */
export function toReaction(
  r: ReactionPayload,
  change: 'added' | 'removed',
  about: {
    readonly where: Where
    readonly me: Me
    readonly who: Person
    readonly roles?: readonly string[]
    readonly at: number
  },
): Happening | undefined {
  const { where, me, who, at } = about
  if (r.user_id === me.id) return undefined
  const emoji = emojiText(r.emoji)
  return {
    id: `reaction:${r.message_id}:${r.user_id}:${r.emoji.id ?? emoji}:${change}`,
    at,
    ...placeOf(where, me, about.roles),
    from: who,
    text: `reaction ${change}: ${emoji} by ${who.name ?? who.id} on msg ${r.message_id}`,
  }
}
