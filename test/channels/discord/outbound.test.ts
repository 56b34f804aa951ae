// What Discord gets to see of what we say.
import { expect, test } from 'bun:test'
import type { OutboundMessage } from '../../../src/domain/message.ts'
import { faultOf, outbound } from '../../contract/running.ts'
import { at, bot, file } from './rig.ts'
import { oggOpus } from './ogg.ts'

const never = new AbortController().signal
const send = 'POST /channels/:channel/messages'

test('Markdown is said as Discord knows it, tables as the config wants', async () => {
  const { dc, going, say } = await bot()
  await say('#### Small\n\n**bold**\n\n| a | b |\n|---|---|\n| 1 | 2 |')
  expect(dc.sent[0]?.content).toBe('**Small**\n\n**bold**\n\n```\na | b\n--+--\n1 | 2\n```')
  expect(going.statuses.at(-1)).toBe('online')
  const bullets = await bot({ markdown: { tables: 'bullets' } })
  await bullets.say('| a | b |\n|---|---|\n| 1 | 2 |')
  expect(bullets.dc.sent[0]?.content).toBe('• a: 1\n  b: 2')
})

test('replies, silence and threads are told; nobody but the named is called', async () => {
  const { dc, ann, going, say } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const question = dc.says(ann, 'Ann', 'well?')
  await say('@everyone yes', { replyTo: question.id, silent: true })
  expect(dc.sent[0]?.raw).toMatchObject({
    message_reference: { message_id: question.id, fail_if_not_exists: false },
    flags: 4096,
    allowed_mentions: { parse: ['users', 'roles'], replied_user: true },
    enforce_nonce: true,
  })
  const general = dc.channel('Home', 'general')
  const thread = dc.world.thread(general.id, 'Side', dc.me)
  await going.connection.send(outbound(at(general, thread.id), 'in the thread', { replyTo: 'reaction:1' }), never)
  expect(dc.sent.at(-1)).toMatchObject({ channel_id: thread.id, content: 'in the thread' })
  expect(dc.sent.at(-1)?.raw).not.toHaveProperty('message_reference')
})

test('a message whose fate nobody knows is sent again, and arrives once', async () => {
  const { dc, going, to } = await bot()
  const message = outbound(to, 'precious')
  dc.cut({ route: send })
  expect((await faultOf(going.connection.send(message, never))).code).toBe('TIMEOUT')
  const { platformId } = await going.connection.send(message, never)
  expect(dc.sent.map((m) => [m.id, m.content])).toEqual([[platformId, 'precious']])
})

test('a person is written to in the chat with them, opened once', async () => {
  const { dc, going } = await bot()
  const bob = dc.world.user('Bob')
  const to = { channel: 'discord', account: 'default', chat: `user:${bob.id}` }
  await going.connection.send(outbound(to, 'hello'), never)
  await going.connection.send(outbound(to, 'again'), never)
  expect(dc.sent.map((m) => [m.channel_id, m.content])).toEqual([
    [dc.direct('Bob').id, 'hello'],
    [dc.direct('Bob').id, 'again'],
  ])
  expect(dc.calls.filter((c) => c.route === 'POST /users/@me/channels')).toHaveLength(1)
  const nobody = { ...to, chat: 'user:999999999999999999' }
  expect((await faultOf(going.connection.send(outbound(nobody, 'x'), never))).code).toBe('INVALID_REQUEST')
})

test('files go with the words; ten at a time', async () => {
  const { dc, going, say } = await bot()
  const media = Array.from({ length: 12 }, (_, i) =>
    file(going, { mime: 'image/png', name: `${i}.png` }, new Uint8Array(i + 1)),
  )
  await say('twelve', { media })
  expect(dc.sent.map((m) => [m.content, m.files.map((f) => f.name).join(' ')])).toEqual([
    ['twelve', '0.png 1.png 2.png 3.png 4.png 5.png 6.png 7.png 8.png 9.png'],
    ['', '10.png 11.png'],
  ])
  expect(dc.sent[0]?.files[3]).toMatchObject({ mime: 'image/png', bytes: new Uint8Array(4) })
})

test('a file beyond the limit is refused before it is read', async () => {
  const { dc, going, say } = await bot({ mediaMaxMb: 0.001 })
  const big = file(going, { mime: 'image/png', name: 'big.png' }, new Uint8Array(2000))
  const refused = await faultOf(say('x', { media: [big] }))
  expect(refused.code).toBe('TOO_LARGE')
  expect(refused.message).toContain('mediaMaxMb')
  dc.fail({ route: send, status: 413, code: 40_005, message: 'Request entity too large' })
  const small = file(going, { mime: 'image/png', name: 'small.png' }, new Uint8Array(20))
  expect((await faultOf(say('x', { media: [small] }))).code).toBe('TOO_LARGE')
  expect(dc.sent).toEqual([])
})

test('a voice message is one, with its length and shape; words go before it', async () => {
  const { dc, going, say } = await bot()
  const voice = file(going, { mime: 'audio/ogg', kind: 'voice' }, oggOpus(2.5))
  await say('listen', { media: [voice] })
  expect(dc.sent.map((m) => m.content)).toEqual(['listen', ''])
  const [about] = (dc.sent[1]?.raw['attachments'] ?? []) as { duration_secs: number; waveform: string }[]
  expect(dc.sent[1]?.raw['flags']).toBe(8192)
  expect(about?.duration_secs).toBeCloseTo(2.5, 1)
  expect(Buffer.from(about?.waveform ?? '', 'base64').length).toBeGreaterThan(10)
  const no = file(going, { mime: 'audio/ogg', kind: 'voice' }, new Uint8Array([1, 2, 3]))
  expect((await faultOf(say('', { media: [no] }))).code).toBe('INVALID_REQUEST')
  await say('', { media: [file(going, { mime: 'audio/mpeg', kind: 'voice', name: 'a.mp3' }, new Uint8Array(9))] })
  expect(dc.sent.at(-1)?.files[0]?.name).toBe('a.mp3')
})

test('when a part could not be sent, the parts that were are not sent again', async () => {
  const { dc, going, to } = await bot()
  const media = [file(going, { mime: 'audio/ogg', kind: 'voice' }, oggOpus(1))]
  const message = outbound(to, 'listen', { media })
  dc.fail({ route: send, status: 500 })
  await faultOf(going.connection.send(message, never))
  const both: OutboundMessage = { ...message, id: 'out_both' }
  dc.bucket.size = dc.bucket.left = 1
  const stop = new AbortController()
  const half = faultOf(going.connection.send(both, stop.signal))
  await dc.until('the first part', () => dc.sent.length === 1)
  stop.abort(new Error('enough'))
  expect((await half).retryable).toBe(true)
  dc.bucket.size = dc.bucket.left = Infinity
  await going.clock.advance(6000)
  await going.connection.send(both, never)
  expect(dc.sent.map((m) => m.content)).toEqual(['listen', ''])
})

test('limits are kept before Discord has to refuse, and obeyed when it does', async () => {
  const { dc, going, say } = await bot()
  dc.bucket.size = dc.bucket.left = 2
  await say('one')
  await say('two')
  const early = faultOf(say('three'))
  await going.clock.advance(5000) // the limit itself goes by the machine's time, which has not moved
  expect(await early).toMatchObject({ code: 'LIMITED', retryable: true })
  expect(dc.calls.filter((c) => c.route === send)).toHaveLength(2)
})

test('a limit for everything holds everything up', async () => {
  const { dc, going, say } = await bot()
  dc.fail({ route: send, status: 429, retryAfter: 65.5, global: true, message: 'You are being rate limited.' })
  const refused = await faultOf(say('four'))
  expect(refused.code).toBe('LIMITED')
  expect(refused.more.retryAfterMs).toBeGreaterThan(64_000)
  const calls = dc.calls.length
  const other = await faultOf(going.connection.typing?.(at(dc.direct('Bob'))) ?? Promise.resolve())
  expect(other.code).toBe('LIMITED')
  expect(other.more.retryAfterMs).toBeGreaterThan(60_000)
  expect(dc.calls).toHaveLength(calls)
})

test('an answer that never comes is given up', async () => {
  const { dc, going, say } = await bot()
  dc.hang({ route: send })
  const asked = faultOf(say('hello?'))
  await dc.until('the call', () => dc.calls.some((c) => c.route === send))
  await going.clock.advance(16_000)
  expect((await asked).code).toBe('TIMEOUT')
})

test('buttons are shown in rows; what Discord cannot hold is left to the words', async () => {
  const { dc, going, ann, say } = await bot()
  await say('May I?', {
    buttons: [
      [
        { text: 'Yes', data: '/approve 7 allow-once', style: 'primary' },
        { text: 'No', data: '/approve 7 deny', style: 'danger' },
        { text: 'Long', data: 'x'.repeat(101) },
      ],
    ],
  })
  expect(dc.sent[0]?.raw['components']).toEqual([
    {
      type: 1,
      components: [
        { type: 2, style: 1, label: 'Yes', custom_id: '/approve 7 allow-once' },
        { type: 2, style: 4, label: 'No', custom_id: '/approve 7 deny' },
      ],
    },
  ])
  const [shown] = dc.sent
  if (!shown) throw new Error('nothing was sent')
  const pressed = dc.press(ann, 'Ann', shown, '/approve 7 deny')
  await going.until('the press', () => pressed.answer !== undefined)
  expect(going.received[0]).toMatchObject({ text: '/approve 7 deny', replyTo: { id: shown.id, byUs: true } })
  expect(going.received[0]?.native).toBeUndefined()
  expect(pressed.answer).toEqual({ type: 6 })
})

test('polls are Discord’s own, within its bounds', async () => {
  const { dc, say } = await bot()
  const poll = { question: 'Tea?', options: ['green', 'black'], choices: 2 }
  await say('', { poll })
  await say('', { poll: { ...poll, choices: 1, openMs: 90 * 60_000 } })
  expect(dc.sent.map((m) => m.raw['poll'])).toMatchObject([
    { question: { text: 'Tea?' }, duration: 24, allow_multiselect: true },
    { answers: [{ poll_media: { text: 'green' } }, { poll_media: { text: 'black' } }], duration: 2 },
  ])
  const few = await faultOf(say('', { poll: { ...poll, options: ['only'] } }))
  expect(few.message).toContain('2 to 10 answers')
})

test('a thread that is not there yet is made when it is needed; where that is forbidden the channel has to do', async () => {
  const { dc, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const asked = dc.says(general, 'Ann', 'how?')
  await going.connection.send(outbound(at(general, asked.id), 'like this'), never)
  expect(dc.sent.at(-1)).toMatchObject({ channel_id: asked.id, content: 'like this' })
  const other = dc.says(general, 'Ann', 'and that?')
  dc.fail({
    route: 'POST /channels/:channel/messages/:message/threads',
    status: 403,
    code: 50_013,
    message: 'Missing Permissions',
  })
  await going.connection.send(outbound(at(general, other.id), 'like that'), never)
  expect(dc.sent.at(-1)).toMatchObject({ channel_id: general.id, content: 'like that' })
  const gone = await faultOf(going.connection.send(outbound(at(general, '123456789012345678'), 'x'), never))
  expect(gone.code).toBe('NOT_FOUND')
})

test('what Discord refuses is told in its words, with the field, and without secrets', async () => {
  const { dc, say, going } = await bot()
  const refused = await faultOf(say('x'.repeat(2001)))
  expect(refused.code).toBe('INVALID_REQUEST')
  expect(refused.message).toMatch(/Invalid Form Body; content: .*\(50035\)/)
  expect(refused.message).not.toContain(dc.token)
  dc.fail({ route: send, status: 401, message: '401: Unauthorized' })
  expect((await faultOf(say('y'))).message).toContain('oclaw config set channels.discord.token')
  expect(going.failures).toEqual([])
})

test('edits, deletions, reactions, pins and typing reach Discord', async () => {
  const { dc, ann, going, to, say } = await bot()
  const c = going.connection
  const { platformId: id } = await say('draft', { buttons: [[{ text: 'Yes', data: 'yes' }]] })
  await c.edit?.(to, id, '**final**', never)
  await c.typing?.(to)
  await c.react?.(to, id, '👍')
  await c.react?.(to, id, '<:blob:41771983429993937>')
  await c.pin?.(to, id, true)
  expect(dc.sent[0]).toMatchObject({ content: '**final**', edits: 1, pinned: true })
  expect(dc.calls.find((call) => call.route.startsWith('PATCH'))?.body).toMatchObject({ components: [] })
  expect(dc.acting.state.typing).toEqual([ann.id])
  expect(await c.reactions?.(to, id)).toEqual([
    { emoji: '👍', count: 1, users: [dc.me.id] },
    { emoji: ':blob:', count: 1, users: [dc.me.id] },
  ])
  expect((await c.pins?.(to))?.map((m) => m.text)).toEqual(['**final**'])
  await c.react?.(to, id, '')
  expect(await c.reactions?.(to, id)).toEqual([])
  await c.pin?.(to, id, false)
  await c.remove?.(to, id)
  expect(dc.sent[0]).toMatchObject({ deleted: true, pinned: false })
  const theirs = dc.says(ann, 'Ann', 'mine')
  expect((await faultOf(c.edit?.(to, theirs.id, 'x', never) ?? Promise.resolve())).code).toBe('FORBIDDEN')
})

test('what was said is read back, oldest first', async () => {
  const { dc, ann, going, to } = await bot()
  const said = Array.from({ length: 5 }, (_, i) => dc.says(ann, 'Ann', `${i}`))
  const read = async (query: object) =>
    (await going.connection.read?.(to, { limit: 2, ...query }, never))?.map((m) => m.text)
  expect(await read({})).toEqual(['3', '4'])
  expect(await read({ before: said[3]?.id })).toEqual(['1', '2'])
  expect(await read({ after: said[1]?.id })).toEqual(['2', '3'])
  expect((await going.connection.read?.(to, { limit: 1 }, never))?.[0]).toMatchObject({
    id: said[4]?.id,
    from: { id: dc.world.user('Ann').id, name: 'Ann', handle: 'ann' },
  })
})

test('people and channels are found by name', async () => {
  const { dc, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  dc.world.memberOf(general.guild_id ?? '', dc.world.user('Zoe'))
  const found = await going.connection.find?.('zo', 'user', 5)
  expect(found).toEqual([
    {
      kind: 'user',
      id: dc.world.user('Zoe').id,
      name: 'Zoe',
      handle: 'zoe',
      target: `user:${dc.world.user('Zoe').id}`,
    },
  ])
  expect(await going.connection.find?.('GENERAL', 'group', 5)).toEqual([
    { kind: 'group', id: general.id, name: '#general (Home)', target: `channel:${general.id}` },
  ])
  expect(await going.connection.find?.('nothing', 'group', 5)).toEqual([])
})

test('no name of a message or chat leads to another call', async () => {
  const { dc, going, to } = await bot()
  const [before, c] = [dc.calls.length, going.connection]
  const evil = ['../../../users/@me/guilds', '1/crosspost', '1?x=1', '%2e%2e', '']
  for (const id of evil)
    for (const attempt of [
      () => c.edit?.(to, id, 'x', never),
      () => c.remove?.(to, id),
      () => c.react?.(to, id, '👍'),
      () => c.pin?.(to, id, true),
      () => c.send(outbound({ ...to, thread: id }, 'x'), never),
    ])
      expect((await faultOf(Promise.resolve(attempt()))).code).toBe('INVALID_REQUEST')
  expect(dc.calls.slice(before).filter((call) => !/applications/.test(call.path))).toEqual([])
})
