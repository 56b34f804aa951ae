// LangChain against the executable: invoke, stream and bound tools, over both APIs.
import { expect, test } from 'bun:test'
import { HumanMessage, SystemMessage, ToolMessage, type AIMessageChunk } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { openaiGateway, saying, weatherReply } from './openai-gateway.ts'

const slow = 60_000

for (const useResponsesApi of [false, true]) {
  const name = useResponsesApi ? 'responses' : 'chat'
  const chat = (g: { baseURL: string; apiKey: string }) =>
    new ChatOpenAI({ model: 'openclaw', apiKey: g.apiKey, configuration: { baseURL: g.baseURL }, useResponsesApi })

  test(
    `${name}: invoke and stream`,
    async () => {
      await using g = await openaiGateway()
      const said = await chat(g).invoke([new SystemMessage('be brief'), new HumanMessage('hi')])
      expect(said.text).toBe(saying)
      expect(said.usage_metadata).toMatchObject({ input_tokens: 10, output_tokens: 5, total_tokens: 15 })
      expect(JSON.stringify(g.model.requests[0]?.body)).toContain('be brief')
      const deltas: string[] = []
      const chunks: AIMessageChunk[] = []
      for await (const chunk of await chat(g).stream('hi')) {
        if (chunk.text) deltas.push(chunk.text)
        chunks.push(chunk)
      }
      const all = chunks.reduce((a, b) => a.concat(b))
      expect(deltas.length).toBeGreaterThan(1)
      expect(deltas.join('')).toBe(saying)
      expect(all).toMatchObject({ usage_metadata: { total_tokens: 15 } })
    },
    slow,
  )

  test(
    `${name}: a bound tool, whole and streamed, and its result`,
    async () => {
      await using g = await openaiGateway(weatherReply)
      const asked: unknown[] = []
      const weather = tool(
        (input) => {
          asked.push(input)
          return '4 C'
        },
        { name: 'weather', description: 'the weather of a city', schema: z.object({ city: z.string() }) },
      )
      const bound = chat(g).bindTools([weather])
      for (const streamed of [false, true]) {
        const question = new HumanMessage('how is it in Oslo?')
        let first: AIMessageChunk | undefined
        if (streamed)
          for await (const chunk of await bound.stream([question])) first = first ? first.concat(chunk) : chunk
        else first = await bound.invoke([question])
        const call = first?.tool_calls?.[0]
        expect(first?.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Oslo' } }])
        const result = (await weather.invoke({ ...call, type: 'tool_call' } as never)) as unknown as ToolMessage
        expect(result).toBeInstanceOf(ToolMessage)
        const last = await bound.invoke([question, first as AIMessageChunk, result])
        expect(last.text).toBe('It is 4 C in Oslo')
      }
      expect(asked).toEqual([{ city: 'Oslo' }, { city: 'Oslo' }])
      expect(g.model.requests).toHaveLength(4)
      expect(g.model.refused).toEqual([])
    },
    slow,
  )
}
