// What we say, as calls of the Web API.
import type { Stream } from '../../define/channel.ts'
import type { MediaStore } from '../../define/tool.ts'
import type { Address } from '../../domain/address.ts'
import type { MediaRef } from '../../domain/media.ts'
import type { Button, OutboundMessage } from '../../domain/message.ts'
import { Fault } from '../../lib/fault.ts'
import { toPlain, type TableMode } from '../../lib/markdown.ts'
import { splitText } from '../../lib/split.ts'
import { limits } from './account.ts'
import type { Web } from './api.ts'
import type { Callers } from './callers.ts'
import type { Directory } from './directory.ts'
import { emojiName } from './emoji.ts'
import { slackError } from './faults.ts'
import { callerOf } from './interact.ts'
import { escapeText, toMrkdwn } from './mrkdwn.ts'
import { upload } from './upload.ts'

/** The longest text of a message, of an edited one, and of a section beside buttons. */
const hardText = 40_000
const editText = 4000
const sectionText = 3000
const maxPerBlock = 25

/** How one account sends. `maxBytes` is the largest file. */
export interface Outgoing {
  readonly web: Web
  readonly directory: Directory
  readonly callers: Callers
  readonly media: MediaStore
  readonly tables: TableMode
  readonly maxBytes: number
  /** Whether the app may show other names than its own (`chat:write.customize`); false once Slack has said no. */
  readonly names: { allowed: boolean }
  /** Notes that we have spoken in a thread. */
  spoke(chat: string, thread: string): void
}

/** A ts of Slack; ids of commands and buttons are none. */
const isTs = (id: string | undefined): id is string => id !== undefined && /^\d+\.\d+$/.test(id)

/** Preparing changes nothing that anybody sees, so that a broken connection there may be tried again. */
export async function unseen<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Fault && error.code === 'TIMEOUT')
      throw new Fault('UNAVAILABLE', `nothing was sent: ${error.message}`, { cause: error })
    throw error
  }
}

/** A Markdown text for Slack within `max` characters: with markup, without, or as it was written. */
function render(text: string, tables: TableMode, max: number): string {
  const forms = [toMrkdwn(text, tables), escapeText(toPlain(text)), escapeText(text)]
  return forms.find((form) => form.trim() && form.length <= max) ?? escapeText(text)
}

function toButton(button: Button, id: string) {
  if (button.data.length > 2000)
    throw new Fault('INVALID_REQUEST', `the data of the button "${button.text}" is longer than 2000 characters`)
  return {
    type: 'button' as const,
    action_id: id,
    text: { type: 'plain_text' as const, text: button.text.slice(0, 75), emoji: true },
    value: button.data,
    ...(button.style ? { style: button.style } : {}),
  }
}

/** The text in sections, then a row of buttons for each row. */
function blocksOf(text: string, rows: readonly (readonly Button[])[], tables: TableMode) {
  const sections = splitText(text, { chars: 2500 }).map((piece) => ({
    type: 'section' as const,
    text: { type: 'mrkdwn' as const, text: render(piece, tables, sectionText).slice(0, sectionText) },
  }))
  const actions = rows.flatMap((row, r) =>
    row.length
      ? [
          {
            type: 'actions' as const,
            elements: row.slice(0, maxPerBlock).map((button, i) => toButton(button, `button:${r}:${i}`)),
          },
        ]
      : [],
  )
  return [...sections, ...actions].slice(0, 50)
}

/** The thread a message goes to: the one it is in, or the one that the message it replies to begins. */
const threadOf = (m: OutboundMessage) => m.to.thread ?? (isTs(m.replyTo) ? m.replyTo : undefined)

interface Place {
  readonly channel: string
  readonly thread_ts?: string
}

async function sendText(out: Outgoing, m: OutboundMessage, at: Place, signal: AbortSignal): Promise<string> {
  const said = {
    text: render(m.text, out.tables, hardText),
    mrkdwn: true,
    unfurl_links: false,
    unfurl_media: false,
  }
  const once = (more: object) =>
    out.web.call('chat.postMessage', (w) => w.chat.postMessage({ ...at, ...said, ...more }), { signal })
  const post = async (more: object) => {
    if (!m.as || !out.names.allowed) return once(more)
    const icon = m.as.emoji ? { icon_emoji: `:${emojiName(m.as.emoji)}:` } : {}
    try {
      return await once({ username: m.as.name, ...icon, ...more })
    } catch (error) {
      if (slackError(error) !== 'missing_scope') throw error
      out.names.allowed = false
      return once(more)
    }
  }
  const buttons = m.buttons?.some((row) => row.length) ? m.buttons : undefined
  try {
    return (await post(buttons ? { blocks: blocksOf(m.text, buttons, out.tables) } : {})).ts ?? ''
  } catch (error) {
    // The text says what the buttons say; without them it can at least be read.
    if (!buttons || !['invalid_blocks', 'invalid_blocks_format'].includes(slackError(error) ?? '')) throw error
    return (await post({})).ts ?? ''
  }
}

async function bytesOf(out: Outgoing, ref: MediaRef) {
  if (ref.bytes > out.maxBytes)
    throw new Fault(
      'TOO_LARGE',
      `${ref.name ?? 'the file'} has ${ref.bytes} bytes, the limit is ${out.maxBytes}; ` +
        'raise it with `oclaw config set channels.slack.mediaMaxMb <MB>`',
    )
  const name = ref.name ?? `file.${ref.mime.split('/')[1]?.replace(/\W.*/, '') ?? 'bin'}`
  return { name, bytes: await out.media.read(ref.id) }
}

/**
 * The answer to a slash command, for its caller alone: through the address Slack gave for it or, when that is used up or
 * forgotten, as a message only they see. Undefined for messages that everybody sees.
 */
async function toCaller(out: Outgoing, m: OutboundMessage, signal: AbortSignal): Promise<string | undefined> {
  const user = callerOf(m.replyTo)
  if (m.replyTo === undefined || user === undefined || m.media.length) return undefined
  const blocks = m.buttons?.length ? { blocks: blocksOf(m.text, m.buttons, out.tables) } : {}
  const body = { text: render(m.text, out.tables, hardText), ...blocks }
  if (await out.callers.answer(m.replyTo, body, signal)) return `ephemeral:${m.id}`
  if (!out.callers.alone) return undefined
  const channel = await unseen(out.directory.conversation(m.to.chat, signal))
  const thread = m.to.thread === undefined ? {} : { thread_ts: m.to.thread }
  const args = { channel, user, ...thread, ...body }
  await out.web.call('chat.postEphemeral', (w) => w.chat.postEphemeral(args), { signal })
  return `ephemeral:${m.id}`
}

/** Sends one piece; see `Connection.send` for what it throws. The id is that of the last message it became. */
export async function send(
  out: Outgoing,
  given: OutboundMessage,
  signal: AbortSignal,
): Promise<{ platformId: string }> {
  const m = { ...given, text: given.text.trim() }
  if (!m.text && !m.media.length) throw new Fault('INVALID_REQUEST', 'there is nothing to send: no text and no file')
  const told = await toCaller(out, m, signal)
  if (told !== undefined) return { platformId: told }
  const channel = await unseen(out.directory.conversation(m.to.chat, signal))
  const thread = threadOf(m)
  const at: Place = { channel, ...(thread === undefined ? {} : { thread_ts: thread }) }
  const files = await Promise.all(m.media.map((ref) => bytesOf(out, ref)))
  // A text with buttons cannot be the comment of a file.
  const comment = files.length > 0 && !m.buttons?.length && m.text ? render(m.text, out.tables, limits.caption) : ''
  const captioned = comment !== '' && comment.length <= limits.caption
  let id = ''
  if (m.text && !captioned) id = await sendText(out, m, at, signal)
  if (files.length)
    try {
      const shown = await upload(out.web, files, { ...at, ...(captioned ? { initial_comment: comment } : {}) }, signal)
      id ||= shown
    } catch (error) {
      if (!id || !(error instanceof Fault) || !error.retryable) throw error
      throw new Fault('TIMEOUT', `only a part of the message was sent: ${error.message}`, { cause: error })
    }
  if (thread !== undefined) out.spoke(channel, thread)
  return { platformId: id }
}

/**
 * Begins a message that Slack shows growing: https://docs.slack.dev/reference/methods/chat.startStream. Only in threads, and
 * in channels only for a person.
 */
export async function stream(
  out: Outgoing & { readonly team: string },
  m: OutboundMessage,
  person: string | undefined,
  signal: AbortSignal,
): Promise<Stream | undefined> {
  const { web } = out
  const thread = threadOf(m)
  if (thread === undefined || callerOf(m.replyTo) !== undefined) return undefined
  const channel = await unseen(out.directory.conversation(m.to.chat, signal))
  const reader = person === undefined ? {} : { recipient_user_id: person, recipient_team_id: out.team }
  const args = { channel, thread_ts: thread, markdown_text: m.text, ...reader }
  const begun = await web.call('chat.startStream', (w) => w.chat.startStream(args), { signal })
  const at = { channel, ts: begun.ts ?? '' }
  out.spoke(channel, thread)
  return {
    platformId: at.ts,
    async add(text, stop) {
      if (!text) return
      const more = { ...at, markdown_text: text }
      await web.call('chat.appendStream', (w) => w.chat.appendStream(more), { signal: stop })
    },
    end: async () => void (await web.call('chat.stopStream', (w) => w.chat.stopStream(at), {})),
  }
}

/** Replaces the text of a message of ours; one that still grows, since a process ended, is made whole first. */
export async function edit(out: Outgoing, at: Address, id: string, text: string, signal: AbortSignal): Promise<void> {
  if (!isTs(id)) throw new Fault('INVALID_REQUEST', `a message with the id ${id} cannot be edited on Slack`)
  const channel = await unseen(out.directory.conversation(at.chat, signal))
  const args = { channel, ts: id, text: render(text.trim(), out.tables, editText) }
  const update = () => out.web.call('chat.update', (w) => w.chat.update(args), { signal })
  try {
    await update()
  } catch (error) {
    if (slackError(error) !== 'streaming_state_conflict') throw error
    await out.web.call('chat.stopStream', (w) => w.chat.stopStream({ channel, ts: id }), { signal })
    await update()
  }
}
