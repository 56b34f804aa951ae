// A message from its arrival to its answer, in a chat and from a program.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { engineWorld } from './fixture.ts'

const echo = defineTool({
  id: 'echo',
  summary: 'Says what it was given.',
  params: z.strictObject({ text: z.string() }),
  risk: 'read',
  run: async ({ text }) => ({ ok: true, text: `echo ${text}` }),
})

test('a chat message is answered once, in its chat', async () => {
  await using w = engineWorld({ script: () => 'Hi Ann.' })
  await w.receive('hello')
  await w.idle()
  expect(w.texts()).toEqual(['Hi Ann.'])
  expect(w.rows('SELECT state FROM inbox')).toEqual([{ state: 'done' }])
  expect(w.rows('SELECT state FROM outbox')).toEqual([{ state: 'sent' }])
  expect(w.told('finished')).toHaveLength(1)
  expect(w.lines.filter((l) => !l.startsWith('debug'))).toEqual([])
})

test('a message that comes twice is answered once', async () => {
  await using w = engineWorld()
  await w.receive('hello', { id: 'same' })
  await w.receive('hello', { id: 'same' })
  await w.idle()
  await w.receive('hello', { id: 'same' })
  await w.idle()
  expect(w.texts()).toEqual(['Hello.'])
  expect(w.requests).toHaveLength(1)
})

test('tools run, and their results are shown to the model', async () => {
  await using w = engineWorld({
    tools: [echo],
    script: (_req, n) => (n === 0 ? { text: 'Let me see.', calls: [{ tool: 'echo', input: { text: 'x' } }] } : 'Done.'),
  })
  await w.receive('do it')
  await w.idle()
  expect(w.texts()).toEqual(['Done.'])
  expect(w.requests[1]?.messages.at(-1)).toEqual({
    role: 'tool',
    parts: [{ type: 'result', id: 'call_1_0', tool: 'echo', ok: true, text: 'echo x' }],
  })
  expect(w.rows('SELECT role FROM entries ORDER BY id').map((r) => r['role'])).toEqual([
    'user',
    'assistant',
    'tool',
    'assistant',
  ])
})

test('a wrong tool call comes back to the model as words', async () => {
  await using w = engineWorld({
    tools: [echo],
    script: (_req, n) =>
      n === 0
        ? {
            calls: [
              { tool: 'echo', input: { txt: 1 } },
              { tool: 'nope', input: {} },
            ],
          }
        : 'Sorry.',
  })
  await w.receive('do it')
  await w.idle()
  const results = w.requests[1]?.messages.at(-1)?.parts ?? []
  expect(results.map((p) => (p.type === 'result' ? p.ok : undefined))).toEqual([false, false])
  expect(results.map((p) => (p.type === 'result' ? p.text.split('\n')[0] : undefined))).toEqual([
    'The input of echo is wrong:',
    'There is no tool "nope". You have: echo.',
  ])
})

test('a program hears its run by its own id', async () => {
  await using w = engineWorld({ script: () => 'Hi.' })
  expect(await w.submit('run-1', 'hello')).toEqual({ state: 'runs' })
  const result = await w.runs.wait('run-1', AbortSignal.timeout(3000))
  expect(result).toMatchObject({ run: 'run-1', status: 'ok', text: 'Hi.' })
  expect(await w.submit('run-1', 'hello')).toEqual({ state: 'known' })
  expect(w.chat.sent).toEqual([])
})

test('a silent answer says nothing', async () => {
  await using w = engineWorld({ script: () => 'NO_REPLY' })
  await w.receive('hello')
  await w.idle()
  expect(w.chat.sent).toEqual([])
  expect(w.rows('SELECT state FROM turns')).toEqual([{ state: 'done' }])
})
