// Old tool results are shortened when the provider's cache has run out: never what people said, never the last turns.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { estimateTokens } from '../../src/engine/prompt/history.ts'
import type { PruneRule } from '../../src/domain/pruning.ts'
import { pruned } from '../../src/engine/prompt/pruning.ts'
import type { Entry, Part } from '../../src/domain/turn.ts'
import { engineWorld } from './fixture.ts'
import { candidateOf } from './scripted.ts'
import { defineTool } from '../../src/define/tool.ts'
import { z } from 'zod'

const minute = 60_000
const rule: PruneRule = {
  ttlMs: 5 * minute,
  keepLastAssistants: 1,
  softTrimRatio: 0.3,
  hardClearRatio: 0.5,
  minPrunableToolChars: 1000,
  tools: {},
  softTrim: { maxChars: 4000, headChars: 10, tailChars: 5 },
  hardClear: { enabled: true, placeholder: '[gone]' },
}

let id = 0
const entry = (role: Entry['role'], at: number, parts: readonly Part[]): Entry => ({
  id: ++id,
  session: 's',
  turn: 't',
  role,
  parts,
  at,
  tokens: estimateTokens(parts),
})
const said = (at: number, text: string) => entry('user', at, [{ type: 'text', text }])
const answered = (at: number) => entry('assistant', at, [{ type: 'text', text: 'Well.' }])
const used = (at: number, chars: number, tool = 'read') => [
  entry('assistant', at, [{ type: 'call', id: `c${id}`, tool, input: {} }]),
  entry('tool', at, [{ type: 'result', id: `c${id}`, tool, ok: true, text: 'x'.repeat(chars) }]),
]
const results = (entries: readonly Entry[]) =>
  entries.flatMap((e) => e.parts.flatMap((p) => (p.type === 'result' ? [p.text] : [])))

/** Two turns with results of 5000 and 3000 characters, and a third one `later` ms after them. */
const log = (later: number) => [
  said(0, 'first'),
  ...used(1, 5000),
  answered(2),
  said(3, 'second'),
  ...used(4, 3000),
  answered(5),
  said(5 + later, 'third'),
]

test('while the cache holds nothing is shortened, and afterwards the long ones', () => {
  const young = log(5 * minute - 1)
  expect(pruned(young, rule, 4000)).toBe(young)
  const [first, second] = results(pruned(log(5 * minute), rule, 6000))
  expect(first).toStartWith(`${'x'.repeat(10)}\n...\n${'x'.repeat(5)}\n\n`)
  expect(first).toContain('5000 characters')
  expect(second).toBe('x'.repeat(3000))
})

test('a window with room enough keeps all', () => {
  const old = log(5 * minute)
  expect(pruned(old, rule, 200_000)).toBe(old)
})

test('what is still too much goes, the oldest first, and no more of it than needed', () => {
  const old = [said(0, 'a'), ...used(1, 3900), ...used(2, 3800), answered(3), answered(4), said(10 * minute, 'b')]
  expect(results(pruned(old, rule, 2500))).toEqual(['[gone]', 'x'.repeat(3800)])
  expect(results(pruned(old, { ...rule, hardClear: { ...rule.hardClear, enabled: false } }, 2500))).toHaveLength(2)
  expect(results(pruned(old, { ...rule, minPrunableToolChars: 50_000 }, 2500))[0]).toHaveLength(3900)
})

test('results after the last answers stay, and so do those of tools the config leaves out', () => {
  const old = log(5 * minute)
  expect(results(pruned(old, { ...rule, keepLastAssistants: 3 }, 1000))[1]).toBe('x'.repeat(3000))
  expect(results(pruned(old, { ...rule, tools: { deny: ['re*'] } }, 1000))).toEqual(results(old))
  expect(results(pruned(old, { ...rule, tools: { allow: ['exec'] } }, 1000))).toEqual(results(old))
  expect(results(pruned(old, { ...rule, tools: { allow: ['group:fs'] } }, 1000))[0]).toBe('[gone]')
})

test('what was shortened once stays so while the cache holds again', () => {
  const once = pruned(log(5 * minute), rule, 6000)
  const next = [...log(5 * minute), ...used(6 + 5 * minute, 9000), answered(7 + 5 * minute), said(6 * minute, 'more')]
  const again = pruned(next, rule, 6000)
  expect(results(again).slice(0, 2)).toEqual(results(once))
  expect(results(again)[2]).toHaveLength(9000)
})

test('pictures stay, and so does what comes before the first word of a person', () => {
  const seen = entry('tool', 1, [
    {
      type: 'result',
      id: 'p',
      tool: 'read',
      ok: true,
      text: 'x'.repeat(9000),
      media: [{ id: 'm', mime: 'image/png', bytes: 1 }],
    },
  ])
  const old = [...used(0, 9000), said(0, 'a'), seen, answered(2), answered(3), said(10 * minute, 'b')]
  expect(results(pruned(old, rule, 1000))).toEqual(results(old))
})

test('no word of a person or of the model is ever changed, and every call keeps its result', () => {
  const step = fc.record({
    gap: fc.integer({ min: 0, max: 8 }),
    chars: fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 6 }),
      fc.integer({ min: 500, max: 20_000 }),
      fc.integer({ min: 0, max: 4 }),
      (steps, window, keep) => {
        let at = 0
        const entries = steps.flatMap(({ gap, chars }) => {
          at += gap * minute
          return [said(at, `words ${at}`), ...chars.flatMap((n) => used(at, n)), answered(at)]
        })
        const shown = pruned(entries, { ...rule, keepLastAssistants: keep }, window)
        const others = (list: readonly Entry[]) => list.map((e) => e.parts.filter((p) => p.type !== 'result'))
        const ids = (list: readonly Entry[]) =>
          list.flatMap((e) => e.parts.flatMap((p) => (p.type === 'result' ? [p.id] : [])))
        expect(others(shown)).toEqual(others(entries))
        expect(ids(shown)).toEqual(ids(entries))
        const lengths = results(entries).map((t) => t.length)
        results(shown).forEach((t, i) => expect(t.length).toBeLessThanOrEqual(Math.max(lengths[i] ?? 0, 200)))
      },
    ),
    { numRuns: 200 },
  )
})

test('the engine shows a provider with a cache less, and keeps all in its log', async () => {
  const long = defineTool({
    id: 'long',
    summary: 'Says much.',
    params: z.strictObject({}),
    risk: 'read',
    run: async () => ({ ok: true, text: 'y'.repeat(6000) }),
  })
  const made: { w?: ReturnType<typeof engineWorld> } = {}
  await using w = engineWorld({
    tools: [long],
    script: (_req, n) => (n === 0 ? { calls: [{ tool: 'long' }] } : 'Done.'),
    settings: {
      pruning: () => rule,
      contextTokens: () => 3000,
      candidates: () => [
        candidateOf('anthropic/one', { ...(made.w as NonNullable<typeof made.w>).provider, id: 'anthropic-messages' }),
      ],
    },
  })
  made.w = w
  await w.receive('go')
  await w.idle()
  await w.receive('and')
  await w.idle()
  await w.pass(6 * minute)
  await w.receive('on')
  await w.idle()
  const shown = (n: number) =>
    w.requests[n]?.messages.flatMap((m) => m.parts.flatMap((p) => (p.type === 'result' ? [p.text.length] : [])))
  expect(shown(2)).toEqual([6000])
  expect(shown(3)?.[0]).toBeLessThan(300)
  expect(w.rows("SELECT length(parts) > 6000 AS whole FROM entries WHERE role = 'tool'")).toEqual([{ whole: 1 }])
})
