// What a Slack app sees of the world: people, chats, messages, files; and what the Web API does to them.
import { blocks, Refusal } from './slack-methods.ts'

type Params = Readonly<Record<string, unknown>>

/** A message in a chat, as Slack stores it. */
export interface Message {
  readonly ts: string
  user?: string
  text: string
  thread_ts?: string
  bot_id?: string
  readonly [field: string]: unknown
}

/** A chat; `type` is what events call its kind. */
export interface Chat {
  readonly id: string
  readonly type: 'im' | 'mpim' | 'channel' | 'group'
  name: string
  readonly members: Set<string>
  readonly messages: Message[]
  readonly pinned: Set<string>
}

/** A message the bot sent; `raw` is what was given. */
export interface Sent {
  readonly ts: string
  readonly chat: string
  text: string
  readonly thread?: string
  readonly raw: Params
  edits: number
  deleted: boolean
}

export const me = { user: 'U0BOT00001', bot: 'B0BOT00001', team: 'T0TEAM0001', app: 'A0APP00001', name: 'testbot' }

const start = 1_790_000_000
const sayable = /^[\w+'-]+(::skin-tone-[2-6])?$/

/** Makes a world; `tell` hears of events, `base` is the address of the server. */
export function slackWorld(tell: (event: Record<string, unknown>) => void, base: () => string, now?: () => number) {
  const users = new Map<string, { id: string; name: string; real_name: string; profile: object }>()
  const chats = new Map<string, Chat>()
  const sent: Sent[] = []
  const reactions = new Map<string, Map<string, Set<string>>>()
  const files = new Map<string, { id: string; name: string; bytes: Uint8Array<ArrayBuffer>; length: number }>()
  const statuses: Params[] = []
  /** Messages that still grow: `chat/ts`. */
  const streaming = new Set<string>()
  const whispers: Params[] = []
  let count = 0

  const nextTs = () =>
    now ? `${Math.floor(now() / 1000)}.${String(++count).padStart(6, '0')}` : `${start + ++count}.000100`

  function user(name: string) {
    const known = users.get(name)
    if (known) return known
    const id = `U0${name.toUpperCase().padEnd(8, '0')}`
    const made = { id, name, real_name: name, profile: { display_name: name } }
    users.set(name, made)
    return made
  }

  function open(type: Chat['type'], id: string, name: string, members: readonly string[]): Chat {
    const known = chats.get(id)
    if (known) return known
    const made: Chat = { id, type, name, members: new Set(members), messages: [], pinned: new Set() }
    chats.set(id, made)
    return made
  }

  const direct = (name: string) => open('im', user(name).id.replace(/^U/, 'D'), '', [user(name).id, me.user])

  function chatOf(id: unknown, member = true): Chat {
    const found = chats.get(String(id))
    if (!found) throw new Refusal('channel_not_found')
    if (member && !found.members.has(me.user))
      throw new Refusal(found.type === 'channel' ? 'not_in_channel' : 'channel_not_found')
    return found
  }

  const messageOf = (chat: Chat, id: unknown, error = 'message_not_found') => {
    const found = chat.messages.find((m) => m.ts === id)
    if (!found) throw new Refusal(error)
    return found
  }

  /** A message as events tell it. */
  const eventOf = (chat: Chat, m: Message, more: object = {}) => ({
    type: 'message',
    ...m,
    channel: chat.id,
    channel_type: chat.type,
    event_ts: m.ts,
    ...more,
  })

  /** Someone writes; with `quiet` nobody is told. */
  function write(chat: Chat, by: string, text: string, extra: Params = {}, quiet = false): Message {
    const message: Message = { ts: nextTs(), user: by, text, team: me.team, ...extra }
    const root = chat.messages.find((m) => m.ts === message.thread_ts)
    if (root) {
      Object.assign(root, { reply_count: Number(root['reply_count'] ?? 0) + 1, latest_reply: message.ts })
      Object.assign(message, { parent_user_id: root.user })
    }
    chat.messages.push(message)
    if (quiet || !chat.members.has(me.user)) return message
    tell(eventOf(chat, message))
    if (chat.type !== 'im' && text.includes(`<@${me.user}>`)) {
      const { ts, user: author, thread_ts } = message
      tell({
        type: 'app_mention',
        user: author,
        text,
        ts,
        channel: chat.id,
        event_ts: ts,
        ...(thread_ts ? { thread_ts } : {}),
      })
    }
    return message
  }

  function post(p: Params): Message {
    const chat = chatOf(p['channel'])
    const text = (p['text'] ?? '') as string
    if (text.length > 40_000) throw new Refusal('msg_too_long')
    if (p['blocks'] !== undefined && !blocks.safeParse(p['blocks']).success) throw new Refusal('invalid_blocks')
    if (!text.trim() && p['blocks'] === undefined) throw new Refusal('no_text')
    const thread = p['thread_ts'] as string | undefined
    if (thread !== undefined) messageOf(chat, thread, 'thread_not_found')
    const own = { bot_id: me.bot, ...(thread === undefined ? {} : { thread_ts: thread }) }
    const message = write(chat, me.user, text, own)
    const about = thread === undefined ? {} : { thread }
    sent.push({ ts: message.ts, chat: chat.id, text, ...about, raw: p, edits: 0, deleted: false })
    return message
  }

  function own(chat: Chat, id: unknown, error: string) {
    const message = messageOf(chat, id)
    if (message.bot_id !== me.bot) throw new Refusal(error)
    return { message, entry: sent.find((s) => s.ts === id) }
  }

  function shared(p: Params) {
    const list = (p['files'] as { id: string }[]).map(({ id }) => {
      const found = files.get(id)
      if (!found) throw new Refusal('file_not_found')
      if (found.bytes.length !== found.length) throw new Refusal('posting_to_channel_denied')
      return found
    })
    const chat = chatOf(p['channel_id'])
    const text = (p['initial_comment'] ?? '') as string
    const thread = p['thread_ts'] as string | undefined
    const ids = list.map((f) => ({
      id: f.id,
      name: f.name,
      size: f.bytes.length,
      mimetype: 'application/octet-stream',
    }))
    const more = { bot_id: me.bot, subtype: 'file_share', files: ids, ...(thread ? { thread_ts: thread } : {}) }
    const message = write(chat, me.user, text, more)
    sent.push({ ts: message.ts, chat: chat.id, text, ...(thread ? { thread } : {}), raw: p, edits: 0, deleted: false })
    return { files: ids.map((f) => ({ id: f.id, shares: { private: { [chat.id]: [{ ts: message.ts }] } } })) }
  }

  function between(list: readonly Message[], p: Params) {
    const { oldest = '', latest = '9', inclusive } = p as { oldest?: string; latest?: string; inclusive?: boolean }
    return list.filter((m) => (inclusive ? m.ts >= oldest && m.ts <= latest : m.ts > oldest && m.ts < latest))
  }

  /** A page of a list; the cursor is where the next one begins. */
  function pageOf<T>(list: readonly T[], p: Params, most = 1000) {
    const from = Number(p['cursor'] ?? 0)
    const to = from + Math.min(most, Number(p['limit'] ?? 100))
    const more = to < list.length
    return { list: list.slice(from, to), has_more: more, response_metadata: { next_cursor: more ? String(to) : '' } }
  }

  function react(p: Params, on: boolean) {
    const chat = chatOf(p['channel'])
    const key = `${chat.id}/${messageOf(chat, p['timestamp']).ts}`
    const name = String(p['name'])
    if (!sayable.test(name)) throw new Refusal('invalid_name')
    const all = reactions.get(key) ?? new Map<string, Set<string>>()
    const by = all.get(name) ?? new Set<string>()
    if (on === by.has(me.user)) throw new Refusal(on ? 'already_reacted' : 'no_reaction')
    if (on) by.add(me.user)
    else by.delete(me.user)
    reactions.set(key, all.set(name, by))
    return {}
  }

  const infoOf = (c: Chat) => ({
    id: c.id,
    ...(c.name ? { name: c.name } : {}),
    is_im: c.type === 'im',
    is_mpim: c.type === 'mpim',
    is_private: c.type !== 'channel',
    is_member: c.members.has(me.user),
    topic: { value: `about ${c.name}` },
  })
  const typeOf = (c: Chat) => ({ im: 'im', mpim: 'mpim', channel: 'public_channel', group: 'private_channel' })[c.type]
  const listed = (p: Params, all: readonly Chat[]) => {
    const { list, ...more } = pageOf(
      all.filter((c) => String(p['types']).split(',').includes(typeOf(c))),
      p,
    )
    return { channels: list.map(infoOf), ...more }
  }

  return {
    users,
    chats,
    sent,
    reactions,
    files,
    statuses,
    /** What one person alone was shown. */
    streaming,
    whispers,
    user,
    open,
    direct,
    write,
    post,
    own,
    shared,
    between,
    pageOf,
    react,
    infoOf,
    listed,
    chatOf,
    messageOf,
    eventOf,
    nextTs,
    /** A file at Slack, to be named in a message. */
    file(name: string, bytes: Uint8Array<ArrayBuffer>, mimetype: string) {
      const id = `F0FILE${String(files.size + 1).padStart(4, '0')}`
      files.set(id, { id, name, bytes, length: bytes.length })
      const url = `${base()}/files-pri/${id}/${name}`
      return { id, name, mimetype, size: bytes.length, mode: 'hosted', url_private: url, url_private_download: url }
    },
  }
}

export type World = ReturnType<typeof slackWorld>
