// The fake refuses what Telegram refuses; else the other tests would prove nothing.
import { afterAll, expect, test } from 'bun:test'
import { fakeTelegram } from '../../fakes/telegram.ts'

const tg = await fakeTelegram()
const ann = tg.chat('ann')
const bob = tg.chat('bob')

afterAll(() => tg[Symbol.asyncDispose]())

interface Answer {
  readonly ok: boolean
  readonly description?: string
  readonly result?: unknown
}

async function ask(method: string, params: unknown = {}, token = tg.token) {
  const body = JSON.stringify(params)
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${tg.url}/bot${token}/${method}`, { method: 'POST', headers, body })
  const answer = (await response.json()) as Answer
  return [response.status, answer.description ?? answer.result] as const
}

const say = (text: string, more = {}) => ask('sendMessage', { chat_id: ann.id, text, ...more })
const html = (text: string) => say(text, { parse_mode: 'HTML' })

test('tokens, methods and parameters must be right', async () => {
  expect(await ask('getMe', {}, '1:wrong')).toEqual([401, 'Unauthorized'])
  expect((await ask('getYou'))[0]).toBe(404)
  expect((await ask('sendMessage', { chat_id: ann.id, text: 'x', colour: 'red' }))[0]).toBe(400)
  expect((await ask('sendMessage', { chat_id: ann.id, text: 5 }))[0]).toBe(400)
  expect(await ask('sendMessage', { chat_id: 77, text: 'x' })).toEqual([400, 'Bad Request: chat not found'])
})

test('texts have limits', async () => {
  expect(await say('   ')).toEqual([400, 'Bad Request: message text is empty'])
  expect((await say('x'.repeat(4096)))[0]).toBe(200)
  expect(await say('x'.repeat(4097))).toEqual([400, 'Bad Request: message is too long'])
  expect((await html(`<b>${'x'.repeat(4096)}</b>`))[0]).toBe(200)
})

test('HTML must be well-formed', async () => {
  const refused = async (text: string) =>
    String((await html(text))[1]).replace("Bad Request: can't parse entities: ", '')
  expect(await refused('<b>x')).toBe('Can\'t find end tag corresponding to start tag "b"')
  expect(await refused('é<p>x</p>')).toBe('Unsupported start tag "p" at byte offset 2')
  expect(await refused('<b><i>x</b></i>')).toContain(
    'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
  )
  expect(await refused('x</b>')).toContain('Unexpected end tag')
  expect(await refused('a < b')).toContain('Unsupported start tag ""')
})

test('a person who blocked the bot hears nothing', async () => {
  tg.blocked.add(Number(bob.id))
  const answer = await ask('sendMessage', { chat_id: bob.id, text: 'x' })
  expect(answer).toEqual([403, 'Forbidden: bot was blocked by the user'])
})

test('menus and reactions are checked', async () => {
  const menu = (command: string) => ask('setMyCommands', { commands: [{ command, description: 'd' }] })
  expect((await menu('fine_1'))[0]).toBe(200)
  expect(await menu('Not-Fine')).toEqual([400, 'Bad Request: BOT_COMMAND_INVALID'])
  const react = (emoji: string) =>
    ask('setMessageReaction', { chat_id: ann.id, message_id: 1, reaction: [{ type: 'emoji', emoji }] })
  expect((await react('🔥'))[0]).toBe(200)
  expect(await react('🧀')).toEqual([400, 'Bad Request: REACTION_INVALID'])
})

test('an offset confirms, and the older of two polls is ended', async () => {
  const update = tg.user('ann').says('hello')
  expect((await ask('getUpdates', { timeout: 0 }))[1]).toEqual([update])
  expect((await ask('getUpdates', { timeout: 0 }))[1]).toEqual([update])
  const first = ask('getUpdates', { timeout: 50, offset: update.update_id + 1 })
  await tg.until('the first poll', () => tg.polled)
  const second = ask('getUpdates', { timeout: 50 })
  expect((await first)[0]).toBe(409)
  const next = tg.user('ann').says('again')
  expect((await second)[1]).toEqual([next])
})

test('it is fast enough for a benchmark', async () => {
  const count = 2000
  const start = performance.now()
  let left = count
  const worker = async () => {
    while (left-- > 0) await say('hello')
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  expect(count / ((performance.now() - start) / 1000)).toBeGreaterThan(500)
})
