// Actions that look: channels, members, roles, emoji, events, voice, permissions, and the search of a server.
import { z } from 'zod'
import { message } from '../payload.ts'
import { anything, channelId, gated, guildId, id, pick, serverOf, type Acting, type Gated } from './define.ts'
import { permissionNames, permissionsIn } from './permissions.ts'

const list = z.array(anything)
const ids = () => z.array(id()).optional()

/** The reading actions. */
export function looking(a: Acting): Record<string, Gated> {
  const get = (path: string, signal: AbortSignal, query?: Record<string, string | number | undefined>) =>
    a.rest.ask(anything, { method: 'GET', path, signal, ...(query ? { query } : {}) })
  const getList = async (path: string, signal: AbortSignal) => list.parse(await get(path, signal))
  const inServer = z.strictObject({ guildId: guildId() })

  return {
    'channel-info': gated('channelInfo', {
      summary: 'Tells about a channel or thread.',
      changes: false,
      params: z.strictObject({ target: channelId() }),
      run: async ({ target }, signal) =>
        pick(await get(`/channels/${target}`, signal), 'id', 'type', 'name', 'topic', 'guild_id', 'parent_id', 'nsfw'),
    }),
    'channel-list': gated('channelInfo', {
      summary: 'Lists the channels of a server.',
      changes: false,
      params: inServer,
      run: async ({ guildId }, signal) =>
        (await getList(`/guilds/${await serverOf(a, guildId, signal)}/channels`, signal)).map((c) =>
          pick(c, 'id', 'type', 'name', 'topic', 'parent_id', 'position'),
        ),
    }),
    'member-info': gated('memberInfo', {
      summary: 'Tells about a member of a server.',
      changes: false,
      params: z.strictObject({ userId: id(), guildId: guildId() }),
      run: async ({ userId, guildId }, signal) =>
        pick(
          await get(`/guilds/${await serverOf(a, guildId, signal)}/members/${userId}`, signal),
          'user',
          'nick',
          'roles',
          'joined_at',
          'communication_disabled_until',
        ),
    }),
    'role-info': gated('roleInfo', {
      summary: 'Lists the roles of a server.',
      changes: false,
      params: inServer,
      run: async ({ guildId }, signal) =>
        (await getList(`/guilds/${await serverOf(a, guildId, signal)}/roles`, signal)).map((r) =>
          pick(r, 'id', 'name', 'color', 'position', 'permissions', 'mentionable', 'managed'),
        ),
    }),
    'emoji-list': gated('reactions', {
      summary: 'Lists the emoji of a server.',
      changes: false,
      params: inServer,
      run: async ({ guildId }, signal) =>
        (await getList(`/guilds/${await serverOf(a, guildId, signal)}/emojis`, signal)).map((e) =>
          pick(e, 'id', 'name', 'animated', 'available'),
        ),
    }),
    'event-list': gated('events', {
      summary: 'Lists the events planned in a server.',
      changes: false,
      params: inServer,
      run: async ({ guildId }, signal) =>
        getList(`/guilds/${await serverOf(a, guildId, signal)}/scheduled-events`, signal),
    }),
    'voice-status': gated('voiceStatus', {
      summary: 'Tells whether a member is in a voice channel.',
      changes: false,
      params: z.strictObject({ userId: id(), guildId: guildId() }),
      run: async ({ userId, guildId }, signal) =>
        get(`/guilds/${await serverOf(a, guildId, signal)}/voice-states/${userId}`, signal),
    }),
    permissions: gated('permissions', {
      summary: 'Lists what the bot may do in a channel.',
      changes: false,
      params: z.strictObject({ target: channelId() }),
      async run({ target }, signal) {
        const bits = await permissionsIn(a, target, signal)
        return { channelId: target, permissions: permissionNames(bits), raw: String(bits) }
      },
    }),
    search: gated('search', {
      summary: 'Searches the messages of a server.',
      changes: false,
      params: z.strictObject({
        query: z.string().min(1).max(1024),
        guildId: guildId(),
        channelId: id().optional(),
        channelIds: ids(),
        authorId: id().optional(),
        authorIds: ids(),
        limit: z.number().int().min(1).max(25).default(25),
      }),
      async run(p, signal) {
        const query = new URLSearchParams({ content: p.query, limit: String(p.limit) })
        for (const one of [...(p.channelIds ?? []), ...(p.channelId ? [p.channelId] : [])])
          query.append('channel_id', one)
        for (const one of [...(p.authorIds ?? []), ...(p.authorId ? [p.authorId] : [])]) query.append('author_id', one)
        const answer = z.looseObject({ total_results: z.number().optional(), messages: z.array(z.array(message)) })
        const path = `/guilds/${await serverOf(a, p.guildId, signal)}/messages/search?${query}`
        const found = await a.rest.ask(answer, { method: 'GET', path, signal })
        const messages = found.messages.flat().map((m) => ({
          id: m.id,
          channelId: m.channel_id,
          author: m.author.username,
          at: m.timestamp,
          text: m.content,
        }))
        return { total: found.total_results ?? messages.length, messages }
      },
    }),
  }
}
