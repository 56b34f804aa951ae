// A gateway whose /v1 is switched on, in front of a fake model, for public client libraries.
import type { Reply } from '../fakes/model-script.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway, merged, modelConfig } from './harness.ts'

/** One pixel, as a data URL. */
export const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** What the fake model says when it has nothing to call; longer than one piece of a stream. */
export const saying = 'Hello there, friend of mine'

/** Calls `weather` for Oslo once, and then tells what came out of it. */
export const weatherReply: Reply = (body) => {
  const said = body['messages'] as { role: string; content: unknown }[]
  const last = said.at(-1)
  if (last?.role !== 'tool') return { calls: [{ id: 'call_weather_1', name: 'weather', input: { city: 'Oslo' } }] }
  return `It is ${String(last.content)} in Oslo`
}

/** Starts both. `reply` decides what the model answers; it says `saying` without one. */
export async function openaiGateway(reply: Reply = () => saying) {
  const model = fakeOpenai({ reply })
  const config = modelConfig('openai-completions', model.url)
  const known = { id: 'm', name: 'M', contextWindow: 200_000, maxTokens: 8192, input: ['text', 'image'] }
  config.models.providers.fake.models = [known]
  const gw = await gateway({
    config: merged(config, {
      gateway: { http: { endpoints: { chatCompletions: { enabled: true }, responses: { enabled: true } } } },
    }),
  })
  return {
    gw,
    model,
    baseURL: `${gw.url}/v1`,
    apiKey: gw.token,
    /** The names of the tools the model was offered in its `nth` request. */
    offered: (nth: number) =>
      ((model.requests[nth]?.body['tools'] ?? []) as { function: { name: string } }[]).map((t) => t.function.name),
    /** The addresses of the images the model was shown in its `nth` request. */
    images: (nth: number) =>
      ((model.requests[nth]?.body['messages'] ?? []) as { content: unknown }[]).flatMap((m) =>
        Array.isArray(m.content)
          ? (m.content as { image_url?: { url: string } }[]).flatMap((p) => p.image_url?.url ?? [])
          : [],
      ),
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]()
      await model[Symbol.asyncDispose]()
    },
  }
}
