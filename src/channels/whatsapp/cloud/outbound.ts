// What we say, as messages of the Cloud API.
import { z } from 'zod'
import type { MediaStore } from '../../../define/tool.ts'
import { mediaKind, type MediaRef } from '../../../domain/media.ts'
import type { Button, OutboundMessage } from '../../../domain/message.ts'
import { Fault } from '../../../lib/fault.ts'
import type { TableMode } from '../../../lib/markdown.ts'
import { mb } from '../../../lib/download.ts'
import { format } from '../format.ts'
import type { Graph } from './api.ts'

/** How one number sends. */
export interface Outgoing {
  readonly graph: Graph
  readonly phoneNumberId: string
  readonly media: MediaStore
  readonly tables: TableMode
  readonly maxBytes: number
}

const hardText = 4096
const caption = 1024
const sent = z.looseObject({ messages: z.array(z.looseObject({ id: z.string() })).min(1) })
const uploaded = z.looseObject({ id: z.string() })

/** The digits the API wants. Throws INVALID_REQUEST for a chat that is no number. */
export function numberOf(chat: string): string {
  if (!/^\+\d{7,15}$/.test(chat))
    throw new Fault('INVALID_REQUEST', `the Cloud API writes to phone numbers such as +4915112345678, not to ${chat}`)
  return chat.slice(1)
}

type Kind = 'image' | 'video' | 'audio' | 'document' | 'sticker'

/** What the API takes as what: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media. */
function kindOf(ref: MediaRef): Kind {
  if (ref.kind === 'sticker' && ref.mime === 'image/webp' && ref.bytes <= 500_000) return 'sticker'
  const kind = mediaKind(ref.mime)
  if (kind === 'image') return /^image\/(jpeg|png)$/.test(ref.mime) && ref.bytes <= 5_000_000 ? 'image' : 'document'
  if (kind === 'video') return /^video\/(mp4|3gpp)$/.test(ref.mime) && ref.bytes <= 16_000_000 ? 'video' : 'document'
  if (kind === 'audio')
    return /^audio\/(aac|mp4|mpeg|amr|ogg)/.test(ref.mime) && ref.bytes <= 16_000_000 ? 'audio' : 'document'
  return 'document'
}

async function uploadFile(o: Outgoing, ref: MediaRef, signal: AbortSignal): Promise<string> {
  if (ref.bytes > o.maxBytes)
    throw new Fault(
      'TOO_LARGE',
      `${ref.name ?? 'the file'} has ${mb(ref.bytes)}, the limit is ${mb(o.maxBytes)}; ` +
        'raise it with `oclaw config set channels.whatsapp.mediaMaxMb <MB>` (at most 100)',
    )
  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('type', ref.mime)
  form.set('file', new File([await o.media.read(ref.id)], ref.name ?? 'file', { type: ref.mime }))
  try {
    const answer = await o.graph.call('the upload', `${o.phoneNumberId}/media`, { form, signal, ms: 120_000 })
    return uploaded.parse(answer).id
  } catch (error) {
    // An upload that broke has shown nobody anything.
    if (error instanceof Fault && error.code === 'TIMEOUT')
      throw new Fault('UNAVAILABLE', error.message, { cause: error })
    throw error
  }
}

/** Buttons as the API shows them: up to three under the text, up to ten in a list, else the text alone. */
function interactive(body: string, rows: readonly (readonly Button[])[]): object | undefined {
  const all = rows.flat().filter((b) => b.text.trim() && b.data.length <= 200)
  if (!all.length || all.length > 10 || body.length > 1024) return undefined
  if (all.length <= 3) {
    const buttons = all.map((b) => ({ type: 'reply', reply: { id: b.data, title: b.text.slice(0, 20) } }))
    return { type: 'button', body: { text: body }, action: { buttons } }
  }
  const list = all.map((b) => ({ id: b.data, title: b.text.slice(0, 24) }))
  return { type: 'list', body: { text: body }, action: { button: 'Choose', sections: [{ rows: list }] } }
}

/** Sends one piece; see `Connection.send` for what it throws. The id is that of the last message it became. */
export async function send(o: Outgoing, m: OutboundMessage, signal: AbortSignal): Promise<{ platformId: string }> {
  if (m.poll) throw new Fault('INVALID_REQUEST', 'the Cloud API has no polls; a linked device has')
  const text = m.text.trim()
  if (!text && !m.media.length) throw new Fault('INVALID_REQUEST', 'there is nothing to send: no text and no file')
  const to = numberOf(m.to.chat)
  const context = m.replyTo === undefined ? {} : { context: { message_id: m.replyTo } }

  const post = async (content: object, first: boolean): Promise<string> => {
    const json = {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to,
      ...(first ? context : {}),
      ...content,
    }
    const answer = await o.graph.call('the message', `${o.phoneNumberId}/messages`, { json, signal })
    const parsed = sent.safeParse(answer)
    if (!parsed.success) throw new Fault('TIMEOUT', 'WhatsApp took the message and did not say its id')
    return parsed.data.messages[0]?.id ?? ''
  }

  const [head] = m.media
  const captioned = head !== undefined && text.length <= caption && !['audio', 'sticker'].includes(kindOf(head))
  const parts = m.media.map((ref, i) => async (first: boolean) => {
    const kind = kindOf(ref)
    const id = await uploadFile(o, ref, signal)
    const said = captioned && i === 0 && text ? { caption: format(text, caption, o.tables) } : {}
    return post(
      { type: kind, [kind]: { id, ...said, ...(kind === 'document' ? { filename: ref.name ?? 'file' } : {}) } },
      first,
    )
  })
  if (text && !captioned)
    parts.push((first) => {
      const body = format(text, hardText, o.tables)
      const shown = m.buttons && interactive(body, m.buttons)
      return post(shown ? { type: 'interactive', interactive: shown } : { type: 'text', text: { body } }, first)
    })
  let platformId = ''
  for (const part of parts) {
    try {
      platformId = await part(!platformId)
    } catch (error) {
      if (!platformId || !(error instanceof Fault) || !error.retryable) throw error
      throw new Fault('TIMEOUT', `only a part of the message was sent: ${error.message}`, { cause: error })
    }
  }
  return { platformId }
}

/** Reacts with an emoji; empty takes it back. */
export async function react(o: Outgoing, chat: string, id: string, emoji: string, signal: AbortSignal): Promise<void> {
  const json = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: numberOf(chat),
    type: 'reaction',
    reaction: { message_id: id, emoji },
  }
  await o.graph.call('the reaction', `${o.phoneNumberId}/messages`, { json, signal })
}

/** Shows that a message was read, and with `typing` that we are answering it. */
export async function markRead(o: Outgoing, id: string, typing: boolean, signal: AbortSignal): Promise<void> {
  const json = {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: id,
    ...(typing ? { typing_indicator: { type: 'text' } } : {}),
  }
  await o.graph.call('the receipt', `${o.phoneNumberId}/messages`, { json, signal, ms: 10_000 })
}
