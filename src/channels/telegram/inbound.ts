// What Telegram tells us, as messages: pure, so that recorded updates are its tests.
import type { Chat, Message, MessageEntity, ReactionType, Update, User } from 'grammy/types'
import type { InboundMessage, Person } from '../../domain/message.ts'
import type { MediaRef } from '../../domain/media.ts'

/** Who we are, and on which account. `commands` are the names of our slash commands. */
export interface Me {
  readonly id: number
  readonly username: string
  readonly account: string
  readonly commands?: ReadonlySet<string>
}

/** A file of a message that is still at Telegram; `bytes` is 0 when Telegram did not say. */
export interface RemoteFile {
  readonly id: string
  readonly mime: string
  readonly kind: NonNullable<MediaRef['kind']>
  readonly bytes: number
  readonly name?: string
}

/** A message and the files that belong to it, to be fetched before it is handed over. */
export interface Inbound {
  readonly message: InboundMessage
  readonly files: readonly RemoteFile[]
  /** Messages with the same album were sent as one. */
  readonly album?: string
  /** It is no message, only something that happened. */
  readonly note?: true
}

const personOf = (user: User): Person => ({
  id: String(user.id),
  name: [user.first_name, user.last_name].filter(Boolean).join(' '),
  ...(user.username ? { handle: user.username } : {}),
})

/** The author: an anonymous admin or a channel speaks as a chat. */
function authorOf(m: Message): Person {
  const as = m.sender_chat
  if (as) return { id: String(as.id), ...(as.title ? { name: as.title } : {}), ...handleOf(as) }
  return m.from ? personOf(m.from) : { id: String(m.chat.id) }
}

const handleOf = (chat: Chat) => (chat.username ? { handle: chat.username } : {})

/** The files of a message, largest photo size only. */
function filesOf(m: Message): RemoteFile[] {
  const file = (
    f: { file_id: string; file_size?: number; mime_type?: string; file_name?: string },
    kind: RemoteFile['kind'],
    mime: string,
  ): RemoteFile => ({
    id: f.file_id,
    mime: f.mime_type ?? mime,
    kind,
    bytes: f.file_size ?? 0,
    ...(f.file_name ? { name: f.file_name } : {}),
  })
  const photo = m.photo?.at(-1)
  if (photo) return [file(photo, 'image', 'image/jpeg')]
  if (m.voice) return [file(m.voice, 'voice', 'audio/ogg')]
  if (m.audio) return [file(m.audio, 'audio', 'audio/mpeg')]
  if (m.video_note) return [file(m.video_note, 'video', 'video/mp4')]
  if (m.video) return [file(m.video, 'video', 'video/mp4')]
  if (m.animation) return [file(m.animation, 'video', 'video/mp4')]
  if (m.sticker) {
    const mime = m.sticker.is_video ? 'video/webm' : m.sticker.is_animated ? 'application/x-tgsticker' : 'image/webp'
    return [file(m.sticker, 'sticker', mime)]
  }
  return m.document ? [file(m.document, 'document', 'application/octet-stream')] : []
}

/** What is neither text nor file, in words. */
function factsOf(m: Message): string[] {
  const facts: string[] = []
  if (m.sticker) facts.push(`[sticker${m.sticker.emoji ? ` ${m.sticker.emoji}` : ''}]`)
  if (m.contact)
    facts.push(
      `[contact: ${[m.contact.first_name, m.contact.last_name].filter(Boolean).join(' ')}, ${m.contact.phone_number}]`,
    )
  if (m.venue) facts.push(`[venue: ${m.venue.title}, ${m.venue.address}]`)
  else if (m.location) facts.push(`[location: ${m.location.latitude}, ${m.location.longitude}]`)
  if (m.poll) facts.push(`[poll: ${m.poll.question}]`, ...m.poll.options.map((o) => `- ${o.text}`))
  if (m.dice) facts.push(`[dice ${m.dice.emoji}: ${m.dice.value}]`)
  return facts
}

/** Telegram cites what it answers: the whole message, or a chosen part of it. */
function replyOf(m: Message, me: Me): InboundMessage['replyTo'] {
  const to = m.reply_to_message
  if (!to || to.forum_topic_created) return undefined
  const text = m.quote?.text ?? to.text ?? to.caption
  return { id: String(to.message_id), ...(text ? { text } : {}), byUs: to.from?.id === me.id }
}

/** The command a text begins with, if any: its name, and the bot it is meant for. */
function commandOf(text: string, entities: readonly MessageEntity[]) {
  const first = entities.find((e) => e.type === 'bot_command' && e.offset === 0)
  const [name, bot] = first ? text.slice(1, first.length).split('@') : []
  return name ? { name: name.toLowerCase(), bot: bot?.toLowerCase(), length: first?.length ?? 0 } : undefined
}

function mentionsUs(text: string, entities: readonly MessageEntity[], me: Me): boolean {
  const handle = `@${me.username.toLowerCase()}`
  return entities.some(
    (e) =>
      (e.type === 'mention' && text.slice(e.offset, e.offset + e.length).toLowerCase() === handle) ||
      (e.type === 'text_mention' && e.user.id === me.id),
  )
}

/** The topic a message is in; a forum's messages outside any topic are in its General topic, number 1. */
function threadOf(m: Message): string | undefined {
  if (m.is_topic_message && m.message_thread_id !== undefined) return String(m.message_thread_id)
  return m.chat.type === 'supergroup' && m.chat.is_forum ? '1' : undefined
}

const kindOf = (chat: Chat): InboundMessage['kind'] =>
  chat.type === 'private' ? 'direct' : chat.type === 'channel' ? 'channel' : 'group'

function place(m: Message, me: Me): Pick<InboundMessage, 'to' | 'kind' | 'title'> {
  const thread = threadOf(m)
  return {
    to: { channel: 'telegram', account: me.account, chat: String(m.chat.id), ...(thread ? { thread } : {}) },
    kind: kindOf(m.chat),
    ...('title' in m.chat && m.chat.title ? { title: m.chat.title } : {}),
  }
}

function fromMessage(m: Message, me: Me): Inbound | undefined {
  if (m.from?.id === me.id) return undefined
  const said = m.text ?? m.caption ?? ''
  const entities = m.entities ?? m.caption_entities ?? []
  const files = filesOf(m)
  const command = commandOf(said, entities)
  const forUs = command?.bot === me.username.toLowerCase()
  const clean = command && forUs ? `/${command.name}${said.slice(command.length)}` : said
  const text = [clean, ...factsOf(m)].filter(Boolean).join('\n')
  if (!text && !files.length) return undefined
  const replyTo = replyOf(m, me)
  const addressed =
    m.chat.type === 'private' ||
    forUs ||
    (command !== undefined && command.bot === undefined && (me.commands?.has(command.name) ?? false)) ||
    (replyTo?.byUs ?? false) ||
    mentionsUs(said, entities, me)
  const message: InboundMessage = {
    id: String(m.message_id),
    at: m.date * 1000,
    ...place(m, me),
    from: authorOf(m),
    text,
    media: [],
    ...(replyTo ? { replyTo } : {}),
    addressed,
  }
  return { message, files, ...(m.media_group_id === undefined ? {} : { album: m.media_group_id }) }
}

/** The emoji of a list of reactions; stickers of one's own have no words. */
const emojiOf = (list: readonly ReactionType[]) => list.map((r) => (r.type === 'emoji' ? r.emoji : 'custom emoji'))

/** Reactions someone put on a message or took off it. */
function fromReaction(r: NonNullable<Update['message_reaction']>, me: Me): Inbound | undefined {
  const who = r.user ?? r.actor_chat
  if (!who || who.id === me.id) return undefined
  const from = r.user ? personOf(r.user) : { id: String(who.id), ...handleOf(who as Chat) }
  const [before, after] = [emojiOf(r.old_reaction), emojiOf(r.new_reaction)]
  const words = [
    ...after.filter((e) => !before.includes(e)).map((e) => `reaction added: ${e}`),
    ...before.filter((e) => !after.includes(e)).map((e) => `reaction removed: ${e}`),
  ]
  if (!words.length) return undefined
  const name = ('name' in from ? from.name : undefined) ?? from.id
  return {
    message: {
      id: `reaction:${r.message_id}:${who.id}:${r.date}:${after.join('')}`,
      at: r.date * 1000,
      to: { channel: 'telegram', account: me.account, chat: String(r.chat.id) },
      kind: kindOf(r.chat),
      ...('title' in r.chat && r.chat.title ? { title: r.chat.title } : {}),
      from,
      text: `${words.join('; ')} by ${name} on msg ${r.message_id}`,
      media: [],
      replyTo: { id: String(r.message_id), byUs: false },
      addressed: true,
    },
    files: [],
    note: true,
  }
}

/** A pressed button: it has no message of its own, so its id is the query's and its time that of the update. */
function fromButton(query: NonNullable<Update['callback_query']>, me: Me, now: number): Inbound | undefined {
  if (!query.message || query.data === undefined) return undefined
  const message = query.message
  return {
    message: {
      id: `callback:${query.id}`,
      at: now,
      ...place(message, me),
      from: personOf(query.from),
      text: query.data.startsWith('/') ? query.data : `callback_data: ${query.data}`,
      media: [],
      replyTo: { id: String(message.message_id), byUs: true },
      addressed: true,
    },
    files: [],
  }
}

/**
 * The message an update carries; undefined for edits, joins and all else nobody said to anybody, and for what we said
 * ourselves. `now` (ms) is the time of what carries none.
 */
export function toInbound(update: Update, me: Me, now: number): Inbound | undefined {
  const message = update.message ?? update.channel_post
  if (message) return fromMessage(message, me)
  if (update.message_reaction) return fromReaction(update.message_reaction, me)
  return update.callback_query ? fromButton(update.callback_query, me, now) : undefined
}

/** A group that became a supergroup and so has a new id. */
export function toMigration(update: Update): { readonly from: string; readonly to: string } | undefined {
  const m = update.message
  return m?.migrate_to_chat_id === undefined ? undefined : { from: String(m.chat.id), to: String(m.migrate_to_chat_id) }
}
