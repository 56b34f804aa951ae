// Buttons, polls, stickers, reactions, pins, topics and moved groups.
import { afterEach, expect, test } from 'bun:test'
import { telegram } from '../../../src/channels/telegram/index.ts'
import { outbound, run } from '../../contract/running.ts'
import { fakeTelegram } from '../../fakes/telegram.ts'

const never = new AbortController().signal
const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

async function bot(account: Readonly<Record<string, unknown>> = {}) {
  const tg = await fakeTelegram()
  open.push(tg)
  const ann = tg.chat('ann')
  const going = await run(telegram, { botToken: tg.token, apiRoot: tg.url, ...account })
  open.push(going)
  await going.until('a poll', () => tg.polled)
  const to = { channel: 'telegram', account: 'default', chat: ann.id }
  return { tg, ann, going, to, send: (more: object) => going.connection.send(outbound(to, '', more), never) }
}

const yesNo = [
  [
    { text: 'Yes', data: '/approve apr_1 allow-once' },
    { text: 'No', data: 'no' },
  ],
]
const keyboard = (raw: Readonly<Record<string, unknown>> | undefined) => raw?.['reply_markup']

test('buttons are under the last part, and a pressed one is heard and answered', async () => {
  const { tg, ann, going, to } = await bot()
  await going.connection.send(outbound(to, 'May I?', { buttons: yesNo }), never)
  expect(keyboard(tg.sent[0]?.raw)).toEqual({
    inline_keyboard: [
      [
        { text: 'Yes', callback_data: '/approve apr_1 allow-once' },
        { text: 'No', callback_data: 'no' },
      ],
    ],
  })
  const message = { message_id: tg.sent[0]?.id ?? 0, date: 1, chat: ann.chat, from: tg.me, text: 'May I?' }
  for (const [id, data] of [
    ['1', '/approve apr_1 allow-once'],
    ['2', 'no'],
  ] as const)
    tg.push({ callback_query: { id, from: tg.world('ann'), chat_instance: 'x', message: message, data } })
  await going.until('both', () => going.received.length === 2 && tg.answered.length === 2)
  expect(going.received.map((m) => [m.text, m.addressed])).toEqual([
    ['/approve apr_1 allow-once', true],
    ['callback_data: no', true],
  ])
  expect(tg.answered.toSorted()).toEqual(['1', '2'])
})

test('buttons stay where the account wants them, and what is too long for one is left out', async () => {
  const { tg, going, to } = await bot({ capabilities: { inlineButtons: 'group' } })
  await going.connection.send(outbound(to, 'May I?', { buttons: yesNo }), never)
  const group = tg.group(-1001)
  const there = { ...to, chat: group.id }
  const long = [[{ text: 'Long', data: 'x'.repeat(65) }], ...yesNo]
  await going.connection.send(outbound(there, 'May I?', { buttons: long }), never)
  expect(keyboard(tg.sent[0]?.raw)).toBeUndefined()
  expect(JSON.stringify(keyboard(tg.sent[1]?.raw))).not.toContain('Long')
  expect(JSON.stringify(keyboard(tg.sent[1]?.raw))).toContain('Yes')
})

test('a poll is a poll', async () => {
  const { tg, send } = await bot()
  const poll = { question: 'Pizza?', options: ['yes', 'no', 'maybe'], choices: 2, openMs: 60_000, anonymous: false }
  await send({ poll })
  expect(tg.sent[0]).toMatchObject({
    method: 'sendpoll',
    raw: {
      question: 'Pizza?',
      options: [{ text: 'yes' }, { text: 'no' }, { text: 'maybe' }],
      allows_multiple_answers: true,
      is_anonymous: false,
      open_period: 60,
    },
  })
})

test('a sticker goes as one, its words after it; a looping clip as an animation', async () => {
  const { tg, going, to } = await bot()
  const file = (mime: string, kind?: 'sticker') => {
    going.files.set(mime, new Uint8Array(4))
    return { id: mime, bytes: 4, mime, ...(kind ? { kind } : {}) }
  }
  await going.connection.send(outbound(to, 'look', { media: [file('image/webp', 'sticker')] }), never)
  await going.connection.send(outbound(to, '', { media: [file('video/mp4')], gif: true }), never)
  expect(tg.sent.map((s) => s.method)).toEqual(['sendsticker', 'sendmessage', 'sendanimation'])
})

const reaction = (tg: Awaited<ReturnType<typeof fakeTelegram>>, message: number, emoji: '👍' | '🔥') =>
  tg.push({
    message_reaction: {
      chat: tg.chat('ann').chat,
      message_id: message,
      user: tg.world('ann'),
      date: 1_790_000_000 + message,
      old_reaction: [],
      new_reaction: [{ type: 'emoji', emoji }],
    },
  })

test('reactions to our own messages are noted, others only when asked for', async () => {
  const { tg, going, ann } = await bot()
  going.sent.add(`${ann.id}/7`)
  reaction(tg, 6, '🔥')
  reaction(tg, 7, '👍')
  await going.until('the reaction', () => going.happenings.length === 1 && tg.pending.length === 0)
  expect(going.happenings[0]?.text).toBe('reaction added: 👍 by ann on msg 7')
  expect(going.received).toEqual([])
  const all = await bot({ reactionNotifications: 'all' })
  reaction(all.tg, 6, '🔥')
  await all.going.until('it', () => all.going.happenings.length === 1)
  const off = await bot({ reactionNotifications: 'off' })
  off.going.sent.add(`${off.ann.id}/7`)
  reaction(off.tg, 7, '👍')
  await off.going.until('it to be passed over', () => off.tg.pending.length === 0 && off.going.state.size > 0)
  expect(off.going.happenings).toEqual([])
})

test('a group with a new id is told', async () => {
  const { tg, going } = await bot()
  const chat = { id: -5, type: 'group', title: 'Old' } as const
  tg.push({ message: { message_id: 3, date: 1, chat, from: tg.world('ann'), migrate_to_chat_id: -1005 } })
  await going.until('the move', () => going.moves.length === 1)
  expect(going.moves).toEqual(['-5 -> -1005'])
})

test('pins and topics', async () => {
  const { tg, going, to } = await bot()
  await going.connection.send(outbound(to, 'keep this'), never)
  const id = String(tg.sent[0]?.id)
  await going.connection.pin?.(to, id, true)
  expect([...tg.pinned]).toEqual([`${to.chat}:${id}`])
  await going.connection.pin?.(to, id, false)
  expect([...tg.pinned]).toEqual([])
  const forum = tg.group(-1002, { forum: true })
  const wish = { target: forum.id, threadName: 'Plans' } as never
  const made = await going.connection.actions?.['thread-create']?.run(wish, never)
  expect(made).toMatchObject({ name: 'Plans' })
})

test('actions the account closes are not there', async () => {
  const all = Object.keys((await bot()).going.connection.actions ?? {})
  const left = Object.keys(
    (await bot({ actions: { sticker: false, sendMessage: false } })).going.connection.actions ?? {},
  )
  expect(all.filter((name) => !left.includes(name)).toSorted()).toEqual(['sticker-send', 'thread-create'])
})

test('a probe says which listed groups the bot is not in', async () => {
  const { going } = await bot({ groups: { '-1009': {}, '*': {} } })
  expect(await going.connection.probe?.(never)).toContain('not in -1009')
})
