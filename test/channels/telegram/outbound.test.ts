// What Telegram gets to see of what we say.
import { afterEach, expect, test } from 'bun:test'
import { telegram } from '../../../src/channels/telegram/index.ts'
import type { MediaRef } from '../../../src/domain/media.ts'
import { faultOf, outbound, run, type Running } from '../../contract/running.ts'
import { fakeTelegram, type FakeTelegram } from '../../fakes/telegram.ts'

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
  const to = { channel: 'telegram', account: 'default', chat: ann.id }
  return {
    tg,
    ann,
    going,
    to,
    say: (text: string, more = {}) => going.connection.send(outbound(to, text, more), never),
  }
}

function file(going: Running, about: Omit<MediaRef, 'id' | 'bytes'>, bytes = 10): MediaRef {
  const id = `out-${going.files.size}`
  going.files.set(id, new Uint8Array(bytes))
  return { id, bytes, ...about }
}

const kinds = (tg: FakeTelegram) => tg.sent.map((s) => s.method)

test('Markdown is sent as entities', async () => {
  const { tg, say } = await bot()
  const { platformId } = await say('**bold** and `code` in <angles>')
  expect(tg.sent[0]).toMatchObject({ id: Number(platformId), text: 'bold and code in <angles>' })
  expect(tg.sent[0]?.entities).toEqual([
    { type: 'bold', offset: 0, length: 4 },
    { type: 'code', offset: 9, length: 4 },
  ])
})

test('what Telegram cannot parse is sent without markup', async () => {
  const { tg, say } = await bot()
  tg.fail({ method: 'sendMessage', status: 400, description: "Bad Request: can't parse entities: Unexpected end tag" })
  await say('**bold**')
  expect(tg.sent.map((s) => [s.text, s.entities.length])).toEqual([['bold', 0]])
})

test('a table wider than a message goes as it was written', async () => {
  const { tg, say } = await bot()
  const rows = Array.from({ length: 30 }, (_, i) => `|${i === 3 ? 'x'.repeat(300) : i}|b|`)
  await say(['|a|b|', '|-|-|', ...rows].join('\n'))
  expect(tg.sent[0]?.text).toContain('|a|b|')
})

test('replies, topics, silence and previews are told', async () => {
  const { tg, going } = await bot({ linkPreview: false })
  const forum = tg.group(-1009, { forum: true })
  const at = (thread: string) => ({ channel: 'telegram', account: 'default', chat: forum.id, thread })
  await going.connection.send(outbound(at('7'), 'in a topic', { replyTo: '3', silent: true }), never)
  await going.connection.send(outbound(at('1'), 'in general', { replyTo: 'callback:9' }), never)
  expect(tg.sent[0]?.raw).toMatchObject({
    message_thread_id: 7,
    disable_notification: true,
    reply_parameters: { message_id: 3, allow_sending_without_reply: true },
    link_preview_options: { is_disabled: true },
  })
  expect(tg.sent[1]?.raw).not.toHaveProperty('message_thread_id')
  expect(tg.sent[1]?.raw).not.toHaveProperty('reply_parameters')
})

test('a topic that is gone does not lose the message', async () => {
  const { tg, going, to } = await bot()
  await going.connection.send(outbound({ ...to, thread: '99' }, 'still here'), never)
  expect(tg.sent.map((s) => s.text)).toEqual(['still here'])
})

test('a group that moved is found at its new id', async () => {
  const { tg, going, to } = await bot()
  const next = tg.group(-1002)
  tg.moved.set(-55, -1002)
  await going.connection.send(outbound({ ...to, chat: '-55' }, 'where are you'), never)
  expect(tg.sent.map((s) => String(s.chat))).toEqual([next.id])
})

test('files go by their kind, the text as caption of the first', async () => {
  const { tg, going, say } = await bot()
  const media = [
    file(going, { mime: 'image/png' }),
    file(going, { mime: 'image/gif' }),
    file(going, { mime: 'audio/ogg', kind: 'voice' }),
    file(going, { mime: 'audio/mpeg' }),
    file(going, { mime: 'video/mp4' }),
    file(going, { mime: 'application/pdf', name: 'plan.pdf' }),
  ]
  await say('look **here**', { media })
  expect(kinds(tg)).toEqual(['sendphoto', 'sendanimation', 'sendvoice', 'sendaudio', 'sendvideo', 'senddocument'])
  expect(tg.sent[0]).toMatchObject({ text: 'look here', file: { bytes: 10 } })
  expect(tg.sent[5]?.file).toEqual({ name: 'plan.pdf', bytes: 10 })
})

test('a text too long for a caption follows its file', async () => {
  const { tg, going, say } = await bot()
  await say('word '.repeat(300), { media: [file(going, { mime: 'image/png' })] })
  expect(kinds(tg)).toEqual(['sendphoto', 'sendmessage'])
  expect(tg.sent[0]?.text).toBe('')
})

test('a picture Telegram does not like goes as a document', async () => {
  const { tg, going, say } = await bot()
  tg.fail({ method: 'sendPhoto', status: 400, description: 'Bad Request: PHOTO_INVALID_DIMENSIONS' })
  await say('', { media: [file(going, { mime: 'image/png', name: 'long.png' })] })
  expect(kinds(tg)).toEqual(['senddocument'])
})

test('what failed after a part was sent may have been sent', async () => {
  const { tg, going, say } = await bot()
  tg.fail({ method: 'sendMessage', status: 502, description: 'Bad Gateway' })
  const attempt = say('word '.repeat(300), { media: [file(going, { mime: 'image/png' })] })
  expect((await faultOf(attempt)).code).toBe('TIMEOUT')
  expect(kinds(tg)).toEqual(['sendphoto'])
})

test('a file over the limit says how to raise it', async () => {
  const { going, say } = await bot({ mediaMaxMb: 1 })
  const big = file(going, { mime: 'application/zip', name: 'big.zip' }, 1_500_000)
  const fault = await faultOf(say('', { media: [big] }))
  expect(fault.code).toBe('TOO_LARGE')
  expect(fault.message).toContain('channels.telegram.mediaMaxMb')
})

test('an answer that is not from Telegram leaves it open whether the message went', async () => {
  const { tg, say } = await bot()
  tg.fail({ method: 'sendMessage', status: 502, body: '<html>Bad Gateway</html>' })
  expect((await faultOf(say('hm'))).code).toBe('TIMEOUT')
})

test('no answer at all ends after the time limit', async () => {
  const { tg, going, say } = await bot({ timeoutSeconds: 10 })
  tg.hang({ method: 'sendMessage' })
  const attempt = faultOf(say('anyone?'))
  await tg.until('the request', () => tg.calls.some((c) => c.method === 'sendmessage'))
  await going.clock.advance(10_000)
  expect((await attempt).code).toBe('TIMEOUT')
})

test('a stop before sending is safe to repeat, one after it is not', async () => {
  const { tg, going, to } = await bot()
  const stopped = AbortSignal.abort(new Error('stop'))
  expect((await faultOf(going.connection.send(outbound(to, 'a'), stopped))).code).toBe('UNAVAILABLE')
  tg.hang({ method: 'sendMessage' })
  const stop = new AbortController()
  const attempt = faultOf(going.connection.send(outbound(to, 'b'), stop.signal))
  await tg.until('the request', () => tg.calls.some((c) => c.method === 'sendmessage'))
  stop.abort(new Error('stop'))
  expect((await attempt).code).toBe('TIMEOUT')
})

test('no fault shows the token', async () => {
  const { tg, going, say } = await bot()
  tg.fail({ method: 'sendMessage', status: 400, description: 'Bad Request: no' })
  tg.cut({ method: 'sendMessage' })
  tg.fail({ method: 'sendMessage', status: 502, body: 'Bad Gateway' })
  const faults = [await faultOf(say('a')), await faultOf(say('b')), await faultOf(say('c'))]
  await tg.down()
  faults.push(await faultOf(say('d')), await faultOf(going.connection.probe?.(never) ?? Promise.resolve()))
  expect(faults.map((f) => f.code)).toEqual(['INVALID_REQUEST', 'TIMEOUT', 'TIMEOUT', 'UNAVAILABLE', 'UNAVAILABLE'])
  expect(Bun.inspect(faults)).not.toContain(tg.token)
})

test('an edit changes the message, and may change nothing', async () => {
  const { tg, going, to, say } = await bot()
  const { platformId } = await say('first')
  await going.connection.edit?.(to, platformId, '**second**', never)
  await going.connection.edit?.(to, platformId, '**second**', never)
  expect(tg.sent.map((s) => [s.text, s.edits])).toEqual([['second', 1]])
  expect((await faultOf(going.connection.edit?.(to, '999', 'x', never) ?? Promise.resolve())).retryable).toBe(false)
})

test('gestures reach the chat', async () => {
  const { tg, going, to, say } = await bot()
  const { platformId } = await say('hi')
  const { connection } = going
  await connection.react?.(to, platformId, '👍')
  await connection.typing?.(to)
  expect(tg.sent[0]?.reactions).toEqual(['👍'])
  expect(tg.actions).toHaveLength(1)
  expect((await faultOf(connection.react?.(to, platformId, '🧀') ?? Promise.resolve())).code).toBe('INVALID_REQUEST')
  await connection.remove?.(to, platformId)
  expect(tg.sent[0]?.deleted).toBe(true)
})

test('the menu shows commands Telegram accepts', async () => {
  const customCommands = [
    { command: '/Backup', description: 'Saves all' },
    { command: 'not-valid', description: 'x' },
  ]
  const { tg } = await bot({ customCommands })
  await tg.until('the menu', () => tg.state.commands.length > 0)
  expect(tg.state.commands).toEqual([
    { command: 'status', description: 'Says how things are' },
    { command: 'backup', description: 'Saves all' },
  ])
})

test('the probe tells who answers', async () => {
  const { going } = await bot()
  expect(await going.connection.probe?.(never)).toBe('@test_bot (100001), polling, 0 updates waiting')
})
