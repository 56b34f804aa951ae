// Anthropic's Messages API, and servers that speak it.
import type Anthropic from '@anthropic-ai/sdk'
import { answer } from '../../define/answer.ts'
import { failureOf, modelFault } from '../../define/model-failure.ts'
import { jsonHeaders } from '../../define/request-json.ts'
import { defineProvider, unknownModel, type Endpoint, type ProviderContext } from '../../define/provider.ts'
import { anthropicReader } from './read.ts'
import { anthropicBody, anthropicJson } from './request.ts'

type Event = Anthropic.RawMessageStreamEvent

const clients = new WeakMap<Endpoint, { readonly fetch: typeof globalThis.fetch; readonly client: Anthropic }>()

/** The client of an endpoint, made once. Keys travel as `x-api-key`, tokens as bearer; nothing is read from the environment. */
async function clientOf(endpoint: Endpoint, ctx: ProviderContext): Promise<Anthropic> {
  const known = clients.get(endpoint)
  if (known?.fetch === ctx.fetch) return known.client
  const { Anthropic } = await import('@anthropic-ai/sdk')
  const key = endpoint.key?.reveal() ?? 'none'
  const client = new Anthropic({
    ...(endpoint.bearer ? { authToken: key } : { apiKey: key }),
    baseURL: endpoint.baseUrl ?? 'https://api.anthropic.com',
    defaultHeaders: {
      ...(endpoint.bearer ? { 'anthropic-beta': 'oauth-2025-04-20' } : { Authorization: null, 'x-api-key': key }),
      ...endpoint.headers,
    },
    maxRetries: 0,
    logLevel: 'off',
    fetch: ctx.fetch,
  })
  clients.set(endpoint, { fetch: ctx.fetch, client })
  return client
}

/** The protocol `anthropic-messages`. */
export const anthropicMessages = defineProvider({
  id: 'anthropic-messages',
  summary: 'Speaks the Messages API of Anthropic.',
  stream: (req, endpoint, ctx) =>
    answer({
      req,
      endpoint,
      ctx,
      reader: anthropicReader(),
      understand: failureOf,
      async open() {
        const [client, about] = await Promise.all([clientOf(endpoint, ctx), anthropicBody(req, ctx)])
        const how = { body: anthropicJson(about, req.tools), headers: jsonHeaders, stream: true, signal: ctx.signal }
        // Not messages.create: that prints a warning to the terminal for every call of an older model.
        return client.post<AsyncIterable<Event>>('/v1/messages', how)
      },
    }),
  async list(endpoint, ctx) {
    try {
      const page = await (await clientOf(endpoint, ctx)).models.list({ limit: 100 }, { signal: ctx.signal })
      return page.data.map((m) => ({ ...unknownModel(m.id), name: m.display_name }))
    } catch (error) {
      throw modelFault(endpoint, failureOf(error) ?? noAnswer(error), ctx.clock.now(), error)
    }
  },
})

const noAnswer = (error: unknown) => ({ status: 500, code: '', message: String(error) })
