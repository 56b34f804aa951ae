// Programs in place of servers: what they are asked, how their answers are read, and what becomes of those that fail.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelEvent, ModelMessage, ModelRequest } from '../../src/define/provider.ts'
import { unknownModel } from '../../src/define/provider.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { programOf, type ProgramWish } from '../../src/providers/program/backends.ts'
import { program } from '../../src/providers/program/index.ts'
import { printed } from '../../src/providers/program/read.ts'
import { modelPrograms } from '../fakes/model-programs.ts'
import { programs } from './programs.ts'

const home = modelPrograms(join(mkdtempSync(join(tmpdir(), 'oclaw-programs-')), 'bin'))
process.on('exit', () => rmSync(join(home, '..'), { recursive: true, force: true }))

const user = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] })
const png = new Uint8Array([137, 80, 78, 71])

async function ask(
  id: string,
  messages: readonly ModelMessage[],
  more: { said?: ProgramWish; signal?: AbortSignal; model?: string } & Partial<Omit<ModelRequest, 'model'>> = {},
) {
  const { said, signal, model = 'opus-4.6', ...req } = more
  const made = programOf(id, { ...said, command: said?.command ?? join(home, id.split('-')[0] ?? '') })
  if (!made) throw new Error(`no program ${id}`)
  const events: ModelEvent[] = []
  const request: ModelRequest = {
    model: { ...unknownModel(model), input: ['text', 'image'] },
    system: 'Be brief.',
    messages,
    tools: [],
    thinking: 'off',
    session: 's',
    ...req,
  }
  const context = {
    clock: systemClock,
    signal: signal ?? new AbortController().signal,
    fetch: globalThis.fetch,
    picture: () => Promise.resolve({ mime: 'image/png', bytes: png }),
    programs,
  }
  for await (const e of program.stream(request, { id, program: made }, context)) events.push(e)
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('it has no end')
  const text = events.flatMap((e) => (e.type === 'text' ? [e.delta] : [])).join('')
  const told = () => JSON.parse(text) as { prompt: string; model: string; system?: string; images?: number[] }
  return { end, told, failure: end.error instanceof Fault ? end.error : undefined }
}

const classOf = (f: Fault | undefined) => (f?.more.details as { class?: string } | undefined)?.class

test('claude is asked one question with its own name for the model, and its instructions by their flag', async () => {
  const { end, told } = await ask('claude-cli', [user('hi')])
  expect(told()).toEqual({ prompt: 'hi', model: 'opus', system: 'Be brief.' } as never)
  expect([end.stop, end.usage]).toEqual(['end', { input: 7, output: 2, cacheRead: 5, cacheWrite: 3 }])
})

test('a conversation is one text, with what tools said, and the word that none can be called', async () => {
  const tool = { name: 'read', description: 'Reads.', params: {} }
  const { told } = await ask(
    'codex-cli',
    [
      user('read a'),
      { role: 'assistant', parts: [{ type: 'call', id: '1', tool: 'read', input: { path: 'a' } }] },
      { role: 'tool', parts: [{ type: 'result', id: '1', tool: 'read', ok: true, text: 'A' }] },
      { role: 'user', parts: [{ type: 'media', ref: { id: 'm', mime: 'image/png', bytes: 4 } }] },
    ],
    { tools: [tool], model: 'default' },
  )
  const { prompt, images, model } = told()
  expect(prompt.split('\n\n')).toEqual([
    'Be brief.',
    'The tools your instructions speak of cannot be called here; answer in words.',
    'This is the conversation so far. Answer the last message in it.',
    'User: read a',
    'You: [called read {"path":"a"}]',
    'Tools: [read said: A]',
    'User: [picture-1.png]',
  ])
  expect([images, model]).toEqual([[4], undefined] as never)
})

test('what the config says goes before what is known; a question too long for an argument goes by standard input', async () => {
  const said: ProgramWish = {
    input: 'arg',
    maxPromptArgChars: 10,
    systemPromptWhen: 'never',
    modelAliases: { big: 'b' },
  }
  const { told } = await ask('claude-cli', [user('short')], { said, model: 'big' })
  expect(told()).toEqual({ prompt: 'short', model: 'b' } as never)
  expect((await ask('claude-cli', [user('x'.repeat(300_000))], { said })).told().prompt.length).toBe(300_000)
  const key = { ...said, env: { ANTHROPIC_API_KEY: 'k', OTHER: 'o' } }
  expect((await ask('claude-cli', [user('x')], { said: key })).told()).toMatchObject({ key: 'k' })
  const cleared = { ...key, clearEnv: ['ANTHROPIC_API_KEY'] }
  expect((await ask('claude-cli', [user('x')], { said: cleared })).told()).not.toHaveProperty('key')
})

test('a program that fails says why, with what to do', async () => {
  const out = await ask('claude-cli', [user('hi')], { model: 'signed-out' })
  expect([classOf(out.failure), out.end.parts]).toEqual(['auth', []])
  expect(out.failure?.message).toContain(`run ${join(home, 'claude')} in a terminal once, and sign in`)
  const odd = await ask('claude-cli', [user('hi')], { said: { args: ['-p', '--odd'] } })
  expect(odd.failure?.message).toContain("unknown option '--odd'")
  const gone = await ask('mine', [user('hi')], { said: { command: join(home, 'nothing') } })
  expect(gone.failure?.message).toContain('oclaw config set agents.defaults.cliBackends.mine.command <path>')
  expect((await ask('codex-cli', [user('say no more')])).failure?.message).toContain('it said nothing')
})

test('one that is silent for too long, or not wanted any more, is ended', async () => {
  const watchdog = { fresh: { noOutputTimeoutMs: 300 } }
  const silent = await ask('claude-cli', [user('be silent')], { said: { reliability: { watchdog } } })
  expect(silent.failure?.message).toContain('it printed nothing for 0.3 s')
  expect((await ask('claude-cli', [user('be silent')], { signal: AbortSignal.timeout(100) })).end.stop).toBe('aborted')
})

test('answers are found in the forms programs print', () => {
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
  const json = (value: unknown) => printed(JSON.stringify(value), 'json')
  expect(printed(' plain words \n', 'text')).toEqual({ text: 'plain words', usage })
  expect(printed('no JSON at all', 'json')).toEqual({ text: 'no JSON at all', usage })
  expect(printed('Warning: old\n{"response":"yes"}', 'json')).toEqual({ text: 'yes', usage })
  expect(
    json({
      message: {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    }),
  ).toEqual({
    text: 'ab',
    usage,
  })
  expect(json({ error: { message: 'no credit' } })).toEqual({ failure: 'no credit' })
  expect(json({ response: 'fine', error: null })).toEqual({ text: 'fine', usage })
  const failed = '{"type":"turn.started"}\n{"type":"turn.failed","error":{"message":"rate limit"}}'
  expect(printed(failed, 'jsonl')).toEqual({ failure: 'rate limit' })
  const stream =
    '{"type":"assistant","message":{"content":[{"type":"text","text":"so"}]}}\n{"type":"result","result":"so"}'
  expect(printed(stream, 'jsonl')).toEqual({ text: 'so', usage })
})
