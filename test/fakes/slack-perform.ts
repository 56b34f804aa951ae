// What each method of the Web API does to the fake's world.
import { Refusal } from './slack-methods.ts'
import { me, type World } from './slack-world.ts'

type Params = Readonly<Record<string, unknown>>

/** Carries calls out; `base` is the address of the server, `link` that of a new socket. */
export function performer(world: World, base: () => string, link: () => string) {
  const { chatOf, messageOf, between, pageOf } = world
  const personOf = (id: unknown) => {
    const found = [...world.users.values()].find((u) => u.id === id)
    if (!found) throw new Refusal('user_not_found')
    return found
  }
  /** More of a message that grows; `last` makes it whole. */
  const grow = (p: Params, last: boolean) => {
    const chat = chatOf(p['channel'])
    const { message, entry } = world.own(chat, p['ts'], 'message_not_owned_by_app')
    const key = `${chat.id}/${message.ts}`
    if (!world.streaming.has(key)) throw new Refusal('message_not_in_streaming_state')
    const more = p['markdown_text']
    message.text += typeof more === 'string' ? more : ''
    if (entry) entry.text = message.text
    if (last) world.streaming.delete(key)
    return { channel: chat.id, ts: message.ts }
  }
  const methods: Readonly<Record<string, (p: Params) => object>> = {
    'auth.test': () => ({
      url: 'https://test-team.slack.com/',
      team: 'Test Team',
      user: me.name,
      team_id: me.team,
      user_id: me.user,
      bot_id: me.bot,
    }),
    'apps.connections.open': () => ({ url: link() }),
    'users.info': (p) => ({ user: personOf(p['user']) }),
    'users.list': (p) => {
      const { list, ...more } = pageOf([...world.users.values()], p)
      return { members: list, ...more }
    },
    'users.conversations': (p) =>
      world.listed(
        p,
        [...world.chats.values()].filter((c) => c.members.has(me.user)),
      ),
    'conversations.list': (p) => world.listed(p, [...world.chats.values()]),
    'conversations.members': (p) => {
      const { list, ...more } = pageOf([...chatOf(p['channel'], false).members], p)
      return { members: list, ...more }
    },
    'conversations.info': (p) => ({ channel: world.infoOf(chatOf(p['channel'], false)) }),
    'conversations.open': (p) => ({ channel: { id: world.direct(personOf(p['users']).name).id } }),
    'conversations.history': (p) => {
      const top = chatOf(p['channel']).messages.filter((m) => m.thread_ts === undefined || m.thread_ts === m.ts)
      const { list, ...more } = pageOf(between(top, p).reverse(), p)
      return { messages: list.map((m) => ({ type: 'message', ...m })), ...more }
    },
    'conversations.replies': (p) => {
      const chat = chatOf(p['channel'])
      const root = messageOf(chat, p['ts'], 'thread_not_found')
      const replies = chat.messages.filter((m) => m.thread_ts === root.ts && m !== root)
      const { list, ...more } = pageOf([root, ...between(replies, p)], p)
      return { messages: list.map((m) => ({ type: 'message', ...m })), ...more }
    },
    'chat.postMessage': (p) => {
      const message = world.post(p)
      return { channel: p['channel'], ts: message.ts, message }
    },
    'chat.postEphemeral': (p) => {
      if (!chatOf(p['channel']).members.has(String(p['user']))) throw new Refusal('user_not_in_channel')
      world.whispers.push(p)
      return { message_ts: world.nextTs() }
    },
    'chat.startStream': (p) => {
      const chat = chatOf(p['channel'])
      if (!chat.id.startsWith('D') && !p['recipient_user_id']) throw new Refusal('missing_recipient_user_id')
      if (!chat.id.startsWith('D') && p['recipient_team_id'] !== me.team) throw new Refusal('missing_recipient_team_id')
      const { ts } = world.post({ channel: chat.id, thread_ts: p['thread_ts'], text: p['markdown_text'] ?? ' ' })
      world.streaming.add(`${chat.id}/${ts}`)
      return { channel: chat.id, ts }
    },
    'chat.appendStream': (p) => grow(p, false),
    'chat.stopStream': (p) => grow(p, true),
    'chat.update': (p) => {
      const chat = chatOf(p['channel'])
      const { message, entry } = world.own(chat, p['ts'], 'cant_update_message')
      if (world.streaming.has(`${chat.id}/${message.ts}`)) throw new Refusal('streaming_state_conflict')
      const text = String(p['text'])
      if (text.length > 4000) throw new Refusal('msg_too_long')
      if (!text.trim()) throw new Refusal('no_text')
      message.text = text
      if (entry) Object.assign(entry, { text, edits: entry.edits + 1 })
      return { channel: chat.id, ts: message.ts, text }
    },
    'chat.delete': (p) => {
      const chat = chatOf(p['channel'])
      const { message, entry } = world.own(chat, p['ts'], 'cant_delete_message')
      chat.messages.splice(chat.messages.indexOf(message), 1)
      if (entry) entry.deleted = true
      return { channel: chat.id, ts: message.ts }
    },
    'reactions.add': (p) => world.react(p, true),
    'reactions.remove': (p) => world.react(p, false),
    'reactions.get': (p) => {
      const message = messageOf(chatOf(p['channel']), p['timestamp'])
      const all = world.reactions.get(`${String(p['channel'])}/${message.ts}`) ?? new Map<string, Set<string>>()
      const list = [...all].map(([name, by]) => ({ name, count: by.size, users: [...by] })).filter((r) => r.count)
      return { type: 'message', message: { ...message, ...(list.length ? { reactions: list } : {}) } }
    },
    'pins.add': (p) => {
      const chat = chatOf(p['channel'])
      const { ts } = messageOf(chat, p['timestamp'])
      if (chat.pinned.has(ts)) throw new Refusal('already_pinned')
      chat.pinned.add(ts)
      return {}
    },
    'pins.remove': (p) => {
      if (!chatOf(p['channel']).pinned.delete(String(p['timestamp']))) throw new Refusal('no_pin')
      return {}
    },
    'pins.list': (p) => {
      const chat = chatOf(p['channel'])
      return { items: [...chat.pinned].map((ts) => ({ type: 'message', message: messageOf(chat, ts) })) }
    },
    'files.info': (p) => {
      const file = world.files.get(String(p['file']))
      if (!file) throw new Refusal('file_not_found')
      return { file: { id: file.id, url_private: `${base()}/files-pri/${file.id}/${file.name}` } }
    },
    'files.delete': (p) => {
      if (!world.files.delete(String(p['file']))) throw new Refusal('file_not_found')
      return {}
    },
    'files.getUploadURLExternal': (p) => {
      if (!p['length']) throw new Refusal('invalid_arguments')
      const id = `F0UP${String(world.files.size + 1).padStart(6, '0')}`
      world.files.set(id, { id, name: String(p['filename']), bytes: new Uint8Array(), length: Number(p['length']) })
      return { upload_url: `${base()}/upload/${id}`, file_id: id }
    },
    'files.completeUploadExternal': (p) => world.shared(p),
    'assistant.threads.setStatus': (p) => {
      messageOf(chatOf(p['channel_id']), p['thread_ts'], 'thread_not_found')
      world.statuses.push(p)
      return {}
    },
    'emoji.list': () => ({ emoji: { lobster_dance: 'https://emoji.example/lobster.gif' } }),
    'search.messages': (p) => {
      const all = [...world.chats.values()].flatMap((c) => c.messages.map((m) => ({ c, m })))
      const matches = all
        .filter(({ m }) => m.text.includes(String(p['query'])))
        .map(({ c, m }) => ({ ts: m.ts, text: m.text, username: m.user, channel: { id: c.id, name: c.name } }))
      return { messages: { total: matches.length, matches: matches.slice(0, Number(p['count'] ?? 20)) } }
    },
  }
  return (name: string, p: Params): object => {
    const run = methods[name]
    if (!run) throw new Refusal('unknown_method')
    return run(p)
  }
}
