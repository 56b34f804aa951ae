// What we say, as messages of Discord's API.
import type { RESTAPIAttachment, RESTAPIMessageReference, RESTAPIPoll } from 'discord.js'
import { z } from 'zod'
import type { AccountState } from '../../define/channel.ts'
import type { MediaStore } from '../../define/tool.ts'
import type { Address } from '../../domain/address.ts'
import type { MediaRef } from '../../domain/media.ts'
import type { Button, OutboundMessage, Poll } from '../../domain/message.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { sha256 } from '../../lib/ids.ts'
import { toDiscordMarkdown, type TableMode } from '../../lib/markdown.ts'
import { limits } from './account.ts'
import { discordCode, type Ask, type Rest, type Upload } from './api.ts'
import { keepForms, withComponents } from './forms.ts'
import type { Natives } from './native.ts'
import { idInPath } from './payload.ts'
import { makeThread } from './threads.ts'
import { voiceFacts } from './voice.ts'

/** How one account sends. `maxBytes` is the largest file. */
export interface Outgoing {
  readonly rest: Rest
  readonly media: MediaStore
  readonly natives: Natives
  readonly state: AccountState
  readonly clock: Clock
  readonly tables: TableMode
  readonly maxBytes: number
  /** The color of containers that have none, as 0xRRGGBB. */
  readonly accent?: number | undefined
  /** The channel of a chat: that of a person is opened. */
  channelOf(at: Address, signal?: AbortSignal): Promise<string>
  /** Parts of messages that were sent, by their nonce. */
  readonly sent: Map<string, string>
}

/** A message as the API takes it: https://discord.com/developers/docs/resources/message#create-message */
interface Body {
  readonly content?: string
  readonly flags?: number
  readonly attachments?: readonly RESTAPIAttachment[]
  readonly components?: readonly object[]
  readonly poll?: RESTAPIPoll
  readonly message_reference?: RESTAPIMessageReference
}

/** One message of Discord's: what it says and its files. */
interface Part {
  readonly body: Body
  readonly files: readonly Upload[]
  /** Whether it can take the place a command holds: polls and voice messages cannot. */
  readonly plain: boolean
}

const made = z.looseObject({ id: z.string() })
const unknownChannel = 10_003
const silentFlag = 4096
const voiceFlag = 8192
const filesPerMessage = 10
const maxSent = 500

/** Nobody is called who is not named; the author of what we answer is. */
const mentions = { parse: ['users' as const, 'roles' as const], replied_user: true }

const isVoice = (ref: MediaRef) => ref.kind === 'voice' && /^audio\/(ogg|opus)$/.test(ref.mime)

/** A text as Discord shows it; as it was written when that would be too long. */
export function render(text: string, tables: TableMode): string {
  const shown = toDiscordMarkdown(text, tables).trim()
  return shown && shown.length <= limits.text ? shown : text
}

/** Rows of buttons as components; what Discord cannot hold is left out, since the text says the same. */
function componentsOf(rows: NonNullable<OutboundMessage['buttons']>): object[] {
  const style = { primary: 1, danger: 4 } as const
  const button = (b: Button) =>
    ({ type: 2, style: b.style ? style[b.style] : 2, label: b.text.slice(0, 80), custom_id: b.data }) as const
  const fits = rows.map((row) => row.filter((b) => b.data.length <= 100 && b.text.trim()).slice(0, 5))
  return fits
    .filter((row) => row.length)
    .slice(0, 5)
    .map((row) => ({ type: 1, components: row.map(button) }))
}

function pollOf(poll: Poll): RESTAPIPoll {
  const { options } = poll
  if (options.length < 2 || options.length > 10)
    throw new Fault('INVALID_REQUEST', `a poll on Discord has 2 to 10 answers, not ${options.length}`)
  const hours = poll.openMs === undefined ? 24 : Math.min(768, Math.max(1, Math.ceil(poll.openMs / 3_600_000)))
  return {
    question: { text: poll.question.slice(0, 300) },
    answers: options.map((text) => ({ poll_media: { text: text.slice(0, 55) } })),
    duration: hours,
    allow_multiselect: poll.choices > 1,
  }
}

async function uploadOf(out: Outgoing, ref: MediaRef, i: number): Promise<Upload> {
  if (ref.bytes > out.maxBytes)
    throw new Fault(
      'TOO_LARGE',
      `${ref.name ?? 'the file'} has ${ref.bytes} bytes, the limit is ${out.maxBytes}; ` +
        'raise it with `oclaw config set channels.discord.mediaMaxMb <MB>` (Discord takes 10, more in boosted servers)',
    )
  const ending = ref.mime.split('/')[1]?.replace(/\W.*/, '') ?? 'bin'
  return { name: ref.name ?? `file${i ? i + 1 : ''}.${ending}`, mime: ref.mime, bytes: await out.media.read(ref.id) }
}

async function voicePart(out: Outgoing, ref: MediaRef): Promise<Part> {
  const file = await uploadOf(out, { ...ref, name: 'voice-message.ogg' }, 0)
  const { seconds, waveform } = voiceFacts(file.bytes)
  const about = { id: 0, filename: file.name, duration_secs: seconds, waveform }
  return { body: { flags: voiceFlag, attachments: [about] }, files: [{ ...file, mime: 'audio/ogg' }], plain: false }
}

/** The messages one piece becomes: text with up to ten files, more files, and each voice message for itself. */
async function partsOf(out: Outgoing, m: OutboundMessage): Promise<Part[]> {
  if (m.poll) return [{ body: { poll: pollOf(m.poll) }, files: [], plain: false }]
  const text = m.text.trim()
  if (!text && !m.media.length && !m.components)
    throw new Fault('INVALID_REQUEST', 'there is nothing to send: no text and no file')
  const content = text ? { content: render(text, out.tables) } : {}
  const files = await Promise.all(m.media.filter((ref) => !isVoice(ref)).map((ref, i) => uploadOf(out, ref, i)))
  const parts: Part[] = []
  for (let i = 0; i === 0 || i < files.length; i += filesPerMessage) {
    const some = files.slice(i, i + filesPerMessage)
    const body = { ...(i === 0 ? content : {}), ...(some.length ? { attachments: some.map(aboutFile) } : {}) }
    if (Object.keys(body).length || (m.components && i === 0)) parts.push({ body, files: some, plain: true })
  }
  for (const ref of m.media.filter(isVoice)) parts.push(await voicePart(out, ref))
  const first = parts[0]
  if (m.components && first?.plain) {
    await keepForms(out.state, m, out.clock.now())
    return [{ ...first, body: withComponents(first.body, m.components, out.accent), plain: false }, ...parts.slice(1)]
  }
  const components = componentsOf(m.buttons ?? [])
  return components.length && first?.plain
    ? [{ ...first, body: { ...first.body, components } }, ...parts.slice(1)]
    : parts
}

const aboutFile = (file: Upload, id: number) => ({ id, filename: file.name })

/** Sends a part once: Discord answers the message it has when a nonce comes again. */
async function post(out: Outgoing, to: Address, part: Part, nonce: string, signal: AbortSignal): Promise<string> {
  const body = { ...part.body, nonce, enforce_nonce: true, allowed_mentions: mentions }
  const ask = (channel: string): Ask => ({
    method: 'POST',
    path: `/channels/${channel}/messages`,
    body,
    files: part.files,
    signal,
    ...(part.files.length ? { ms: 120_000 } : {}),
  })
  const inThread = await out.channelOf(to, signal)
  try {
    return (await out.rest.ask(made, ask(inThread))).id
  } catch (error) {
    if (to.thread === undefined || discordCode(error) !== unknownChannel) throw error
    // The thread of a mention is made when it is needed; where that is forbidden, the channel has to do.
    const channel = await makeThread(out.rest, to, part.body.content ?? '').then(
      () => inThread,
      (refused: unknown) => {
        if (refused instanceof Fault && ['FORBIDDEN', 'INVALID_REQUEST'].includes(refused.code)) return to.chat
        throw error
      },
    )
    return (await out.rest.ask(made, ask(channel))).id
  }
}

/** Puts a part in the place a command holds; undefined when it cannot go there. */
async function fill(out: Outgoing, m: OutboundMessage, part: Part, signal: AbortSignal): Promise<string | undefined> {
  const place = m.replyTo === undefined ? undefined : out.natives.placeOf(m.replyTo)
  if (!place || m.replyTo === undefined || (place.usedBy !== undefined && place.usedBy !== m.id)) return undefined
  const path = `/webhooks/${place.app}/${place.token}/messages/@original`
  try {
    if (!part.plain) {
      await out.rest.tell({ method: 'DELETE', path, open: true, signal })
      out.natives.fill(m.replyTo, m.id)
      return undefined
    }
    const body = { ...part.body, allowed_mentions: mentions }
    const done = await out.rest.ask(made, { method: 'PATCH', path, body, files: part.files, open: true, signal })
    out.natives.fill(m.replyTo, m.id)
    return done.id
  } catch (error) {
    if (error instanceof Fault && error.retryable) throw error
    out.natives.fill(m.replyTo, m.id) // the place is gone: the answer comes as a message of its own
    return undefined
  }
}

/** Says a further part to the caller of a command where we may not write: Discord has no nonce for that. */
async function followUp(
  out: Outgoing,
  m: OutboundMessage,
  part: Part,
  signal: AbortSignal,
): Promise<string | undefined> {
  const place = m.replyTo === undefined ? undefined : out.natives.placeOf(m.replyTo)
  if (!place) return undefined
  const body = { ...part.body, allowed_mentions: mentions }
  const path = `/webhooks/${place.app}/${place.token}`
  try {
    return (await out.rest.ask(made, { method: 'POST', path, body, files: part.files, open: true, signal })).id
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'TIMEOUT') throw error
    throw new Fault('INTERNAL', `${error.message}; it is not sent again, since it may have arrived`, { cause: error })
  }
}

/** Sends one piece; see `Connection.send` for what it throws. The id is that of the last message it became. */
export async function send(out: Outgoing, m: OutboundMessage, signal: AbortSignal): Promise<{ platformId: string }> {
  const parts = await partsOf(out, m)
  const reply = m.replyTo && /^\d+$/.test(m.replyTo) ? { message_id: m.replyTo, fail_if_not_exists: false } : undefined
  let last = ''
  for (const [i, part] of parts.entries()) {
    const nonce = (await sha256(`${m.id}/${i}`)).slice(0, 25)
    const known = out.sent.get(nonce)
    if (known !== undefined) {
      last = known
      continue
    }
    const flags = (part.body.flags ?? 0) | (m.silent ? silentFlag : 0)
    const whole = {
      ...part,
      body: { ...part.body, ...(flags ? { flags } : {}), ...(reply && i === 0 ? { message_reference: reply } : {}) },
    }
    const placed = i === 0 ? await fill(out, m, part, signal) : undefined
    last = placed ?? (await say(whole, nonce))
    out.sent.set(nonce, last)
    const oldest = out.sent.keys().next().value
    if (out.sent.size > maxSent && oldest !== undefined) out.sent.delete(oldest)
  }
  return { platformId: last }

  async function say(part: Part, nonce: string): Promise<string> {
    try {
      return await post(out, m.to, part, nonce, signal)
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'FORBIDDEN') throw error
      const told = await followUp(out, m, part, signal)
      if (told === undefined) throw error
      return told
    }
  }
}

/** Replaces the text of a message of ours; its buttons go, since what they were for is over. */
export async function edit(out: Outgoing, at: Address, id: string, text: string, signal: AbortSignal): Promise<void> {
  const path = `/channels/${await out.channelOf(at, signal)}/messages/${idInPath(id)}`
  const body = { content: render(text.trim(), out.tables), components: [], allowed_mentions: mentions }
  await out.rest.tell({ method: 'PATCH', path, body, signal })
}
