// OpenAI's own library against the executable: answers, streams, models, images and tools, in both APIs.
import { expect, test } from 'bun:test'
import OpenAI from 'openai'
import { openaiGateway, pixel, saying, weatherReply } from './openai-gateway.ts'

const slow = 60_000
const model = 'openclaw'
const messages = [{ role: 'user' as const, content: 'hi' }]
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const chatTool = { type: 'function' as const, function: { name: 'weather', description: 'the weather', parameters } }
const tool = { type: 'function' as const, name: 'weather', description: 'the weather', parameters, strict: true }

test(
  'chat: whole and streamed',
  async () => {
    await using g = await openaiGateway()
    const sdk = new OpenAI(g)
    const whole = await sdk.chat.completions.create({ model, messages })
    expect(whole.choices).toHaveLength(1)
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant', content: saying } })
    expect(whole.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 })
    const stream = await sdk.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    const deltas: string[] = []
    const ends: unknown[] = []
    let total: number | undefined
    for await (const chunk of stream) {
      const choice = chunk.choices[0]
      if (choice?.delta.content) deltas.push(choice.delta.content)
      if (choice?.finish_reason) ends.push(choice.finish_reason)
      total = chunk.usage?.total_tokens ?? total
    }
    expect(deltas.length).toBeGreaterThan(1)
    expect(deltas.join('')).toBe(saying)
    expect({ ends, total }).toEqual({ ends: ['stop'], total: 15 })
    expect(g.model.refused).toEqual([])
  },
  slow,
)

test(
  'responses: whole and streamed',
  async () => {
    await using g = await openaiGateway()
    const sdk = new OpenAI(g)
    const whole = await sdk.responses.create({ model, input: 'hi', instructions: 'be brief' })
    expect(whole).toMatchObject({ status: 'completed', output_text: saying, usage: { total_tokens: 15 } })
    const stream = sdk.responses.stream({ model, input: [{ role: 'user', content: 'hi' }] })
    const deltas: string[] = []
    for await (const event of stream) if (event.type === 'response.output_text.delta') deltas.push(event.delta)
    expect(deltas.length).toBeGreaterThan(1)
    expect(deltas.join('')).toBe(saying)
    expect(await stream.finalResponse()).toMatchObject({
      status: 'completed',
      output_text: saying,
      usage: { total_tokens: 15 },
    })
  },
  slow,
)

test(
  'models: listed and fetched; a wrong key is the error the library knows',
  async () => {
    await using g = await openaiGateway()
    const sdk = new OpenAI(g)
    const ids: string[] = []
    for await (const m of sdk.models.list()) ids.push(m.id)
    expect(ids).toEqual(['openclaw', 'openclaw/main'])
    expect((await sdk.models.retrieve('openclaw/main')).owned_by).toBe('openclaw')
    const stranger = new OpenAI({ baseURL: g.baseURL, apiKey: 'wrong' })
    const met = await stranger.models.list().then(
      () => undefined,
      (e: unknown) => e,
    )
    expect(met).toBeInstanceOf(OpenAI.AuthenticationError)
    const missing = await sdk.models.retrieve('gpt-nobody').then(
      () => undefined,
      (e: unknown) => e,
    )
    expect(missing).toBeInstanceOf(OpenAI.NotFoundError)
  },
  slow,
)

test(
  'chat: a tool of the program, by hand and by the library’s runner, whole and streamed',
  async () => {
    await using g = await openaiGateway(weatherReply)
    const sdk = new OpenAI(g)
    const first = await sdk.chat.completions.create({ model, messages, tools: [chatTool] })
    expect(first.choices[0]?.finish_reason).toBe('tool_calls')
    const said = first.choices[0]?.message as OpenAI.ChatCompletionMessage
    const call = said.tool_calls?.[0] as OpenAI.ChatCompletionMessageFunctionToolCall
    expect(call.function.name).toBe('weather')
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Oslo' })
    const result = { role: 'tool' as const, tool_call_id: call.id, content: '4 C' }
    const second = await sdk.chat.completions.create({
      model,
      messages: [...messages, said, result],
      tools: [chatTool],
    })
    expect(second.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'It is 4 C in Oslo' } })

    for (const stream of [false, true]) {
      const asked: unknown[] = []
      const weather = (input: object) => {
        asked.push(input)
        return '9 C'
      }
      const tools = [
        { type: 'function' as const, function: { ...chatTool.function, parse: JSON.parse, function: weather } },
      ]
      const runner = stream
        ? sdk.chat.completions.runTools({ model, messages, tools, stream: true })
        : sdk.chat.completions.runTools({ model, messages, tools })
      expect(await runner.finalContent()).toBe('It is 9 C in Oslo')
      expect(asked).toEqual([{ city: 'Oslo' }])
    }
    expect(g.offered(0)).toContain('weather')
    expect(g.model.requests).toHaveLength(6)
    expect(g.model.refused).toEqual([])
  },
  slow,
)

test(
  'responses: a tool of the program, whole and streamed',
  async () => {
    await using g = await openaiGateway(weatherReply)
    const sdk = new OpenAI(g)
    for (const stream of [false, true]) {
      const ask = (input: OpenAI.Responses.ResponseInput) =>
        stream
          ? sdk.responses.stream({ model, input, tools: [tool] }).finalResponse()
          : sdk.responses.create({ model, input, tools: [tool] })
      const first = await ask(messages)
      const call = first.output[0] as OpenAI.Responses.ResponseFunctionToolCall
      expect(first.output).toHaveLength(1)
      expect(call).toMatchObject({
        type: 'function_call',
        name: 'weather',
        arguments: '{"city":"Oslo"}',
        status: 'completed',
      })
      const output = { type: 'function_call_output' as const, call_id: call.call_id, output: '4 C' }
      const second = await ask([...messages, ...(first.output as OpenAI.Responses.ResponseInput), output])
      expect(second).toMatchObject({ status: 'completed', output_text: 'It is 4 C in Oslo' })
    }
    expect(g.model.requests).toHaveLength(4)
    expect(g.model.refused).toEqual([])
  },
  slow,
)

test(
  'images reach the model from both APIs',
  async () => {
    await using g = await openaiGateway()
    const sdk = new OpenAI(g)
    const chat = await sdk.chat.completions.create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what is it?' },
            { type: 'image_url', image_url: { url: pixel, detail: 'low' } },
          ],
        },
      ],
    })
    expect(chat.choices[0]?.message.content).toBe(saying)
    const response = await sdk.responses.create({
      model,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'and now?' },
            { type: 'input_image', image_url: pixel, detail: 'auto' },
          ],
        },
      ],
    })
    expect(response.output_text).toBe(saying)
    expect([g.images(0), g.images(1)]).toEqual([[pixel], [pixel]])
  },
  slow,
)
