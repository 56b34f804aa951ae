// The scheduler: every slot once, through sleeps, clock jumps, crashes and restarts; and what becomes of results.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, JobSpec } from '../../src/domain/job.ts'
import { cron } from '../../src/engine/cron/index.ts'
import { nextSlot } from '../../src/engine/cron/schedule.ts'
import { nextTick, testClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import * as entries from '../../src/store/entries.ts'
import * as jobs from '../../src/store/jobs.ts'
import { engineWorld, startAt, until, type EngineWorld, type WorldWish } from './fixture.ts'

const minute = 60_000

function specOf(more: Partial<JobSpec> = {}): JobSpec {
  return {
    name: 'Job',
    enabled: true,
    schedule: { kind: 'every', everyMs: 10 * minute, anchorMs: startAt },
    sessionTarget: 'main',
    wakeMode: 'next-heartbeat',
    payload: { kind: 'systemEvent', text: 'Look.' },
    ...more,
  }
}

/** Puts a job there as `cron.add` does. */
async function put(w: EngineWorld, id: string, more: Partial<JobSpec> = {}): Promise<Job> {
  const job: Job = { ...specOf(more), id, createdAtMs: w.now(), updatedAtMs: w.now(), state: {} }
  const next = await nextSlot(job, w.now())
  const kept = { ...job, state: next === undefined ? {} : { nextRunAtMs: next } }
  await w.db.write(() => jobs.put(w.db, kept))
  return kept
}

/** An engine with its scheduler. */
function stage(wish: WorldWish = {}) {
  const w = engineWorld(wish)
  const scope = new Scope('cron')
  const scheduler = cron(w)
  scheduler.start(scope)
  return Object.assign(w, {
    scheduler,
    async end() {
      await scope.close()
      await w.close()
    },
    /** Lets time pass in steps, each settled before the next. */
    async later(ms: number, step = minute) {
      for (let left = ms; left > 0; left -= step) {
        await w.pass(Math.min(step, left))
        for (let i = 0; i < 12; i++) await nextTick()
      }
    },
    /** Lets up to two hours pass until something is so. */
    async till(ready: () => boolean) {
      for (let n = 0; n < 720 && !ready(); n++) {
        await this.later(10_000, 10_000)
        await w.idle()
      }
      expect(ready()).toBe(true)
    },
    ranOf: (id: string) => jobs.runs(w.db, id, 5000),
  })
}

test('each slot runs once', async () => {
  await using w = stage()
  await put(w, 'a')
  w.scheduler.refresh()
  await w.later(65 * minute)
  await until('six runs', () => w.ranOf('a').length === 6)
  expect(w.ranOf('a').map((r) => r.slot - startAt)).toEqual([1, 2, 3, 4, 5, 6].map((n) => n * 10 * minute))
  expect(
    w.heard
      .filter((n) => n.type === 'cron')
      .map((n) => n.type === 'cron' && n.action)
      .slice(0, 2),
  ).toEqual(['started', 'finished'])
})

/** Runs `play` over a database file that outlives engines. */
async function lasting(play: (path: string, clock: ReturnType<typeof testClock>) => Promise<void>) {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-cron-'))
  try {
    await play(join(top, 'oclaw.db'), testClock(startAt))
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

test('after an absence: once, all or none of what was missed', () =>
  lasting(async (path, clock) => {
    const first = stage({ path, clock })
    for (const missed of ['once', 'all', 'skip'] as const) await put(first, missed, { missed })
    first.scheduler.refresh()
    await first.later(10 * minute)
    await until('the first runs', () => ['once', 'all', 'skip'].every((id) => first.ranOf(id).length === 1))
    await first.end()
    await clock.advance(60 * minute)
    const w = stage({ path, clock })
    await until('all of them', () => w.ranOf('all').length === 7)
    await until('the others', () => w.ranOf('once').length === 2 && w.ranOf('skip').length === 2)
    expect(w.ranOf('once').map((r) => r.state)).toEqual(['ok', 'ok'])
    expect(w.ranOf('all').every((r) => r.state === 'ok')).toBe(true)
    expect(w.ranOf('skip').map((r) => r.state)).toEqual(['ok', 'skipped'])
    await w.later(10 * minute)
    await until('the next one', () => w.ranOf('skip').length === 3)
    expect(w.ranOf('skip').at(-1)?.state).toBe('ok')
    await w.end()
  }))

test(
  '200 restarts: what was due was run, each slot once',
  () =>
    lasting(async (path, clock) => {
      const first = stage({ path, clock })
      await put(first, 'a', { missed: 'all' })
      first.scheduler.refresh()
      for (let n = 0, w = first; ; n++) {
        await w.later((n % 7) * 3 * minute + minute, 2 * minute)
        if (n === 200) {
          const expected = Math.floor((clock.now() - startAt) / (10 * minute))
          await until('every slot', () => w.ranOf('a').length >= expected)
          const slots = w.ranOf('a').map((r) => (r.slot - startAt) / (10 * minute))
          expect(slots).toEqual(Array.from({ length: expected }, (_, i) => i + 1))
          expect(expected).toBeGreaterThan(150)
          await w.end()
          break
        }
        await w.end()
        w = stage({ path, clock })
      }
    }),
  30_000,
)

const ask: Partial<JobSpec> = {
  sessionTarget: 'isolated',
  payload: { kind: 'agentTurn', message: 'What is new?' },
  delivery: { mode: 'announce', channel: 'telegram', to: '42' },
}

test('a run that was cut off goes on with the turn it had', () =>
  lasting(async (path, clock) => {
    const first = stage({ path, clock, script: () => ({ text: 'half', hang: true }) })
    await put(first, 'a', ask)
    first.scheduler.refresh()
    await first.later(10 * minute)
    await until('the model to be asked', () => first.requests.length === 1)
    await first.end()
    const w = stage({ path, clock, script: () => 'All quiet.' })
    await w.recover()
    await until('the announcement', () => w.texts().length === 1)
    await until('its end', () => w.ranOf('a').length === 1)
    expect(w.texts()).toEqual(['All quiet.'])
    expect(w.ranOf('a')[0]).toMatchObject({ state: 'ok', slot: startAt + 10 * minute })
    expect(w.rows('SELECT count(*) AS n FROM turns')[0]?.['n']).toBe(1)
    await w.end()
  }))

test('results are announced where the job says, and the main session hears of it', async () => {
  await using w = stage({ script: () => 'All quiet.' })
  await put(w, 'a', ask)
  await put(w, 'quiet', { ...ask, delivery: { mode: 'none' } })
  await put(w, 'nowhere', { ...ask, delivery: { mode: 'announce', channel: 'slack' } })
  await put(w, 'here', { ...ask, delivery: { mode: 'announce' } })
  await put(w, 'maybe', { ...ask, delivery: { mode: 'announce', channel: 'slack', bestEffort: true } })
  w.scheduler.refresh()
  await w.later(10 * minute)
  await until('all of them', () => ['a', 'quiet', 'nowhere', 'maybe', 'here'].every((id) => w.ranOf(id).length === 1))
  await until('the announcement', () => w.texts().length === 1)
  expect(w.texts()).toEqual(['All quiet.'])
  expect(w.chat.sent[0]?.to.chat).toBe('42')
  expect(['quiet', 'maybe', 'here'].map((id) => w.ranOf(id)[0]?.state)).toEqual(['ok', 'ok', 'ok'])
  expect(w.ranOf('nowhere')[0]).toMatchObject({
    state: 'error',
    outcome: { error: expect.stringContaining('no chat to announce to') },
  })
  const main = () =>
    w.rows("SELECT parts FROM entries JOIN sessions s ON s.id = session WHERE s.key = 'agent:main:main'")
  await until('what was said here', () => JSON.stringify(main()).includes('All quiet.'))
  await w.submit('r', 'What did you do?')
  await w.idle()
  expect(JSON.stringify(w.requests.at(-1)?.messages)).toContain('The job \\"Job\\" said in telegram: All quiet.')
})

test('failures are paid for with longer waits, and a success ends that', async () => {
  let bad = true
  await using w = stage({
    script: () => {
      if (bad) throw new Error('no luck')
      return 'Fine.'
    },
  })
  await put(w, 'a', { ...ask, schedule: { kind: 'every', everyMs: minute, anchorMs: startAt } })
  w.scheduler.refresh()
  const at = () => jobs.byId(w.db, 'a')?.state
  await w.till(() => at()?.consecutiveErrors === 3)
  expect((at()?.nextRunAtMs ?? 0) - w.now()).toBeGreaterThan(3 * minute)
  bad = false
  await w.till(() => at()?.consecutiveErrors === 0)
  expect(at()?.lastStatus).toBe('ok')
})

test('a job that runs once is gone or off afterwards', async () => {
  await using w = stage()
  const at = new Date(startAt + 5 * minute).toISOString()
  await put(w, 'gone', { schedule: { kind: 'at', at }, deleteAfterRun: true })
  await put(w, 'kept', { schedule: { kind: 'at', at }, deleteAfterRun: false })
  w.scheduler.refresh()
  await w.later(6 * minute)
  await until('both', () => jobs.byId(w.db, 'gone') === undefined && jobs.byId(w.db, 'kept')?.enabled === false)
  await w.later(20 * minute)
  expect(w.ranOf('kept')).toHaveLength(1)
})

test('a job runs now when it is told to, and not twice at a time', async () => {
  let go: () => void = () => undefined
  const wait = new Promise<void>((resolve) => (go = resolve))
  await using w = stage({ script: () => ({ text: 'Done.', wait }) })
  const job = await put(w, 'a', ask)
  const never = new AbortController().signal
  expect(await w.scheduler.trigger(job, 'due', never)).toEqual({ ran: false, reason: 'not-due' })
  const first = w.scheduler.trigger(job, 'force', never)
  await until('the model to be asked', () => w.requests.length === 1)
  expect(await w.scheduler.trigger(job, 'force', never)).toEqual({ ran: false, reason: 'already-running' })
  go()
  expect(await first).toEqual({ ran: true })
  expect(jobs.byId(w.db, 'a')?.state.nextRunAtMs).toBe(startAt + 10 * minute)
})

test('what was said in old runs is forgotten after a while; what it cost, and the last run, stay', async () => {
  for (const retentionMs of [25 * minute, undefined]) {
    const cron = () => ({ enabled: true, maxConcurrent: 1, ...(retentionMs === undefined ? {} : { retentionMs }) })
    await using w = stage({ script: () => 'Nothing to see, canary.', settings: { cron } })
    await put(w, 'a', {
      ...ask,
      delivery: { mode: 'none' },
      schedule: { kind: 'every', everyMs: 15 * minute, anchorMs: startAt },
    })
    w.scheduler.refresh()
    await w.till(() => w.ranOf('a').length === 6)
    const said = () => w.rows("SELECT 1 FROM entries WHERE parts LIKE '%canary%'").length
    expect(said()).toBe(retentionMs === undefined ? 6 : 3)
    expect(w.rows("SELECT 1 FROM entries WHERE role = 'assistant' AND meta LIKE '%usage%'")).toHaveLength(6)
    const found = retentionMs === undefined ? 6 : 3
    expect(new Set(entries.search(w.db, 'canary', 50).map((x) => x.session)).size).toBe(found)
    expect(w.rows('SELECT 1 FROM sessions WHERE key IS NULL AND was IS NULL')).toHaveLength(6 - found)
  }
})

test('a schedule that can no longer be read switches its job off after three tries', async () => {
  await using w = stage()
  const job = await put(w, 'a')
  await w.db.write(() =>
    jobs.put(w.db, { ...job, schedule: { kind: 'cron', expr: 'nonsense' }, state: { nextRunAtMs: startAt + minute } }),
  )
  w.scheduler.refresh()
  await w.till(() => jobs.byId(w.db, 'a')?.enabled === false)
  expect(jobs.byId(w.db, 'a')?.state.lastError).toContain('cannot be read')
})

test('ten thousand jobs are listed quickly, and cost no more while none is due', async () => {
  await using w = stage()
  const spec = specOf()
  await w.db.write(() => {
    for (let n = 0; n < 10_000; n++)
      jobs.put(w.db, {
        ...spec,
        id: `j${n}`,
        createdAtMs: startAt,
        updatedAtMs: startAt,
        state: { nextRunAtMs: startAt + 86_400_000 + n },
      })
  })
  expect(jobs.list(w.db, true)).toHaveLength(10_000)
  expect(jobs.nextAt(w.db)).toBe(startAt + 86_400_000)
  const plan = w.rows(
    'EXPLAIN QUERY PLAN SELECT * FROM jobs WHERE enabled = 1 AND next_at <= 5 ORDER BY next_at LIMIT 200',
  )
  expect(JSON.stringify(plan)).toContain('jobs_next')
})
