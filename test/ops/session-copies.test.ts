// Sessions as wholes: found by words, branched, written out, and taken back after they were deleted.
import { expect, test } from 'bun:test'
import * as entries from '../../src/store/entries.ts'
import * as sessions from '../../src/store/sessions.ts'
import { calls } from './calls.ts'

/** A session with these texts said in turn. */
async function talked(w: ReturnType<typeof calls>, key: string, texts: readonly string[]) {
  const { db } = w.world
  return db.write(() => {
    const s = sessions.create(db, {
      id: `ses_${key}`,
      key,
      agent: 'main',
      origin: {},
      settings: { model: 'a/one' },
      at: 1,
    })
    return texts.map((text, i) => {
      const role = i % 2 ? ('assistant' as const) : ('user' as const)
      return entries.append(db, {
        session: s.id,
        turn: undefined,
        role,
        parts: [{ type: 'text', text }],
        at: i,
        tokens: 1,
      })
    })
  })
}

test('what was said is found by its words, in living sessions only', async () => {
  await using w = calls()
  await talked(w, 'agent:main:a', ['where is the blue kettle', 'on the shelf'])
  await talked(w, 'agent:main:b', ['a blue kettle again'])
  const { hits } = await w.call('sessions.search', { query: 'kettle blue' })
  expect(hits.map((h: { key: string }) => h.key).sort()).toEqual(['agent:main:a', 'agent:main:b'])
  expect(hits[0].text).toContain('kettle')
  await w.call('sessions.delete', { key: 'agent:main:b' })
  expect((await w.call('sessions.search', { query: 'kettle' })).hits).toHaveLength(1)
  expect((await w.call('sessions.search', { query: '"*' })).hits).toEqual([])
})

test('a branch has what was said before a message, and leaves the session as it is', async () => {
  await using w = calls()
  const said = await talked(w, 'agent:main:a', ['one', 'two', 'three', 'four'])
  const { db } = w.world
  await db.write(() =>
    entries.append(db, {
      session: 'ses_agent:main:a',
      turn: undefined,
      role: 'summary',
      parts: [{ type: 'text', text: 'in short' }],
      at: 9,
      tokens: 1,
      upTo: said[1]?.id ?? 0,
    }),
  )
  const part = await w.call('sessions.fork', { key: 'agent:main:a', before: said[2]?.id })
  expect([part.messages, part.key]).toEqual([2, expect.stringMatching(/^agent:main:web-/)])
  const { messages } = await w.call('chat.history', { sessionKey: part.key })
  expect(messages.map((m: { content: { text: string }[] }) => m.content[0]?.text)).toEqual(['one', 'two'])
  const whole = await w.call('sessions.fork', { key: 'agent:main:a' })
  const copied = entries.latest(db, whole.sessionId, 10)
  expect(copied.at(-1)?.upTo).toBe(copied[1]?.id as number)
  expect(entries.count(db, 'ses_agent:main:a')).toBe(5)
  expect(sessions.byKey(db, part.key)?.settings.model).toBe('a/one')
  expect(await w.refused('sessions.fork', { key: 'agent:main:nope' })).toContain('No session found')
})

test('a session goes back to before a message, under its own key; what it was stays, and what it cost counts once', async () => {
  await using w = calls()
  const said = await talked(w, 'agent:main:a', ['one', 'two', 'three', 'four'])
  const { db } = w.world
  const usage = { input: 5, output: 5, cacheRead: 0, cacheWrite: 0 }
  await db.write(() =>
    entries.append(db, {
      session: 'ses_agent:main:a',
      turn: undefined,
      role: 'assistant',
      parts: [{ type: 'text', text: 'five' }],
      at: 9,
      tokens: 1,
      usage,
      model: 'a/one',
    }),
  )
  const done = await w.call('sessions.rewind', { key: 'agent:main:a', before: said[2]?.id })
  expect([done.key, done.archived, done.messages]).toEqual(['agent:main:a', 'ses_agent:main:a', 2])
  const { messages } = await w.call('chat.history', { sessionKey: 'agent:main:a' })
  expect(messages.map((m: { content: { text: string }[] }) => m.content[0]?.text)).toEqual(['one', 'two'])
  expect(sessions.byKey(db, 'agent:main:a')?.settings.model).toBe('a/one')
  expect(entries.count(db, 'ses_agent:main:a')).toBe(5)
  const whole = await w.call('sessions.rewind', { key: 'agent:main:a', before: 99 })
  expect(whole.messages).toBe(2)
  const copied = await db.write(() => entries.copy(db, 'ses_agent:main:a', whole.sessionId))
  expect(copied).toBe(5)
  const last = entries.latest(db, whole.sessionId, 1)[0]
  expect([last?.model, last?.usage]).toEqual(['a/one', undefined])
  expect(await w.refused('sessions.rewind', { key: 'agent:main:nope', before: 1 })).toContain('No session found')
})

test('a session is written out as a page and as data', async () => {
  await using w = calls()
  await talked(w, 'agent:main:a', ['<b>one</b>', 'two'])
  const page = await w.call('sessions.export', { key: 'agent:main:a' })
  expect([page.mimeType, page.content.includes('&lt;b&gt;one')]).toEqual(['text/html', true])
  const data = await w.call('sessions.export', { key: 'agent:main:a', format: 'json' })
  expect(JSON.parse(data.content).entries).toHaveLength(2)
})

test('a deleted session comes back, unless another has its place', async () => {
  await using w = calls()
  await talked(w, 'agent:main:a', ['one'])
  const gone = await w.call('sessions.delete', { key: 'agent:main:a' })
  expect(await w.call('sessions.restore', { sessionId: gone.archived[0] })).toEqual({ ok: true, key: 'agent:main:a' })
  expect((await w.call('chat.history', { sessionKey: 'agent:main:a' })).messages).toHaveLength(1)
  expect(await w.refused('sessions.restore', { sessionId: gone.archived[0] })).toContain('no deleted session')
  const again = await w.call('sessions.delete', { key: 'agent:main:a' })
  await w.call('sessions.reset', { key: 'agent:main:a' })
  expect(await w.refused('sessions.restore', { sessionId: again.archived[0] })).toContain('another session')
})
