// One body of tests over every protocol: what an engine may rely on.
import { describe, expect, test } from 'bun:test'
import { providers } from '../../src/providers/index.ts'
import type { Endpoint, ModelEvent, ModelInfo, ModelMessage, ModelRequest } from '../../src/define/provider.ts'
import type { Part } from '../../src/domain/turn.ts'
import type { Fault } from '../../src/lib/fault.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Secret } from '../../src/lib/secret.ts'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import type { FakeModel, Reply } from '../fakes/model-script.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { programs } from '../providers/programs.ts'

type End = Extract<ModelEvent, { type: 'end' }>

interface Case {
  readonly api: string
  readonly model: ModelInfo
  readonly key: string
  start(opts?: { reply?: Reply }): FakeModel
}

const model = (id: string): ModelInfo => ({
  id,
  name: id,
  contextWindow: 200_000,
  maxTokens: 64_000,
  reasoning: true,
  input: ['text', 'image'],
  price: { input: 2, output: 4, cacheRead: 1 },
})

const cases: readonly Case[] = [
  { api: 'anthropic-messages', model: model('claude-sonnet-4-5'), key: 'sk-ant-test', start: fakeAnthropic },
  { api: 'openai-responses', model: model('gpt-5.2'), key: 'sk-test', start: fakeOpenai },
  { api: 'openai-completions', model: model('some-model'), key: 'sk-test', start: fakeOpenai },
]

const tool = {
  name: 'read',
  description: 'Reads a file.',
  params: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
}

export const user = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] })

const png = new Uint8Array([137, 80, 78, 71])

async function ask(
  c: Pick<Case, 'api' | 'model' | 'key'>,
  url: string,
  more: Partial<ModelRequest> & { signal?: AbortSignal; endpoint?: Partial<Endpoint>; key?: string },
) {
  const { signal, endpoint, key, ...req } = more
  const provider = providers.get(c.api)
  if (!provider) throw new Error(`no provider ${c.api}`)
  const events: ModelEvent[] = []
  const stream = provider.stream(
    { model: c.model, system: 'Be brief.', messages: [], tools: [tool], thinking: 'off', session: 's', ...req },
    { id: 'test', baseUrl: url, key: new Secret(key ?? c.key), ...endpoint },
    {
      clock: systemClock,
      signal: signal ?? new AbortController().signal,
      fetch: globalThis.fetch,
      picture: async () => ({ mime: 'image/png', bytes: png }),
      programs,
    },
  )
  for await (const event of stream) events.push(event)
  expect(events.filter((e) => e.type === 'end')).toHaveLength(1)
  const end = events.at(-1) as End
  expect(end.type).toBe('end')
  const streamed = (type: 'text' | 'thinking') => events.flatMap((e) => (e.type === type ? [e.delta] : [])).join('')
  return { end, events, text: streamed('text'), thinking: streamed('thinking') }
}

const classOf = (error: Fault | undefined) => (error?.more.details as { class?: string } | undefined)?.class
const calls = (parts: readonly Part[]) => parts.filter((p) => p.type === 'call')

for (const c of cases)
  describe(c.api, () => {
    test('text comes in pieces and whole, with its usage and cost', async () => {
      await using api = c.start({ reply: () => ({ text: 'hello there, friend', usage: { cacheRead: 100 } }) })
      const { end, events, text } = await ask(c, api.url, { messages: [user('hi')] })
      expect({ refused: api.refused, text, stop: end.stop }).toEqual({
        refused: [],
        text: 'hello there, friend',
        stop: 'end',
      })
      expect(events.length).toBeGreaterThan(2)
      expect(end.parts).toEqual([{ type: 'text', text: 'hello there, friend' }])
      expect(end.usage).toEqual({ input: 10, output: 5, cacheRead: 100, cacheWrite: 0, cost: 140e-6 })
    })

    test('parallel calls, their results and images go back in a form the server takes', async () => {
      const asked = [
        { id: 'call:1|fc.ü', name: 'read', input: { path: 'a' } },
        { id: 'call:1|fc.ö', name: 'read', input: { path: 'b' } },
      ]
      await using api = c.start({ reply: (_, n) => (n ? 'done' : { text: 'looking', calls: asked }) })
      const first = await ask(c, api.url, { messages: [user('read both')] })
      expect(first.end.stop).toBe('tools')
      expect(calls(first.end.parts)).toEqual(
        asked.map((a) => ({ type: 'call', id: a.id, tool: 'read', input: a.input }) as const),
      )
      const media = [{ id: 'm', mime: 'image/png', bytes: 4 }]
      const results = asked.map((a, i) => ({
        type: 'result' as const,
        id: a.id,
        tool: 'read',
        ok: i === 0,
        text: i ? '' : 'A',
        ...(i ? {} : { media }),
      }))
      const history: ModelMessage[] = [
        user('read both'),
        { role: 'assistant', parts: first.end.parts },
        { role: 'tool', parts: results },
        user('and now?'),
      ]
      const second = await ask(c, api.url, { messages: history })
      expect(api.refused).toEqual([])
      expect(second.text).toBe('done')
      expect(JSON.stringify(api.requests[1]?.body)).toContain('iVBORw==')
    })

    test('thinking is shown, and goes back with its proof', async () => {
      await using api = c.start({
        reply: (_, n) => (n ? 'ok' : { thinking: 'let me see, hm', calls: [{ name: 'read', input: {} }] }),
      })
      const first = await ask(c, api.url, { messages: [user('think')], thinking: 'high' })
      expect(first.thinking).toBe('let me see, hm')
      const id = calls(first.end.parts)[0]?.id ?? ''
      const second = await ask(c, api.url, {
        thinking: 'high',
        messages: [
          user('think'),
          { role: 'assistant', parts: first.end.parts },
          { role: 'tool', parts: [{ type: 'result', id, tool: 'read', ok: true, text: 'x' }] },
        ],
      })
      expect({ refused: api.refused, text: second.text }).toEqual({ refused: [], text: 'ok' })
      expect(JSON.stringify(api.requests[1]?.body)).toContain('let me see, hm')
    })

    test('thinking and ids of other servers do no harm', async () => {
      await using api = c.start()
      const foreign: Part[] = [
        { type: 'thinking', text: 'theirs', signature: 'other:{"a":1}' },
        { type: 'thinking', text: 'unsigned' },
        { type: 'call', id: `x${'y'.repeat(90)}/!`, tool: 'read', input: 'not json {' },
        { type: 'call', id: `x${'y'.repeat(90)}/?`, tool: 'read', input: [1] },
      ]
      const results: Part[] = calls(foreign).map((p) => ({
        type: 'result',
        id: p.id,
        tool: 'read',
        ok: true,
        text: '',
      }))
      const messages: ModelMessage[] = [
        user('a'),
        { role: 'assistant', parts: foreign },
        { role: 'tool', parts: results },
      ]
      for (const thinking of ['off', 'medium'] as const) {
        const { end } = await ask(c, api.url, { messages, thinking })
        expect({ refused: api.refused, error: end.error, stop: end.stop }).toEqual({
          refused: [],
          error: undefined,
          stop: 'end',
        })
      }
    })

    test('a long answer says that it was cut', async () => {
      await using api = c.start({ reply: () => ({ text: 'and so', stop: 'length' }) })
      expect((await ask(c, api.url, { messages: [user('go')] })).end.stop).toBe('length')
    })

    test('a forced tool is asked for in words the server knows', async () => {
      await using api = c.start({ reply: () => ({ calls: [{ name: 'read', input: { path: 'z' } }] }) })
      for (const toolChoice of ['required', 'none', { name: 'read' }] as const)
        await ask(c, api.url, { messages: [user('go')], toolChoice, thinking: 'low', temperature: 0.5 })
      expect(api.refused).toEqual([])
      expect(new Set(api.requests.map((r) => JSON.stringify(r.body['tool_choice']))).size).toBe(3)
    })

    test.each([
      [401, 'invalid x-api-key', 'auth'],
      [402, 'payment required', 'billing'],
      [400, 'prompt is too long: 210000 tokens > 200000 maximum', 'overflow'],
      [400, "This model's maximum context length is 128000 tokens.", 'overflow'],
      [400, 'tools.0.name: bad', 'format'],
      [400, 'Your credit balance is too low to access the API.', 'billing'],
      [429, 'slow down', 'rate_limit'],
      [500, 'oops', 'timeout'],
      [529, 'Overloaded', 'rate_limit'],
    ])('status %i "%s" is of class %s', async (status, error, expected) => {
      await using api = c.start({ reply: () => ({ status, error, retryAfter: '7' }) })
      const { end } = await ask(c, api.url, { messages: [user('hi')] })
      expect({ stop: end.stop, class: classOf(end.error) }).toEqual({ stop: 'error', class: expected })
      expect(end.error?.more.retryAfterMs).toBe(7000)
      expect(end.error?.message).toContain(error)
      expect(api.requests).toHaveLength(1)
    })

    test('a wrong key is told as such, and not shown', async () => {
      await using api = c.start()
      const { end } = await ask(c, api.url, { messages: [user('hi')], key: 'sk-wrong-123' })
      expect(classOf(end.error)).toBe('auth')
      expect(end.error?.message).not.toContain('sk-wrong-123')
    })

    test('a connection that is cut leaves what had come', async () => {
      await using api = c.start({ reply: () => ({ text: 'one two three four five six', cutAfter: 5 }) })
      const { end, text } = await ask(c, api.url, { messages: [user('hi')] })
      expect(end.stop).toBe('error')
      expect(classOf(end.error)).toBe('timeout')
      expect(end.parts).toEqual(text ? [{ type: 'text', text }] : [])
    })

    test('rubbish in the stream is an error, not a crash', async () => {
      await using api = c.start({ reply: () => ({ text: 'one two three four', garbageAfter: 4 }) })
      const { end } = await ask(c, api.url, { messages: [user('hi')] })
      expect(end.stop).toBe('error')
      expect(classOf(end.error)).toBeDefined()
    })

    test('nobody there is an error, not a crash', async () => {
      const { end } = await ask(c, 'http://127.0.0.1:9', { messages: [user('hi')] })
      expect({ stop: end.stop, class: classOf(end.error) }).toEqual({ stop: 'error', class: 'timeout' })
    })

    test('abort ends a silent stream within a moment, and the connection with it', async () => {
      await using api = c.start({ reply: () => ({ text: 'one two three four', hangAfter: 5 }) })
      const stop = new AbortController()
      const running = ask(c, api.url, { messages: [user('hi')], signal: stop.signal })
      while (!api.requests.length) await Bun.sleep(1)
      const before = performance.now()
      stop.abort(new Error('enough'))
      const { end } = await running
      expect(performance.now() - before).toBeLessThan(200)
      expect({ stop: end.stop, code: end.error?.code }).toEqual({ stop: 'aborted', code: 'CANCELLED' })
      while (!api.dropped.count) await Bun.sleep(1)
      expect(api.dropped.count).toBe(1)
    })

    test('a signal already aborted asks nothing', async () => {
      await using api = c.start()
      const { end } = await ask(c, api.url, { messages: [user('hi')], signal: AbortSignal.abort() })
      expect({ stop: end.stop, asked: api.requests.length }).toEqual({ stop: 'aborted', asked: 0 })
    })
  })
