// What a Discord bot sees of the world: servers, channels, people, messages. Everything that happens is told by `tell`.
import type { z } from 'zod'
import { Refusal, type messageBody } from './discord-routes.ts'

export interface User {
  readonly id: string
  readonly username: string
  readonly global_name: string | null
  readonly bot?: boolean
}

export interface Channel {
  readonly id: string
  readonly type: number
  readonly guild_id?: string
  readonly name?: string
  readonly parent_id?: string
  readonly owner_id?: string
  readonly recipients?: readonly User[]
  last_message_id: string | null
}

export interface Guild {
  readonly id: string
  readonly name: string
  readonly roles: { readonly id: string; readonly name: string; readonly permissions: string }[]
  readonly members: Map<string, { readonly user: User; readonly nick: string | null; roles: string[] }>
}

/** A file that came with a message. */
export interface SentFile {
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A message as the world keeps it. */
export interface Kept {
  readonly id: string
  readonly channel_id: string
  readonly author: User
  content: string
  readonly raw: Readonly<Record<string, unknown>>
  readonly files: readonly SentFile[]
  readonly extra: Readonly<Record<string, unknown>>
  edits: number
  deleted: boolean
  pinned: boolean
  readonly reactions: Map<string, Set<string>>
}

export type Body = z.output<typeof messageBody>

/** When the first thing happened, in ms. */
const start = 1_790_000_000_000
const epoch = 1_420_070_400_000

/** Makes a world for one bot; `tell` hears of each event with the server it belongs to. */
export function discordWorld(
  me: User,
  tell: (type: string, data: Record<string, unknown>, guild?: string) => void,
  news: () => void,
  /** The time ids are made of; without it each is a second later than the one before. */
  now: () => number = () => 0,
) {
  const users = new Map<string, User>([[me.id, me]])
  const byName = new Map<string, User>()
  const channels = new Map<string, Channel>()
  const guilds = new Map<string, Guild>()
  const messages = new Map<string, Kept[]>()
  const nonces = new Map<string, Kept>()
  const closed = new Set<string>()
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  let count = 0
  let last = start

  const nextId = () => {
    last = now() ? Math.max(last, now()) : last + 1000
    return String((BigInt(last - epoch) << 22n) | BigInt(++count % 4096))
  }

  function user(name: string): User {
    const known = byName.get(name)
    if (known) return known
    const made = { id: nextId(), username: name.toLowerCase(), global_name: name }
    byName.set(name, made)
    users.set(made.id, made)
    return made
  }

  function addChannel(c: Omit<Channel, 'id' | 'last_message_id'> & { readonly id?: string }): Channel {
    const made: Channel = { ...c, id: c.id ?? nextId(), last_message_id: null }
    channels.set(made.id, made)
    messages.set(made.id, [])
    return made
  }

  function direct(who: User): Channel {
    const found = [...channels.values()].find((c) => c.type === 1 && c.recipients?.[0]?.id === who.id)
    return found ?? addChannel({ type: 1, recipients: [who] })
  }

  function guild(name: string): Guild {
    const id = nextId()
    const everyone = { id, name: '@everyone', permissions: '68608' }
    const own = { user: me, nick: null, roles: [] }
    const made: Guild = { id, name, roles: [everyone], members: new Map([[me.id, own]]) }
    guilds.set(id, made)
    return made
  }

  function memberOf(guildId: string, who: User) {
    const of = guilds.get(guildId)
    if (!of) throw new Refusal(404, 10_004, 'Unknown Guild')
    const known = of.members.get(who.id)
    if (known) return known
    const made = { user: who, nick: null, roles: [] as string[] }
    of.members.set(who.id, made)
    return made
  }

  const channel = (id: string): Channel => {
    const found = channels.get(id)
    if (!found) throw new Refusal(404, 10_003, 'Unknown Channel')
    if (closed.has(id)) throw new Refusal(403, 50_001, 'Missing Access')
    return found
  }

  function kept(channelId: string, id: string): Kept {
    channel(channelId)
    const found = messages.get(channelId)?.find((m) => m.id === id && !m.deleted)
    if (!found) throw new Refusal(404, 10_008, 'Unknown Message')
    return found
  }

  /** People and roles named in a text, as Discord finds them. */
  function named(content: string) {
    const mentions = [...content.matchAll(/<@!?(\d+)>/g)].flatMap((m) => users.get(m[1] ?? '') ?? [])
    const mention_roles = [...content.matchAll(/<@&(\d+)>/g)].map((m) => m[1])
    return { mentions, mention_roles }
  }

  /** A message as the API gives it. */
  function shown(m: Kept): Record<string, unknown> {
    const reply = m.raw['message_reference'] as { message_id?: string } | undefined
    const to = messages.get(m.channel_id)?.find((one) => one.id === reply?.message_id)
    return {
      id: m.id,
      channel_id: m.channel_id,
      type: reply ? 19 : 0,
      author: m.author,
      content: m.content,
      timestamp: new Date(Number((BigInt(m.id) >> 22n) + BigInt(epoch))).toISOString(),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      ...named(m.content),
      attachments: m.files.map((f, i) => ({ id: String(i + 1), filename: f.name, size: f.bytes.length, url: '' })),
      embeds: [],
      pinned: m.pinned,
      flags: Number(m.raw['flags'] ?? 0),
      ...(reply ? { message_reference: { type: 0, ...reply }, referenced_message: to ? shown(to) : null } : {}),
      reactions: [...m.reactions].map(([name, by]) => ({
        count: by.size,
        me: by.has(me.id),
        emoji: /:/.test(name) ? { id: name.split(':')[1], name: name.split(':')[0] } : { id: null, name },
      })),
      ...m.extra,
    }
  }

  /** Someone writes; the event also says what the server knows of them. */
  function write(
    at: Channel,
    who: User,
    content: string,
    more: { readonly raw?: Kept['raw']; readonly files?: readonly SentFile[]; readonly extra?: Kept['extra'] } = {},
  ): Kept {
    const made: Kept = {
      id: nextId(),
      channel_id: at.id,
      author: who,
      content,
      raw: more.raw ?? {},
      files: more.files ?? [],
      extra: more.extra ?? {},
      edits: 0,
      deleted: false,
      pinned: false,
      reactions: new Map(),
    }
    messages.get(at.id)?.push(made)
    at.last_message_id = made.id
    const nonce = made.raw['nonce'] === undefined ? {} : { nonce: made.raw['nonce'] }
    const server = at.guild_id
    const about = server
      ? { guild_id: server, member: { nick: null, roles: memberOf(server, who).roles, joined_at: '' } }
      : {}
    tell('MESSAGE_CREATE', { ...shown(made), ...nonce, ...about }, server)
    news()
    return made
  }

  /** The bot writes: refused as Discord refuses, and once per nonce. */
  function post(channelId: string, body: Body, uploads: readonly SentFile[]): Kept {
    const at = channel(channelId)
    const { content = '', nonce } = body
    const rows = body.components ?? []
    const whole = ((body.flags ?? 0) & (1 << 15)) !== 0
    if (whole ? content : rows.some((one) => (one as { type: number }).type !== 1))
      throw new Refusal(400, 50_035, 'Invalid Form Body')
    const hasBody = rows.length || content.trim() || uploads.length || body.poll || body.sticker_ids?.length
    if (!hasBody) throw new Refusal(400, 50_006, 'Cannot send an empty message')
    if ((body.flags ?? 0) & 8192 && (content || uploads.length !== 1))
      throw new Refusal(400, 50_159, 'Voice messages do not support additional content.')
    const key = body.enforce_nonce && nonce !== undefined ? `${channelId}/${nonce}` : undefined
    const before = key === undefined ? undefined : nonces.get(key)
    if (before) return before
    const made = write(at, me, content, { raw: body, files: uploads })
    if (key !== undefined) nonces.set(key, made)
    return made
  }

  /** A thread of a message has the message's id. */
  function thread(parent: string, name: string, owner: User, messageId?: string): Channel {
    const of = channel(parent)
    if (messageId !== undefined) {
      kept(parent, messageId)
      if (channels.has(messageId)) throw new Refusal(400, 160_004, 'A thread has already been created for this message')
    }
    if (of.guild_id === undefined) throw new Refusal(400, 50_024, 'Cannot execute action on this channel type')
    const made = addChannel({
      type: 11,
      name,
      parent_id: parent,
      guild_id: of.guild_id,
      owner_id: owner.id,
      ...(messageId === undefined ? {} : { id: messageId }),
    })
    tell('THREAD_CREATE', { ...made, newly_created: true }, of.guild_id)
    news()
    return made
  }

  return {
    me,
    users,
    channels,
    guilds,
    messages,
    closed,
    files,
    nextId,
    user,
    addChannel,
    direct,
    guild,
    memberOf,
    channel,
    kept,
    shown,
    write,
    post,
    thread,
    /** What the bot said, in order. */
    get sent(): readonly Kept[] {
      return [...messages.values()]
        .flat()
        .filter((m) => m.author.id === me.id && !m.extra['echo'])
        .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    },
    /** A server as the gateway tells it. */
    guildEvent: (g: Guild) => ({
      id: g.id,
      name: g.name,
      unavailable: false,
      roles: g.roles,
      members: [...g.members.values()].filter((m) => m.user.id === me.id),
      channels: [...channels.values()].filter((c) => c.guild_id === g.id && c.type < 10),
      threads: [...channels.values()].filter((c) => c.guild_id === g.id && c.type >= 10 && c.type <= 12),
    }),
  }
}

export type World = ReturnType<typeof discordWorld>
