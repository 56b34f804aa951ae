// The parts of the Control UI that need no browser: what a chat's rows are, what changed in a config, and its words.
import { expect, test } from 'bun:test'
import { Glob } from 'bun'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChatMessage } from '../../src/ops/chat-message.ts'
import { spelled } from '../../src/lib/spelled.ts'
import { root } from '../e2e/program.ts'
import { grown, rowsOf, withLocals, type Step } from '../../ui/chat/rows.ts'
import { diff, hunks } from '../../ui/parts/diff.ts'
import { kindOf, patched, patchOf, plain, wrongOf } from '../../ui/parts/schema.ts'
import words from '../../ui/words.json'
import { t } from '../../ui/words.ts'

const message = (id: number, role: ChatMessage['role'], content: ChatMessage['content'], more = {}): ChatMessage => ({
  id,
  role,
  content,
  timestamp: id * 1000,
  ...more,
})
const text = (words: string) => [{ type: 'text' as const, text: words }]
const talk = [
  message(1, 'user', text('list files')),
  message(2, 'assistant', [{ type: 'toolCall', id: 'c1', name: 'search', arguments: { glob: '*' } }]),
  message(3, 'toolResult', text('a.txt'), { toolCallId: 'c1', isError: false }),
  message(4, 'assistant', text('There is a.txt.'), { model: 'm' }),
]

test('what an agent does between two messages is one row, and a result stands in its call', () => {
  const rows = rowsOf(talk)
  expect(rows.map((r) => [r.kind, r.key])).toEqual([
    ['user', 'm1'],
    ['answer', 'm2'],
  ])
  const answer = rows[1]
  expect(answer?.kind === 'answer' && answer.steps).toMatchObject([
    { kind: 'tool', id: 'c1', result: 'a.txt', failed: false, startedAt: 2000, endedAt: 3000 },
    { kind: 'text', text: 'There is a.txt.' },
  ])
})

test('what was just sent stands where it was sent, and a run shows what is not stored yet', () => {
  const local = { kind: 'user' as const, key: 'x', at: 9, text: 'more', files: [], after: 4 }
  const note = { kind: 'note' as const, key: 'n', at: 9, text: 'a command', after: 1 }
  const rows = withLocals(rowsOf(talk), [note, local], undefined)
  expect(rows.map((r) => r.key)).toEqual(['m1', 'n', 'm2', 'x'])
  const live = { run: 'r', at: 9, steps: [{ kind: 'text' as const, text: 'growing' }] }
  expect(withLocals(rowsOf(talk), [local], live).map((r) => r.key)).toEqual(['m1', 'm2', 'x', 'live-r'])
  const again = { ...live, steps: [{ kind: 'text' as const, text: 'There is a.txt.' }, ...live.steps] }
  const joined = withLocals(rowsOf(talk), [], again).at(-1)
  expect(joined?.kind === 'answer' && joined.steps.map((s) => s.kind === 'text' && s.text)).toEqual([
    false,
    'There is a.txt.',
    'growing',
  ])
})

test('a growing text is one step until a tool comes in between', () => {
  let steps: readonly Step[] = grown([], 'text', 'a')
  steps = grown(steps, 'text', 'ab')
  expect(steps).toEqual([{ kind: 'text', text: 'ab' }])
  const tool: Step = { kind: 'tool', id: 'c', name: 'x', args: {}, startedAt: 1 }
  expect(grown([...steps, tool], 'text', 'new')).toHaveLength(3)
  expect(grown(steps, 'thinking', 'hm')).toHaveLength(2)
})

test('a merge patch makes one value of another, and says nothing where nothing changed', () => {
  const before = { a: 1, b: { c: [1], d: 2 }, e: 'x' }
  const after = { a: 1, b: { c: [1, 2] }, f: null }
  const patch = patchOf(before, { ...after, f: 'new' })
  expect(patch).toEqual({ b: { c: [1, 2], d: null }, e: null, f: 'new' })
  expect(patched(before, patch)).toEqual({ a: 1, b: { c: [1, 2] }, f: 'new' })
  expect(patchOf(before, structuredClone(before))).toBeUndefined()
})

test('a schema is shown by what it is, and what is wrong is known before anybody is asked', () => {
  expect(kindOf({ type: 'string' })).toBe('text')
  expect(kindOf({ type: 'string' }, true)).toBe('secret')
  expect(kindOf({ type: 'array', items: { type: 'string' } })).toBe('list')
  expect(kindOf({ type: 'object', additionalProperties: { type: 'string' } })).toBe('record')
  expect(kindOf(plain({ anyOf: [{ const: 'a' }, { const: 'b' }, { type: 'null' }] }, undefined))).toBe('choice')
  expect(kindOf(plain({ anyOf: [{ type: 'boolean' }, { type: 'string' }] }, true))).toBe('toggle')
  expect(wrongOf({ type: 'integer', minimum: 1 }, 0, false)?.word).toBe('form.min')
  expect(wrongOf({ type: 'string', pattern: '^a' }, 'b', false)?.word).toBe('form.pattern')
  expect([wrongOf({ type: 'string' }, undefined, true)?.word, wrongOf({ type: 'string' }, undefined, false)]).toEqual([
    'form.needed',
    undefined,
  ])
  expect(['allowFrom', 'baseUrl', 'tls', 'peerIds', 'idle'].map(spelled)).toEqual([
    'Allow from',
    'Base URL',
    'TLS',
    'Peer IDs',
    'Idle',
  ])
})

test('changes of a text are shown line by line, with a little around them', () => {
  const before = Array.from({ length: 20 }, (_, i) => `line ${i}`)
  const after = before.with(10, 'other').toSpliced(3, 1)
  const lines = diff(before.join('\n'), after.join('\n'))
  expect(lines.filter((l) => l.kind !== 'same').map((l) => `${l.kind} ${l.text}`)).toEqual([
    'gone line 3',
    'gone line 10',
    'new other',
  ])
  const shown = hunks(lines)
  expect([shown.filter((l) => l === 'gap').length, shown.length < lines.length]).toEqual([2, true])
  expect(hunks(diff('a\nb', 'a\nb'))).toEqual([])
})

test('words have their gaps filled, and every one of them is said somewhere', () => {
  expect([t('n.messages', { n: 1 }), t('n.messages', { n: 7 })]).toEqual(['1 message', '7 messages'])
  const code = [...new Glob('ui/**/*.{ts,tsx}').scanSync(root)]
    .map((p) => readFileSync(join(root, p), 'utf8'))
    .join('\n')
  const made = [...code.matchAll(/`([a-z.]+)\$\{/g)].map((m) => m[1] as string)
  const unsaid = Object.keys(words).filter(
    (w) => !code.includes(`'${w}'`) && !made.some((begin) => w.startsWith(begin)),
  )
  expect(unsaid).toEqual([])
})
