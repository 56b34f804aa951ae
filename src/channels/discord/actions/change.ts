// Actions that change a server: roles, moderation, channels, emoji, stickers, events, and how the bot is shown.
import { z } from 'zod'
import { Fault } from '../../../lib/fault.ts'
import { presenceOf } from '../identity.ts'
import { anything, channelId, gated, guildId, id, pick, reason, serverOf, type Acting, type Gated } from './define.ts'

const when = () => z.iso.datetime({ offset: true })
const storedFile = () => z.string().min(1).describe('the id of a stored file')
const channelKinds = { text: 0, voice: 2, category: 4, news: 5, stage: 13, forum: 15 } as const
const eventKinds = { stage: 1, voice: 2, external: 3 } as const

/** Discord takes a member out of all talk for at most 28 days. */
const maxTimeoutMinutes = 28 * 24 * 60

/** What kind of picture bytes are. */
function pictureMime(bytes: Uint8Array): string {
  const head = [...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join('')
  if (head === '89504e47') return 'image/png'
  if (head.startsWith('ffd8ff')) return 'image/jpeg'
  if (head === '47494638') return 'image/gif'
  if (head === '52494646') return 'image/webp'
  throw new Fault('INVALID_REQUEST', 'the file is no PNG, JPEG, GIF or WebP picture')
}

/** Giving and taking roles, and moderation: closed unless the account opens them. */
export function moderating(a: Acting): Record<string, Gated> {
  const role = (method: 'PUT' | 'DELETE', summary: string) =>
    gated('roles', {
      summary,
      changes: true,
      params: z.strictObject({ userId: id(), roleId: id(), guildId: guildId() }),
      async run(p, signal) {
        const path = `/guilds/${await serverOf(a, p.guildId, signal)}/members/${p.userId}/roles/${p.roleId}`
        await a.rest.tell({ method, path, signal })
        return { ok: true }
      },
    })
  const person = { userId: id(), guildId: guildId(), reason: reason() }
  return {
    'role-add': role('PUT', 'Gives a member a role.'),
    'role-remove': role('DELETE', 'Takes a role from a member.'),
    kick: gated('moderation', {
      summary: 'Takes a member out of a server.',
      changes: true,
      params: z.strictObject(person),
      async run(p, signal) {
        const path = `/guilds/${await serverOf(a, p.guildId, signal)}/members/${p.userId}`
        await a.rest.tell({ method: 'DELETE', path, reason: p.reason, signal })
        return { ok: true }
      },
    }),
    ban: gated('moderation', {
      summary: 'Bans a person from a server.',
      changes: true,
      params: z.strictObject({ ...person, deleteDays: z.number().int().min(0).max(7).default(0) }),
      async run(p, signal) {
        const path = `/guilds/${await serverOf(a, p.guildId, signal)}/bans/${p.userId}`
        const body = { delete_message_seconds: p.deleteDays * 86_400 }
        await a.rest.tell({ method: 'PUT', path, body, reason: p.reason, signal })
        return { ok: true }
      },
    }),
    timeout: gated('moderation', {
      summary: 'Lets a member say nothing for a while; without a time, lets them talk again.',
      changes: true,
      params: z.strictObject({
        ...person,
        until: when().optional(),
        durationMin: z.number().int().min(0).max(maxTimeoutMinutes).optional(),
      }),
      async run(p, signal) {
        const path = `/guilds/${await serverOf(a, p.guildId, signal)}/members/${p.userId}`
        const until = p.until ?? (p.durationMin ? new Date(a.clock.now() + p.durationMin * 60_000).toISOString() : null)
        const answer = await a.rest.ask(anything, {
          method: 'PATCH',
          path,
          body: { communication_disabled_until: until },
          reason: p.reason,
          signal,
        })
        return pick(answer, 'communication_disabled_until')
      },
    }),
    'set-presence': gated('presence', {
      summary: 'Changes how the bot is shown, until it is started anew.',
      changes: true,
      params: z.strictObject({
        status: z.enum(['online', 'dnd', 'idle', 'invisible']).optional(),
        activity: z.string().max(128).optional(),
        activityType: z.union([0, 1, 2, 3, 4, 5].map((n) => z.literal(n as 0 | 1 | 2 | 3 | 4 | 5))).optional(),
        activityUrl: z.string().optional(),
      }),
      run(p) {
        const presence = presenceOf(p)
        if (!presence) throw new Fault('INVALID_REQUEST', 'say a status or an activity')
        a.gateway.show(presence)
        return Promise.resolve({ ok: true })
      },
    }),
  }
}

/** Making and changing things of a server. */
export function building(a: Acting): Record<string, Gated> {
  const server = (given: string | undefined, signal: AbortSignal) => serverOf(a, given, signal)
  return {
    'channel-create': gated('channels', {
      summary: 'Makes a channel in a server.',
      changes: true,
      params: z.strictObject({
        name: z.string().min(1).max(100),
        type: z.enum(['text', 'voice', 'category', 'news', 'stage', 'forum']).default('text'),
        topic: z.string().max(1024).optional(),
        parentId: id().optional(),
        guildId: guildId(),
        reason: reason(),
      }),
      async run(p, signal) {
        const body = {
          name: p.name,
          type: channelKinds[p.type],
          ...(p.topic === undefined ? {} : { topic: p.topic }),
          ...(p.parentId === undefined ? {} : { parent_id: p.parentId }),
        }
        const path = `/guilds/${await server(p.guildId, signal)}/channels`
        return pick(
          await a.rest.ask(anything, { method: 'POST', path, body, reason: p.reason, signal }),
          'id',
          'name',
          'type',
        )
      },
    }),
    'channel-edit': gated('channels', {
      summary: 'Changes the name, topic or place of a channel.',
      changes: true,
      params: z.strictObject({
        target: channelId(),
        name: z.string().min(1).max(100).optional(),
        topic: z.string().max(1024).optional(),
        parentId: id().optional(),
        reason: reason(),
      }),
      async run(p, signal) {
        const body = {
          ...(p.name === undefined ? {} : { name: p.name }),
          ...(p.topic === undefined ? {} : { topic: p.topic }),
          ...(p.parentId === undefined ? {} : { parent_id: p.parentId }),
        }
        const path = `/channels/${p.target}`
        return pick(
          await a.rest.ask(anything, { method: 'PATCH', path, body, reason: p.reason, signal }),
          'id',
          'name',
          'topic',
        )
      },
    }),
    'channel-delete': gated('channels', {
      summary: 'Deletes a channel with all that was said in it.',
      changes: true,
      params: z.strictObject({ target: channelId(), reason: reason() }),
      async run(p, signal) {
        await a.rest.tell({ method: 'DELETE', path: `/channels/${p.target}`, reason: p.reason, signal })
        return { ok: true }
      },
    }),
    'emoji-upload': gated('emojiUploads', {
      summary: 'Adds an emoji to a server.',
      changes: true,
      params: z.strictObject({
        emojiName: z.string().regex(/^\w{2,32}$/),
        media: storedFile(),
        roleIds: z.array(id()).optional(),
        guildId: guildId(),
      }),
      async run(p, signal) {
        const bytes = await a.media.read(p.media)
        const image = `data:${pictureMime(bytes)};base64,${bytes.toBase64()}`
        const body = { name: p.emojiName, image, ...(p.roleIds ? { roles: p.roleIds } : {}) }
        const path = `/guilds/${await server(p.guildId, signal)}/emojis`
        return pick(await a.rest.ask(anything, { method: 'POST', path, body, signal, ms: 60_000 }), 'id', 'name')
      },
    }),
    'sticker-upload': gated('stickerUploads', {
      summary: 'Adds a sticker to a server.',
      changes: true,
      params: z.strictObject({
        stickerName: z.string().min(2).max(30),
        stickerDesc: z.string().max(100).default(''),
        stickerTags: z.string().min(1).max(200),
        media: storedFile(),
        guildId: guildId(),
      }),
      async run(p, signal) {
        const bytes = await a.media.read(p.media)
        const mime = pictureMime(bytes)
        const files = [{ name: `sticker.${mime.split('/')[1]}`, mime, bytes }]
        const form = { name: p.stickerName, description: p.stickerDesc, tags: p.stickerTags }
        const path = `/guilds/${await server(p.guildId, signal)}/stickers`
        return pick(await a.rest.ask(anything, { method: 'POST', path, form, files, signal, ms: 60_000 }), 'id', 'name')
      },
    }),
    'event-create': gated('events', {
      summary: 'Plans an event in a server.',
      changes: true,
      params: z.strictObject({
        eventName: z.string().min(1).max(100),
        startTime: when(),
        endTime: when().optional(),
        desc: z.string().max(1000).optional(),
        eventType: z.enum(['stage', 'voice', 'external']).default('external'),
        channelId: id().optional(),
        location: z.string().max(100).optional(),
        guildId: guildId(),
      }),
      async run(p, signal) {
        const external = p.eventType === 'external'
        if (external && (!p.location || !p.endTime))
          throw new Fault('INVALID_REQUEST', 'an event elsewhere needs a location and an endTime')
        if (!external && !p.channelId) throw new Fault('INVALID_REQUEST', `a ${p.eventType} event needs a channelId`)
        const body = {
          name: p.eventName,
          privacy_level: 2,
          scheduled_start_time: p.startTime,
          entity_type: eventKinds[p.eventType],
          ...(p.endTime ? { scheduled_end_time: p.endTime } : {}),
          ...(p.desc ? { description: p.desc } : {}),
          ...(external ? { entity_metadata: { location: p.location } } : { channel_id: p.channelId }),
        }
        const path = `/guilds/${await server(p.guildId, signal)}/scheduled-events`
        return pick(
          await a.rest.ask(anything, { method: 'POST', path, body, signal }),
          'id',
          'name',
          'scheduled_start_time',
        )
      },
    }),
  }
}
