// Caps on spending hold (R-COST-1): money is put aside before a question and settled after; unknown is not free (R-COST-4).
import { expect, test } from 'bun:test'
import type { BudgetRule } from '../../src/engine/settings.ts'
import { reserve } from '../../src/engine/budget.ts'
import * as kv from '../../src/store/kv.ts'
import { engineWorld, until, type WorldWish } from './fixture.ts'
import { candidateOf, modelFault, scripted } from './scripted.ts'

/** A dollar for each million tokens in, and for each 1,000 out: an answer of 1,000 tokens costs a dollar. */
const price = { input: 1, output: 1000 }
const usage = { input: 0, output: 1000, cacheRead: 0, cacheWrite: 0 }

function stage(rule: Partial<BudgetRule>, wish: WorldWish & { readonly priced?: boolean } = {}) {
  const model = scripted(wish.script ?? (() => ({ text: 'Yes.', usage })))
  const priced = wish.priced ?? true
  const budget: BudgetRule = { agent: {}, session: {}, job: {}, unknown: 'refuse', ...rule }
  const w = engineWorld({
    ...wish,
    settings: {
      budget: () => budget,
      maxConcurrent: () => 200,
      candidates: () => [candidateOf('a/paid', model.provider, { maxTokens: 2000, ...(priced ? { price } : {}) })],
      ...wish.settings,
    },
  })
  const spent = (key: string) => Number(kv.get(w.db, 'spend', key) ?? 0)
  return Object.assign(w, { spent, asked: model.requests })
}

const day = '2026-09-21'

test('100 calls at once pass a cap by at most one reservation', async () => {
  const gate = Promise.withResolvers<void>()
  await using w = stage({ agent: { perDay: 10 } }, { script: () => ({ text: 'Yes.', usage, wait: gate.promise }) })
  for (let i = 0; i < 100; i++) await w.submit(`r${i}`, 'go', { session: `agent:main:s${i}` })
  const results = Array.from({ length: 100 }, (_, i) => w.runs.wait(`r${i}`, AbortSignal.timeout(4000)))
  await until('95 refusals', () => w.rows(`SELECT * FROM turns WHERE state = 'failed'`).length === 95)
  const put = w.spent(`agent:main ${day}`)
  expect(put).toBeGreaterThanOrEqual(10)
  expect(put).toBeLessThan(10 + 2.1) // one question puts two dollars aside, and a little for what it is shown
  gate.resolve()
  const states = (await Promise.all(results)).map((r) => r?.status)
  expect(states.filter((s) => s === 'ok')).toHaveLength(w.asked.length)
  await w.idle()
  expect(w.spent(`agent:main ${day}`)).toBeCloseTo(w.asked.length, 1) // a dollar each, once settled
  expect(w.asked.length).toBe(5)
})

test('a cap says what was spent, of what, and what mends it; the next day is free', async () => {
  await using w = stage({ agent: { perDay: 1.5, perMonth: 3 } })
  for (const n of [1, 2, 3]) {
    await w.receive(`question ${n}`)
    await w.idle()
  }
  expect(w.texts().slice(0, 2)).toEqual(['Yes.', 'Yes.'])
  expect(w.texts()[2]).toContain('$2.00 of $1.50')
  expect(w.texts()[2]).toContain('oclaw config set agents.defaults.budget.agent.perDay')
  await w.pass(86_400_000)
  await w.receive('question 4')
  await w.idle()
  await w.receive('question 5')
  await w.idle()
  expect(w.texts()[3]).toBe('Yes.')
  expect(w.texts()[4]).toContain('budget.agent.perMonth')
})

test('sessions and jobs have purses of their own', async () => {
  await using w = stage({ session: { perDay: 1 }, job: { perDay: 1 } })
  const status = async (run: string, session: string) => {
    await w.submit(run, 'go', { session })
    return (await w.runs.wait(run, AbortSignal.timeout(4000)))?.status
  }
  expect(await status('a1', 'agent:main:a')).toBe('ok')
  expect(await status('a2', 'agent:main:a')).toBe('error')
  expect(await status('b1', 'agent:main:b')).toBe('ok')
  expect(await status('c1', 'agent:main:cron:job1')).toBe('ok')
  expect(w.spent(`job:job1 ${day}`)).toBeCloseTo(1, 2)
  expect(await status('c2', 'agent:main:cron:job1')).toBe('error')
})

test('an unknown price is not free: it is refused under a cap, or let through on purpose', async () => {
  await using no = stage({ agent: { perDay: 1 } }, { priced: false })
  await no.receive('go')
  await no.idle()
  expect(no.texts()[0]).toContain('the price of a/paid is unknown')
  expect(no.asked).toHaveLength(0)
  await using yes = stage({ agent: { perDay: 1 }, unknown: 'allow' }, { priced: false })
  await yes.receive('go')
  await yes.idle()
  expect(yes.texts()).toEqual(['Yes.'])
})

test('a call that failed before a word gives all back; one that broke off in the middle keeps it', async () => {
  await using w = stage(
    { agent: { perDay: 100 } },
    { script: () => ({ fault: modelFault('format'), usage: { ...usage, output: 0 } }) },
  )
  await w.receive('go')
  await w.idle()
  expect(w.spent(`agent:main ${day}`)).toBeCloseTo(0)
  await using half = stage(
    { agent: { perDay: 100 } },
    { script: () => ({ text: 'half an ans', fault: modelFault('format'), usage: { ...usage, output: 0 } }) },
  )
  await half.receive('go')
  await half.idle()
  expect(half.spent(`agent:main ${day}`)).toBeGreaterThan(1.9)
})

test('what was put aside is on the disk before the question goes out, so that a crash cannot lose it', async () => {
  await using w = stage({ agent: { perDay: 5 } })
  const candidate = w.world.settings.candidates('main', undefined)[0]
  if (!candidate) throw new Error('no model')
  const held = await reserve(
    w.world,
    { agent: 'main', session: 'x' },
    { candidate, system: '', messages: [], tools: 0 },
  )
  const other = new (await import('bun:sqlite')).Database(w.path, { readonly: true })
  const row = other.query<{ value: string }, []>(`SELECT value FROM kv WHERE space = 'spend'`).get()
  expect(Number(row?.value)).toBeCloseTo(2)
  other.close()
  held.settle(usage, true)
  held.settle(usage, true)
  expect(w.spent(`agent:main ${day}`)).toBeCloseTo(1)
})

test('the status card and usage.caps show how the caps stand', async () => {
  await using w = stage({ agent: { perDay: 5 }, session: { perMonth: 9 } })
  await w.receive('go')
  await w.idle()
  await w.receive('/status')
  await until('the card', () => w.texts().length === 2)
  expect(w.texts()[1]).toMatch(
    /Spent: \$1\.00 of \$5\.00 \(budget\.agent\.perDay\)[\s\S]*of \$9\.00 \(budget\.session\.perMonth\)/,
  )
})
