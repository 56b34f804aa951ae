// Flags: every kind of value, every way of writing it, and sentences for what is wrong.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { fieldsOf } from '../../src/cli/fields.ts'
import { checked, nearest, parseFlags } from '../../src/cli/flags.ts'
import { Fault } from '../../src/lib/fault.ts'

const params = z.strictObject({
  sessionKey: z.string().optional().describe('which session'),
  limit: z.number().int().min(1).default(50).describe('how many'),
  probe: z.boolean().default(false).describe('look closer'),
  level: z.enum(['low', 'high']).optional().describe('how much'),
  keys: z.array(z.string()).optional().describe('some keys'),
  extra: z.record(z.string(), z.unknown()).optional().describe('more facts'),
  timeout: z.number().optional().describe('in seconds'),
  threadId: z.union([z.string(), z.number()]).optional().describe('the thread'),
})
const fields = fieldsOf(params, { limit: 'n', probe: 'p' })

const read = (...words: string[]) => parseFlags(words, fields, ['sessionKey'], 'oclaw test')
const all = (...words: string[]) => checked(params, read(...words).input, fields, ['sessionKey'], 'oclaw test')
const refusal = (...words: string[]) => {
  try {
    all(...words)
  } catch (error) {
    if (error instanceof Fault) return error.message
  }
  return expect.unreachable()
}

test.each([
  [['--session-key', 'main'], { sessionKey: 'main' }],
  [['--sessionKey=main'], { sessionKey: 'main' }],
  [['main'], { sessionKey: 'main' }],
  [['--', '-odd'], { sessionKey: '-odd' }],
  [['--limit', '5'], { limit: 5 }],
  [['-n', '7'], { limit: 7 }],
  [['-pn3'], { probe: true, limit: 3 }],
  [['--probe'], { probe: true }],
  [['--probe', '--no-probe'], { probe: false }],
  [['--probe=false'], { probe: false }],
  [['--level', 'high'], { level: 'high' }],
  [['--keys', 'a, b', '--keys', 'c'], { keys: ['a', 'b', 'c'] }],
  [['--extra', '{"a":[1]}'], { extra: { a: [1] } }],
  [['--timeout', '600'], { timeout: 600 }],
  [['--thread-id', '1712345678.123400'], { threadId: '1712345678.123400' }],
  [['--thread-id', '1234567890123456789'], { threadId: '1234567890123456789' }],
  [['--thread-id', 'abc'], { threadId: 'abc' }],
] as [string[], Record<string, unknown>][])('%j is read', (words, expected) => {
  expect(all(...words)).toEqual({ limit: 50, probe: false, ...expected })
})

test.each([
  [['--limt', '5'], 'oclaw test has no flag --limt; did you mean --limit?'],
  [['--jsn'], 'did you mean --json?'],
  [['-x'], 'oclaw test has no flag -x'],
  [['--limit'], '--limit needs a value: how many'],
  [['--limit', '--probe'], '--limit needs a value'],
  [['--limit', 'many'], '--limit needs a number, not "many"'],
  [['--limit', '-5'], '--limit: '],
  [['--level', 'hihg'], '--level is one of low, high, not "hihg"; did you mean high?'],
  [['--probe=maybe'], '--probe is yes or no'],
  [['--extra', '{a'], '--extra needs JSON'],
  [['main', 'stray'], 'does not know what to do with "stray"'],
] as [string[], string][])('%j is refused in words', (words, expected) => {
  expect(refusal(...words)).toContain(expected)
})

test('a missing parameter is named as it is written', () => {
  const needs = z.strictObject({ channel: z.string().describe('the channel'), userId: z.string().describe('who') })
  const own = fieldsOf(needs)
  const missing = () => checked(needs, {}, own, ['channel'], 'oclaw x')
  expect(missing).toThrow(
    '<channel> is missing: the channel\n--user-id is missing: who\nHow it is used: oclaw x --help',
  )
})

test('the flags of every command are told apart from its own', () => {
  const { input, globals } = read('--json', '--url', 'ws://h:1', '--no-color', '--timeout', '3')
  expect(input).toEqual({ timeout: 3 })
  expect(globals).toMatchObject({ json: true, url: 'ws://h:1', color: false, dev: false, help: false })
  expect(globals.timeout).toBeUndefined()
})

test('the nearest word is close or none', () => {
  expect(nearest('sesions', ['status', 'sessions'])).toBe('sessions')
  expect(nearest('banana', ['status', 'sessions'])).toBeUndefined()
})
