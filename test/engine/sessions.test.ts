// A session's life, and how strangers are let in.
import { expect, test } from 'bun:test'
import { approvePairing, pendingPairings } from '../../src/engine/people/pairing.ts'
import { deleteSession, patchSession, resetSession, stale } from '../../src/engine/sessions/index.ts'
import { clearSessions, tidy } from '../../src/engine/sessions/upkeep.ts'
import type { Fault } from '../../src/lib/fault.ts'
import * as entries from '../../src/store/entries.ts'
import * as sessions from '../../src/store/sessions.ts'
import { engineWorld, startAt, until } from './fixture.ts'

const key = 'agent:main:main'
const hour = 3_600_000

test('a session is over at the daily hour, or after a pause', () => {
  const day = (h: number, m = 0) => new Date(2026, 8, 21, h, m).getTime()
  const daily = { mode: 'daily' as const, atHour: 4 }
  expect(stale(daily, day(3), day(3, 59))).toBe(false)
  expect(stale(daily, day(3, 59), day(4, 1))).toBe(true)
  expect(stale(daily, day(4, 1), day(23))).toBe(false)
  expect(stale(daily, day(23), day(24 + 3))).toBe(false)
  expect(stale(daily, day(23), day(24 + 5))).toBe(true)
  const idle = { mode: 'idle' as const, atHour: 4, idleMinutes: 30 }
  expect([stale(idle, 0, 30 * 60_000), stale(idle, 0, 30 * 60_000 + 1)]).toEqual([false, true])
  expect(stale({ mode: 'idle', atHour: 4 }, 0, 61 * 60_000)).toBe(true)
  expect(stale({ ...daily, idleMinutes: 10 }, day(12), day(12, 11))).toBe(true)
})

test('a message after the pause starts a new session; the old history stays', async () => {
  await using w = engineWorld({ settings: { reset: () => ({ mode: 'idle', atHour: 4, idleMinutes: 60 }) } })
  await w.receive('one')
  await w.idle()
  const old = sessions.byKey(w.db, key)
  await patchSession(w.world, key, { label: 'Ann', settings: { thinkingLevel: 'high' } })
  await w.pass(2 * hour)
  await w.receive('two')
  await w.idle()
  const now = sessions.byKey(w.db, key)
  expect([now?.id === old?.id, now?.label, now?.settings]).toEqual([false, 'Ann', { thinkingLevel: 'high' }])
  expect(w.requests[1]?.messages).toHaveLength(1)
  expect(entries.count(w.db, old?.id ?? '')).toBe(2)
  const changes = w.heard.flatMap((e) => (e.type === 'session' ? [e.change] : []))
  expect(changes).toEqual(['created', 'updated', 'reset'])
})

test('/new starts afresh, and text after it is the first message', async () => {
  await using w = engineWorld()
  await w.receive('one')
  await w.idle()
  await w.receive('/new')
  await w.idle()
  await w.receive('/new and two')
  await until('both answers', () => w.texts().length === 3)
  expect(w.requests.map((r) => r.messages.length)).toEqual([1, 1])
  expect(w.texts()).toEqual(['Hello.', '✨ A new session. What is on your mind?', 'Hello.'])
  expect(w.rows('SELECT count(*) AS n FROM sessions WHERE key IS NULL')).toEqual([{ n: 2 }])
})

test('settings are changed one by one, the main session is not deleted', async () => {
  await using w = engineWorld()
  await patchSession(w.world, 'agent:main:x', { settings: { model: 'a/b', thinkingLevel: 'low' } })
  const s = await patchSession(w.world, 'agent:main:x', { settings: { model: null } })
  expect(s.settings).toEqual({ thinkingLevel: 'low' })
  expect((await deleteSession(w.world, 'agent:main:x')).deleted).toBe(true)
  expect((await deleteSession(w.world, 'agent:main:x')).deleted).toBe(false)
  const refused = await deleteSession(w.world, key).catch((e: unknown) => (e as Fault).message)
  expect(refused).toBe(`Cannot delete the main session (${key}).`)
  const [a, b] = [await resetSession(w.world, key), await resetSession(w.world, key)]
  expect(a.id).not.toBe(b.id)
})

test('commands answer without the model', async () => {
  await using w = engineWorld()
  const say = async (text: string) => {
    const before = w.texts().length
    await w.receive(text)
    await until('an answer', () => w.texts().length > before)
    return w.texts().at(-1) ?? ''
  }
  expect(await say('/help')).toContain('/status - Shows the model')
  expect(await say('/status')).toContain('Model: a/one')
  expect(await say('/whoami')).toStartWith('You: 42\nChat: telegram:42')
  expect(await say('/model b/two')).toBe('Model: b/two')
  expect(await say('/model')).toStartWith('Model: b/two')
  expect(await say('/model nobody/x')).toBe('⚠️ model not allowed: nobody/x')
  expect(await say('/think wild')).toStartWith('⚠️ invalid thinkingLevel')
  expect(await say('/think high')).toBe('thinkingLevel is now high.')
  expect(await say('/compact')).toBe('There is nothing to condense yet.')
  expect(await say('/resend nothing')).toStartWith('⚠️ no undelivered message')
  expect(await say('/stop')).toBe('Nothing is going on.')
  expect(w.requests).toEqual([])
})

const stranger = (id: string) => ({
  from: { id, name: `N${id}` },
  to: { channel: 'telegram', account: 'default', chat: id },
})

test('a stranger gets a code once, and is heard once a person approved it', async () => {
  await using w = engineWorld({ common: { dmPolicy: 'pairing', allowFrom: undefined } })
  await w.receive('hello', stranger('7'))
  await w.receive('hello?', stranger('7'))
  await w.idle()
  const code = /Pairing code: ([A-Z2-9]{8})/.exec(w.texts()[0] ?? '')?.[1] as string
  expect([w.texts().length, w.requests.length]).toEqual([1, 0])
  expect(w.rows('SELECT DISTINCT reason FROM inbox')).toEqual([{ reason: 'pairing required' }])
  const wrong = await approvePairing(w.world, 'telegram', 'AAAAAAAA').catch((e: unknown) => (e as Fault).code)
  expect(wrong).toBe('NOT_FOUND')
  expect((await approvePairing(w.world, 'telegram', ` ${code.toLowerCase()} `)).user).toBe('7')
  await w.receive('now?', stranger('7'))
  await w.idle()
  expect(w.texts().slice(1)).toEqual(['You are paired now. Say hello!', 'Hello.'])
  expect(pendingPairings(w.world)).toEqual([])
})

test('at most three wait at a time, each for an hour', async () => {
  await using w = engineWorld({ common: { dmPolicy: 'pairing', allowFrom: undefined } })
  for (const id of ['1', '2', '3', '4']) await w.receive('hi', stranger(id))
  expect(pendingPairings(w.world).map((p) => p.user)).toEqual(['1', '2', '3'])
  await w.pass(hour + 1)
  expect(pendingPairings(w.world)).toEqual([])
  await w.receive('hi', stranger('4'))
  await w.receive('again', stranger('1'))
  const again = pendingPairings(w.world).filter((p) => p.at > startAt + hour)
  expect(again.map((p) => p.user).sort()).toEqual(['1', '4'])
})

test('sessions nobody uses, and those of which there are too many, are put away when the config says so', async () => {
  const day = 24 * hour
  const rule = { does: false, idleMs: 25 * day, most: 500 }
  await using w = engineWorld({ settings: { maintenance: () => rule } })
  const named = (n: number) => `agent:main:telegram:group:${n}`
  for (const n of [1, 2, 3, 4, 5]) {
    await patchSession(w.world, n === 1 ? key : named(n), { settings: {} })
    await w.pass(10 * day)
  }
  const left = () => [key, ...[2, 3, 4, 5].map(named)].filter((k) => sessions.byKey(w.db, k) !== undefined)
  const busy = (k: string) => k === named(2)
  expect(await clearSessions(w.world, busy)).toBe(0)
  expect(w.lines.some((line) => line.includes('session.maintenance.mode enforce'))).toBe(true)
  expect(left()).toHaveLength(5)
  rule.does = true
  const old = sessions.byKey(w.db, named(3))?.id ?? ''
  rule.idleMs = 35 * day
  rule.most = 2
  expect(await clearSessions(w.world, busy)).toBe(1)
  expect(left()).toEqual([key, named(2), named(4), named(5)])
  expect(sessions.orFormer(w.db, old)?.id).toBe(old)
  rule.most = 500
  await w.pass(7 * day)
  expect(await clearSessions(w.world, () => false)).toBe(1)
  expect(left()).toEqual([key, named(4), named(5)])
})

test('containers are tidied with the sessions, and sessions also when those cannot be', async () => {
  const asked: object[] = []
  const rule = { does: true, idleMs: 24 * hour, most: 500, containers: { idleMs: hour, maxMs: 0 } }
  await using w = engineWorld({ settings: { maintenance: () => rule } })
  const { boxes } = w.world.outside
  const prune = async (age: object) => {
    if (asked.push(age) > 1) throw new Error('no daemon')
    return ['sbx-main']
  }
  const world = { ...w.world, outside: { ...w.world.outside, boxes: { ...boxes, prune } } }
  await patchSession(w.world, 'agent:main:telegram:group:1', { settings: {} })
  expect(await tidy(world, () => false)).toBe(0)
  expect(w.lines.some((line) => line.includes('sbx-main'))).toBe(true)
  await w.pass(25 * hour)
  expect(await tidy(world, () => false)).toBe(1)
  expect(asked).toEqual([rule.containers, rule.containers])
  expect(w.lines.some((line) => line.includes('no daemon'))).toBe(true)
})
