// OpenAI's own library against our endpoints: answers, streams, errors, models and tools.
import { expect, test } from 'bun:test'
import OpenAI from 'openai'
import { gateway, token, type Running } from './gateway.ts'

const sdk = (g: Running) => new OpenAI({ apiKey: token, baseURL: `${g.url}/v1` })
const messages = [{ role: 'user' as const, content: 'hi' }]
const model = 'openclaw'
const parameters = { type: 'object', properties: { city: { type: 'string' } } }

test('chat: whole and streamed', async () => {
  await using g = await gateway({ reply: () => 'Hello there, friend of mine' })
  const whole = await sdk(g).chat.completions.create({ model, messages })
  expect(whole.choices[0]?.message.content).toBe('Hello there, friend of mine')
  expect(whole.usage?.total_tokens).toBe(15)
  const stream = sdk(g).chat.completions.stream({ model, messages, stream_options: { include_usage: true } })
  const last = await stream.finalChatCompletion()
  expect(last.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello there, friend of mine' } })
  expect(last.usage?.completion_tokens).toBe(5)
})

test('responses: whole and streamed', async () => {
  await using g = await gateway({ reply: () => 'Hello there, friend of mine' })
  const whole = await sdk(g).responses.create({ model, input: 'hi' })
  expect(whole.output_text).toBe('Hello there, friend of mine')
  const stream = sdk(g).responses.stream({ model, input: [{ role: 'user', content: 'hi' }] })
  let text = ''
  for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta
  expect(text).toBe('Hello there, friend of mine')
  expect((await stream.finalResponse()).output_text).toBe(text)
})

test('models', async () => {
  await using g = await gateway()
  const ids: string[] = []
  for await (const m of sdk(g).models.list()) ids.push(m.id)
  expect(ids).toEqual(['openclaw', 'openclaw/main'])
  expect((await sdk(g).models.retrieve('openclaw/main')).owned_by).toBe('openclaw')
})

test('failures are thrown, and a failed run is not run again', async () => {
  await using g = await gateway({ reply: () => ({ status: 400, error: 'no such thing' }) })
  const thrown = async (work: Promise<unknown>) =>
    work.then(
      () => 'nothing',
      (e: unknown) => (e as Error).message,
    )
  expect(await thrown(sdk(g).chat.completions.create({ model, messages }))).toContain('no such thing')
  expect(await thrown(sdk(g).responses.create({ model, input: 'hi' }))).toContain('no such thing')
  expect(g.model.requests).toHaveLength(2)
  const stream = sdk(g).chat.completions.stream({ model, messages })
  expect(await thrown(stream.finalChatCompletion())).toContain('no such thing')
  expect(g.model.requests).toHaveLength(3)
})

test('chat tools: the library runs them until the answer is there', async () => {
  await using g = await gateway({
    reply: (_, nth) => (nth === 0 ? { calls: [{ name: 'weather', input: { city: 'Oslo' } }] } : 'cold'),
  })
  const asked: unknown[] = []
  const weather = (input: object) => {
    asked.push(input)
    return '4 C'
  }
  const runner = sdk(g).chat.completions.runTools({
    model,
    messages,
    tools: [
      {
        type: 'function',
        function: { name: 'weather', description: '', parameters, parse: JSON.parse, function: weather },
      },
    ],
  })
  expect(await runner.finalContent()).toBe('cold')
  expect(asked).toEqual([{ city: 'Oslo' }])
  expect(g.model.refused).toEqual([])
})

test('streamed tool calls, in chat and in responses', async () => {
  await using g = await gateway({ reply: () => ({ calls: [{ name: 'weather', input: { city: 'Rome' } }] }) })
  const tool = { type: 'function' as const, function: { name: 'weather', parameters } }
  const chat = await sdk(g)
    .chat.completions.stream({ model, messages, tools: [tool] })
    .finalChatCompletion()
  expect(chat.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Rome"}' } }] },
  })
  const tools = [{ type: 'function' as const, name: 'weather', parameters, strict: false }]
  const response = await sdk(g).responses.stream({ model, input: 'hi', tools }).finalResponse()
  expect(response.status).toBe('incomplete')
  expect(response.output.at(-1)).toMatchObject({ type: 'function_call', name: 'weather', arguments: '{"city":"Rome"}' })
})
