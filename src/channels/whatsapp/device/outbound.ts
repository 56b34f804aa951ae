// What we say, as WhatsApp's messages.
import { createHash } from 'node:crypto'
import type { proto, WAMessageKey } from 'baileys'
import type { MediaStore } from '../../../define/tool.ts'
import type { AccountState } from '../../../define/channel.ts'
import type { Address } from '../../../domain/address.ts'
import { mediaKind, type MediaRef } from '../../../domain/media.ts'
import type { OutboundMessage, Poll } from '../../../domain/message.ts'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import type { TableMode } from '../../../lib/markdown.ts'
import { limits } from '../account.ts'
import { mb } from '../../../lib/download.ts'
import { format } from '../format.ts'
import { isGroup, jidOf } from '../jid.ts'
import type { Baileys } from './baileys.ts'
import type { RemoteFile } from './content.ts'
import type { Link } from './link.ts'
import { encryptFile, upload } from './media.ts'
import { rememberPoll } from './polls.ts'
import type { Known, Recent } from './recent.ts'
import { dispatch, type Ready } from './sending.ts'

const hardText = 65_000

/** How one account sends. */
export interface Outgoing {
  readonly baileys: Baileys
  readonly clock: Clock
  readonly media: MediaStore
  readonly state: AccountState
  readonly recent: Recent
  readonly tables: TableMode
  readonly maxBytes: number
  readonly fetch: typeof globalThis.fetch
  readonly mediaUrl: string | undefined
  /** Whether we sent a message of a chat, as far as anybody remembers. */
  ours(chat: string, id: string): boolean
  /** The open link. Throws UNAVAILABLE when there is none. */
  link(): Link
}

/** The id WhatsApp knows a message of ours by: always the same for the same message and part. */
const idFor = (out: string, part: number) =>
  `3EB0${createHash('sha256').update(`${out}/${part}`).digest('hex').slice(0, 18).toUpperCase()}`

/** The answered message, for the message that answers it. */
function contextFor(o: Outgoing, m: OutboundMessage): proto.IContextInfo | undefined {
  const quoted = m.replyTo === undefined ? undefined : o.recent.get(m.to.chat, m.replyTo)
  if (!quoted) return undefined
  const { key, message } = quoted
  const me = o.link().sock.user
  const author = key.fromMe ? (me?.lid ?? me?.id) : (key.participant ?? key.remoteJid)
  const { messageContextInfo: _, ...plain } = message
  return {
    stanzaId: key.id ?? '',
    ...(author ? { participant: o.baileys.jidNormalizedUser(author) } : {}),
    quotedMessage: plain,
  }
}

type Kind = NonNullable<MediaRef['kind']>

function kindOf(ref: MediaRef): Kind {
  const kind = ref.kind ?? mediaKind(ref.mime)
  if (kind === 'voice') return ref.mime.startsWith('audio/ogg') ? 'voice' : 'audio'
  if (kind === 'image') return /^image\/(jpeg|png)$/.test(ref.mime) ? 'image' : 'document'
  if (kind === 'video') return ref.mime === 'video/mp4' ? 'video' : 'document'
  if (kind === 'sticker') return ref.mime === 'image/webp' ? 'sticker' : 'image'
  return kind
}

const secretOf: Readonly<Record<Kind, RemoteFile['secret']>> = {
  image: 'Image',
  sticker: 'Image',
  video: 'Video',
  audio: 'Audio',
  voice: 'Audio',
  document: 'Document',
}

/** A file, uploaded, as a message. */
async function fileMessage(
  o: Outgoing,
  ref: MediaRef,
  caption: string,
  gif: boolean,
  signal: AbortSignal,
): Promise<proto.IMessage> {
  if (ref.bytes > o.maxBytes)
    throw new Fault(
      'TOO_LARGE',
      `${ref.name ?? 'the file'} has ${mb(ref.bytes)}, the limit is ${mb(o.maxBytes)}; ` +
        'raise it with `oclaw config set channels.whatsapp.mediaMaxMb <MB>` (at most 100)',
    )
  const kind = kindOf(ref)
  const secret = secretOf[kind]
  const bytes = await o.media.read(ref.id)
  const { key, sealed, plainHash, sealedHash } = encryptFile(bytes, secret)
  const { auth, hosts } = await o
    .link()
    .sock.refreshMediaConn(false)
    .catch((cause: unknown) => {
      throw new Fault('UNAVAILABLE', 'WhatsApp named no file server', { retryAfterMs: 5000, cause })
    })
  const roots = o.mediaUrl === undefined ? hosts.map((h) => `https://${h.hostname}`) : [o.mediaUrl]
  const { url, directPath } = await upload(sealed, sealedHash, { fetch: o.fetch, roots, auth, secret, signal })
  const file = {
    url,
    directPath,
    mediaKey: key,
    mediaKeyTimestamp: Math.floor(o.clock.now() / 1000),
    fileSha256: plainHash,
    fileEncSha256: sealedHash,
    fileLength: bytes.length,
    mimetype: kind === 'voice' ? 'audio/ogg; codecs=opus' : ref.mime,
  }
  const said = caption ? { caption } : {}
  switch (kind) {
    case 'image':
      return { imageMessage: { ...file, ...said } }
    case 'video':
      return { videoMessage: { ...file, ...said, ...(gif ? { gifPlayback: true } : {}) } }
    case 'sticker':
      return { stickerMessage: file }
    case 'audio':
    case 'voice':
      return { audioMessage: { ...file, ptt: kind === 'voice' } }
    case 'document':
      return { documentMessage: { ...file, ...said, fileName: ref.name ?? 'file' } }
  }
}

/** Puts what a message answers into whichever message it became. */
function withContext(message: proto.IMessage, contextInfo: proto.IContextInfo | undefined): proto.IMessage {
  if (!contextInfo) return message
  return Object.fromEntries(
    Object.entries(message).map(([name, part]: [string, object]) =>
      name === 'messageContextInfo' ? [name, part] : [name, { ...part, contextInfo }],
    ),
  )
}

function pollMessage(poll: Poll): { message: proto.IMessage; secret: Uint8Array } {
  if (poll.options.length < 2 || poll.options.length > 12)
    throw new Fault('INVALID_REQUEST', `a poll on WhatsApp has 2 to 12 answers, not ${poll.options.length}`)
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const creation = {
    name: poll.question,
    options: poll.options.map((optionName) => ({ optionName })),
    selectableOptionsCount: poll.choices > 1 ? Math.min(poll.choices, poll.options.length) : 1,
  }
  const kind = poll.choices > 1 ? { pollCreationMessage: creation } : { pollCreationMessageV3: creation }
  return { message: { ...kind, messageContextInfo: { messageSecret: secret } }, secret }
}

async function go(o: Outgoing, to: Address, ready: Ready, signal: AbortSignal): Promise<void> {
  const key = { remoteJid: ready.jid, fromMe: true, id: ready.id }
  o.recent.add(to.chat, { key, message: ready.message })
  await dispatch(o.link(), o.clock, ready, signal)
}

/** The parts a message becomes, each made when it is its turn; files are uploaded then. */
function partsOf(o: Outgoing, m: OutboundMessage, signal: AbortSignal): (() => Promise<proto.IMessage>)[] {
  const text = m.text.trim()
  const carries = (ref: MediaRef) => ['image', 'video', 'document'].includes(kindOf(ref))
  const [head] = m.media
  const captioned = head !== undefined && carries(head) && text.length <= limits.caption
  const parts = m.media.map(
    (ref, i) => async () =>
      fileMessage(o, ref, captioned && i === 0 ? format(text, limits.caption, o.tables) : '', m.gif ?? false, signal),
  )
  if (text && !captioned)
    parts.push(() => Promise.resolve({ extendedTextMessage: { text: format(text, hardText, o.tables) } }))
  return parts
}

/** Sends one piece; see `Connection.send` for what it throws. The id is that of the last message it became. */
export async function send(o: Outgoing, m: OutboundMessage, signal: AbortSignal): Promise<{ platformId: string }> {
  const jid = jidOf(m.to.chat)
  if (m.poll) {
    const { message, secret } = pollMessage(m.poll)
    const id = idFor(m.id, 0)
    await rememberPoll(o.state, id, { poll: m.poll, secret, at: o.clock.now() })
    const meta = { tag: 'meta', attrs: { polltype: 'creation' } }
    await go(o, m.to, { jid, id, message, nodes: [meta] }, signal)
    return { platformId: id }
  }
  const parts = partsOf(o, m, signal)
  if (!parts.length) throw new Fault('INVALID_REQUEST', 'there is nothing to send: no text and no file')
  const context = contextFor(o, m)
  let platformId = ''
  for (const [i, part] of parts.entries()) {
    const id = idFor(m.id, i)
    try {
      const message = withContext(await part(), i === 0 ? context : undefined)
      await go(o, m.to, { jid, id, message }, signal)
    } catch (error) {
      if (!platformId || !(error instanceof Fault) || !error.retryable) throw error
      throw new Fault('TIMEOUT', `only a part of the message was sent: ${error.message}`, { cause: error })
    }
    platformId = id
  }
  return { platformId }
}

/** The key of a message in a chat: as it came, or ours. Throws NOT_FOUND for one of a group we no longer know. */
function keyOf(
  o: Outgoing,
  at: Address,
  id: string,
  by: { participant?: string; fromMe?: boolean } = {},
): WAMessageKey {
  const known: Known | undefined = o.recent.get(at.chat, id)
  if (known) return known.key
  const jid = jidOf(at.chat)
  if (by.fromMe || o.ours(at.chat, id)) return { remoteJid: jid, fromMe: true, id }
  if (!isGroup(jid)) return { remoteJid: jid, fromMe: false, id }
  if (by.participant !== undefined) return { remoteJid: jid, fromMe: false, id, participant: jidOf(by.participant) }
  throw new Fault('NOT_FOUND', `message ${id} is too old: who wrote it in the group is no longer known`)
}

const fresh = () =>
  `3EB0${Buffer.from(crypto.getRandomValues(new Uint8Array(9)))
    .toString('hex')
    .toUpperCase()}`

/** Replaces the text of a message of ours; WhatsApp allows it for fifteen minutes. */
export async function edit(o: Outgoing, at: Address, id: string, text: string, signal: AbortSignal): Promise<void> {
  const jid = jidOf(at.chat)
  const editedMessage = { extendedTextMessage: { text: format(text.trim(), hardText, o.tables) } }
  const key = { remoteJid: jid, fromMe: true, id }
  const message = { protocolMessage: { key, type: 14, editedMessage, timestampMs: o.clock.now() } }
  await dispatch(o.link(), o.clock, { jid, id: fresh(), message, attrs: { edit: '1' } }, signal)
}

/** Deletes a message for everyone: ours, or as the admin of a group any. */
export async function remove(o: Outgoing, at: Address, id: string, signal: AbortSignal): Promise<void> {
  const jid = jidOf(at.chat)
  const key = keyOf(o, at, id)
  const message = { protocolMessage: { key, type: 0 } }
  const attrs = { edit: isGroup(jid) && !key.fromMe ? '8' : '7' }
  await dispatch(o.link(), o.clock, { jid, id: fresh(), message, attrs }, signal)
}

/** Reacts with an emoji; empty takes it back. */
export async function react(
  o: Outgoing,
  at: Address,
  { id, emoji, ...by }: { id: string; emoji: string; participant?: string; fromMe?: boolean },
  signal: AbortSignal,
): Promise<void> {
  const key = keyOf(o, at, id, by)
  const message = { reactionMessage: { key, text: emoji, senderTimestampMs: o.clock.now() } }
  await dispatch(o.link(), o.clock, { jid: jidOf(at.chat), id: fresh(), message }, signal)
}
