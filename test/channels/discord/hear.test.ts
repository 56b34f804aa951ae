// What is heard, where it is said to be, and that nothing is lost: restarts, lost sessions, failing disks.
import { expect, test } from 'bun:test'
import { again, at, bot, start, texts, world } from './rig.ts'

test('a channel of a server is told with its names and the roles of the author', async () => {
  const { dc, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const server = general.guild_id ?? ''
  dc.world.memberOf(server, dc.world.user('Ann')).roles.push('50000000000000009')
  dc.says(general, 'Ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]).toMatchObject({
    to: at(general),
    kind: 'channel',
    title: 'general',
    space: { id: server, name: 'Home', roles: ['50000000000000009'] },
    from: { name: 'Ann', handle: 'ann' },
    addressed: false,
  })
})

test('a thread is told as its channel with a thread, named like its channel', async () => {
  const { dc, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const thread = dc.world.thread(general.id, 'Side talk', dc.world.user('Bob'))
  dc.says(thread, 'Ann', 'in here')
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]).toMatchObject({ to: at(general, thread.id), title: 'general', text: 'in here' })
})

test('the first message of a thread shows what the thread began with, the next does not', async () => {
  const { dc, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const first = dc.says(general, 'Bob', 'Which tea is best?')
  const thread = dc.world.thread(general.id, 'Tea', dc.world.user('Bob'), first.id)
  dc.says(thread, 'Ann', 'green')
  dc.says(thread, 'Ann', 'or black')
  await going.until('the messages', () => going.received.length === 3)
  const [, green, black] = going.received
  expect(green?.replyTo).toEqual({ id: first.id, text: 'Which tea is best?', byUs: false })
  expect(black?.replyTo).toBeUndefined()
})

test('a group chat is no direct chat', async () => {
  const { dc, going } = await bot()
  const three = dc.world.addChannel({
    type: 3,
    name: 'Three',
    recipients: [dc.world.user('Ann'), dc.world.user('Bob')],
  })
  dc.says(three, 'Ann', 'hi all')
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]).toMatchObject({ kind: 'group', title: 'Three', addressed: false })
})

test('after a restart the session goes on, and places are asked for', async () => {
  const { dc, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  dc.says(general, 'Ann', 'one')
  await going.until('the message', () => going.received.length === 1)
  await going.scope.close()
  dc.says(general, 'Ann', 'two')
  const next = await again(dc, going)
  await next.until('the message', () => next.received.length === 1)
  expect(next.received[0]).toMatchObject({ text: 'two', title: 'general', space: { name: 'Home' } })
  expect(dc.gateway.seen).toMatchObject({ identifies: 1, resumes: 1 })
})

test('a session goes on after a restart though nothing was said in it', async () => {
  const { dc, ann, going } = await bot()
  await going.scope.close()
  dc.says(ann, 'Ann', 'first words')
  const next = await again(dc, going)
  await next.until('the message', () => next.received.length === 1)
  expect(dc.gateway.seen).toMatchObject({ identifies: 1, resumes: 1 })
})

test('a lost session is made up for in every channel, thread and direct chat, in order and once', async () => {
  const { dc, ann, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const quiet = dc.channel('Home', 'quiet')
  const thread = dc.world.thread(general.id, 'Side', dc.world.user('Bob'))
  dc.says(quiet, 'Ann', 'long ago')
  for (const c of [ann, general, thread]) dc.says(c, 'Ann', 'before')
  await going.until('the messages', () => going.received.length === 4)
  await going.scope.close()
  dc.gateway.forget()
  const fresh = dc.channel('Home', 'fresh')
  for (const c of [ann, general, thread, fresh]) for (const n of [1, 2]) dc.says(c, 'Ann', `${c.id} ${n}`)
  dc.world.write(general, dc.me, 'of ours', { extra: { echo: true } })
  const next = await again(dc, going)
  dc.says(general, 'Ann', 'after')
  await next.until('what was missed', () => next.received.length === 9)
  for (const c of [ann, general, thread, fresh])
    expect(texts(next).filter((t) => t.startsWith(c.id))).toEqual([`${c.id} 1`, `${c.id} 2`])
  expect(texts(next).indexOf('after')).toBeGreaterThan(texts(next).indexOf(`${general.id} 2`))
  expect(next.received.find((m) => m.text === `${fresh.id} 1`)?.space?.roles).toEqual([])
  expect(dc.calls.filter((c) => c.path.startsWith(`/channels/${quiet.id}/messages`))).toEqual([])
})

test('what was not made up for before a crash is made up for by the next start', async () => {
  const { dc, ann, going } = await bot()
  dc.says(ann, 'Ann', 'before')
  await going.until('the message', () => going.received.length === 1)
  await going.scope.close()
  dc.gateway.forget()
  dc.says(ann, 'Ann', 'missed')
  dc.fail({ route: 'GET /channels/:channel/messages', times: 1000, status: 500 })
  const second = await again(dc, going)
  await second.until('an attempt', () => dc.calls.some((c) => c.route === 'GET /channels/:channel/messages'))
  dc.says(ann, 'Ann', 'behind it')
  await second.scope.close()
  expect(second.received).toEqual([])
  dc.calm()
  const third = await again(dc, second)
  await third.until('both', () => third.received.length === 2)
  expect(texts(third)).toEqual(['missed', 'behind it'])
})

test('a server that comes late is made up for when it comes', async () => {
  const { dc, ann, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const server = dc.world.guilds.get(general.guild_id ?? '')
  if (!server) throw new Error('no server')
  dc.says(general, 'Ann', 'before')
  await going.until('the message', () => going.received.length === 1)
  await going.scope.close()
  dc.gateway.forget()
  dc.says(general, 'Ann', 'missed')
  dc.gateway.mood.away.add(server.id)
  const next = await again(dc, going)
  dc.says(ann, 'Ann', 'directly')
  await next.until('the message', () => next.received.length === 1)
  expect(next.state.get(`position:${dc.me.id}`)).toContain('session-1')
  dc.gateway.tell('GUILD_CREATE', dc.world.guildEvent(server), server.id)
  await next.until('what was missed', () => next.received.length === 2)
  expect(texts(next)).toEqual(['directly', 'missed'])
})

test('a channel we may no longer read does not hold up the rest', async () => {
  const { dc, ann, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  dc.says(general, 'Ann', 'one')
  await going.until('the message', () => going.received.length === 1)
  await going.scope.close()
  dc.gateway.forget()
  dc.says(general, 'Ann', 'two')
  dc.world.closed.add(general.id)
  const next = await again(dc, going)
  dc.says(ann, 'Ann', 'directly')
  await next.until('the message', () => next.received.length === 1)
  await next.until('the position', () => (next.state.get(`position:${dc.me.id}`) ?? '').includes('session-2'))
})

test('one channel whose messages cannot be stored does not hold up another', async () => {
  const { dc, ann, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  going.broken = 'stuck'
  dc.says(general, 'Ann', 'stuck')
  dc.says(general, 'Ann', 'behind it')
  dc.says(ann, 'Ann', 'elsewhere')
  await going.until('the other chat', () => going.received.length === 1)
  expect(texts(going)).toEqual(['elsewhere'])
  going.broken = false
  await going.until('the rest', () => going.received.length === 3)
  expect(texts(going)).toEqual(['elsewhere', 'stuck', 'behind it'])
})

test('the position never passes what is not stored', async () => {
  const { dc, ann, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const seq = () => (JSON.parse(going.state.get(`position:${dc.me.id}`) ?? '{"seq":0}') as { seq: number }).seq
  dc.says(ann, 'Ann', 'first')
  await going.until('the message', () => going.received.length === 1)
  const before = seq()
  going.broken = 'stuck'
  dc.says(general, 'Ann', 'stuck')
  for (let n = 0; n < 5; n++) dc.says(ann, 'Ann', `${n}`)
  await going.until('the others', () => going.received.length === 6)
  expect(seq()).toBe(before)
  going.broken = false
  await going.until('the position', () => seq() === before + 6)
})

test('files come along; those that are too large, gone, or elsewhere are named', async () => {
  const { dc, ann, going } = await bot({ mediaMaxMb: 0.001 })
  dc.world.files.set('a.png', new Uint8Array(900))
  const url = (name: string) => `${new URL(dc.url).origin}/${name}`
  const one = (name: string, size: number, at = url(name)) => ({
    id: '1',
    filename: name,
    size,
    url: at,
    content_type: 'image/png',
  })
  dc.says(ann, 'Ann', 'look', {
    attachments: [
      one('a.png', 900),
      one('big.png', 2000),
      one('gone.png', 5),
      one('evil.png', 5, 'http://169.254.169.254/latest'),
    ],
  })
  await going.until('the message', () => going.received.length === 1)
  const [m] = going.received
  expect(m?.media).toHaveLength(1)
  expect(m?.media[0]).toMatchObject({ mime: 'image/png', kind: 'image', bytes: 900, name: 'a.png' })
  expect(m?.text.split('\n')).toEqual([
    'look',
    expect.stringContaining('[big.png not received: it has'),
    '[gone.png not received: Discord answered 404]',
    '[evil.png not received: it is not on a server of Discord]',
  ])
})

test('a mention is answered in a thread of its own, where the config wants that', async () => {
  const lay = (dc: Awaited<ReturnType<typeof world>>) => void dc.channel('Home', 'general')
  const guilds = { home: { channels: { general: { autoThread: true } } } }
  const { dc, going } = await bot({ guilds }, lay)
  const general = dc.channel('Home', 'general')
  const asked = dc.says(general, 'Ann', `<@${dc.me.id}> how are you?`)
  await going.until('the thread', () => dc.world.channels.has(asked.id))
  expect(going.received[0]?.to).toEqual(at(general, asked.id))
  expect(dc.world.channels.get(asked.id)).toMatchObject({ name: 'how are you?', parent_id: general.id })
  dc.says(dc.world.channel(asked.id), 'Ann', 'and now?')
  await going.until('the next', () => going.received.length === 2)
  expect(going.received[1]).toMatchObject({ to: at(general, asked.id), addressed: true })
  going.verdict = 'refused'
  const refused = dc.says(general, 'Bob', `<@${dc.me.id}> me too?`)
  await going.until('the refusal', () => going.received.length === 3)
  expect(dc.world.channels.has(refused.id)).toBe(false)
})

test('reactions are notes: on our messages, on all, of listed people, or none', async () => {
  const lay = (dc: Awaited<ReturnType<typeof world>>) =>
    ['Own', 'All', 'Off', 'Some'].forEach((g) => dc.channel(g, 'talk'))
  const ann = { all: { reactionNotifications: 'all' }, off: { reactionNotifications: 'off' } }
  const some = { reactionNotifications: 'allowlist', users: ['ann'] }
  const { dc, going } = await bot({ guilds: { own: {}, ...ann, some } }, lay)
  const react = (guild: string, who: string, ours: boolean, change?: 'REMOVE') => {
    const talk = dc.channel(guild, 'talk')
    const m = ours ? dc.world.write(talk, dc.me, 'ours', { extra: { echo: true } }) : dc.says(talk, 'Bob', 'theirs')
    if (!ours) dc.world.memberOf(talk.guild_id ?? '', dc.world.user(who))
    dc.react(talk, who, m, '👍', change)
    return m
  }
  const heard = [react('Own', 'Ann', true), react('All', 'Ann', false), react('Some', 'Ann', false)]
  react('Own', 'Ann', false)
  react('Off', 'Ann', true)
  react('Some', 'Bob', true)
  const removed = react('Own', 'Ann', true, 'REMOVE')
  dc.says(dc.direct('Ann'), 'Ann', 'done')
  await going.until('the end', () => going.happenings.length === 4 && texts(going).includes('done'))
  expect(going.happenings.map((h) => h.text).sort()).toEqual(
    [
      ...heard.map((m) => `reaction added: 👍 by Ann on msg ${m.id}`),
      `reaction removed: 👍 by Ann on msg ${removed.id}`,
    ].sort(),
  )
})

test('our own messages are known without asking Discord', async () => {
  const { dc, ann, going } = await bot()
  const ours = dc.world.write(ann, dc.me, 'ours', { extra: { echo: true } })
  going.sent.add(`${ann.id}/${ours.id}`)
  dc.react(ann, 'Ann', ours, '👍', 'REMOVE')
  await going.until('the note', () => going.happenings.length === 1)
  expect(going.happenings[0]?.text).toContain('reaction removed: 👍 by Ann')
  expect(dc.calls.filter((c) => c.route === 'GET /channels/:channel/messages/:message')).toEqual([])
})

test('notes of channels are forgotten after a month of silence', async () => {
  const old = new Map([
    ['seen:1', '175928847299117063'],
    ['direct:2', '175928847299117063'],
    ['direct:3', String(BigInt(1_789_990_000_000 - 1_420_070_400_000) << 22n)],
  ])
  const dc = await world()
  const going = await start(dc, {}, { state: old })
  await going.until('the session', () => dc.gateway.listening)
  expect([...old.keys()].filter((key) => /^(seen|direct):/.test(key))).toEqual(['direct:3'])
})
