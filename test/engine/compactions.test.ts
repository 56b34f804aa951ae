// R-CTX-1, R-CTX-2, R-CTX-3: ten compactions over two thousand turns: the log stays whole, the prompt small, the rules as written.
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../../src/domain/turn.ts'
import { compact } from '../../src/engine/prompt/compact.ts'
import { estimateTokens } from '../../src/engine/prompt/history.ts'
import { context } from '../../src/store/context.ts'
import * as entries from '../../src/store/entries.ts'
import * as sessions from '../../src/store/sessions.ts'
import { engineWorld } from './fixture.ts'
import { candidateOf, modelFault, type Line } from './scripted.ts'

const rounds = 10
const turnsPerRound = 200
const keepTokens = 4000

const rules = `# Rules\n\n- Never send money.\n- Größe: 大きさ — «exactly» so, with\ttabs and “quotes”.\n- ${'Always be kind. '.repeat(100)}\n`
const words = (text: string): Part[] => [{ type: 'text', text }]

/** What the model makes of the wish for a summary, by turns: as asked, far too long, nothing, or a failure. */
const summaries: readonly ((round: number) => Line | string)[] = [
  (n) => `Summary ${n}: they spoke.`,
  (n) => `Summary ${n}: ${'and on and on '.repeat(20_000)}`,
  () => ({ text: ' ' }),
  () => ({ fault: modelFault('format') }),
]

test(`${rounds} compactions of ${rounds * turnsPerRound} turns`, async () => {
  let round = 0
  await using w = engineWorld({
    settings: { compaction: () => ({ keepTokens, reserveTokens: 1000 }) },
    script: (req) => (req.system.includes('condense') ? (summaries[round % summaries.length]?.(round) ?? '') : 'Fine.'),
  })
  writeFileSync(join(w.workspace, 'AGENTS.md'), rules)
  await w.receive('hello')
  await w.idle()
  const key = 'agent:main:main'
  const session = sessions.byKey(w.db, key)?.id as string
  const models = [candidateOf('a/one', w.provider)]
  const prompts = new Set<string>()
  let tokens = 0
  for (; round < rounds; round++) {
    await w.db.write(() => {
      for (let i = 0; i < turnsPerRound; i++) {
        const n = round * turnsPerRound + i
        const say = (role: 'user' | 'assistant' | 'tool', parts: readonly Part[]) => {
          const count = estimateTokens(parts)
          tokens += count
          entries.append(w.db, { session, turn: `t${n}`, role, parts, at: n, tokens: count })
        }
        say('user', words(`question kiwi${n} ${'word '.repeat(30)}`))
        say('assistant', [{ type: 'call', id: `c${n}`, tool: 'read', input: { path: `f${n}` } }])
        say('tool', [{ type: 'result', id: `c${n}`, tool: 'read', ok: true, text: `found ${'x'.repeat(300)}` }])
        say('assistant', words(`answer plum${n} ${'word '.repeat(30)}`))
      }
    })
    const done = await compact(w.kit, session, models, w.scope.signal)
    expect([round, done.compacted]).toEqual([round, true])
    expect(done.tokensAfter).toBeLessThanOrEqual(keepTokens + 12_000 / 4 + 100)
    expect(context(w.db, session)[0]?.role).toBe('summary')
    await w.receive('and?')
    await w.idle()
    const { system, messages } = w.requests.at(-1) ?? {}
    prompts.add(system?.slice(system.indexOf('# Project context')) ?? '')
    expect(messages?.reduce((sum, m) => sum + estimateTokens(m.parts), 0)).toBeLessThan(keepTokens + 4000)
  }
  expect(tokens).toBeGreaterThan(300_000)
  expect(prompts.size).toBe(1)
  expect([...prompts][0]).toContain(rules.trim())
  expect(sessions.byId(w.db, session)?.compactions).toBe(rounds)
  // All of it can still be read and found, from the first word to the last.
  expect(entries.count(w.db, session)).toBe(rounds * (turnsPerRound * 4 + 1 + 2) + 2)
  for (let n = 0; n < rounds * turnsPerRound; n += 37) {
    for (const [role, word] of [
      ['user', `kiwi${n}`],
      ['assistant', `plum${n}`],
    ])
      expect(entries.search(w.db, word ?? '', 5).filter((e) => e.role === role)).toHaveLength(1)
  }
  const first = entries.latest(w.db, session, 5, entries.latest(w.db, session, 100_000)[5]?.id)
  expect(first.map((e) => e.role)).toEqual(['user', 'assistant', 'user', 'assistant', 'tool'])
}, 60_000)

test('what is too long to be read at once is condensed part by part, each with what came before', async () => {
  const asked: string[] = []
  await using w = engineWorld({
    settings: { compaction: () => ({ keepTokens: 100, reserveTokens: 100, share: 0.01 }) },
    script: (req) => {
      if (!req.system.includes('condense')) return 'Fine.'
      asked.push(JSON.stringify(req.messages))
      return `Summary ${asked.length}.`
    },
  })
  await w.receive('hello')
  await w.idle()
  const session = sessions.byKey(w.db, 'agent:main:main')?.id as string
  await w.db.write(() => {
    for (let n = 0; n < 6; n++)
      for (const role of ['user', 'assistant'] as const) {
        const parts = words(`${role}${n} ${'word '.repeat(600)}`)
        entries.append(w.db, { session, turn: `t${n}`, role, parts, at: n, tokens: estimateTokens(parts) })
      }
  })
  await compact(w.kit, session, [candidateOf('a/one', w.provider)], w.scope.signal)
  expect(asked.length).toBeGreaterThan(3)
  for (const [i, said] of asked.entries()) {
    expect(said.length / 4).toBeLessThan(200_000 * 0.01 + 300)
    expect(said.includes(`Summary ${i}.`)).toBe(i > 0)
  }
  expect(context(w.db, session)[0]?.parts[0]).toEqual({ type: 'text', text: `Summary ${asked.length}.` })
})
