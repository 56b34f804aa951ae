// Usage adds up from what was stored: tokens and costs by day, model and session; unknown prices are never zero.
import { expect, test } from 'bun:test'
import * as entries from '../../src/store/entries.ts'
import * as sessions from '../../src/store/sessions.ts'
import type { Answer } from './app.ts'
import { calls } from './calls.ts'

const at = Date.parse('2026-03-10T12:00:00Z')
const day = 86_400_000

async function filled() {
  const w = calls()
  const key = 'agent:main:main'
  await w.db.write(() => {
    sessions.create(w.db, { id: 's1', key, agent: 'main', origin: {}, settings: {}, at })
    const usage = { input: 100, output: 10, cacheRead: 5, cacheWrite: 0 }
    const say = (role: 'user' | 'assistant', more: object, when: number) =>
      entries.append(w.db, {
        session: 's1',
        turn: undefined,
        role,
        parts: [{ type: 'text', text: 'hi' }],
        at: when,
        tokens: 1,
        ...more,
      })
    say('user', {}, at)
    say('assistant', { model: 'a/one', usage: { ...usage, cost: 0.25 } }, at)
    say('assistant', { model: 'b/two', usage }, at + day)
    const call = { type: 'call', id: 'c1', tool: 'read', input: {} }
    say('assistant', { parts: [call], model: 'a/one', usage: { ...usage, cost: 0.5 } }, at + day)
    const result = { type: 'result', id: 'c1', tool: 'read', ok: false, text: 'no' }
    say('user', { role: 'tool', parts: [result] }, at + day)
  })
  return w
}

test('costs by day; what has no price is counted apart', async () => {
  await using w = await filled()
  const r = await w.call('usage.cost', { startDate: '2026-03-09', endDate: '2026-03-11' })
  expect(r.days).toBe(3)
  expect(r.daily.map((d: Answer) => [d.date, d.totalTokens, d.totalCost, d.missingCostEntries])).toEqual([
    ['2026-03-10', 115, 0.25, 0],
    ['2026-03-11', 230, 0.5, 1],
  ])
  expect(r.totals).toMatchObject({ input: 300, output: 30, totalTokens: 345, totalCost: 0.75, missingCostEntries: 1 })
  expect((await w.call('usage.cost', { endDate: '2026-03-10', days: 1 })).totals.totalTokens).toBe(115)
})

test('a session’s usage by model, tool and day', async () => {
  await using w = await filled()
  const r = await w.call('sessions.usage', { startDate: '2026-03-01', endDate: '2026-03-31' })
  expect(r.sessions).toHaveLength(1)
  const { usage, ...row } = r.sessions[0]
  expect(row).toMatchObject({
    key: 'agent:main:main',
    sessionId: 's1',
    model: 'one',
    modelProvider: 'a',
    contextWeight: null,
  })
  expect(usage.messageCounts).toEqual({ total: 4, user: 1, assistant: 3, toolCalls: 1, toolResults: 1, errors: 1 })
  expect(usage.toolUsage).toEqual({ totalCalls: 1, uniqueTools: 1, tools: [{ name: 'read', count: 1 }] })
  expect(usage.activityDates).toEqual(['2026-03-10', '2026-03-11'])
  expect(r.aggregates.byModel.map((m: Answer) => [m.provider, m.model, m.count])).toEqual([
    ['a', 'one', 2],
    ['b', 'two', 1],
  ])
  expect(r.aggregates.byAgent[0].totals.missingCostEntries).toBe(1)
  expect(r.aggregates.daily.map((d: Answer) => [d.date, d.messages, d.toolCalls])).toEqual([
    ['2026-03-10', 2, 0],
    ['2026-03-11', 2, 1],
  ])
  expect(
    (await w.call('sessions.usage', { endDate: '2026-03-31', startDate: '2026-03-01', key: 'x' })).sessions,
  ).toEqual([])
})

test('answer by answer, and line by line', async () => {
  await using w = await filled()
  const { points } = await w.call('sessions.usage.timeseries', { key: 'main' })
  expect(points.map((p: Answer) => [p.cumulativeTokens, p.cumulativeCost, p.missingCostEntries ?? 0])).toEqual([
    [115, 0.25, 0],
    [230, 0.25, 1],
    [345, 0.75, 0],
  ])
  const { logs } = await w.call('sessions.usage.logs', { key: 'main', limit: 3 })
  expect(logs.map((l: Answer) => [l.role, l.content, l.cost])).toEqual([
    ['assistant', 'hi', undefined],
    ['assistant', '[read]', 0.5],
    ['toolResult', 'no', undefined],
  ])
  expect((await w.call('sessions.usage.logs', { key: 'nobody' })).logs).toEqual([])
})

test('turns are timed', async () => {
  await using w = calls()
  await w.submit('r1', 'hello')
  await w.idle()
  const r = await w.call('sessions.usage')
  expect(r.aggregates.latency.count).toBe(1)
  expect(r.sessions[0].usage.latency.avgMs).toBeGreaterThanOrEqual(0)
})
