// The OpenAI client of an endpoint, and what differs between the servers that imitate it.
import type { OpenAI } from 'openai'
import { z } from 'zod'
import { failureOf, modelFault } from '../../define/model-failure.ts'
import {
  unknownModel,
  type Endpoint,
  type ModelInfo,
  type ModelRequest,
  type ProviderContext,
} from '../../define/provider.ts'

const clients = new WeakMap<Endpoint, { readonly fetch: typeof globalThis.fetch; readonly client: OpenAI }>()

/** The client of an endpoint, made once; local servers without a key get a placeholder. */
export async function clientOf(endpoint: Endpoint, ctx: ProviderContext): Promise<OpenAI> {
  const known = clients.get(endpoint)
  if (known?.fetch === ctx.fetch) return known.client
  const { OpenAI } = await import('openai')
  const client = new OpenAI({
    apiKey: endpoint.key?.reveal() ?? 'none',
    baseURL: endpoint.baseUrl ?? 'https://api.openai.com/v1',
    adminAPIKey: null,
    organization: null,
    project: null,
    ...(endpoint.headers ? { defaultHeaders: { ...endpoint.headers } } : {}),
    maxRetries: 0,
    logLevel: 'off',
    fetch: ctx.fetch,
  })
  clients.set(endpoint, { fetch: ctx.fetch, client })
  return client
}

/** The models a server offers; throws a Fault when it cannot say. */
export async function listModels(endpoint: Endpoint, ctx: ProviderContext): Promise<ModelInfo[]> {
  try {
    const page = await (await clientOf(endpoint, ctx)).models.list({ signal: ctx.signal })
    return page.data.map((m) => unknownModel(m.id))
  } catch (error) {
    const known = failureOf(error) ?? { status: 500, code: '', message: String(error) }
    throw modelFault(endpoint, known, ctx.clock.now(), error)
  }
}

const flag = z.boolean().optional().catch(undefined)
const Compat = z.object({
  supportsStore: flag,
  supportsDeveloperRole: flag,
  supportsReasoningEffort: flag,
  supportsUsageInStreaming: flag,
  supportsStrictMode: flag,
  requiresThinkingAsText: flag,
  requiresMistralToolIds: flag,
  requiresToolResultName: flag,
  requiresAssistantAfterToolResult: flag,
  maxTokensField: z.enum(['max_completion_tokens', 'max_tokens']).optional().catch(undefined),
  thinkingFormat: z.enum(['openai', 'zai', 'qwen']).optional().catch(undefined),
})

/** How a server differs; what is not said follows from whether it is OpenAI's own. */
export function compatOf(endpoint: Endpoint) {
  const own = !endpoint.baseUrl || URL.parse(endpoint.baseUrl)?.hostname === 'api.openai.com'
  const said = Compat.parse(endpoint.compat ?? {})
  return {
    store: said.supportsStore ?? own,
    developer: said.supportsDeveloperRole ?? own,
    effort: said.supportsReasoningEffort ?? own,
    usage: said.supportsUsageInStreaming ?? true,
    thinkingAsText: said.requiresThinkingAsText ?? false,
    mistralIds: said.requiresMistralToolIds ?? false,
    resultName: said.requiresToolResultName ?? false,
    assistantAfterResult: said.requiresAssistantAfterToolResult ?? false,
    maxTokens: said.maxTokensField ?? (own ? 'max_completion_tokens' : 'max_tokens'),
    thinking: said.thinkingFormat ?? 'openai',
  } as const
}

/** The effort a reasoning model understands for a level; undefined leaves the model its own. */
export function effortOf(req: ModelRequest): 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | undefined {
  const { id } = req.model
  if (!req.model.reasoning) return undefined
  const version = Number(/gpt-(\d+(?:\.\d+)?)/.exec(id)?.[1] ?? 0)
  if (req.thinking === 'off') return version >= 5.1 ? 'none' : version >= 5 ? 'minimal' : version ? undefined : 'low'
  if (req.thinking === 'minimal') return version >= 5 && version < 5.1 ? 'minimal' : 'low'
  if (req.thinking === 'xhigh') return version >= 5.2 || id.includes('codex-max') ? 'xhigh' : 'high'
  return req.thinking
}
