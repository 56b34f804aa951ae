// What differs between models and servers of one protocol: thinking, caching, tokens, tool ids.
import { Fault } from '../../src/lib/fault.ts'
import { describe, expect, test } from 'bun:test'
import { providers } from '../../src/providers/index.ts'
import { endpoints, findModel, localServers } from '../../src/providers/catalog.ts'
import { costOf, type Endpoint, type ModelMessage, type ModelRequest } from '../../src/define/provider.ts'
import type { Part } from '../../src/domain/turn.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Secret } from '../../src/lib/secret.ts'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import type { FakeModel } from '../fakes/model-script.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { programs } from './programs.ts'

const said = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] })
const signal = () => new AbortController().signal
const ctx = () => ({
  clock: systemClock,
  signal: signal(),
  fetch: globalThis.fetch,
  picture: () => Promise.reject(new Fault('NOT_FOUND', 'gone')),
  programs,
})

async function bodyOf(
  api: FakeModel,
  use: { readonly api: string; readonly endpoint: Partial<Endpoint>; readonly req: Partial<ModelRequest> },
) {
  const endpoint = { id: 'test', baseUrl: api.url, ...use.endpoint }
  const req = {
    model: { ...findModel('x', 'm'), reasoning: true },
    system: 'sys',
    messages: [said('hi')],
    tools: [],
    thinking: 'off' as const,
    session: 's',
    ...use.req,
  }
  let parts: readonly Part[] = []
  for await (const e of providers.get(use.api)?.stream(req, endpoint, ctx()) ?? []) {
    if (e.type !== 'end') continue
    expect(e.error).toBeUndefined()
    parts = e.parts
  }
  return { body: api.requests.at(-1)?.body ?? {}, headers: api.requests.at(-1)?.headers, parts }
}

describe('anthropic', () => {
  const key = new Secret('sk-ant-test')
  const ask = (api: FakeModel, req: Partial<ModelRequest>, endpoint: Partial<Endpoint> = { key }) =>
    bodyOf(api, { api: 'anthropic-messages', endpoint, req })

  test('a token travels as bearer, a key as x-api-key', async () => {
    await using api = fakeAnthropic()
    const token = await ask(api, {}, { key: new Secret('oat-test'), bearer: true })
    expect([token.headers?.get('authorization'), token.headers?.get('x-api-key')]).toEqual(['Bearer oat-test', null])
    const keyed = await ask(api, {})
    expect([keyed.headers?.get('authorization'), keyed.headers?.get('x-api-key')]).toEqual([null, 'sk-ant-test'])
  })

  test.each([
    ['claude-opus-4-6', 'high', { type: 'adaptive', display: 'summarized' }, { effort: 'high' }],
    ['claude-opus-4-6', 'xhigh', { type: 'adaptive', display: 'summarized' }, { effort: 'max' }],
    ['claude-sonnet-5', 'minimal', { type: 'adaptive', display: 'summarized' }, { effort: 'low' }],
    ['claude-opus-4-5-20251101', 'low', { type: 'enabled', budget_tokens: 4096 }, undefined],
    ['claude-sonnet-4-20250514', 'low', { type: 'enabled', budget_tokens: 4096 }, undefined],
    ['claude-haiku-4-5', 'xhigh', { type: 'enabled', budget_tokens: 32_768 }, undefined],
    ['claude-haiku-4-5', 'off', undefined, undefined],
  ] as const)('%s thinks %s', async (id, thinking, expected, effort) => {
    await using api = fakeAnthropic()
    const model = { ...findModel('anthropic', id), id, reasoning: true, maxTokens: 64_000 }
    const { body } = await ask(api, { model, thinking })
    expect(body['thinking']).toEqual(expected as never)
    expect(body['output_config']).toEqual(effort as never)
  })

  test('the prompt is cached at the system text and at the last message', async () => {
    await using api = fakeAnthropic()
    const { body } = await ask(api, { messages: [said('a'), said('b')] })
    expect(body['system']).toEqual([{ type: 'text', text: 'sys', cache_control: { type: 'ephemeral' } }])
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b', cache_control: { type: 'ephemeral' } },
        ],
      },
    ])
  })

  test('hidden thinking goes back untouched', async () => {
    await using api = fakeAnthropic({ reply: (_, n) => (n ? 'ok' : { redacted: 'secret', text: 'a' }) })
    const { parts } = await ask(api, {})
    expect(parts[0]).toMatchObject({ type: 'thinking', text: '', redacted: true })
    await ask(api, { messages: [said('hi'), { role: 'assistant', parts }, said('more')] })
    expect(api.refused).toEqual([])
    expect(JSON.stringify(api.requests[1]?.body)).toContain('redacted_thinking')
  })

  test('an image that is gone becomes a sentence', async () => {
    await using api = fakeAnthropic()
    const ref = { id: 'x', mime: 'image/png', bytes: 3, name: 'cat.png' }
    const model = { ...findModel('x', 'm'), input: ['text', 'image'] as const }
    const { body } = await ask(api, { model, messages: [{ role: 'user', parts: [{ type: 'media', ref }] }] })
    expect(JSON.stringify(body['messages'])).toMatch(/no longer stored: <untrusted id=\S+ what=[^>]*>cat\.png</)
  })
})

describe('chat completions', () => {
  const ask = (api: FakeModel, compat: Record<string, unknown>, req: Partial<ModelRequest> = {}) =>
    bodyOf(api, { api: 'openai-completions', endpoint: { key: new Secret('sk-test'), compat }, req })

  test('an unknown server gets the plain form', async () => {
    await using api = fakeOpenai()
    const { body } = await ask(api, {}, { thinking: 'high' })
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model', 'stream', 'stream_options'])
    expect(body['messages']).toMatchObject([{ role: 'system' }, { role: 'user' }])
  })

  test('flags change the form', async () => {
    await using api = fakeOpenai()
    const compat = {
      maxTokensField: 'max_completion_tokens',
      supportsDeveloperRole: true,
      supportsReasoningEffort: true,
      supportsUsageInStreaming: false,
      supportsStore: true,
    }
    const { body } = await ask(api, compat, { thinking: 'high' })
    expect(body).toMatchObject({ max_completion_tokens: 8192, store: false, reasoning_effort: 'high' })
    expect(body['messages']).toMatchObject([{ role: 'developer' }, { role: 'user' }])
    expect(body['stream_options']).toBeUndefined()
  })

  test('ids become nine digits where only those are taken', async () => {
    await using api = fakeOpenai()
    const messages: ModelMessage[] = [
      said('a'),
      { role: 'assistant', parts: [{ type: 'call', id: 'toolu_abc', tool: 't', input: {} }] },
      { role: 'tool', parts: [{ type: 'result', id: 'toolu_abc', tool: 't', ok: true, text: 'x' }] },
    ]
    const { body } = await ask(api, { requiresMistralToolIds: true }, { messages })
    expect(JSON.stringify(body['messages']).match(/"000000001"/g)).toHaveLength(2)
  })
})

describe('the catalogue', () => {
  test('knows endpoints, models and what it does not know', () => {
    expect(endpoints['anthropic']?.env[0]).toBe('ANTHROPIC_API_KEY')
    expect(findModel('anthropic', 'claude-opus-4-5-20251101')).toMatchObject({ name: 'Claude Opus 4.5' })
    expect(findModel('demo', 'demo').price).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 })
    expect(findModel('x', 'y')).toEqual({
      id: 'y',
      name: 'y',
      contextWindow: 200_000,
      maxTokens: 8192,
      reasoning: false,
      input: ['text'],
    })
    for (const e of Object.values(endpoints)) expect(providers.ids).toContain(e.api)
  })

  test('a cost is known only with a price', () => {
    const usage = { input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite: 0 }
    expect(costOf(usage, undefined)).toEqual(usage)
    expect(costOf(usage, { input: 1, output: 2, cacheRead: 0.5 }).cost).toBe(3.5)
  })

  test('finds the local servers that answer, and gives up on silent ones', async () => {
    await using api = fakeOpenai({ models: ['llama3'] })
    const silent = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Promise<Response>(() => undefined) })
    const bases = { ollama: api.url, lmstudio: `http://127.0.0.1:${silent.port}/v1`, llamacpp: 'http://127.0.0.1:9/v1' }
    const before = performance.now()
    expect(await localServers(globalThis.fetch, systemClock, signal(), bases)).toEqual([
      { id: 'ollama', baseUrl: api.url, models: ['llama3'] },
    ])
    expect(performance.now() - before).toBeLessThan(600)
    await silent.stop(true)
  })

  test('lists the models of a server', async () => {
    await using api = fakeOpenai({ models: ['a', 'b'] })
    await using other = fakeAnthropic()
    const models = await providers.get('openai-completions')?.list?.({ id: 'o', baseUrl: api.url }, ctx())
    expect(models?.map((m) => m.id)).toEqual(['a', 'b'])
    const theirs = await providers.get('anthropic-messages')?.list?.({ id: 'a', baseUrl: other.url }, ctx())
    expect(theirs?.map((m) => m.name)).toEqual(['X'])
  })
})
