// What we say, as calls of the Bot API.
import type { RawApi } from 'grammy'
import type { MediaStore } from '../../define/tool.ts'
import type { Address } from '../../domain/address.ts'
import { mediaKind, type MediaRef } from '../../domain/media.ts'
import type { OutboundMessage, Poll } from '../../domain/message.ts'
import { Fault } from '../../lib/fault.ts'
import { toPlain, toTelegramHtml, type TableMode } from '../../lib/markdown.ts'
import type { ApiSignal, Bot } from './api.ts'

/** Telegram's limits: https://core.telegram.org/bots/api#sendmessage, #sending-files. */
export const limits = { text: 4000, caption: 1024, media: 50_000_000 } as const

const hardText = 4096
const photoBytes = 10_000_000

/** How one account sends. `maxBytes` is the largest file. */
export interface Outgoing {
  readonly bot: Bot
  readonly media: MediaStore
  readonly tables: TableMode
  readonly linkPreview: boolean
  readonly maxBytes: number
  readonly buttons: { readonly direct: boolean; readonly group: boolean }
}

type MediaMethod = 'photo' | 'document' | 'audio' | 'voice' | 'video' | 'animation' | 'sticker'
type File = ReturnType<Bot['upload']>

/** What every send has in common; fallbacks change it. */
interface Common {
  readonly chat_id: string
  readonly message_thread_id?: number
  readonly disable_notification?: boolean
  readonly reply_parameters?: { readonly message_id: number; readonly allow_sending_without_reply: true }
  readonly reply_markup?: { inline_keyboard: { text: string; callback_data: string }[][] }
}

type Rendered = { readonly text: string; readonly parse_mode?: 'HTML' }

const uploads: Record<MediaMethod, (api: RawApi, p: Common & object, f: File, s: ApiSignal) => Promise<Sent>> = {
  photo: (api, p, photo, s) => api.sendPhoto({ ...p, photo }, s),
  document: (api, p, document, s) => api.sendDocument({ ...p, document }, s),
  audio: (api, p, audio, s) => api.sendAudio({ ...p, audio }, s),
  voice: (api, p, voice, s) => api.sendVoice({ ...p, voice }, s),
  video: (api, p, video, s) => api.sendVideo({ ...p, video }, s),
  animation: (api, p, animation, s) => api.sendAnimation({ ...p, animation }, s),
  sticker: (api, p, sticker, s) => api.sendSticker({ ...p, sticker }, s),
}

interface Sent {
  readonly message_id: number
}

/** How many UTF-16 units of `html` a reader sees. */
const visible = (html: string) => html.replace(/<[^>]*>/g, '').replace(/&(lt|gt|amp|quot);/g, '.').length

/** The ways to say a Markdown text, best first: as HTML, without markup, and just as it was written. */
function renderings(text: string, max: number, tables: TableMode): Rendered[] {
  const html = toTelegramHtml(text, tables)
  const plain = toPlain(text)
  return [
    ...(html && visible(html) <= max ? [{ text: html, parse_mode: 'HTML' } as const] : []),
    ...(plain && plain.length <= max ? [{ text: plain }] : []),
    { text },
  ]
}

/** The topic to name when sending: General (1) must not be named: https://core.telegram.org/api/forum. */
const threadFor = (to: Address) => (to.thread && to.thread !== '1' ? { message_thread_id: Number(to.thread) } : {})

function methodFor(ref: MediaRef, gif: boolean): MediaMethod {
  if (ref.mime === 'image/gif' || (gif && ref.mime === 'video/mp4')) return 'animation'
  const kind = ref.kind ?? mediaKind(ref.mime)
  if (kind === 'sticker') return stickers.test(ref.mime) ? 'sticker' : 'document'
  if (kind === 'voice') return ref.mime === 'audio/ogg' ? 'voice' : 'audio'
  if (kind === 'audio') return /^audio\/(mpeg|mp4|x-m4a)$/.test(ref.mime) ? 'audio' : 'document'
  if (kind === 'image')
    return /^image\/(jpeg|png|webp)$/.test(ref.mime) && ref.bytes <= photoBytes ? 'photo' : 'document'
  return kind === 'video' && ref.mime === 'video/mp4' ? 'video' : 'document'
}

/** What Telegram takes as a sticker: https://core.telegram.org/stickers. */
const stickers = /^(image\/webp|video\/webm|application\/x-tgsticker)$/

const nameFor = (ref: MediaRef) => ref.name ?? `file.${ref.mime.split('/')[1]?.replace(/\W.*/, '') ?? 'bin'}`

/** Runs `send` with ever simpler payloads while Telegram says what it dislikes about them. */
async function insist<T>(
  common: Common,
  forms: readonly Rendered[],
  send: (common: Common, form: Rendered) => Promise<T>,
): Promise<T> {
  let target = common
  let form = 0
  for (;;) {
    try {
      return await send(target, forms[form] ?? { text: '' })
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'INVALID_REQUEST') throw error
      const moved = (error.more.details as { movedTo?: string } | undefined)?.movedTo
      if (moved && moved !== target.chat_id) target = { ...target, chat_id: moved }
      else if (/thread not found/.test(error.message) && target.message_thread_id !== undefined)
        target = Object.fromEntries(
          Object.entries(target).filter(([k]) => k !== 'message_thread_id'),
        ) as unknown as Common
      else if (/parse entities|is too long|text is empty|must be non-empty/.test(error.message) && forms[form + 1])
        form++
      else throw error
    }
  }
}

async function sendFile(
  out: Outgoing,
  ref: MediaRef,
  common: Common,
  forms: readonly Rendered[],
  o: { readonly gif: boolean; readonly signal: AbortSignal },
) {
  const { signal } = o
  if (ref.bytes > out.maxBytes)
    throw new Fault(
      'TOO_LARGE',
      `${ref.name ?? 'the file'} has ${ref.bytes} bytes, the limit is ${out.maxBytes}; ` +
        'raise it with `oclaw config set channels.telegram.mediaMaxMb <MB>` (at most 50)',
    )
  const bytes = await out.media.read(ref.id)
  const send = (method: MediaMethod) =>
    insist(common, forms, (target, { text: caption, ...form }) =>
      out.bot.call(
        `send ${method}`,
        (api, s) =>
          uploads[method](
            api,
            { ...target, ...(caption && method !== 'sticker' ? { caption, ...form } : {}) },
            out.bot.upload(bytes, nameFor(ref)),
            s,
          ),
        { signal, ms: 120_000 },
      ),
    )
  const method = methodFor(ref, o.gif)
  try {
    return await send(method)
  } catch (error) {
    // Telegram judges pictures by their content (size, proportions); as a document it takes any file.
    if (method === 'document' || !(error instanceof Fault) || !/PHOTO_|IMAGE_|VOICE_|STICKER_/.test(error.message))
      throw error
    return send('document')
  }
}

function sendText(out: Outgoing, text: string, common: Common, signal: AbortSignal) {
  const preview = out.linkPreview ? {} : { link_preview_options: { is_disabled: true } }
  return insist(common, renderings(text, hardText, out.tables), (target, form) =>
    out.bot.call('sendMessage', (api, s) => api.sendMessage({ ...target, ...form, ...preview }, s), { signal }),
  )
}

/** The buttons under a message, where the account shows them; Telegram takes 64 bytes with each. */
function markupOf(out: Outgoing, m: OutboundMessage): Pick<Common, 'reply_markup'> {
  const shown = m.to.chat.startsWith('-') ? out.buttons.group : out.buttons.direct
  const fits = (m.buttons ?? []).map((row) => row.filter((b) => new TextEncoder().encode(b.data).length <= 64))
  const rows = fits.filter((row) => row.length).map((row) => row.map((b) => ({ text: b.text, callback_data: b.data })))
  return shown && rows.length ? { reply_markup: { inline_keyboard: rows } } : {}
}

/** Puts a question: https://core.telegram.org/bots/api#sendpoll. */
async function sendPoll(out: Outgoing, poll: Poll, common: Common, signal: AbortSignal) {
  const asked = {
    question: poll.question.slice(0, 300),
    options: poll.options.map((text) => ({ text: text.slice(0, 100) })),
    allows_multiple_answers: poll.choices > 1,
    ...(poll.anonymous === undefined ? {} : { is_anonymous: poll.anonymous }),
    ...(poll.openMs === undefined ? {} : { open_period: Math.round(poll.openMs / 1000) }),
  }
  const sent = await insist(common, [{ text: '' }], (target) =>
    out.bot.call('sendPoll', (api, s) => api.sendPoll({ ...target, ...asked }, s), { signal }),
  )
  return { platformId: String(sent.message_id) }
}

/** Sends one piece; see `Connection.send` for what it throws. The id is that of the last message it became. */
export async function send(out: Outgoing, m: OutboundMessage, signal: AbortSignal): Promise<{ platformId: string }> {
  const text = m.text.trim()
  if (!text && !m.media.length && !m.poll)
    throw new Fault('INVALID_REQUEST', 'there is nothing to send: no text and no file')
  const common: Common = {
    chat_id: m.to.chat,
    ...threadFor(m.to),
    ...(m.silent ? { disable_notification: true } : {}),
  }
  const reply =
    m.replyTo && /^\d+$/.test(m.replyTo)
      ? { reply_parameters: { message_id: Number(m.replyTo), allow_sending_without_reply: true as const } }
      : {}
  if (m.poll) return sendPoll(out, m.poll, { ...common, ...reply }, signal)
  const sticker = m.media[0] !== undefined && methodFor(m.media[0], m.gif ?? false) === 'sticker'
  const captioned = m.media.length > 0 && text.length <= limits.caption && !sticker
  const steps: ((first: Common) => Promise<Sent>)[] = m.media.map((ref, i) => (at) => {
    const forms = captioned && i === 0 && text ? renderings(text, limits.caption, out.tables) : []
    return sendFile(out, ref, at, forms, { gif: m.gif ?? false, signal })
  })
  if (text && !captioned) steps.push((at) => sendText(out, text, at, signal))
  const markup = markupOf(out, m)
  let last: Sent | undefined
  for (const [i, step] of steps.entries()) {
    try {
      last = await step({ ...common, ...(last ? {} : reply), ...(i === steps.length - 1 ? markup : {}) })
    } catch (error) {
      if (!last || !(error instanceof Fault) || !error.retryable) throw error
      throw new Fault('TIMEOUT', `only a part of the message was sent: ${error.message}`, { cause: error })
    }
  }
  return { platformId: String(last?.message_id) }
}

/** Replaces the text of a message of ours; that nothing changed is no error. */
export async function edit(out: Outgoing, at: Address, id: string, text: string, signal: AbortSignal): Promise<void> {
  const preview = out.linkPreview ? {} : { link_preview_options: { is_disabled: true } }
  try {
    await insist({ chat_id: at.chat }, renderings(text.trim(), hardText, out.tables), ({ chat_id }, form) =>
      out.bot.call(
        'editMessageText',
        (api, s) => api.editMessageText({ chat_id, message_id: Number(id), ...form, ...preview }, s),
        { signal },
      ),
    )
  } catch (error) {
    if (!(error instanceof Fault) || !error.message.includes('message is not modified')) throw error
  }
}

/** The small gestures: a deleted message, a reaction (empty: taken back), "is typing". */
export function gestures(bot: Bot, signal: AbortSignal) {
  return {
    async remove(at: Address, id: string) {
      const message = { chat_id: at.chat, message_id: Number(id) }
      await bot.call('deleteMessage', (api, s) => api.deleteMessage(message, s), { signal })
    },
    async react(at: Address, id: string, emoji: string) {
      // The type lists the emoji Telegram takes; what it does not take it refuses by itself.
      const reaction = emoji ? [{ type: 'emoji' as const, emoji: emoji as '👍' }] : []
      const message = { chat_id: at.chat, message_id: Number(id), reaction }
      await bot.call('setMessageReaction', (api, s) => api.setMessageReaction(message, s), { signal })
    },
    async pin(at: Address, id: string, on: boolean) {
      const message = { chat_id: at.chat, message_id: Number(id) }
      if (on) await bot.call('pinChatMessage', (api, s) => api.pinChatMessage(message, s), { signal })
      else await bot.call('unpinChatMessage', (api, s) => api.unpinChatMessage(message, s), { signal })
    },
    async typing(at: Address) {
      const thread = at.thread ? { message_thread_id: Number(at.thread) } : {}
      const action = { chat_id: at.chat, ...thread, action: 'typing' as const }
      await bot.call('sendChatAction', (api, s) => api.sendChatAction(action, s), { signal, ms: 10_000 })
    },
  }
}
