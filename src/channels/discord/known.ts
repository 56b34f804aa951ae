// What we know of servers, channels and people: heard from the gateway, or asked for when it is first needed.
import { z } from 'zod'
import type { Person } from '../../domain/message.ts'
import { Fault } from '../../lib/fault.ts'
import type { Rest } from './api.ts'
import { personOf, type Where } from './inbound.ts'
import {
  channel,
  channelTypes,
  guild,
  isThread,
  member,
  user,
  type ChannelPayload,
  type GuildPayload,
} from './payload.ts'

/** What is kept of a channel. */
export interface ChannelFacts {
  readonly id: string
  readonly type: number
  readonly guild?: string
  readonly name?: string
  readonly parent?: string
  readonly owner?: string
  readonly people: readonly Person[]
}

/** What is kept of a server. */
export interface GuildFacts {
  readonly id: string
  readonly name?: string
  readonly ourRoles: readonly string[]
}

/** The memory of one bot. */
export interface Known {
  /** Hears an event of the gateway; events that say nothing of places are passed over. */
  hear(type: string, data: unknown): void
  /** Where a channel is. Asks Discord when it is not known; what it may not ask, it answers without names. */
  where(channelId: string, guildId: string | undefined, told?: ChannelPayload): Promise<Where>
  channel(id: string): Promise<ChannelFacts>
  guild(id: string): Promise<GuildFacts>
  /** A person; asked for when nobody of that id was seen. */
  person(id: string): Promise<Person>
  /** Takes note of a person who was seen. */
  saw(person: Person): void
  /** The servers the bot is in, at most ten of them, by id. */
  servers(): Promise<readonly GuildFacts[]>
  /** The channels of a server; asked for when the gateway did not list them. */
  channelsOf(guildId: string): Promise<readonly ChannelFacts[]>
  readonly guilds: ReadonlyMap<string, GuildFacts>
  readonly people: ReadonlyMap<string, Person>
}

const maxPeople = 2000

/** Servers that are searched. */
const maxServers = 10

const channelFacts = (c: ChannelPayload, guildId?: string): ChannelFacts => {
  const inGuild = c.guild_id ?? guildId
  return {
    id: c.id,
    type: c.type,
    ...(inGuild ? { guild: inGuild } : {}),
    ...(c.name ? { name: c.name } : {}),
    ...(c.parent_id ? { parent: c.parent_id } : {}),
    ...(c.owner_id ? { owner: c.owner_id } : {}),
    people: c.recipients.map((u) => personOf(u)),
  }
}

/** Whether Discord will never tell us: we may not see it, or it is gone. */
const hidden = (error: unknown) => error instanceof Fault && (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND')

/** An empty memory of the bot `me`. */
export function known(rest: Rest, me: { readonly id: string }): Known {
  const guilds = new Map<string, GuildFacts>()
  const channels = new Map<string, ChannelFacts>()
  const people = new Map<string, Person>()
  const listed = new Set<string>()

  function saw(person: Person) {
    people.delete(person.id)
    people.set(person.id, person)
    const oldest = people.keys().next().value
    if (people.size > maxPeople && oldest !== undefined) people.delete(oldest)
  }

  function hearGuild(data: GuildPayload) {
    const own = data.members.find((m) => m.user?.id === me.id)
    const before = guilds.get(data.id)
    guilds.set(data.id, {
      id: data.id,
      ...(data.name ? { name: data.name } : before?.name ? { name: before.name } : {}),
      ourRoles: own?.roles ?? before?.ourRoles ?? [],
    })
    if (data.channels.length) listed.add(data.id)
    for (const c of [...data.channels, ...data.threads]) channels.set(c.id, channelFacts(c, data.id))
  }

  function forgetGuild(id: string) {
    guilds.delete(id)
    listed.delete(id)
    for (const c of channels.values()) if (c.guild === id) channels.delete(c.id)
  }

  const readers: Readonly<Record<string, (data: unknown) => void>> = {
    GUILD_CREATE: (data) => hearGuild(guild.parse(data)),
    GUILD_UPDATE: (data) => hearGuild(guild.parse(data)),
    GUILD_DELETE(data) {
      const gone = guild.parse(data)
      if (!gone.unavailable) forgetGuild(gone.id)
    },
    GUILD_MEMBER_UPDATE(data) {
      const m = member.extend({ guild_id: z.string() }).parse(data)
      const of = guilds.get(m.guild_id)
      if (of && m.user?.id === me.id) guilds.set(of.id, { ...of, ourRoles: m.roles })
    },
    THREAD_LIST_SYNC(data) {
      const list = z.looseObject({ guild_id: z.string(), threads: z.array(channel) }).parse(data)
      for (const c of list.threads) channels.set(c.id, channelFacts(c, list.guild_id))
    },
  }
  const hearChannel = (data: unknown) => {
    const c = channel.parse(data)
    channels.set(c.id, channelFacts(c))
  }

  async function askChannel(id: string, guildId?: string): Promise<ChannelFacts> {
    const cached = channels.get(id)
    if (cached) return cached
    const found = await rest.ask(channel, { method: 'GET', path: `/channels/${id}` }).catch((error: unknown) => {
      if (hidden(error)) return undefined
      throw error
    })
    const type = guildId === undefined ? channelTypes.dm : channelTypes.text
    const facts = found
      ? channelFacts(found, guildId)
      : { id, type, ...(guildId ? { guild: guildId } : {}), people: [] }
    channels.set(id, facts)
    return facts
  }

  async function askGuild(id: string): Promise<GuildFacts> {
    const cached = guilds.get(id)
    if (cached) return cached
    const quiet = (error: unknown) => {
      if (hidden(error)) return undefined
      throw error
    }
    const [found, own] = await Promise.all([
      rest.ask(guild, { method: 'GET', path: `/guilds/${id}` }).catch(quiet),
      rest.ask(member, { method: 'GET', path: `/guilds/${id}/members/${me.id}` }).catch(quiet),
    ])
    const facts = { id, ...(found?.name ? { name: found.name } : {}), ourRoles: own?.roles ?? [] }
    guilds.set(id, facts)
    return facts
  }

  return {
    guilds,
    people,
    saw,
    async servers() {
      const path = '/users/@me/guilds'
      const all = await rest.ask(z.array(guild), { method: 'GET', path, query: { limit: maxServers } })
      return all.map((g) => ({ id: g.id, ...(g.name ? { name: g.name } : {}), ourRoles: [] }))
    },
    async channelsOf(id) {
      if (!listed.has(id)) {
        const all = await rest.ask(z.array(channel), { method: 'GET', path: `/guilds/${id}/channels` })
        for (const c of all) channels.set(c.id, channelFacts(c, id))
        listed.add(id)
      }
      return [...channels.values()].filter((c) => c.guild === id)
    },
    hear(type, data) {
      if (/^(CHANNEL|THREAD)_(CREATE|UPDATE)$/.test(type)) return hearChannel(data)
      if (/^(CHANNEL|THREAD)_DELETE$/.test(type))
        return void channels.delete(z.looseObject({ id: z.string() }).parse(data).id)
      readers[type]?.(data)
    },
    channel: (id) => askChannel(id),
    guild: askGuild,
    async person(id) {
      const seen = people.get(id)
      if (seen) return seen
      const found = await rest.ask(user, { method: 'GET', path: `/users/${id}` }).catch((error: unknown) => {
        if (hidden(error)) return undefined
        throw error
      })
      const person = found ? personOf(found) : { id }
      saw(person)
      return person
    },
    async where(channelId, guildId, told) {
      if (told && !channels.has(channelId)) channels.set(channelId, channelFacts(told, guildId))
      const here = await askChannel(channelId, guildId)
      const space = here.guild ?? guildId
      const channelName = (id: string) => channels.get(id)?.name
      if (space === undefined)
        return {
          chat: channelId,
          kind: here.type === channelTypes.groupDm ? 'group' : 'direct',
          ...(here.name ? { title: here.name } : {}),
          ourRoles: [],
          channelName,
        }
      const server = await askGuild(space)
      const parent = isThread(here.type) && here.parent ? await askChannel(here.parent, space) : undefined
      const title = (parent ?? here).name
      return {
        chat: (parent ?? here).id,
        ...(parent ? { thread: channelId } : {}),
        kind: 'channel',
        ...(title ? { title } : {}),
        space: { id: space, ...(server.name ? { name: server.name } : {}) },
        ourRoles: server.ourRoles,
        ...(here.owner && parent ? { owner: here.owner } : {}),
        ...(here.type === channelTypes.text || here.type === channelTypes.news ? { threads: true } : {}),
        channelName,
      }
    },
  }
}
