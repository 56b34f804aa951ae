// What else the bot can do, and what the account must open first.
import { expect, test } from 'bun:test'
import { Fault } from '../../../src/lib/fault.ts'
import { faultOf, type Running } from '../../contract/running.ts'
import { bot, file } from './rig.ts'

const never = new AbortController().signal
const open = { actions: { roles: true, moderation: true, presence: true } }

/** Runs an action as the message tool does: with its parameters checked. */
async function act(going: Running, name: string, params: object): Promise<unknown> {
  const action = going.connection.actions?.[name]
  if (!action) throw new Error(`no action ${name}`)
  const read = action.params.safeParse(params)
  if (!read.success) throw new Fault('INVALID_REQUEST', read.error.issues.map((i) => i.message).join('; '))
  return action.run(read.data as never, never)
}

async function home(account: object = open) {
  const rig = await bot({ ...account }, (dc) => void dc.channel('Home', 'general'))
  const general = rig.dc.channel('Home', 'general')
  const guildId = general.guild_id ?? ''
  const userId = rig.dc.world.memberOf(guildId, rig.dc.world.user('Bob')).user.id
  return { ...rig, general, guildId, userId, target: `channel:${general.id}` }
}

test('roles, moderation and presence are closed unless the account opens them', async () => {
  const closed = await home({})
  const names = Object.keys(closed.going.connection.actions ?? {})
  for (const name of ['role-add', 'role-remove', 'kick', 'ban', 'timeout', 'set-presence'])
    expect(names).not.toContain(name)
  for (const name of [
    'channel-info',
    'member-info',
    'role-info',
    'thread-create',
    'search',
    'emoji-list',
    'event-create',
  ])
    expect(names).toContain(name)
  const less = await home({ actions: { threads: false, reactions: false, messages: false } })
  expect(Object.keys(less.going.connection.actions ?? {})).not.toContain('thread-create')
  expect(less.going.connection.react).toBeUndefined()
  const refused = await faultOf(less.going.connection.read?.(less.to, { limit: 1 }, never) ?? Promise.resolve())
  expect(refused.message).toContain('channels.discord.actions.messages')
})

test('every action explains itself', async () => {
  const { going } = await home()
  for (const [name, action] of Object.entries(going.connection.actions ?? {})) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(action.summary).toMatch(/^[A-Z].*\.$/)
  }
})

test('looking around', async () => {
  const { dc, going, general, guildId, userId, target } = await home()
  expect(await act(going, 'channel-info', { target })).toMatchObject({ id: general.id, name: 'general' })
  expect(await act(going, 'channel-info', { target: general.id })).toMatchObject({ id: general.id })
  expect(await act(going, 'channel-list', {})).toEqual([{ id: general.id, type: 0, name: 'general' }])
  expect(await act(going, 'member-info', { userId })).toMatchObject({ user: { username: 'bob' } })
  expect(await act(going, 'role-info', { guildId })).toMatchObject([{ name: '@everyone' }])
  expect(await act(going, 'emoji-list', {})).toEqual([])
  expect(await act(going, 'event-list', {})).toEqual([])
  expect((await faultOf(act(going, 'voice-status', { userId }))).code).toBe('NOT_FOUND')
  dc.says(general, 'Ann', 'green tea')
  dc.says(general, 'Ann', 'coffee')
  expect(await act(going, 'search', { query: 'tea' })).toMatchObject({ total: 1, messages: [{ text: 'green tea' }] })
})

test('rights are worked out as Discord does', async () => {
  const { dc, going, general, guildId, target } = await home()
  expect(await act(going, 'permissions', { target })).toMatchObject({
    permissions: ['VIEW_CHANNEL', 'SEND_MESSAGES', 'READ_MESSAGE_HISTORY'],
  })
  const overwrites = [
    { id: guildId, type: 0, allow: '0', deny: String(1 << 11) },
    { id: dc.me.id, type: 1, allow: String(1 << 13), deny: '0' },
  ]
  dc.world.channels.set(general.id, { ...general, permission_overwrites: overwrites } as never)
  expect(await act(going, 'permissions', { target })).toMatchObject({
    permissions: ['VIEW_CHANNEL', 'MANAGE_MESSAGES', 'READ_MESSAGE_HISTORY'],
  })
  dc.world.guilds.get(guildId)?.roles.push({ id: '70000000000000001', name: 'admin', permissions: '8' })
  dc.world.memberOf(guildId, dc.me).roles.push('70000000000000001')
  const { permissions } = (await act(going, 'permissions', { target })) as { permissions: string[] }
  expect(permissions).toContain('ADMINISTRATOR')
})

test('roles and moderation, with the reason for the audit log', async () => {
  const { dc, going, guildId, userId } = await home()
  const roleId = '70000000000000002'
  await act(going, 'role-add', { userId, roleId })
  expect(dc.world.memberOf(guildId, dc.world.user('Bob')).roles).toEqual([roleId])
  await act(going, 'role-remove', { userId, roleId })
  await act(going, 'ban', { userId, deleteDays: 2, reason: 'späm' })
  await act(going, 'kick', { userId })
  await act(going, 'timeout', { userId, durationMin: 10 })
  await act(going, 'timeout', { userId })
  const until = new Date(going.clock.now() + 600_000).toISOString()
  expect(dc.acting.changed.map((c) => [c.route, c.body])).toEqual([
    ['DELETE /guilds/:guild/members/:user/roles/:role', undefined],
    ['PUT /guilds/:guild/bans/:user', { delete_message_seconds: 172_800 }],
    ['DELETE /guilds/:guild/members/:user', undefined],
    ['PATCH /guilds/:guild/members/:user', { communication_disabled_until: until }],
    ['PATCH /guilds/:guild/members/:user', { communication_disabled_until: null }],
  ])
  expect(dc.calls.find((c) => c.route === 'PUT /guilds/:guild/bans/:user')?.auditReason).toBe('späm')
})

test('making things: channels, emoji, stickers, events', async () => {
  const { dc, going, guildId, target } = await home()
  expect(await act(going, 'channel-create', { name: 'tea' })).toMatchObject({ name: 'tea', type: 0 })
  expect(await act(going, 'channel-edit', { target, topic: 'all about tea' })).toMatchObject({ topic: 'all about tea' })
  const png = file(going, { mime: 'image/png' }, new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]))
  expect(await act(going, 'emoji-upload', { emojiName: 'cup', media: png.id })).toMatchObject({ name: 'cup' })
  await act(going, 'sticker-upload', { stickerName: 'cup', stickerTags: 'tea', media: png.id, guildId })
  const odd = file(going, { mime: 'image/png' }, new Uint8Array([1, 2, 3, 4]))
  expect((await faultOf(act(going, 'emoji-upload', { emojiName: 'cup', media: odd.id }))).message).toContain('no PNG')
  const event = { eventName: 'Tea', startTime: '2026-10-01T10:00:00Z', endTime: '2026-10-01T11:00:00Z' }
  expect(await act(going, 'event-create', { ...event, location: 'Kitchen' })).toMatchObject({ name: 'Tea' })
  expect((await faultOf(act(going, 'event-create', event))).message).toContain('location')
  await act(going, 'channel-delete', { target })
  expect(dc.world.channels.has(target.slice(8))).toBe(false)
})

test('threads and stickers', async () => {
  const { dc, going, general, target } = await home()
  const m = dc.says(general, 'Ann', 'tea?')
  const made = await act(going, 'thread-create', { target, threadName: 'Tea', messageId: m.id, message: 'gladly' })
  expect(made).toEqual({ id: m.id, name: 'Tea', parentId: general.id })
  expect(dc.sent.at(-1)).toMatchObject({ channel_id: m.id, content: 'gladly' })
  expect(await act(going, 'thread-list', {})).toMatchObject([{ id: m.id, name: 'Tea' }])
  await act(going, 'thread-reply', { target: `channel:${m.id}`, message: 'green' })
  expect(dc.sent.at(-1)).toMatchObject({ channel_id: m.id, content: 'green' })
  await act(going, 'sticker-send', { target, stickerId: ['749054660769218631'] })
  expect(dc.sent.at(-1)?.raw['sticker_ids']).toEqual(['749054660769218631'])
})

test('how the bot is shown changes, and stays so after a break', async () => {
  const { dc, going } = await home()
  await act(going, 'set-presence', { status: 'dnd', activity: 'thinking' })
  const shown = { status: 'dnd', activities: [{ name: 'Custom Status', type: 4, state: 'thinking' }] }
  await dc.until('the presence', () => dc.gateway.seen.presence !== undefined)
  expect(dc.gateway.seen.presence).toMatchObject(shown)
  dc.gateway.forget()
  dc.gateway.close(4009, 'Session timed out.')
  await going.until('the new session', () => dc.gateway.seen.identifies === 2)
  expect(dc.gateway.seen.presence).toMatchObject(shown)
})

test('a server must be named when there are several; what names nothing is refused', async () => {
  const { dc, going } = await home()
  dc.channel('Work', 'office')
  const unclear = await faultOf(act(going, 'channel-list', {}))
  expect(unclear.message).toContain('Home (')
  expect(unclear.message).toContain('Work (')
  expect((await faultOf(act(going, 'channel-info', { target: 'general' }))).message).toContain('channel:<id>')
  expect((await faultOf(act(going, 'channel-info', { target: 'user:123456789' }))).code).toBe('INVALID_REQUEST')
  expect((await faultOf(act(going, 'kick', { userId: '../../users/@me' }))).code).toBe('INVALID_REQUEST')
})
