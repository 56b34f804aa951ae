// What the config says of one model reaches its server: parameters, headers, how long a prompt is kept.
import { expect, test } from 'bun:test'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway } from './gateway.ts'

const model = (id: string, more: object = {}) => ({ id, name: id, ...more })
const question = { messages: [{ role: 'user', content: 'hi' }] }

test('temperature, length, the time a prompt is kept, and headers of one model', async () => {
  await using openai = fakeOpenai()
  await using anthropic = fakeAnthropic()
  const params = { temperature: 0.3, maxTokens: 77 }
  await using g = await gateway({
    model: openai,
    more: {
      agents: {
        defaults: {
          model: { primary: 'one/a' },
          models: {
            'one/a': { params },
            'one/b': {},
            'two/c': { params: { cacheRetention: 'long' } },
            'two/d': { params: { cacheRetention: 'none' } },
          },
        },
      },
      models: {
        mode: 'replace',
        providers: {
          one: {
            baseUrl: openai.url,
            apiKey: 'sk-test',
            api: 'openai-completions',
            headers: { 'x-all': '1' },
            models: [model('a', { headers: { 'x-own': 'a' } }), model('b')],
          },
          two: {
            baseUrl: anthropic.url,
            apiKey: 'sk-ant-test',
            api: 'anthropic-messages',
            models: [model('c'), model('d')],
          },
        },
      },
    },
  })
  const ask = async (ref?: string) => {
    const r = await g.send('/v1/chat/completions', { json: { model: ref ?? 'openclaw', ...question } })
    expect(r.status).toBe(200)
  }
  await ask()
  const first = openai.requests.at(-1)
  expect(first?.body).toMatchObject({ temperature: 0.3, max_tokens: 77 })
  expect([first?.headers.get('x-all'), first?.headers.get('x-own')]).toEqual(['1', 'a'])
  await ask('one/b')
  const second = openai.requests.at(-1)
  expect(second?.body).not.toHaveProperty('temperature')
  expect([second?.headers.get('x-all'), second?.headers.get('x-own')]).toEqual(['1', null])
  await ask('two/c')
  expect(JSON.stringify(anthropic.requests.at(-1)?.body)).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}')
  await ask('two/d')
  expect(JSON.stringify(anthropic.requests.at(-1)?.body)).not.toContain('cache_control')
  expect([...openai.refused, ...anthropic.refused]).toEqual([])
})

test('Gemini and Ollama are asked where they speak Chat Completions; a protocol we do not speak is named', async () => {
  await using server = fakeOpenai()
  const top = server.url.replace(/\/v1$/, '')
  const asked: string[] = []
  using front = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname } = new URL(request.url)
      asked.push(pathname)
      const { headers, method } = request
      return fetch(`${top}/v1/chat/completions`, { method, headers, body: await request.arrayBuffer() })
    },
  })
  const at = `http://127.0.0.1:${front.port}`
  const provider = (api: string, baseUrl: string) => ({ api, baseUrl, apiKey: 'sk-test', models: [model('m')] })
  await using g = await gateway({
    more: {
      agents: { defaults: { model: { primary: 'gem/m' } } },
      models: {
        providers: {
          gem: provider('google-generative-ai', `${at}/v1beta/`),
          oll: provider('ollama', at),
        },
      },
    },
  })
  for (const ref of ['gem/m', 'oll/m'])
    expect((await g.send('/v1/chat/completions', { json: { model: ref, ...question } })).status).toBe(200)
  expect(asked).toEqual(['/v1beta/openai/chat/completions', '/v1/chat/completions'])
  await using other = await gateway({
    more: {
      agents: { defaults: { model: { primary: 'rock/m' } } },
      models: { providers: { rock: provider('bedrock-converse-stream', at) } },
    },
  })
  const refused = await other.send('/v1/chat/completions', { json: { model: 'openclaw', ...question } })
  expect(await refused.text()).toContain('this gateway does not speak bedrock-converse-stream')
})
