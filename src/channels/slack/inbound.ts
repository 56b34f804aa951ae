// What Slack tells us, as messages: pure, so that recorded events are its tests.
import type { MediaKind } from '../../domain/media.ts'
import type { InboundMessage, Person } from '../../domain/message.ts'
import type { SlackEvent, SlackFile, SlackMessage } from './payload.ts'
import { mentionsIn, nameOf, toText, type Names } from './text.ts'

/** Who we are, and on which account. */
export interface Me {
  readonly user: string
  readonly bot?: string
  readonly team: string
  readonly teamName?: string
  readonly enterprise?: string
  readonly handle: string
  readonly account: string
}

export type Kind = InboundMessage['kind']

/** A chat as far as it is known; `name` is that of a channel. */
export interface Chat {
  readonly kind?: Kind
  readonly name?: string
}

/** What is known while a message is read. */
export interface Look extends Names {
  chat(id: string): Chat | undefined
  /** Whether we have spoken in a thread. */
  ours(chat: string, thread: string): boolean
  /** Whether other bots are heard in a chat. */
  bots(chat: string, name: string | undefined): boolean
  /** Whether the words of a person may be shown in a place beside those of others. */
  citable(place: Pick<InboundMessage, 'to' | 'kind' | 'title'>, user: string | undefined): boolean
}

/** A file of a message that is still at Slack. */
export interface RemoteFile {
  readonly id: string
  readonly mime: string
  readonly kind?: MediaKind
  readonly bytes: number
  readonly name?: string
  /** Undefined when Slack wants to be asked for it. */
  readonly url?: string
}

/** A message and the files that belong to it, to be fetched before it is handed over. */
export interface Inbound {
  readonly message: InboundMessage
  readonly files: readonly RemoteFile[]
}

/** Subtypes that are messages of people or bots. */
const spoken = new Set([undefined, 'file_share', 'thread_broadcast', 'bot_message', 'me_message'])

const kinds: Readonly<Record<string, Kind>> = { im: 'direct', mpim: 'group', channel: 'channel', group: 'channel' }

/** What kind of chat an event is from: as it says, as is known, or as its id looks. */
export function kindOf(event: Pick<SlackEvent, 'channel_type'>, chat: string, look: Pick<Look, 'chat'>): Kind {
  return kinds[event.channel_type ?? ''] ?? look.chat(chat)?.kind ?? (chat.startsWith('D') ? 'direct' : 'channel')
}

/** The ts of Slack in ms. */
export const toMs = (ts: string): number => Math.floor(Number(ts) * 1000)

/** Where something happened: the address, the kind of chat, its title and the workspace. */
export function placeOf(
  me: Me,
  look: Pick<Look, 'chat'>,
  at: { readonly chat: string; readonly thread?: string | undefined; readonly channel_type?: string | undefined },
): Pick<InboundMessage, 'to' | 'kind' | 'title' | 'space'> {
  const kind = kindOf(at, at.chat, look)
  const title = kind === 'direct' ? undefined : look.chat(at.chat)?.name
  const to = { channel: 'slack', account: me.account, chat: at.chat }
  return {
    to: at.thread === undefined ? to : { ...to, thread: at.thread },
    kind,
    ...(title ? { title } : {}),
    space: { id: me.team, ...(me.teamName ? { name: me.teamName } : {}) },
  }
}

/** Whether we said it. */
export const byUs = (m: Pick<SlackMessage, 'user' | 'bot_id'>, me: Me): boolean =>
  m.user === me.user || (m.bot_id !== undefined && m.bot_id === me.bot)

/** The author of a message; bots may have no user. */
export function authorOf(m: SlackMessage, names: Pick<Names, 'user'>): Person {
  const known = m.user ? names.user(m.user) : undefined
  if (known) return known
  const name = m.username ?? m.bot_profile?.name
  return { id: m.user ?? m.bot_id ?? 'unknown', ...(name ? { name } : {}) }
}

/** Who and what has to be looked up before a message can be read. */
export function unknownsOf(event: SlackEvent): {
  readonly users: readonly string[]
  readonly chats: readonly string[]
} {
  const parts = [event, ...(event.message ? [event.message] : [])]
  const found = parts.map((m) => mentionsIn([m.text, ...(m.attachments ?? []).map((a) => a.text)].join(' ')))
  const users = [...parts.map((m) => m.user), event.item_user, event.inviter].filter((id) => id !== undefined)
  const chat = event.channel ?? event.channel_id ?? event.item?.channel
  return {
    users: [...new Set([...users, ...found.flatMap((f) => f.users)])],
    chats: [...new Set([...(chat ? [chat] : []), ...found.flatMap((f) => f.chats)])],
  }
}

const fileKinds: Readonly<Record<string, MediaKind>> = { slack_audio: 'voice', slack_video: 'video' }

function toFile(f: SlackFile): RemoteFile {
  const asked = f.file_access === 'check_file_info'
  const url = asked ? undefined : (f.url_private_download ?? f.url_private)
  const kind = fileKinds[f.subtype ?? '']
  const name = f.name ?? f.title
  return {
    id: f.id,
    mime: f.mimetype ?? 'application/octet-stream',
    ...(kind ? { kind } : {}),
    bytes: f.size ?? 0,
    ...(name ? { name } : {}),
    ...(url ? { url } : {}),
  }
}

/** What is no text of its own: messages passed on, the words of a bot's blocks, files kept elsewhere. */
function moreOf(m: SlackMessage, names: Names): string[] {
  const passed = (m.attachments ?? []).flatMap((a) => {
    const text = a.text ?? a.fallback
    if (!text || !(a.is_msg_unfurl || a.is_share || (m.bot_id && !m.text))) return []
    const from = a.author_name ? ` from ${a.author_name}` : ''
    return [a.is_msg_unfurl || a.is_share ? `[shared message${from}: ${toText(text, names)}]` : toText(text, names)]
  })
  const blocks =
    m.bot_id && !m.text ? (m.blocks ?? []).flatMap((b) => (b.text ? [toText(b.text.text, names)] : [])) : []
  const elsewhere = (m.files ?? [])
    .filter((f) => f.mode === 'external')
    .map((f) => `[file elsewhere: ${f.title ?? f.name ?? f.id}${f.url_private ? ` ${f.url_private}` : ''}]`)
  return [...blocks, ...passed, ...elsewhere]
}

/** The text without our own mention at its beginning, since it is what makes a text addressed to us, not part of it. */
function withoutUs(text: string, me: Me): string {
  const rest = text.replace(new RegExp(`^\\s*<@${me.user}(\\|[^>]*)?>[\\s,:]*`), '')
  return rest.trim() ? rest : text
}

/** The text of a message as a person saw it. */
export const textOf = (m: SlackMessage, names: Names): string =>
  [toText(m.text ?? '', names), ...moreOf(m, names)].filter(Boolean).join('\n').trim()

/**
 * The message an event carries, or undefined: for what nobody said to anybody, what we said ourselves, and other bots
 * where they are not heard. A mention and the message it is in become the same message.
 */
export function toInbound(event: SlackEvent, me: Me, look: Look): Inbound | undefined {
  const { channel: chat, ts } = event
  if (event.type !== 'message' && event.type !== 'app_mention') return undefined
  if (!chat || !ts || event.hidden || !spoken.has(event.subtype) || byUs(event, me)) return undefined
  if (!event.user && !event.bot_id && !event.username) return undefined
  const known = look.chat(chat)
  if ((event.bot_id || event.subtype === 'bot_message') && !look.bots(chat, known?.name)) return undefined
  const raw = event.text ?? ''
  const files = (event.files ?? [])
    .filter((f) => f.mode !== 'external' && f.mode !== 'tombstone' && f.mode !== 'hidden_by_limit')
    .map(toFile)
  const text = textOf({ ...event, text: withoutUs(raw, me) }, look)
  if (!text && !files.length) return undefined
  // The message a thread is under belongs to the chat; only its history names it as its own thread.
  const thread = event.thread_ts === ts ? undefined : event.thread_ts
  const place = placeOf(me, look, { chat, thread, channel_type: event.channel_type })
  const ofUs = event.parent_user_id === me.user
  const addressed =
    place.kind === 'direct' ||
    event.type === 'app_mention' ||
    mentionsIn(raw).users.includes(me.user) ||
    (thread !== undefined && (ofUs || look.ours(chat, thread)))
  const message: InboundMessage = {
    id: ts,
    at: toMs(ts),
    ...place,
    from: authorOf(event, look),
    text,
    media: [],
    ...(thread === undefined ? {} : { replyTo: { id: thread, byUs: ofUs } }),
    addressed,
  }
  return { message, files }
}

/** A message of history as an event of its chat. */
export const asEvent = (m: SlackMessage, chat: string, channelType: string | undefined): SlackEvent => ({
  ...m,
  type: 'message',
  channel: chat,
  ...(channelType === undefined ? {} : { channel_type: channelType }),
})

/** Messages as one text, a line each, for what was said in a thread before we came. */
export const transcript = (messages: readonly SlackMessage[], look: Names): string =>
  messages
    .map((m) => {
      const author = authorOf(m, look)
      return `${nameOf(author) ?? author.id}: ${textOf(m, look)}`
    })
    .join('\n')
