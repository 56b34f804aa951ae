// Agents that go in circles are broken off (R-COST-3, SEC-24); those that make progress are not.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import type { AnyTool } from '../../src/define/tool.ts'
import { loopGuard, usualLoopRule, type LoopRule } from '../../src/engine/tools/loop-guard.ts'
import { engineWorld } from './fixture.ts'

/** Makes calls until one is refused, at most 100; answers how many ran, the refusal, and the warnings. */
function run(rule: Partial<LoopRule>, call: (n: number) => { tool: string; input: unknown; result: string }) {
  const guard = loopGuard({ ...usualLoopRule, ...rule })
  const warnings: string[] = []
  for (let n = 0; n < 100; n++) {
    const { tool, input, result } = call(n)
    const may = guard.before(tool, input)
    if ('refused' in may) return { ran: n, refused: may.refused, warnings }
    const warned = may.ended(result)
    if (warned !== undefined) warnings.push(warned)
  }
  return { ran: 100, refused: '', warnings }
}

const poll = { tool: 'process', input: { action: 'poll', sessionId: 'x' } }

test('the same call with the same result runs five times, whatever order its fields have', () => {
  const inputs = [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ]
  expect(run({}, (n) => ({ tool: 'read', input: inputs[n % 2], result: 'same' })).ran).toBe(5)
})

test('a call whose result changes goes on, but not without end', () => {
  expect(run({}, (n) => ({ ...poll, result: `line ${n}` })).ran).toBe(30)
  expect(run({}, (n) => ({ tool: 'read', input: { n }, result: 'same' })).ran).toBe(100)
})

test('polling without news is borne longer than other calls', () => {
  expect(run({}, () => ({ ...poll, result: 'running' })).ran).toBe(20)
  const strict = run({ enabled: true, warn: 4, refuse: 8, breaker: 30 }, () => ({ ...poll, result: 'running' }))
  expect(strict.ran).toBe(8)
  expect(strict.refused).toContain('polling that brings no news')
  expect(strict.warnings.length).toBe(2)
})

test('two calls by turns that change nothing are noticed', () => {
  const ab = (n: number) => ({ tool: n % 2 ? 'a' : 'b', input: { page: 1 }, result: n % 2 ? 'x' : 'y' })
  const r = run(
    { enabled: true, warn: 2, refuse: 6, breaker: 30, detectors: { repeat: false, poll: true, pingPong: true } },
    ab,
  )
  expect(r.ran).toBe(6)
  expect(r.refused).toContain('two calls by turns')
  expect(
    run({ enabled: true, warn: 2, refuse: 6, detectors: { repeat: false, poll: false, pingPong: false } }, ab).ran,
  ).toBe(10)
})

test('a model that only ever repeats its call is told so and ends at its steps', async () => {
  let ran = 0
  const tool: AnyTool = {
    id: 'look',
    summary: 'Looks.',
    params: z.object({}),
    risk: 'read',
    run: async () => {
      ran++
      return { ok: true, text: 'seen' }
    },
  }
  await using w = engineWorld({ tools: [tool], script: () => ({ calls: [{ tool: 'look' }] }) })
  await w.receive('go')
  await w.idle()
  expect(ran).toBe(5)
  expect(w.requests.length).toBe(40)
  expect(JSON.stringify(w.requests.at(-1)?.messages)).toContain('The same call was made 5 times already')
  expect(w.texts()[0]).toContain('I stopped after 40 steps')
})
