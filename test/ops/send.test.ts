// Messages to chats without an agent: once per key, to places that can be, with the platform's own id.
import { expect, test } from 'bun:test'
import { calls } from './calls.ts'

test('a message goes out, once for each key, and its platform id comes back', async () => {
  await using w = calls()
  const say = { to: 'telegram:42', message: 'Dinner **now**', idempotencyKey: 'k1' }
  const first = await w.call('send', say)
  expect(first).toEqual({ runId: 'k1', messageId: first.messageId, channel: 'telegram', chatId: '42' })
  expect(first.messageId).not.toStartWith('out_')
  expect(await w.call('send', say)).toEqual(first)
  expect(w.texts()).toEqual(['Dinner **now**'])
  const topic = await w.call('send', { to: '-100:topic:7', message: 'x', channel: 'telegram' })
  expect([topic.chatId, w.chat.sent.at(-1)?.to.thread]).toEqual(['-100', '7'])
})

test('two calls with one key at the same time are one message', async () => {
  await using w = calls()
  const say = { to: '42', message: 'x', idempotencyKey: 'k1' }
  const [a, b] = await Promise.all([w.call('send', say), w.call('send', say)])
  expect([a, w.texts()]).toEqual([b, ['x']])
})

test('what cannot be sent is refused with a reason', async () => {
  await using w = calls()
  const say = { to: '42', message: 'x' }
  expect(await w.refused('send', { to: '42' })).toBe('INVALID_REQUEST text or media is required')
  expect(await w.refused('send', { ...say, channel: 'webchat' })).toContain('unsupported channel: webchat')
  expect(await w.refused('send', { ...say, channel: 'whatsapp' })).toContain('unsupported channel: whatsapp')
  expect(await w.refused('send', { ...say, accountId: 'other' })).toContain('has no account "other"')
  expect(await w.refused('send', { ...say, to: 'two words' })).toContain(
    'Unknown target "two words" for Telegram. Hint: <chat id>',
  )
  expect(
    await w.refused('poll', { to: '42', question: 'q', options: Array.from({ length: 13 }, (_, i) => `${i}`) }),
  ).toStartWith('INVALID_REQUEST')
  await using none = calls({}, { channels: { ...w.services.channels, status: () => [] } })
  expect(await none.refused('send', say)).toContain('no channel is set up')
})

test('what was sent is remembered by the session that is named', async () => {
  await using w = calls()
  await w.submit('r1', 'hello')
  await w.idle()
  await w.call('send', { to: '42', message: 'By the way', sessionKey: 'main' })
  const { messages } = await w.call('chat.history', { sessionKey: 'main' })
  expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: [{ type: 'text', text: 'By the way' }] })
})

test('an event wakes the agent, or waits for its next turn', async () => {
  await using w = calls()
  await w.call('wake', { mode: 'next-heartbeat', text: 'The lamp is on.' })
  await w.idle()
  expect(w.requests).toHaveLength(0)
  await w.call('wake', { mode: 'now', text: 'The laundry is done.' })
  await w.idle()
  const shown = JSON.stringify(w.requests[0]?.messages)
  expect(shown).toContain('System: The lamp is on.')
  expect(shown).toContain('System: The laundry is done.')
  expect(await w.refused('wake', { text: 'x' })).toContain("must have required property 'mode'")
})

test('switches outlive the gateway', async () => {
  await using w = calls()
  expect(await w.call('last-heartbeat')).toBeNull()
  expect(await w.call('set-heartbeats', { enabled: false })).toEqual({ ok: true, enabled: false })
  expect((await w.call('voicewake.get')).triggers).toEqual(['openclaw', 'claude', 'computer'])
  expect((await w.call('voicewake.set', { triggers: [' molly ', ''] })).triggers).toEqual(['molly'])
  expect((await w.call('voicewake.get')).triggers).toEqual(['molly'])
  await w.call('tts.enable')
  expect(await w.call('tts.status')).toMatchObject({ enabled: true, provider: 'edge' })
  expect(await w.refused('tts.setProvider', { provider: 'zzz' })).toContain('Invalid provider.')
  expect(await w.refused('tts.convert', { text: 'x' })).toStartWith('UNAVAILABLE')
})

test('a channel is logged out: stopped now, and off in the config', async () => {
  await using w = calls()
  expect(await w.call('channels.logout', { channel: 'telegram' })).toMatchObject({
    accountId: 'default',
    loggedOut: true,
  })
  expect(await w.refused('channels.logout', { channel: 'whatsapp' })).toContain('invalid channels.logout channel')
})
