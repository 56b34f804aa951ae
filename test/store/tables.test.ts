// One test for each table: what is written comes back, and the rules of the table hold.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import * as devices from '../../src/store/devices.ts'
import { Db } from '../../src/store/db.ts'
import { context } from '../../src/store/context.ts'
import * as entries from '../../src/store/entries.ts'
import * as events from '../../src/store/events.ts'
import * as inbox from '../../src/store/inbox.ts'
import * as jobs from '../../src/store/jobs.ts'
import * as kv from '../../src/store/kv.ts'
import * as media from '../../src/store/media.ts'
import { migrate } from '../../src/store/migrate.ts'
import * as outbox from '../../src/store/outbox.ts'
import * as pairings from '../../src/store/pairings.ts'
import * as sessions from '../../src/store/sessions.ts'
import { forget, oldRows } from '../../src/store/trim.ts'
import * as turns from '../../src/store/turns.ts'
import { inbound } from '../engine/fixture.ts'

let db: Db
beforeEach(() => {
  db = new Db(':memory:')
  migrate(db)
})
afterEach(() => db.close())

const session = (id: string, key = id, more = {}) =>
  db.write(() => sessions.create(db, { id, key, agent: 'main', origin: {}, settings: {}, at: 1, ...more }))
const text = (words: string) => [{ type: 'text' as const, text: words }]
const entry = (role: 'user' | 'assistant' | 'summary' | 'tool', words: string, more = {}) =>
  entries.append(db, { session: 's', turn: undefined, role, parts: text(words), at: 1, tokens: 1, ...more })

test('sessions: labels are unique among the living, archived ones keep their history', async () => {
  await session('s1', 'agent:main:a', { label: 'Work' })
  await session('s2', 'agent:main:b')
  expect(() => db.stage(() => sessions.update(db, 's2', { label: 'Work', at: 2 }))).toThrow(
    'label already in use: Work',
  )
  await db.write(() => sessions.archive(db, 's1', 3))
  expect(sessions.byKey(db, 'agent:main:a')).toBeUndefined()
  expect(sessions.byId(db, 's1')).toBeUndefined()
  await db.write(() => sessions.update(db, 's2', { label: 'Work', settings: { model: 'a/b' }, at: 4 }))
  expect(sessions.byLabel(db, 'Work')).toMatchObject({ id: 's2', settings: { model: 'a/b' }, updatedAt: 4 })
  expect(() => db.stage(() => sessions.update(db, 'nobody', { at: 4 }))).toThrow('No session found')
})

test('sessions: the list is newest first and can be searched', async () => {
  for (const [i, id] of ['a', 'b', 'c'].entries()) await session(id, `agent:main:${id}`, { at: i })
  await session('g', 'global', { at: 9 })
  const q = { limit: 10, includeGlobal: false, includeUnknown: false }
  expect(sessions.list(db, q).map((s) => s.id)).toEqual(['c', 'b', 'a'])
  expect(sessions.list(db, { ...q, includeGlobal: true, limit: 1 }).map((s) => s.id)).toEqual(['g'])
  expect(sessions.list(db, { ...q, search: 'MAIN:B' }).map((s) => s.id)).toEqual(['b'])
  expect(sessions.list(db, { ...q, activeSince: 1 }).map((s) => s.id)).toEqual(['c', 'b'])
})

test('turns: they begin, end, and are found when they were cut off', async () => {
  await session('s')
  await db.write(() => {
    for (const id of ['t1', 't2'])
      turns.begin(db, { id, run: `r-${id}`, session: 's', cause: { kind: 'message' }, options: { a: 1 }, at: 5 })
    turns.end(db, 't1', { state: 'done', stop: 'end', text: 'x', at: 6 })
    turns.again(db, 't2', 7)
  })
  expect(turns.byRun(db, 'r-t1')).toMatchObject({ state: 'done', stop: 'end', text: 'x', endedAt: 6 })
  expect(turns.unfinished(db).map((t) => [t.id, t.attempts, t.options])).toEqual([['t2', 2, { a: 1 }]])
})

test('entries: a summary stands for a range, the log stays whole and can be searched', async () => {
  await session('s')
  await db.write(() => {
    const first = entry('user', 'the purple elephant')
    entry('assistant', 'noted')
    const third = entry('user', 'and now')
    entry('summary', 'about animals', { upTo: first.id + 1 })
    entry('assistant', 'yes')
    expect(third.id).toBe(first.id + 2)
  })
  expect(context(db, 's').map((e) => e.role)).toEqual(['summary', 'user', 'assistant'])
  expect(entries.latest(db, 's', 9).map((e) => e.role)).toEqual(['user', 'assistant', 'user', 'summary', 'assistant'])
  expect(entries.search(db, 'purple', 5).map((e) => e.role)).toEqual(['user'])
  expect(entries.search(db, '"* OR', 5)).toEqual([])
  expect(entries.count(db, 's')).toBe(5)
})

test('inbox: the same message is taken in once', async () => {
  const m = inbound('hi', { id: 'one' })
  const take = () => inbox.accept(db, m, { run: 'r', session: 's', options: {}, at: 1 })
  const row = await db.write(take)
  expect(await db.write(take)).toBeUndefined()
  expect(inbox.waiting(db).map((r) => r.message.text)).toEqual(['hi'])
  await db.write(() => inbox.take(db, [row?.id ?? 0], 'turn'))
  expect(inbox.ofTurn(db, 'turn')).toHaveLength(1)
  await db.write(() => inbox.done(db, 'turn'))
  expect(inbox.tally(db)).toEqual({ done: 1 })
  expect(oldRows(db, 'inbox', 2, 0, 9)).toEqual({ rows: [1], next: undefined })
  expect(await db.write(() => forget(db, 'inbox', [1]))).toBe(1)
})

test('inbox: what was overheard ends at our last answer', async () => {
  const group = (id: string) => inbound(id, { id, kind: 'group', to: { channel: 'telegram', account: 'a', chat: 'g' } })
  const hear = (id: string, reason: string | undefined) =>
    db.write(() => {
      const row = inbox.accept(db, group(id), { run: id, options: {}, at: 1 })
      inbox.settle(db, row?.id ?? 0, reason ? 'dropped' : 'done', reason ?? null)
    })
  await hear('before', 'context')
  await hear('answered', undefined)
  await hear('a', 'context')
  await hear('spam', 'denied')
  await hear('b', 'context')
  const at = { channel: 'telegram', account: 'a', chat: 'g' }
  expect(inbox.overheard(db, at, 9).map((r) => r.message.text)).toEqual(['a', 'b'])
  expect(inbox.overheard(db, at, 1).map((r) => r.message.text)).toEqual(['b'])
})

test('outbox: a key is said once, a piece is claimed once', async () => {
  const to = { channel: 'telegram', account: 'a', chat: '1' }
  const add = (id: string, key: string) =>
    db.write(() => outbox.add(db, { id, to, text: 'x', media: [], replaces: 'p1' }, { at: 1, key }))
  expect(await add('o1', 'k')).toMatchObject({ state: 'ready', attempts: 0 })
  expect(await add('o2', 'k')).toBeUndefined()
  expect(await db.write(() => outbox.claim(db, 'o1'))).toBe(true)
  expect(await db.write(() => outbox.claim(db, 'o1'))).toBe(false)
  expect(outbox.inFlight(db).map((r) => [r.id, r.attempts])).toEqual([['o1', 1]])
  await db.write(() => {
    outbox.standAlone(db, 'o1')
    outbox.settle(db, 'o1', { state: 'unknown', error: 'e' })
  })
  expect(outbox.byId(db, 'o1')?.message.replaces).toBeUndefined()
  expect(outbox.inState(db, ['unknown'], 5).map((r) => r.error)).toEqual(['e'])
  expect(oldRows(db, 'outbox', 9, 0, 9).rows).toEqual([])
  expect(await db.write(() => forget(db, 'outbox', [1]))).toBe(0)
})

test('events: one sequence, never used twice, with the first that is left', async () => {
  const add = (kind: string) => db.write(() => events.append(db, { at: 1, kind, subject: 's', data: { kind } }))
  expect([await add('news.a'), await add('b'), await add('news.c')]).toEqual([1, 2, 3])
  expect(events.since(db, 0, 9, 'news.').map((e) => e.seq)).toEqual([1, 3])
  expect(events.since(db, 1, 1).map((e) => e.seq)).toEqual([2])
  expect(oldRows(db, 'events', 2, 0, 2)).toEqual({ rows: [1, 2], next: 2 })
  expect(oldRows(db, 'events', 2, 2, 2)).toEqual({ rows: [3], next: undefined })
  expect(oldRows(db, 'events', 1, 0, 2)).toEqual({ rows: [], next: undefined })
  await db.write(() => forget(db, 'events', [1, 2, 3]))
  expect(events.range(db)).toEqual({ first: 4, last: 3 })
  expect(await add('d')).toBe(4)
})

test('pairings, devices, media and values come back as they were written', async () => {
  const at = { channel: 'telegram', account: 'a' }
  await db.write(() => pairings.ask(db, { ...at, person: { id: '7', name: 'Bo' }, chat: '7', code: 'ABC', at: 1 }))
  expect(pairings.list(db, { state: 'pending', channel: 'irc' })).toEqual([])
  expect(pairings.list(db, { state: 'pending' })[0]).toMatchObject({ user: '7', code: 'ABC', person: { name: 'Bo' } })
  expect(pairings.allowed(db, { ...at, user: '7' })).toBe(false)
  await db.write(() => pairings.allow(db, { ...at, user: '7', at: 2 }))
  expect(pairings.allowed(db, { ...at, user: '7' })).toBe(true)
  await db.write(() => pairings.remove(db, { ...at, user: '7' }))
  expect(pairings.allowed(db, { ...at, user: '7' })).toBe(false)

  const device = { id: 'd', publicKey: 'k', roles: ['operator'], scopes: ['x'], tokens: [], about: {}, at: 1 }
  await db.write(() => devices.put(db, { ...device, approvedAt: 1 }))
  await db.write(() => devices.put(db, { ...device, scopes: ['x', 'y'], approvedAt: 2 }))
  expect(devices.list(db).map((d) => d.scopes)).toEqual([['x', 'y']])
  const ask = { id: 'q', device: 'd', publicKey: 'k', role: 'operator', scopes: [], about: {}, repair: true, at: 5 }
  await db.write(() => devices.ask(db, ask))
  expect(devices.requests(db, 5)).toEqual([ask])
  expect(devices.requests(db, 6)).toEqual([])
  expect(await db.write(() => devices.answered(db, 'q'))).toBe(1)

  const file = { id: 'm', sha256: 'h', mime: 'image/png', bytes: 3 }
  await db.write(() => media.add(db, { ...file, at: 1 }))
  expect(media.byId(db, 'm')).toEqual(file)
  await db.write(() => kv.set(db, 'a', 'k', '1'))
  await db.write(() => kv.set(db, 'a', 'k', '2'))
  expect([kv.get(db, 'a', 'k'), kv.get(db, 'b', 'k')]).toEqual(['2', undefined])
  await db.write(() => kv.remove(db, 'a', 'k'))
  expect(kv.get(db, 'a', 'k')).toBeUndefined()
})

test('jobs: a list is read once while nothing changes, and anew after each change, one that was undone included', async () => {
  const job = (id: string, next: number) => ({
    id,
    name: id,
    enabled: true,
    createdAtMs: 1,
    updatedAtMs: 1,
    schedule: { kind: 'every' as const, everyMs: 1000 },
    sessionTarget: 'main' as const,
    wakeMode: 'now' as const,
    payload: { kind: 'systemEvent' as const, text: 'x' },
    state: { nextRunAtMs: next },
  })
  const ids = () => jobs.list(db, false).map((j) => j.id)
  await db.write(() => jobs.put(db, job('b', 2)))
  expect(ids()).toEqual(['b'])
  expect(jobs.list(db, false)).toBe(jobs.list(db, false))
  await db.write(() => jobs.put(db, job('a', 1)))
  expect([ids(), jobs.list(db, false, 1).map((j) => j.id)]).toEqual([['a', 'b'], ['a']])
  expect(() =>
    db.stage(() => {
      jobs.put(db, job('c', 0))
      expect(ids()).toEqual(['c', 'a', 'b'])
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(ids()).toEqual(['a', 'b'])
  await db.write(() => jobs.remove(db, 'a'))
  expect(ids()).toEqual(['b'])
})
