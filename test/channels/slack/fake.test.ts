// The fake Slack refuses what the real one refuses.
import { afterEach, expect, test } from 'bun:test'
import { fakeSlack, type FakeSlack } from '../../fakes/slack.ts'

const open: FakeSlack[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
})

async function world() {
  const it = await fakeSlack()
  open.push(it)
  const call = async (method: string, params: Readonly<Record<string, string>> = {}, token: string = it.tokens.bot) => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(it.url + method, { method: 'POST', headers, body: new URLSearchParams(params) })
    return (await answer.json()) as {
      readonly ok: boolean
      readonly error?: string
      readonly needed?: string
      url?: string
    }
  }
  return { it, call, refusal: async (...given: Parameters<typeof call>) => (await call(...given)).error }
}

test('tokens, methods, fields and scopes are checked', async () => {
  const { it, call, refusal } = await world()
  expect((await call('auth.test')).ok).toBe(true)
  expect(await refusal('auth.test', {}, 'xoxb-guess')).toBe('invalid_auth')
  expect(await refusal('auth.tset')).toBe('unknown_method')
  expect(await refusal('apps.connections.open')).toBe('not_allowed_token_type')
  expect(await refusal('search.messages', { query: 'x' })).toBe('not_allowed_token_type')
  expect(await refusal('users.info', { user: 'U0NOBODY01' })).toBe('user_not_found')
  expect(await refusal('users.info', { usr: 'x' })).toBe('invalid_arguments')
  it.scopes.delete('users:read')
  expect(await call('users.info', { user: 'x' })).toMatchObject({ error: 'missing_scope', needed: 'users:read' })
})

test('messages are checked', async () => {
  const { it, refusal } = await world()
  const { id: channel } = it.direct('ann')
  it.open('channel', 'C0OTHER001', 'other', [])
  it.open('group', 'C0SECRET01', 'secret', [])
  const post = (more: Readonly<Record<string, string>>) => refusal('chat.postMessage', { channel, ...more })
  expect(await post({ text: 'hi' })).toBeUndefined()
  expect(await post({ text: ' ' })).toBe('no_text')
  expect(await post({ text: 'x'.repeat(40_001) })).toBe('msg_too_long')
  expect(await post({ text: 'x', thread_ts: '1790000099.000100' })).toBe('thread_not_found')
  expect(await post({ text: 'x', thread_ts: '12' })).toBe('invalid_arguments')
  expect(await post({ text: 'x', channel: 'C0NOWHERE1' })).toBe('channel_not_found')
  expect(await post({ text: 'x', channel: 'C0OTHER001' })).toBe('not_in_channel')
  expect(await post({ text: 'x', channel: 'C0SECRET01' })).toBe('channel_not_found')
  const button = { type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'x'.repeat(76) } }
  expect(await post({ text: 'x', blocks: JSON.stringify([{ type: 'actions', elements: [button] }]) })).toBe(
    'invalid_blocks',
  )
  const theirs = it.write(it.direct('ann'), it.user('ann').id, 'mine').ts
  expect(await refusal('chat.update', { channel, ts: theirs, text: 'x' })).toBe('cant_update_message')
  expect(await refusal('chat.delete', { channel, ts: theirs })).toBe('cant_delete_message')
  const ours = it.sent[0]?.ts ?? ''
  expect(await refusal('chat.update', { channel, ts: ours, text: 'x'.repeat(4001) })).toBe('msg_too_long')
  const reaction = { channel, timestamp: theirs }
  expect(await refusal('reactions.add', { ...reaction, name: '👍' })).toBe('invalid_name')
  expect(await refusal('reactions.add', { ...reaction, name: '+1' })).toBeUndefined()
  expect(await refusal('reactions.add', { ...reaction, name: '+1' })).toBe('already_reacted')
})

test('a ticket opens one socket, and acknowledgements are checked', async () => {
  const { it, call } = await world()
  const { url = '' } = await call('apps.connections.open', {}, it.tokens.app)
  const socket = new WebSocket(url)
  const first = await new Promise<string>((resolve) =>
    socket.addEventListener('message', (e) => resolve(String(e.data)), { once: true }),
  )
  expect(JSON.parse(first)).toMatchObject({ type: 'hello', num_connections: 1 })
  const again = new WebSocket(url)
  const code = await new Promise<number>((resolve) => again.addEventListener('close', (e) => resolve(e.code)))
  expect(code).not.toBe(1000)
  const told = new Promise<string>((resolve) => socket.addEventListener('message', (e) => resolve(String(e.data))))
  it.write(it.direct('ann'), it.user('ann').id, 'hello')
  const { envelope_id } = JSON.parse(await told) as { envelope_id: string }
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  for (const answer of [{ envelope_id }, { envelope_id }, { envelope_id: 'env-nothing' }, { nonsense: 1 }])
    socket.send(JSON.stringify(answer))
  socket.close(1000)
  await closed
  expect(it.sockets.told.map((t) => t.acknowledged)).toEqual([true])
  expect(it.sockets.wrong).toHaveLength(3)
})
