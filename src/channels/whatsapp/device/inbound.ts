// What people write to a linked device, as messages and happenings: pure, so that recorded messages are its tests.
import type { proto } from 'baileys'
import type { Happening, InboundMessage, Person } from '../../../domain/message.ts'
import { oneLine } from '../format.ts'
import { bare, isGroup, isNoise, nameOf, phoneOf, same } from '../jid.ts'
import { contentOf, unwrap, type RemoteFile } from './content.ts'

/** Who we are: our phone number's id, our hidden id, and on which account. */
export interface Me {
  readonly jid: string
  readonly lid?: string
  readonly account: string
  /** Whether we hear what our owner writes to themselves. */
  readonly selfChat: boolean
}

/** A message as it came, decrypted. `alt` ids are the same person's other id: the phone number of a hidden one. */
export interface Envelope {
  readonly chat: string
  readonly chatAlt?: string
  readonly id: string
  readonly fromMe: boolean
  readonly author?: string
  readonly authorAlt?: string
  readonly at: number
  readonly name?: string
  readonly message: proto.IMessage
}

/** A message, and the files to be fetched before it is handed over. */
export interface Inbound {
  readonly message: InboundMessage
  readonly files: readonly RemoteFile[]
}

/** What an envelope holds. A vote is not readable without the poll's secret. */
export type Opened =
  | ({ readonly kind: 'message' } & Inbound)
  | { readonly kind: 'happening'; readonly happening: Happening }
  | { readonly kind: 'vote'; readonly poll: proto.IMessageKey; readonly vote: proto.Message.IPollEncValue }

/** Kinds of protocol messages, by WhatsApp's numbers. */
const revoke = 0
const edit = 14

const isUs = (jid: string | null | undefined, me: Me) => !!jid && (same(jid, me.jid) || same(jid, me.lid))

/** The id with a phone number in it, if either has one. */
const best = (jid: string, alt: string | undefined) => (phoneOf(jid) === undefined && alt ? alt : jid)

/** Whether an envelope is of the chat our owner has with themselves. */
export const isSelfChat = (e: Pick<Envelope, 'chat' | 'chatAlt'>, me: Me): boolean =>
  isUs(e.chat, me) || isUs(e.chatAlt, me)

/** Whether anybody said this to us: no status, no newsletter, not our own words elsewhere than in the chat with us. */
export const isForUs = (e: Pick<Envelope, 'chat' | 'chatAlt' | 'fromMe'>, me: Me): boolean =>
  !isNoise(e.chat) && (!e.fromMe || (me.selfChat && isSelfChat(e, me)))

/** Where an envelope was said, and by whom. */
export function placeOf(e: Envelope, me: Me): Pick<InboundMessage, 'to' | 'kind' | 'from' | 'id' | 'at'> {
  const group = isGroup(e.chat)
  const author = group ? best(e.author ?? e.chat, e.authorAlt) : best(e.chat, e.chatAlt)
  const from: Person = { id: nameOf(author), ...(e.name ? { name: e.name } : {}) }
  const chat = group ? e.chat : nameOf(best(e.chat, e.chatAlt))
  return {
    id: e.id,
    at: e.at,
    to: { channel: 'whatsapp', account: me.account, chat },
    kind: group ? 'group' : 'direct',
    from,
  }
}

/** What it answers: the quoted message, and whether that was ours. */
function replyOf(context: proto.IContextInfo | undefined, me: Me): InboundMessage['replyTo'] {
  if (!context?.stanzaId || !context.quotedMessage) return undefined
  const { text } = contentOf(context.quotedMessage)
  return { id: context.stanzaId, ...(text ? { text } : {}), byUs: isUs(context.participant, me) }
}

/** A text with the numbers of mentions (`@4915…`) that mean us. */
const mentionsUs = (context: proto.IContextInfo | undefined, me: Me) =>
  (context?.mentionedJid ?? []).some((jid) => isUs(jid, me))

/** A text without a mention of us at its beginning, so that a command after it is one. */
function unaddressed(text: string, me: Me): string {
  const m = /^@(\d+)\s+/.exec(text)
  return m && [me.jid, me.lid].some((jid) => jid && bare(jid).startsWith(`${m[1]}@`)) ? text.slice(m[0].length) : text
}

function happened(e: Envelope, me: Me, text: string): Opened {
  const place = placeOf(e, me)
  return { kind: 'happening', happening: { ...place, text } }
}

/** Changes to other messages: reactions, edits, deletions. */
function changeOf(e: Envelope, m: proto.IMessage, me: Me): Opened | undefined {
  const who = oneLine(e.name ?? placeOf(e, me).from.id)
  if (m.reactionMessage) {
    const { text, key } = m.reactionMessage
    const what = text ? `reaction added: ${oneLine(text)}` : 'reaction removed'
    return happened(e, me, `${what} by ${who} on msg ${key?.id ?? '?'}`)
  }
  const protocol = m.protocolMessage
  if (!protocol) return undefined
  const id = protocol.key?.id ?? '?'
  if (protocol.editedMessage && Number(protocol.type) === edit)
    return happened(
      e,
      me,
      `message edited by ${who}: msg ${id} now says: ${oneLine(contentOf(protocol.editedMessage).text)}`,
    )
  return (protocol.type ?? revoke) === revoke && protocol.key
    ? happened(e, me, `message deleted by ${who}: msg ${id}`)
    : undefined
}

/** What an envelope holds; undefined when it is not for us, or says nothing: keys, settings, our own words. */
export function toInbound(e: Envelope, me: Me): Opened | undefined {
  if (!isForUs(e, me)) return undefined
  const m = unwrap(e.message)
  const change = changeOf(e, m, me)
  if (change || m.protocolMessage) return change
  const { pollUpdateMessage: vote } = m
  if (vote)
    return vote.vote && vote.pollCreationMessageKey
      ? { kind: 'vote', poll: vote.pollCreationMessageKey, vote: vote.vote }
      : undefined
  const { text, files, context } = contentOf(m)
  if (!text && !files.length) return undefined
  const replyTo = replyOf(context, me)
  const place = placeOf(e, me)
  const message: InboundMessage = {
    ...place,
    text: unaddressed(text, me),
    media: [],
    ...(replyTo ? { replyTo } : {}),
    addressed: place.kind === 'direct' || (replyTo?.byUs ?? false) || mentionsUs(context, me),
  }
  return { kind: 'message', message, files }
}

/** The happening of a readable vote. */
export function toVote(
  e: Envelope,
  me: Me,
  poll: { id: string; question: string },
  chosen: readonly string[],
): Happening {
  const place = placeOf(e, me)
  const who = oneLine(e.name ?? place.from.id)
  const what = chosen.length ? `voted ${chosen.map((c) => `“${c}”`).join(', ')}` : 'took the vote back'
  return { ...place, text: `poll vote: ${who} ${what} on “${poll.question}” (msg ${poll.id})` }
}
