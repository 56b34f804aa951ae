// Notes are saved once before a session is condensed, out of the person's sight.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AnyTool } from '../../src/define/tool.ts'
import { tools } from '../../src/tools/index.ts'
import { engineWorld, until } from '../engine/fixture.ts'
import { afterTool, heard } from '../agent-tools/stage.ts'

const full = (input: number) => ({ input, output: 5, cacheRead: 0, cacheWrite: 0 })

function stage(tokens: number, soft: number | undefined) {
  return engineWorld({
    tools: tools.all as unknown as readonly AnyTool[],
    settings: { memoryFlush: () => (soft === undefined ? undefined : { softTokens: soft }) },
    script: (req) => {
      const usage = full(tokens)
      if (req.system.startsWith('You condense')) return { text: 'A summary.', usage: full(10) }
      if (afterTool(req)) return { text: 'NO_REPLY', usage }
      if (heard(req).includes('about to be condensed'))
        return { calls: [{ tool: 'write', input: { path: 'memory/today.md', content: 'what matters' } }], usage }
      return { text: `Answer to ${heard(req).slice(-3)}`, usage }
    },
  })
}

const summaries = (w: ReturnType<typeof stage>) => w.rows(`SELECT * FROM entries WHERE role = 'summary'`).length

test('near the limit the agent saves its notes, then the session is condensed; the person sees neither', async () => {
  await using w = stage(190_000, 4000)
  await w.receive('one')
  await w.idle()
  await until('a summary', () => summaries(w) === 1)
  expect(readFileSync(join(w.workspace, 'memory/today.md'), 'utf8')).toBe('what matters')
  expect(w.texts()).toEqual(['Answer to one'])
  const order = w.requests.map((r) =>
    r.system.startsWith('You condense') ? 'condense' : heard(r).includes('condensed') ? 'save' : '',
  )
  expect(order.filter(Boolean)).toEqual(['save', 'condense'])
})

test('a little before the limit notes are saved, once, and nothing is condensed', async () => {
  await using w = stage(177_000, 4000)
  for (const text of ['one', 'two', 'six']) {
    await w.receive(text)
    await w.idle()
  }
  await until('the notes', () => w.requests.some((r) => heard(r).includes('condensed')))
  await w.idle()
  expect(w.requests.filter((r) => heard(r).includes('condensed'))).toHaveLength(1)
  expect(summaries(w)).toBe(0)
})

test('where notes are not to be saved, the session is condensed at once', async () => {
  await using w = stage(190_000, undefined)
  await w.receive('one')
  await w.idle()
  await w.receive('two')
  await w.idle()
  await until('a summary', () => summaries(w) === 1)
  expect(w.requests.some((r) => heard(r).includes('condensed'))).toBe(false)
})
