// The built-in demo model: says what it is, calls tools by simple rules, costs nothing.
import { Fault } from '../../src/lib/fault.ts'
import { describe, expect, test } from 'bun:test'
import { providers } from '../../src/providers/index.ts'
import { findModel } from '../../src/providers/catalog.ts'
import type { ModelEvent, ModelMessage, ModelRequest } from '../../src/define/provider.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { programs } from './programs.ts'

const names = ['search', 'read', 'write', 'exec', 'web_fetch', 'session_status']

async function ask(messages: readonly ModelMessage[], offered = names, signal = new AbortController().signal) {
  const req: ModelRequest = {
    model: findModel('demo', 'demo'),
    system: '',
    messages,
    tools: offered.map((name) => ({ name, description: '', params: {} })),
    thinking: 'off',
    session: 's',
  }
  const events: ModelEvent[] = []
  const stream = providers.get('demo')?.stream(
    req,
    { id: 'demo' },
    {
      clock: systemClock,
      signal,
      fetch: Object.assign(() => Promise.reject(new Error('the demo model must not fetch')), {
        preconnect: () => undefined,
      }),
      picture: () => Promise.reject(new Fault('NOT_FOUND', 'gone')),
      programs,
    },
  )
  for await (const event of stream ?? []) events.push(event)
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('no end')
  return { end, deltas: events.flatMap((e) => (e.type === 'text' ? [e.delta] : [])) }
}

const user = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] })

describe('the demo model', () => {
  test('answers the same each time, in pieces, with its label as the last line', async () => {
    const a = await ask([user('hello, who are you and what can you do for me today?')])
    const b = await ask([user('hello, who are you and what can you do for me today?')])
    expect(a).toEqual(b)
    expect(a.deltas.length).toBeGreaterThan(2)
    const text = a.deltas.join('')
    expect(a.end.parts).toEqual([{ type: 'text', text }])
    expect(text).toContain('hello, who are you')
    expect(text.split('\n').at(-1)).toMatch(/demo model.*ANTHROPIC_API_KEY.*agents\.defaults\.model\.primary/)
    expect(a.end.usage).toMatchObject({ cacheRead: 0, cost: 0 })
    expect(a.end.usage.input).toBeGreaterThan(10)
  })

  test.each([
    ['what files are there?', 'search', { glob: '**/*' }],
    ['list files', 'search', { glob: '**/*' }],
    ['read notes/a.md', 'read', { path: 'notes/a.md' }],
    ['write a.txt: two\nlines', 'write', { path: 'a.txt', content: 'two\nlines' }],
    ['run ls -la', 'exec', { command: 'ls -la' }],
    ['fetch https://example.com/x', 'web_fetch', { url: 'https://example.com/x' }],
    ['status', 'session_status', {}],
  ])('"%s" calls %s', async (text, tool, input) => {
    const { end } = await ask([user(text)])
    expect(end.stop).toBe('tools')
    expect(end.parts).toMatchObject([{ type: 'call', tool, input }])
    const without = await ask(
      [user(text)],
      names.filter((n) => n !== tool),
    )
    expect(without.end.stop).toBe('end')
  })

  test('answers from the result of the tool', async () => {
    const { end } = await ask([
      user('run date'),
      { role: 'assistant', parts: [{ type: 'call', id: 'a', tool: 'exec', input: {} }] },
      { role: 'tool', parts: [{ type: 'result', id: 'a', tool: 'exec', ok: true, text: 'Tuesday' }] },
    ])
    expect(end.stop).toBe('end')
    expect(JSON.stringify(end.parts)).toContain('Tuesday')
  })

  test('stops when told to', async () => {
    expect((await ask([user('hi')], [], AbortSignal.abort())).end.stop).toBe('aborted')
  })
})
