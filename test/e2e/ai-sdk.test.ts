// Vercel's AI SDK against the executable: text, streams and tools of the program, over both APIs.
import { expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, isStepCount, streamText, tool, type LanguageModel } from 'ai'
import { z } from 'zod'
import { openaiGateway, pixel, saying, weatherReply } from './openai-gateway.ts'

const slow = 60_000

/** The ways this library reaches an OpenAI-like server. */
const ways: Readonly<Record<string, (g: { baseURL: string; apiKey: string }) => LanguageModel>> = {
  'openai-compatible': (g) => createOpenAICompatible({ name: 'oclaw', includeUsage: true, ...g })('openclaw'),
  'openai chat': (g) => createOpenAI({ baseURL: g.baseURL, apiKey: g.apiKey }).chat('openclaw'),
  'openai responses': (g) => createOpenAI({ baseURL: g.baseURL, apiKey: g.apiKey }).responses('openclaw'),
}

for (const [name, way] of Object.entries(ways)) {
  test(
    `${name}: generateText and streamText`,
    async () => {
      await using g = await openaiGateway()
      const model = way(g)
      const whole = await generateText({ model, instructions: 'be brief', prompt: 'hi' })
      expect(whole).toMatchObject({ text: saying, finishReason: 'stop' })
      expect(whole.usage).toMatchObject({ inputTokens: 10, outputTokens: 5, totalTokens: 15 })
      const stream = streamText({ model, prompt: 'hi' })
      const deltas: string[] = []
      for await (const delta of stream.textStream) deltas.push(delta)
      expect(deltas.length).toBeGreaterThan(1)
      expect(deltas.join('')).toBe(saying)
      expect(await stream.finishReason).toBe('stop')
      expect(await stream.usage).toMatchObject({ inputTokens: 10, outputTokens: 5 })
      expect(JSON.stringify(g.model.requests[0]?.body)).toContain('be brief')
    },
    slow,
  )

  test(
    `${name}: a tool runs in the program and the second step answers`,
    async () => {
      await using g = await openaiGateway(weatherReply)
      const model = way(g)
      const asked: unknown[] = []
      const weather = tool({
        description: 'the weather of a city',
        inputSchema: z.object({ city: z.string() }),
        execute(input) {
          asked.push(input)
          return '4 C'
        },
      })
      const settings = { model, tools: { weather }, stopWhen: isStepCount(4), prompt: 'how is it in Oslo?' }
      const whole = await generateText(settings)
      expect(whole.text).toBe('It is 4 C in Oslo')
      expect(whole.steps.map((s) => s.finishReason)).toEqual(['tool-calls', 'stop'])
      const stream = streamText(settings)
      let text = ''
      for await (const delta of stream.textStream) text += delta
      expect(text).toBe('It is 4 C in Oslo')
      expect((await stream.steps).map((s) => s.finishReason)).toEqual(['tool-calls', 'stop'])
      expect(asked).toEqual([{ city: 'Oslo' }, { city: 'Oslo' }])
      expect(g.model.requests).toHaveLength(4)
      expect(g.model.refused).toEqual([])
    },
    slow,
  )

  test(
    `${name}: an image reaches the model`,
    async () => {
      await using g = await openaiGateway()
      const { text } = await generateText({
        model: way(g),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'what is it?' },
              { type: 'file', data: pixel, mediaType: 'image/png' },
            ],
          },
        ],
      })
      expect(text).toBe(saying)
      expect(g.images(0)).toEqual([pixel])
    },
    slow,
  )
}
