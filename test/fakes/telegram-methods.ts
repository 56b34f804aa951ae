// The methods of the Bot API we use: what they take, and what Telegram refuses.
import { z } from 'zod'
import { parseTelegramHtml, type Entity } from './telegram-html.ts'

/** A refusal in Telegram's words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    description: string,
    readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number },
  ) {
    super(description)
  }
}

const chat = z.union([z.number().int(), z.string().regex(/^(-?\d+|@\w+)$/)]).transform(Number)
const mode = z.enum(['HTML', 'Markdown', 'MarkdownV2']).optional()
const reply = z
  .strictObject({ message_id: z.number().int(), allow_sending_without_reply: z.boolean().optional() })
  .optional()
const target = {
  chat_id: chat,
  message_thread_id: z.number().int().optional(),
  disable_notification: z.boolean().optional(),
  reply_parameters: reply,
  reply_markup: z
    .strictObject({
      inline_keyboard: z.array(
        z.array(
          z.strictObject({
            text: z.string().min(1),
            callback_data: z.string().refine((d) => Buffer.byteLength(d) <= 64, 'BUTTON_DATA_INVALID'),
          }),
        ),
      ),
    })
    .optional(),
}
const preview = z.strictObject({ is_disabled: z.boolean().optional() }).optional()
const file = z.union([z.string(), z.instanceof(File)])
const withFile = (field: string) =>
  z.strictObject({ ...target, [field]: file, caption: z.string().optional(), parse_mode: mode })
const updateType = z.enum(['message', 'channel_post', 'edited_message', 'callback_query', 'message_reaction'])

/** Parameters by method, in lower case as Telegram compares them. */
export const methods = {
  getme: z.strictObject({}),
  getwebhookinfo: z.strictObject({}),
  deletewebhook: z.strictObject({ drop_pending_updates: z.boolean().optional() }),
  setwebhook: z.strictObject({
    url: z.string(),
    secret_token: z
      .string()
      .regex(/^[\w-]{1,256}$/)
      .optional(),
    allowed_updates: z.array(updateType).optional(),
  }),
  getupdates: z.strictObject({
    offset: z.number().int().optional(),
    limit: z.number().int().min(1).max(100).optional(),
    timeout: z.number().int().min(0).optional(),
    allowed_updates: z.array(updateType).optional(),
  }),
  sendmessage: z.strictObject({ ...target, text: z.string(), parse_mode: mode, link_preview_options: preview }),
  sendphoto: withFile('photo'),
  senddocument: withFile('document'),
  sendaudio: withFile('audio'),
  sendvoice: withFile('voice'),
  sendvideo: withFile('video'),
  sendanimation: withFile('animation'),
  sendsticker: z.strictObject({ ...target, sticker: file }),
  sendpoll: z.strictObject({
    ...target,
    question: z.string().min(1).max(300),
    options: z
      .array(z.strictObject({ text: z.string().min(1).max(100) }))
      .min(2)
      .max(12),
    is_anonymous: z.boolean().optional(),
    allows_multiple_answers: z.boolean().optional(),
    open_period: z.number().int().min(5).max(600).optional(),
  }),
  answercallbackquery: z.strictObject({ callback_query_id: z.string().min(1) }),
  pinchatmessage: z.strictObject({ chat_id: chat, message_id: z.number().int() }),
  unpinchatmessage: z.strictObject({ chat_id: chat, message_id: z.number().int() }),
  createforumtopic: z.strictObject({ chat_id: chat, name: z.string().min(1).max(128) }),
  getchat: z.strictObject({ chat_id: chat }),
  getchatmember: z.strictObject({ chat_id: chat, user_id: z.number().int() }),
  editmessagetext: z.strictObject({
    chat_id: chat,
    message_id: z.number().int(),
    text: z.string(),
    parse_mode: mode,
    link_preview_options: preview,
  }),
  deletemessage: z.strictObject({ chat_id: chat, message_id: z.number().int() }),
  setmessagereaction: z.strictObject({
    chat_id: chat,
    message_id: z.number().int(),
    reaction: z.array(z.strictObject({ type: z.literal('emoji'), emoji: z.string() })).optional(),
  }),
  sendchataction: z.strictObject({
    chat_id: chat,
    message_thread_id: z.number().int().optional(),
    action: z.enum(['typing', 'upload_photo', 'record_voice', 'upload_document']),
  }),
  setmycommands: z.strictObject({
    commands: z.array(z.strictObject({ command: z.string(), description: z.string() })),
  }),
  getfile: z.strictObject({ file_id: z.string() }),
} as const

export type Method = keyof typeof methods

/** The parameters of a request, however they were sent. */
export function readParams(type: string, body: Uint8Array<ArrayBuffer>, query: URLSearchParams) {
  const loose = (text: string): unknown => (/^(-?\d+|true|false|[[{].*)$/s.test(text) ? JSON.parse(text) : text)
  if (type.includes('json')) return body.length ? (JSON.parse(new TextDecoder().decode(body)) as unknown) : {}
  if (type.includes('multipart')) return readForm(type, body, loose)
  return Object.fromEntries([...query].map(([key, value]) => [key, loose(value)]))
}

async function readForm(type: string, body: Uint8Array<ArrayBuffer>, loose: (text: string) => unknown) {
  const form = await new Response(body, { headers: { 'content-type': type } }).formData()
  const files = new Map<string, File>()
  const params: Record<string, unknown> = {}
  for (const [key, value] of form)
    if (value instanceof File) files.set(key, value)
    else params[key] = ['text', 'caption'].includes(key) ? value : loose(value)
  for (const [key, value] of Object.entries(params))
    if (typeof value === 'string' && value.startsWith('attach://')) params[key] = files.get(value.slice(9))
  return { ...Object.fromEntries([...files].filter(([key]) => !(key in params) && key.length < 12)), ...params }
}

/** The text and entities of a message or caption; refuses what Telegram refuses. */
export function readText(given: string, parseMode: string | undefined, max: number) {
  let text = given
  let entities: Entity[] = []
  if (parseMode === 'HTML')
    try {
      ;({ text, entities } = parseTelegramHtml(given))
    } catch (error) {
      throw new Refusal(400, error instanceof Error ? error.message : String(error))
    }
  text = text.trim()
  if (text.length > max) throw new Refusal(400, `Bad Request: message ${max === 1024 ? 'caption is' : 'is'} too long`)
  return { text, entities }
}

const words =
  '❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'

/** The emoji a bot may react with: https://core.telegram.org/bots/api#reactiontypeemoji. */
export const reactions: ReadonlySet<string> = new Set(words.split(' '))

/** Refuses a menu Telegram would refuse. */
export function checkCommands(commands: readonly { command: string; description: string }[]): void {
  if (commands.length > 100) throw new Refusal(400, 'Bad Request: too many bot commands specified')
  for (const c of commands) {
    if (!/^\/?[a-z0-9_]{1,32}$/.test(c.command)) throw new Refusal(400, 'Bad Request: BOT_COMMAND_INVALID')
    if (!c.description || c.description.length > 256)
      throw new Refusal(400, 'Bad Request: BOT_COMMAND_DESCRIPTION_INVALID')
  }
}
