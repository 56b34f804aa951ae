// What a model is shown of a session: acceptable at every point a crash can leave, and small enough.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { compact, plainSummary } from '../../src/engine/prompt/compact.ts'
import { estimateTokens, fit, render, shorten } from '../../src/engine/prompt/history.ts'
import type { ModelMessage } from '../../src/define/provider.ts'
import { textOf, type Entry, type Part } from '../../src/domain/turn.ts'
import { context } from '../../src/store/context.ts'
import * as entries from '../../src/store/entries.ts'
import * as sessions from '../../src/store/sessions.ts'
import { engineWorld, until, type EngineWorld } from './fixture.ts'
import { candidateOf, modelFault } from './scripted.ts'

const words = (t: string): Part[] => [{ type: 'text', text: t }]
let id = 0
const entry = (role: Entry['role'], parts: readonly Part[]): Entry => ({
  id: ++id,
  session: 's',
  turn: 't',
  role,
  parts,
  at: 0,
  tokens: estimateTokens(parts),
})

/** A turn as it is written: what was said, then steps of calls and results, then an answer. */
const turn = fc
  .record({
    asked: fc.integer({ min: 0, max: 2 }),
    steps: fc.array(
      fc.record({
        text: fc.boolean(),
        thinking: fc.boolean(),
        calls: fc.integer({ min: 1, max: 3 }),
        same: fc.boolean(),
        lost: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 3 },
    ),
    answered: fc.constantFrom('text', 'blank', 'thinking', 'none'),
  })
  .map((t): Entry[] => {
    const out = Array.from({ length: t.asked }, () => entry('user', words('said')))
    for (const step of t.steps) {
      const calls = Array.from({ length: step.calls }, (_, i): Part & { id: string } => ({
        type: 'call',
        id: step.same ? 'c0' : `c${i}`,
        tool: 'x',
        input: {},
      }))
      const before: Part[] = [
        ...(step.thinking ? [{ type: 'thinking' as const, text: 'hm', signature: 's' }] : []),
        ...(step.text ? words('let me') : []),
      ]
      out.push(entry('assistant', [...before, ...calls]))
      const results = calls
        .slice(step.lost)
        .map((c): Part => ({ type: 'result', id: c.id, tool: 'x', ok: true, text: 'r' }))
      if (results.length) out.push(entry('tool', results))
    }
    if (t.answered === 'text') out.push(entry('assistant', words('done')))
    if (t.answered === 'blank') out.push(entry('assistant', words(' ')))
    if (t.answered === 'thinking') out.push(entry('assistant', [{ type: 'thinking', text: 'hm' }]))
    return out
  })
const transcript = fc.array(turn, { maxLength: 5 }).map((t) => t.flat())

/** What servers demand of a history; answers what is wrong with it. */
function wrong(messages: readonly ModelMessage[]): string | undefined {
  if (messages.length && messages[0]?.role !== 'user') return 'the first is not a user'
  for (const [i, m] of messages.entries()) {
    const before = messages[i - 1]
    if (before?.role === m.role) return `two ${m.role} messages in a row`
    if (!m.parts.length) return 'an empty message'
    const calls = m.parts.flatMap((p) => (p.type === 'call' ? [p.id] : []))
    if (new Set(calls).size !== calls.length) return 'a call twice'
    if (calls.length) {
      const next = messages[i + 1]
      const results = next?.role === 'tool' ? next.parts.flatMap((p) => (p.type === 'result' ? [p.id] : [])) : []
      if (JSON.stringify(calls.sort()) !== JSON.stringify(results.sort())) return 'calls without exactly their results'
    } else if (messages[i + 1]?.role === 'tool') return 'results without calls'
  }
  return undefined
}

test('at every crash point each call has exactly one result, and roles alternate', () => {
  fc.assert(
    fc.property(transcript, (all) => {
      for (let n = 0; n <= all.length; n++) expect(wrong(render(all.slice(0, n)))).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

test('whatever the budget, what is left can be shown', () => {
  fc.assert(
    fc.property(transcript, fc.integer({ min: 0, max: 200 }), (all, budget) => {
      const { kept } = fit(all, budget)
      expect(wrong(render(kept))).toBeUndefined()
      expect(all.slice(-kept.length || all.length)).toEqual([...kept])
    }),
    { numRuns: 500 },
  )
})

test('an old summary stays when the rest is cut', () => {
  const all = [entry('summary', words('old')), ...[1, 2, 3].map((n) => entry('user', words(`${n} ${'x'.repeat(400)}`)))]
  expect(fit(all, 110).kept.map((e) => textOf(e.parts).slice(0, 3))).toEqual(['old', '3 x'])
  expect(textOf(render(all)[0]?.parts ?? [])).toStartWith('[Summary of the conversation so far]\nold')
})

test('long results are cut in the middle', () => {
  const parts: Part[] = [{ type: 'result', id: 'a', tool: 'x', ok: true, text: `a${'x'.repeat(1000)}z` }]
  const cut = shorten([{ role: 'tool', parts }], 100)[0]?.parts[0]
  expect(cut?.type === 'result' && [cut.text.length < 200, cut.text[0], cut.text.at(-1)]).toEqual([true, 'a', 'z'])
})

/** A session with `n` exchanges of about 110 tokens each. */
async function talked(w: EngineWorld, n: number) {
  await w.db.write(() => {
    sessions.create(w.db, { id: 's', key: 'agent:main:main', agent: 'main', origin: {}, settings: {}, at: w.now() })
    for (let i = 0; i < n; i++)
      for (const role of ['user', 'assistant'] as const) {
        const parts = words(`${role} ${i} ${role === 'user' && i === 0 ? 'zanzibar' : ''} ${'word '.repeat(40)}`)
        entries.append(w.db, { session: 's', turn: undefined, role, parts, at: 0, tokens: estimateTokens(parts) })
      }
  })
}

const small = { compaction: () => ({ keepTokens: 300, reserveTokens: 1000 }) }

test('compaction: a summary stands for the past; the log stays whole and can be searched', async () => {
  await using w = engineWorld({ settings: small, script: () => 'They spoke of words.' })
  await talked(w, 20)
  const models = [candidateOf('a/one', w.provider)]
  const done = await compact(w.kit, 's', models, w.scope.signal, 'Keep names.')
  expect(done.compacted).toBe(true)
  expect(done.tokensAfter).toBeLessThan(400)
  expect(done.removed + done.kept).toBe(40)
  const shown = context(w.db, 's')
  expect(textOf(shown[0]?.parts ?? [])).toBe('They spoke of words.')
  expect(shown[1]?.role).toBe('user')
  expect(entries.count(w.db, 's')).toBe(41)
  expect(entries.search(w.db, 'zanzibar', 5)).toHaveLength(1)
  expect(textOf(w.requests[0]?.messages.at(-1)?.parts ?? [])).toContain('Keep names.')
  expect(sessions.byId(w.db, 's')?.compactions).toBe(1)
  expect((await compact(w.kit, 's', models, w.scope.signal)).tokensAfter).toBeLessThan(400)
})

test('compaction: a model that fails or hangs is no excuse', async () => {
  for (const line of [{ fault: modelFault('auth') }, { hang: true }]) {
    await using w = engineWorld({ settings: small, script: () => line })
    await talked(w, 20)
    const work = compact(w.kit, 's', [candidateOf('a/one', w.provider)], w.scope.signal)
    await w.pass(301_000)
    const done = await work
    expect(done.compacted).toBe(true)
    expect(done.tokensAfter).toBeLessThan(done.tokensBefore)
    expect(textOf(context(w.db, 's')[0]?.parts ?? [])).toContain('Person: user 8')
  }
})

test('compaction: the summary made by rule stays small, however long the past', () => {
  const past = Array.from({ length: 500 }, (_, i) =>
    entry(i % 2 ? 'assistant' : 'user', words(`line ${i} ${'x'.repeat(300)}`)),
  )
  expect(plainSummary(past).length).toBeLessThanOrEqual(6001)
  expect(plainSummary(past)).toContain('line 499')
})

test('a session compacts by itself when its window is nearly full', async () => {
  await using w = engineWorld({
    settings: { ...small, contextTokens: () => 4000 },
    script: (req) =>
      req.system.includes('condense')
        ? 'short'
        : { text: 'ok', usage: { input: 3500, output: 5, cacheRead: 0, cacheWrite: 0 } },
  })
  await talked(w, 20)
  await w.receive('hello')
  await w.idle()
  await until('the summary', () => sessions.byId(w.db, 's')?.compactions === 1)
  expect(sessions.byId(w.db, 's')?.compactions).toBe(1)
})
