// Runs, sessions and history over the strict dialect, line by line of the conformance list.
import { expect, test } from 'bun:test'
import { adm, device, type Client, type Frame } from './client.ts'
import { gateway, token, type Gateway } from './fixture.ts'

async function signed(g: Gateway) {
  const c = await g.open()
  await c.connect({ device: device(), token, scopes: adm })
  return c
}

let count = 0
/** Says something in a session and waits for the answer. */
async function say(c: Client, message: string, sessionKey = 'main') {
  const id = `say-${++count}`
  await c.call('chat.send', { sessionKey, message, idempotencyKey: id })
  return c.event('chat', (p) => p.runId === id && p.state === 'final')
}

const refusal = async (answer: Promise<Frame>): Promise<string> => {
  const f = await answer
  expect([f.ok, f.error?.code]).toEqual([false, 'INVALID_REQUEST'])
  return f.error.message as string
}

test('48: history, oldest first, spelled as asked', async () => {
  await using g = gateway()
  const c = await signed(g)
  await say(c, 'one')
  await say(c, 'two')
  const { payload: p } = await c.call('chat.history', { sessionKey: 'main', limit: 2 })
  expect(p.sessionKey).toBe('main')
  expect(p.messages.map((m: Frame) => [m.role, m.content[0].text, typeof m.timestamp])).toEqual([
    ['user', 'two', 'number'],
    ['assistant', 'Hello.', 'number'],
  ])
})

test('49: a message can be put into a session', async () => {
  await using g = gateway()
  const c = await signed(g)
  expect(await refusal(c.call('chat.inject', { sessionKey: 'main', message: 'x' }))).toBe('session not found')
  await say(c, 'one')
  const { payload: p } = await c.call('chat.inject', { sessionKey: 'main', message: 'By the way.', label: 'note' })
  const heard = await c.event('chat', (x) => x.runId === `inject-${p.messageId}`)
  expect([heard.payload.state, heard.payload.seq]).toEqual(['final', 0])
  expect(heard.payload.message.content[0].text).toBe('[note]\nBy the way.')
})

test('50, 51: the agent answers twice, the second time for good', async () => {
  await using g = gateway()
  const c = await signed(g)
  const params = { message: 'hi', agentId: 'main', idempotencyKey: 'ag', channel: 'whatsapp' }
  const first = await c.call('agent', params)
  expect([first.payload.runId, first.payload.status]).toEqual(['ag', 'accepted'])
  const second = await c.frame('the second answer', (f) => f.id === first.id && f.payload.status === 'ok')
  expect([second.payload.summary, second.payload.result.payloads[0].text]).toEqual(['completed', 'Hello.'])
  const again = await c.call('agent', params)
  await c.frame('the same', (f) => f.id === again.id && f.payload.status === 'ok')
  expect(g.requests).toHaveLength(1)
})

test('52, 53: what the agent does not take', async () => {
  await using g = gateway()
  const c = await signed(g)
  const ask = (more: Frame) => refusal(c.call('agent', { message: 'x', idempotencyKey: 'y', ...more }))
  expect(await ask({ model: 'a/one' })).toContain("unexpected property 'model'")
  expect(await ask({ agentId: 'nobody' })).toContain('"nobody"')
  expect(await ask({ sessionKey: 'agent:x' })).toContain('malformed session key "agent:x"')
  expect(await ask({ channel: 'zzz' })).toContain('zzz')
})

test('54: waiting for a run', async () => {
  await using g = gateway()
  const c = await signed(g)
  await c.call('chat.send', { sessionKey: 'main', message: 'x', idempotencyKey: 'w' })
  const { payload: p } = await c.call('agent.wait', { runId: 'w', timeoutMs: 3000 })
  expect([p.status, p.endedAt >= p.startedAt]).toEqual(['ok', true])
  expect((await c.call('agent.wait', { runId: 'w', timeoutMs: 3000 })).payload.status).toBe('ok')
  expect((await c.call('agent.wait', { runId: 'nobody', timeoutMs: 10 })).payload.status).toBe('timeout')
})

test('54: a run that was dropped does not keep its caller waiting', async () => {
  await using g = gateway({ script: () => ({ hang: true }) })
  const c = await signed(g)
  const first = await c.call('agent', { message: 'one', idempotencyKey: 'd1' })
  const second = await c.call('agent', { message: 'two', idempotencyKey: 'd2' })
  await c.call('chat.abort', { sessionKey: 'main' })
  for (const f of [first, second]) {
    const end = await c.frame('an end', (x) => x.id === f.id && x.payload?.status !== 'accepted')
    expect(end.payload.summary).toBe('aborted')
  }
})

test('56: sessions are listed, newest first', async () => {
  await using g = gateway()
  const c = await signed(g)
  await say(c, 'x', 'other')
  await say(c, 'x')
  const { payload: p } = await c.call('sessions.list', {})
  expect(p.sessions.map((s: Frame) => s.key)).toEqual(['agent:main:main', 'agent:main:other'])
  expect([p.sessions[0].kind, typeof p.sessions[0].sessionId, p.sessions[0].updatedAt > 0]).toEqual([
    'direct',
    'string',
    true,
  ])
  const searched = await c.call('sessions.list', {
    search: 'OTHER',
    includeDerivedTitles: true,
    includeLastMessage: true,
  })
  expect(searched.payload.sessions).toMatchObject([{ derivedTitle: 'x', lastMessagePreview: 'Hello.' }])
})

test('57: labels are unique', async () => {
  await using g = gateway()
  const c = await signed(g)
  expect((await c.call('sessions.patch', { key: 'main', label: 'L' })).payload.entry.label).toBe('L')
  expect(await refusal(c.call('sessions.patch', { key: 'two', label: 'L' }))).toBe('label already in use: L')
  expect(await refusal(c.call('sessions.patch', { key: 'main', thinkingLevel: 'wild' }))).toStartWith(
    'invalid thinkingLevel',
  )
  const set = await c.call('sessions.patch', { key: 'main', thinkingLevel: 'high', model: 'b/two', label: null })
  expect(set.payload.entry).toMatchObject({ thinkingLevel: 'high', model: 'b/two' })
  expect(set.payload.resolved).toEqual({ modelProvider: 'b', model: 'two' })
  expect('label' in set.payload.entry).toBe(false)
})

test('58: the Control UI with its scopes may change sessions', async () => {
  await using g = gateway()
  const c = await g.open({ headers: { origin: g.url } })
  await c.connect({ device: device(), token, client: { id: 'openclaw-control-ui', mode: 'webchat' } })
  expect((await c.call('sessions.patch', { key: 'main', label: 'W' })).ok).toBe(true)
})

test('59, 60: a new start, and sessions that are not there', async () => {
  await using g = gateway()
  const c = await signed(g)
  await say(c, 'x')
  const before = (await c.call('sessions.get', { key: 'main' })).payload.sessionId
  expect((await c.call('sessions.reset', { key: 'main' })).payload.entry.sessionId).not.toBe(before)
  expect(await refusal(c.call('sessions.delete', { key: 'main' }))).toBe(
    'Cannot delete the main session (agent:main:main).',
  )
  for (const params of [{}, { key: 'nobody' }]) await refusal(c.call('sessions.resolve', params))
  // The original refuses several; the guide has the key count before the id, and the id before the label.
  expect((await c.call('sessions.resolve', { key: 'main', label: 'L' })).payload.key).toBe('agent:main:main')
  expect((await c.call('sessions.resolve', { key: 'main' })).payload).toEqual({ ok: true, key: 'agent:main:main' })
})

test('what was missed can be told again, in one sequence, also after a restart', async () => {
  const g = gateway()
  const c = await signed(g)
  await say(c, '/whoami')
  const first = (await c.call('events.resume', { since: 0 })).payload
  const kinds = first.events.map((e: Frame) => e.event.type)
  expect(kinds).toContain('chat')
  expect([first.more, first.gap, first.next <= first.last]).toEqual([false, undefined, true])
  await say(c, '/status')
  const more = (await c.call('events.resume', { since: first.next })).payload
  expect(more.events.every((e: Frame) => e.seq > first.next)).toBe(true)
  expect(more.events.map((e: Frame) => e.event.type)).toEqual(['chat'])
  await g[Symbol.asyncDispose]()
})
