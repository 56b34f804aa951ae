// What a Telegram bot sees of the world: chats, people, messages, files; and what the Bot API does to them.
import type { Chat, Message, Update, User } from 'grammy/types'
import type { z } from 'zod'
import type { Entity } from './telegram-html.ts'
import { checkCommands, reactions, readText, Refusal, type methods, type Method } from './telegram-methods.ts'

/** A message the bot sent. `text` is what is seen, `raw` what was given. */
export interface Sent {
  readonly method: Method
  readonly id: number
  readonly chat: number
  readonly thread?: number
  text: string
  entities: readonly Entity[]
  readonly raw: Params
  readonly file?: { readonly name: string; readonly bytes: number }
  edits: number
  deleted: boolean
  reactions: readonly string[]
}

export type Params = Readonly<Record<string, unknown>>

/** Fields of a message beyond who, where and when. */
export type Extra = Partial<Omit<Message, 'chat' | 'from' | 'message_id' | 'date'>>

/** The person or bot an account is. */
export interface BotUser {
  readonly id: number
  readonly is_bot: true
  readonly first_name: string
  readonly username: string
}

/** When the first message was written, in seconds. */
const start = 1_790_000_000

/** Makes a world; `tell` hears of each update, `news` of each change. */
export function telegramWorld(me: BotUser, tell: (content: Omit<Update, 'update_id'>) => Update, news: () => void) {
  const chats = new Map<number, { readonly chat: Chat; messages: number }>()
  const users = new Map<string, User>()
  const files = new Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly path: string }>()
  const sent: Sent[] = []
  const sentById = new Map<string, Sent>()
  const actions: Params[] = []
  const blocked = new Set<number>()
  const moved = new Map<number, number>()
  const answered: string[] = []
  const pinned = new Set<string>()
  const place = (id: number) => chatOf(id)
  const state = { webhook: '', commands: [] as readonly { command: string; description: string }[] }

  const chatOf = (id: number) => {
    const to = moved.get(id)
    if (to !== undefined)
      throw new Refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: to })
    const found = chats.get(id)
    if (!found) throw new Refusal(400, 'Bad Request: chat not found')
    if (blocked.has(id)) throw new Refusal(403, 'Forbidden: bot was blocked by the user')
    return found
  }

  function sentIn(chat: number, id: number, what: string) {
    chatOf(chat)
    const found = sentById.get(`${chat}:${id}`)
    if (!found || found.deleted) throw new Refusal(400, `Bad Request: message to ${what} not found`)
    return found
  }

  function sendAny(method: Method, p: Params): unknown {
    const place = chatOf(p['chat_id'] as number)
    const thread = p['message_thread_id'] as number | undefined
    if (thread !== undefined && (thread === 1 || place.chat.type !== 'supergroup' || !place.chat.is_forum))
      throw new Refusal(400, 'Bad Request: message thread not found')
    const given = (method === 'sendmessage' ? p['text'] : (p['caption'] ?? '')) as string
    const { text, entities } = readText(
      given,
      p['parse_mode'] as string | undefined,
      method === 'sendmessage' ? 4096 : 1024,
    )
    if (!text && method === 'sendmessage') throw new Refusal(400, 'Bad Request: message text is empty')
    const file = Object.values(p).find((v) => v instanceof File)
    const id = ++place.messages
    const one: Sent = {
      method,
      id,
      chat: place.chat.id,
      ...(thread === undefined ? {} : { thread }),
      text,
      entities,
      raw: p,
      ...(file ? { file: { name: file.name, bytes: file.size } } : {}),
      edits: 0,
      deleted: false,
      reactions: [],
    }
    sent.push(one)
    sentById.set(`${one.chat}:${id}`, one)
    news()
    return { message_id: id, date: start + id, chat: place.chat, from: me, text }
  }

  function perform(method: Method, p: never): unknown {
    const as = <M extends Method>() => p as z.output<(typeof methods)[M]>
    switch (method) {
      case 'getme':
        return { ...me, can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false }
      case 'getwebhookinfo':
        return { url: state.webhook, has_custom_certificate: false, pending_update_count: 0 }
      case 'deletewebhook':
        state.webhook = ''
        return true
      case 'setwebhook':
        state.webhook = as<'setwebhook'>().url
        return true
      case 'editmessagetext': {
        const q = as<'editmessagetext'>()
        const old = sentIn(q.chat_id, q.message_id, 'edit')
        const { text, entities } = readText(q.text, q.parse_mode, 4096)
        if (text === old.text && JSON.stringify(entities) === JSON.stringify(old.entities))
          throw new Refusal(
            400,
            'Bad Request: message is not modified: specified new message content and reply markup are exactly the ' +
              'same as a current content and reply markup of the message',
          )
        Object.assign(old, { text, entities, edits: old.edits + 1 })
        news()
        return { message_id: old.id, date: start, chat: chatOf(old.chat).chat, from: me, text }
      }
      case 'deletemessage': {
        const q = as<'deletemessage'>()
        sentIn(q.chat_id, q.message_id, 'delete').deleted = true
        return true
      }
      case 'setmessagereaction': {
        const q = as<'setmessagereaction'>()
        const list = (q.reaction ?? []).map((r) => r.emoji)
        if (list.some((emoji) => !reactions.has(emoji))) throw new Refusal(400, 'Bad Request: REACTION_INVALID')
        if (q.message_id > chatOf(q.chat_id).messages) throw new Refusal(400, 'Bad Request: message to react not found')
        const own = sentById.get(`${q.chat_id}:${q.message_id}`)
        if (own) own.reactions = list
        return true
      }
      case 'sendchataction':
        chatOf(as<'sendchataction'>().chat_id)
        actions.push(as<'sendchataction'>())
        news()
        return true
      case 'setmycommands':
        checkCommands(as<'setmycommands'>().commands)
        state.commands = as<'setmycommands'>().commands
        return true
      case 'answercallbackquery':
        answered.push(as<'answercallbackquery'>().callback_query_id)
        news()
        return true
      case 'pinchatmessage':
      case 'unpinchatmessage': {
        const q = as<'pinchatmessage'>()
        if (q.message_id > chatOf(q.chat_id).messages) throw new Refusal(400, 'Bad Request: message to pin not found')
        pinned[method === 'pinchatmessage' ? 'add' : 'delete'](`${q.chat_id}:${q.message_id}`)
        return true
      }
      case 'createforumtopic': {
        const q = as<'createforumtopic'>()
        const { chat } = chatOf(q.chat_id)
        if (chat.type !== 'supergroup' || !chat.is_forum) throw new Refusal(400, 'Bad Request: the chat is not a forum')
        return { message_thread_id: ++place(q.chat_id).messages, name: q.name, icon_color: 7322096 }
      }
      case 'getchat':
        return chatOf(as<'getchat'>().chat_id).chat
      case 'getchatmember': {
        const q = as<'getchatmember'>()
        chatOf(q.chat_id)
        return { status: 'member', user: { id: q.user_id, is_bot: q.user_id === me.id, first_name: 'Someone' } }
      }
      case 'getfile': {
        const id = as<'getfile'>().file_id
        const found = files.get(id)
        if (!found) throw new Refusal(400, 'Bad Request: wrong file_id or the file is temporarily unavailable')
        return { file_id: id, file_unique_id: `u${id}`, file_size: found.bytes.length, file_path: found.path }
      }
      default:
        return sendAny(method, p)
    }
  }

  function user(name: string): User {
    const known = users.get(name)
    if (known) return known
    const made: User = { id: 5001 + users.size, is_bot: false, first_name: name, username: name.toLowerCase() }
    users.set(name, made)
    return made
  }

  function open(chat: Chat) {
    if (!chats.has(chat.id)) chats.set(chat.id, { chat, messages: 0 })
    return chat
  }

  /** The private chat with a person; it exists from now on. */
  function direct(name: string): Chat {
    const { id, first_name } = user(name)
    return open({ id, type: 'private', first_name, username: name.toLowerCase() })
  }

  /** Entities of plain text as a Telegram app would mark them: commands and mentions. */
  function entitiesOf(text: string) {
    const entities = [...text.matchAll(/(^|\s)(\/\w+(?:@\w+)?|@\w{3,})/g)].map((m) => ({
      type: (m[2] as string).startsWith('/') ? ('bot_command' as const) : ('mention' as const),
      offset: m.index + (m[1] as string).length,
      length: (m[2] as string).length,
    }))
    return entities.length ? { entities } : {}
  }

  /** Someone writes in a chat. */
  function write(chat: Chat, from: User, text: string, extra: Extra = {}): Update {
    const place = chats.get(chat.id) ?? { chat, messages: 0 }
    const id = ++place.messages
    const said = text ? { text, ...entitiesOf(text) } : {}
    const message = { message_id: id, date: start + id, chat, from, ...said, ...extra } as Message
    return tell(chat.type === 'channel' ? { channel_post: message as never } : { message: message as never })
  }

  /** A file at Telegram, to be named in `extra` by its id. */
  function file(name: string, bytes: Uint8Array<ArrayBuffer>) {
    const id = `file-${files.size + 1}`
    files.set(id, { bytes, path: `documents/${name}` })
    return { file_id: id, file_unique_id: `u${id}`, file_size: bytes.length }
  }

  return {
    sent,
    actions,
    state,
    blocked,
    moved,
    answered,
    pinned,
    user,
    open,
    direct,
    write,
    file,
    perform,
    fileAt: (path: string) => [...files.values()].find((f) => f.path === path)?.bytes,
  }
}
