// What is long settled is forgotten, in small pieces and only when it is quiet; nothing else ever is.
import { expect, test } from 'bun:test'
import { testClock } from '../../src/lib/clock.ts'
import { logOf } from '../../src/lib/log.ts'
import { Db } from '../../src/store/db.ts'
import * as events from '../../src/store/events.ts'
import * as inbox from '../../src/store/inbox.ts'
import { migrate } from '../../src/store/migrate.ts'
import * as outbox from '../../src/store/outbox.ts'
import { upkeep } from '../../src/app/upkeep.ts'
import { inbound } from '../engine/fixture.ts'

const day = 86_400_000
const start = 1000 * day

/** A database that counts its transactions. */
class Counted extends Db {
  commits = 0
  protected override commit() {
    this.commits++
    super.commit()
  }
}

/** Upkeep over an empty database, by a clock that is moved by hand. */
function stage() {
  const db = new Counted(':memory:')
  migrate(db)
  const clock = testClock(start)
  const life = new AbortController()
  const state = { busy: false }
  const over = upkeep({
    db,
    clock,
    log: logOf('test'),
    signal: life.signal,
    idle: () => !state.busy,
    sessions: () => Promise.resolve(0),
  })
  const to = { channel: 'telegram', account: 'a', chat: '1' }
  return {
    db,
    clock,
    state,
    /** Takes in a message that came so many days ago. */
    heard: (id: string, days: number, how: 'done' | 'dropped' | 'new' | 'taken') =>
      db.write(() => {
        const row = inbox.accept(db, inbound(id, { id, to }), { run: id, options: {}, at: start - days * day })
        if (how === 'taken') inbox.take(db, [row?.id ?? 0], `turn-${id}`)
        else if (how !== 'new') inbox.settle(db, row?.id ?? 0, how, null)
      }),
    said: (id: string, days: number, how: outbox.OutboxState) =>
      db.write(() => {
        outbox.add(db, { id, to, text: id, media: [] }, { at: start - days * day, key: `key-${id}` })
        outbox.settle(db, id, { state: how })
      }),
    noted: (days: number) =>
      db.write(() => events.append(db, { at: start - days * day, kind: 'news.x', subject: 's', data: {} })),
    again: (id: string) => inbox.find(db, { ...to, id }) !== undefined,
    there: (table: string) => Number(db.one(`SELECT count(*) AS n FROM ${table}`)?.['n']),
    /** Lets so much time pass, a little at a time: the disk has its own. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 30_000) await clock.advance(Math.min(left, 30_000))
    },
    async [Symbol.asyncDispose]() {
      life.abort(new Error('the test is over'))
      await over
      db.close()
    },
  }
}

test('old messages, answers and news go once they are settled; what is open, young, or may come again stays', async () => {
  await using s = stage()
  await s.heard('waiting', 400, 'new')
  await s.heard('begun', 399, 'taken')
  await s.heard('done', 61, 'done')
  await s.heard('dropped', 61, 'dropped')
  await s.heard('a month ago', 35, 'done')
  await s.heard('today', 0, 'done')
  for (const state of ['ready', 'sending', 'unknown', 'sent', 'failed', 'expired', 'dismissed'] as const)
    await s.said(state, 91, state)
  await s.said('late', 89, 'sent')
  await s.noted(31)
  await s.noted(29)
  await s.pass(1_200_000)
  expect(['waiting', 'begun', 'done', 'dropped', 'a month ago', 'today'].filter(s.again)).toEqual([
    'waiting',
    'begun',
    'a month ago',
    'today',
  ])
  expect(s.db.all('SELECT id FROM outbox ORDER BY seq').map((r) => r['id'])).toEqual([
    'ready',
    'sending',
    'unknown',
    'late',
  ])
  expect(events.range(s.db)).toEqual({ first: 2, last: 2 })
  // What was forgotten on one day is not all: each day something else grows old.
  await s.pass(2 * day)
  expect([s.there('events'), s.there('outbox')]).toEqual([0, 3])
})

test('nothing is written when there is nothing to forget, or while something is going on', async () => {
  await using s = stage()
  await s.heard('waiting', 400, 'new')
  await s.heard('old', 59.9, 'done') // for two hours more it may come again
  await s.heard('today', 0, 'done')
  await s.noted(0)
  const before = s.db.commits
  await s.pass(day / 12)
  expect(s.db.commits).toBe(before)
  s.state.busy = true
  await s.pass(day / 12)
  expect([s.db.commits, s.again('old')]).toEqual([before, true])
  s.state.busy = false
  await s.pass(3_600_000)
  expect([s.again('old'), s.again('today'), s.again('waiting'), s.there('events')]).toEqual([false, true, true, 1])
})

test('much of it goes a hundred rows at a time', async () => {
  await using s = stage()
  const n = 1050
  await s.db.write(() => {
    for (let i = 0; i < n; i++) events.append(s.db, { at: start - 40 * day + i, kind: 'x', subject: 's', data: {} })
  })
  const before = s.db.commits
  await s.pass(1_200_000)
  expect([s.there('events'), s.db.commits - before]).toEqual([0, 11])
})
