// What a message of WhatsApp says, out of its many kinds: pure.
import type { proto } from 'baileys'
import type { MediaRef } from '../../../domain/media.ts'

/** A file of a message that is still at WhatsApp, encrypted; `bytes` is 0 when WhatsApp did not say. */
export interface RemoteFile {
  readonly path: string
  readonly key: Uint8Array
  readonly secret: 'Image' | 'Video' | 'Audio' | 'Document'
  readonly mime: string
  readonly kind: NonNullable<MediaRef['kind']>
  readonly bytes: number
  readonly name?: string
}

/** What a message says. */
export interface Content {
  readonly text: string
  readonly files: readonly RemoteFile[]
  readonly context?: proto.IContextInfo
}

type Message = proto.IMessage

/** The message inside its wrappings: disappearing, seen once, sent by another device of ours, with a caption. */
export function unwrap(message: Message): Message {
  let now = message
  for (let i = 0; i < 8; i++) {
    const inner =
      now.deviceSentMessage?.message ??
      now.ephemeralMessage?.message ??
      now.viewOnceMessage?.message ??
      now.viewOnceMessageV2?.message ??
      now.viewOnceMessageV2Extension?.message ??
      now.documentWithCaptionMessage?.message ??
      now.associatedChildMessage?.message ??
      now.groupMentionedMessage?.message ??
      now.editedMessage?.message
    if (!inner) break
    now = inner
  }
  return now
}

type Kind = RemoteFile['kind']
type Media = {
  directPath?: string | null
  mediaKey?: Uint8Array | null
  mimetype?: string | null
  fileLength?: number | Long | null
  fileName?: string | null
}
type Long = NonNullable<Exclude<proto.Message.IImageMessage['fileLength'], number | null | undefined>>

/** A number of protobuf as ours; 0 when absent. */
export const numberOf = (n: number | Long | null | undefined): number => (n === null || n === undefined ? 0 : Number(n))

function fileOf(m: Media | null | undefined, kind: Kind, secret: RemoteFile['secret'], mime: string): RemoteFile[] {
  if (!m?.directPath || !m.mediaKey?.length) return []
  return [
    {
      path: m.directPath,
      key: m.mediaKey,
      secret,
      mime: (m.mimetype ?? mime).replace(/;.*/, '').trim(),
      kind,
      bytes: numberOf(m.fileLength),
      ...(m.fileName ? { name: m.fileName } : {}),
    },
  ]
}

const hasFile = (m: Message) =>
  Boolean(m.imageMessage ?? m.videoMessage ?? m.ptvMessage ?? m.audioMessage ?? m.stickerMessage ?? m.documentMessage)

function filesOf(m: Message): RemoteFile[] {
  if (m.imageMessage) return fileOf(m.imageMessage, 'image', 'Image', 'image/jpeg')
  if (m.videoMessage) return fileOf(m.videoMessage, 'video', 'Video', 'video/mp4')
  if (m.ptvMessage) return fileOf(m.ptvMessage, 'video', 'Video', 'video/mp4')
  if (m.audioMessage) return fileOf(m.audioMessage, m.audioMessage.ptt ? 'voice' : 'audio', 'Audio', 'audio/ogg')
  if (m.stickerMessage) return fileOf(m.stickerMessage, 'sticker', 'Image', 'image/webp')
  return fileOf(m.documentMessage, 'document', 'Document', 'application/octet-stream')
}

/** The name and numbers of a contact card. */
function contactOf(card: proto.Message.IContactMessage): string {
  const numbers = [...(card.vcard ?? '').matchAll(/^(?:item\d+\.)?TEL[^:\r\n]*:\s*([^\r\n]+)/gim)].map((m) => m[1])
  return `[contact: ${[card.displayName, ...numbers].filter(Boolean).join(', ')}]`
}

const placeOf = (l: proto.Message.ILocationMessage | proto.Message.ILiveLocationMessage) =>
  `${l.degreesLatitude ?? 0}, ${l.degreesLongitude ?? 0}`

/** The poll a message opens. */
export const pollOf = (m: Message): proto.Message.IPollCreationMessage | undefined =>
  m.pollCreationMessage ?? m.pollCreationMessageV2 ?? m.pollCreationMessageV3 ?? undefined

/** What is neither text nor file, in words. */
function factsOf(m: Message): string[] {
  const facts: string[] = []
  if (m.stickerMessage) facts.push('[sticker]')
  if (hasFile(m) && !filesOf(m).length) facts.push('[a file that WhatsApp did not pass on]')
  if (m.contactMessage) facts.push(contactOf(m.contactMessage))
  for (const card of m.contactsArrayMessage?.contacts ?? []) facts.push(contactOf(card))
  if (m.locationMessage) {
    const { name, address } = m.locationMessage
    facts.push(`[location: ${[placeOf(m.locationMessage), name, address].filter(Boolean).join(', ')}]`)
  }
  if (m.liveLocationMessage) facts.push(`[live location: ${placeOf(m.liveLocationMessage)}]`)
  const poll = pollOf(m)
  if (poll) facts.push(`[poll: ${poll.name ?? ''}]`, ...(poll.options ?? []).map((o) => `- ${o.optionName ?? ''}`))
  if (m.groupInviteMessage) facts.push(`[invitation to the group ${m.groupInviteMessage.groupName ?? ''}]`)
  if (m.eventMessage) facts.push(`[event: ${m.eventMessage.name ?? ''}]`)
  return facts
}

/** The words of a message: what was written, a caption, or the answer that was chosen. */
const wordsOf = (m: Message): string =>
  m.conversation ??
  m.extendedTextMessage?.text ??
  m.imageMessage?.caption ??
  m.videoMessage?.caption ??
  m.documentMessage?.caption ??
  m.buttonsResponseMessage?.selectedDisplayText ??
  m.templateButtonReplyMessage?.selectedDisplayText ??
  m.listResponseMessage?.title ??
  ''

const contextOf = (m: Message) =>
  m.extendedTextMessage?.contextInfo ??
  m.imageMessage?.contextInfo ??
  m.videoMessage?.contextInfo ??
  m.audioMessage?.contextInfo ??
  m.documentMessage?.contextInfo ??
  m.stickerMessage?.contextInfo ??
  m.contactMessage?.contextInfo ??
  m.locationMessage?.contextInfo ??
  m.buttonsResponseMessage?.contextInfo ??
  m.listResponseMessage?.contextInfo ??
  pollOf(m)?.contextInfo

/** What a message says, unwrapped. */
export function contentOf(message: Message): Content {
  const m = unwrap(message)
  const context = contextOf(m)
  return {
    text: [wordsOf(m), ...factsOf(m)].filter(Boolean).join('\n'),
    files: filesOf(m),
    ...(context ? { context } : {}),
  }
}
