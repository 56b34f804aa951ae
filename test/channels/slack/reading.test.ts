// Looking things up and reacting: what people and the agent can ask of Slack.
import { afterEach, expect, test } from 'bun:test'
import { faultOf, type Running } from '../../contract/running.ts'
import { never, rigs } from './rig.ts'

const { bot, end } = rigs()

afterEach(end)

const act = (going: Running, name: string, params: Readonly<Record<string, unknown>> = {}) => {
  const found = going.connection.actions?.[name]
  if (!found) throw new Error(`no action ${name}`)
  return found.run(found.params.parse(params) as never, never)
}

test('reactions are given by emoji or name, told, and taken back', async () => {
  const { it, going, says, ann, at } = await bot()
  const { ts } = says('hi')
  const { react, reactions } = going.connection
  await react?.(at(ann.id), ts, '👍')
  await react?.(at(ann.id), ts, '👍')
  await react?.(at(ann.id), ts, ':lobster_dance:')
  it.reactions.get(`${ann.id}/${ts}`)?.set('eyes', new Set([it.user('ann').id]))
  expect(await reactions?.(at(ann.id), ts)).toEqual([
    { emoji: '👍', count: 1, users: [it.me.user] },
    { emoji: ':lobster_dance:', count: 1, users: [it.me.user] },
    { emoji: '👀', count: 1, users: [it.user('ann').id] },
  ])
  await react?.(at(ann.id), ts, '')
  expect(await reactions?.(at(ann.id), ts)).toEqual([{ emoji: '👀', count: 1, users: [it.user('ann').id] }])
  expect((await faultOf(react?.(at(ann.id), ts, 'no such thing!') ?? Promise.resolve())).code).toBe('INVALID_REQUEST')
})

test('messages are read newest, before, after and around one, and in threads', async () => {
  const { it, going, says, general, at } = await bot()
  const all = Array.from({ length: 30 }, (_, i) => says(`m${i}`, general).ts)
  it.write(general, it.user('bob').id, 'in a thread', { thread_ts: all[0] })
  const read = async (query: object, thread?: string) =>
    (await going.connection.read?.(at(general.id, thread), { limit: 4, ...query }, never))?.map((m) => m.text)
  expect(await read({})).toEqual(['m26', 'm27', 'm28', 'm29'])
  expect(await read({ before: all[10] })).toEqual(['m6', 'm7', 'm8', 'm9'])
  expect(await read({ after: all[10] })).toEqual(['m11', 'm12', 'm13', 'm14'])
  expect(await read({ around: all[10] })).toEqual(['m9', 'm10', 'm11', 'm12'])
  expect(await read({}, all[0])).toEqual(['m0', 'in a thread'])
  const [one] = (await going.connection.read?.(at(general.id, all[0]), { limit: 1, after: all[0] ?? '' }, never)) ?? []
  expect(one).toMatchObject({ text: 'in a thread', from: { name: 'bob' }, thread: all[0], replyTo: all[0] })
})

test('where the bot is not, the user token reads', async () => {
  const { it, going, at } = await bot({ userToken: 'xoxp-user-token-of-the-test' })
  const other = it.open('channel', 'C0OTHER001', 'other', [])
  other.messages.push({ ts: '1790000001.000100', text: 'unseen', user: it.user('ann').id })
  const read = (limit: number) => going.connection.read?.(at(other.id), { limit }, never)
  expect((await faultOf(read(5) ?? Promise.resolve())).code).toBe('FORBIDDEN')
  expect(it.calls.filter((c) => c.method === 'conversations.history').map((c) => c.token)).toEqual(['bot', 'user'])
})

test('messages are pinned, listed and unpinned', async () => {
  const { going, says, general, at } = await bot()
  const { ts } = says('keep this', general)
  const { pin, pins } = going.connection
  await pin?.(at(general.id), ts, true)
  await pin?.(at(general.id), ts, true)
  expect(await pins?.(at(general.id))).toMatchObject([{ id: ts, text: 'keep this', from: { name: 'ann' } }])
  await pin?.(at(general.id), ts, false)
  await pin?.(at(general.id), ts, false)
  expect(await pins?.(at(general.id))).toEqual([])
})

test('people and channels are found by a part of their name, and the finding names them', async () => {
  const { it, going } = await bot()
  it.user('joanna')
  it.open('channel', 'C0RANDOM01', 'random', [])
  const find = going.connection.find
  expect((await find?.('ann', 'user', 5))?.map((f) => f.handle)).toEqual(['ann', 'joanna'])
  expect(await find?.('@joanna', 'user', 5)).toMatchObject([{ kind: 'user', target: `user:${it.user('joanna').id}` }])
  expect(await find?.('#rand', 'group', 5)).toEqual([
    { kind: 'group', id: 'C0RANDOM01', name: 'random', target: 'channel:C0RANDOM01' },
  ])
  expect((await find?.('', 'group', 1))?.length).toBe(1)
})

test('who is in a channel is told by name', async () => {
  const { it, going, general } = await bot()
  const at = { channel: 'slack', account: 'default', chat: '#general' }
  const members = await going.connection.members?.(at, 50, never)
  expect(members?.map((m) => m.id).sort()).toEqual([...general.members].sort())
  expect(members).toContainEqual(expect.objectContaining({ id: it.user('ann').id, handle: 'ann' }))
  expect(await going.connection.members?.(at, 1, never)).toHaveLength(1)
})

test('actions tell of people, channels, emoji and scopes', async () => {
  const { it, going, general } = await bot()
  expect(await act(going, 'member-info', { userId: it.user('ann').id })).toMatchObject({ handle: 'ann' })
  expect(await act(going, 'channel-info', { target: '#general' })).toMatchObject({
    id: general.id,
    topic: 'about general',
  })
  expect(await act(going, 'emoji-list')).toEqual({ emoji: ['lobster_dance'] })
  expect(await act(going, 'permissions')).toMatchObject({
    bot: 'testbot',
    scopes: expect.arrayContaining(['chat:write']),
  })
})

test('the workspace is searched with the user token, and only then', async () => {
  const without = await bot()
  expect(without.going.connection.actions).not.toHaveProperty('search')
  const { it, going, says } = await bot({ userToken: 'xoxp-user-token-of-the-test' })
  says('the needle is here')
  expect(await act(going, 'search', { query: 'needle' })).toMatchObject({ messages: [{ text: 'the needle is here' }] })
  expect(it.calls.find((c) => c.method === 'search.messages')?.token).toBe('user')
})

test('a thread is answered by an action', async () => {
  const { it, going, says, general } = await bot()
  const { ts } = says('well?', general)
  const done = await act(going, 'thread-reply', { target: general.id, replyTo: ts, message: '**yes**' })
  expect(it.sent).toMatchObject([{ text: '*yes*', thread: ts }])
  expect(done).toEqual({ id: it.sent[0]?.ts })
})

test('what the config forbids is not there', async () => {
  const actions = {
    reactions: false,
    messages: false,
    pins: false,
    permissions: false,
    memberInfo: false,
    channelInfo: false,
    emojiList: false,
    search: false,
  }
  const { going } = await bot({ actions, userToken: 'xoxp-user-token-of-the-test' })
  expect(going.connection.actions).toEqual({})
  expect(Object.keys(going.connection)).not.toEqual(expect.arrayContaining(['read']))
  expect([going.connection.pin, going.connection.pins, going.connection.reactions]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('the probe tells who answers', async () => {
  const { going } = await bot()
  expect(await going.connection.probe?.(never)).toBe('@testbot (U0BOT00001) in Test Team, socket')
})
