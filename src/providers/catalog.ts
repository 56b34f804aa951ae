// Where well-known providers are, and how local servers are found.
import type { Clock } from '../lib/clock.ts'
import { deadline } from '../lib/clock.ts'
import { unknownModel, type ModelInfo } from '../define/provider.ts'
import { models } from './models.ts'

/** A provider that works with nothing but a key: its protocol, address and the variables its key may be in. */
export interface KnownEndpoint {
  readonly api: 'anthropic-messages' | 'openai-responses' | 'openai-completions' | 'demo'
  readonly baseUrl?: string
  /** Environment variables of the key, best first. */
  readonly env: readonly string[]
  /** A server on this machine: works without a key. */
  readonly local?: boolean
  readonly compat?: Readonly<Record<string, unknown>>
  /** The model the set-up suggests. */
  readonly usual?: string
}

const completions = (baseUrl: string, env: readonly string[], compat?: KnownEndpoint['compat']): KnownEndpoint => ({
  api: 'openai-completions',
  baseUrl,
  env,
  ...(compat ? { compat } : {}),
})

const messages = (baseUrl: string, env: readonly string[], usual: string): KnownEndpoint => ({
  api: 'anthropic-messages',
  baseUrl,
  env,
  usual,
})

const local = (port: number): KnownEndpoint => ({ ...completions(`http://127.0.0.1:${port}/v1`, []), local: true })

/** Known providers by id. */
export const endpoints: Readonly<Record<string, KnownEndpoint>> = {
  anthropic: {
    api: 'anthropic-messages',
    baseUrl: 'https://api.anthropic.com',
    env: ['ANTHROPIC_API_KEY', 'ANTHROPIC_OAUTH_TOKEN'],
  },
  openai: { api: 'openai-responses', baseUrl: 'https://api.openai.com/v1', env: ['OPENAI_API_KEY'] },
  google: completions(
    'https://generativelanguage.googleapis.com/v1beta/openai',
    ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    { supportsReasoningEffort: true },
  ),
  openrouter: completions('https://openrouter.ai/api/v1', ['OPENROUTER_API_KEY'], { supportsReasoningEffort: true }),
  groq: completions('https://api.groq.com/openai/v1', ['GROQ_API_KEY']),
  xai: completions('https://api.x.ai/v1', ['XAI_API_KEY']),
  mistral: completions('https://api.mistral.ai/v1', ['MISTRAL_API_KEY'], { requiresMistralToolIds: true }),
  cerebras: completions('https://api.cerebras.ai/v1', ['CEREBRAS_API_KEY']),
  deepseek: completions('https://api.deepseek.com/v1', ['DEEPSEEK_API_KEY']),
  together: completions('https://api.together.xyz/v1', ['TOGETHER_API_KEY']),
  zai: completions('https://api.z.ai/api/paas/v4', ['ZAI_API_KEY', 'Z_AI_API_KEY'], { thinkingFormat: 'zai' }),
  moonshot: completions('https://api.moonshot.ai/v1', ['MOONSHOT_API_KEY']),
  'kimi-coding': messages('https://api.kimi.com/coding', ['KIMI_API_KEY', 'KIMICODE_API_KEY'], 'k2p5'),
  minimax: messages('https://api.minimax.io/anthropic', ['MINIMAX_API_KEY'], 'MiniMax-M2.5'),
  xiaomi: messages('https://api.xiaomimimo.com/anthropic', ['XIAOMI_API_KEY'], 'mimo-v2-flash'),
  synthetic: messages('https://api.synthetic.new/anthropic', ['SYNTHETIC_API_KEY'], 'hf:MiniMaxAI/MiniMax-M2.5'),
  'vercel-ai-gateway': messages('https://ai-gateway.vercel.sh', ['AI_GATEWAY_API_KEY'], 'anthropic/claude-opus-4.6'),
  opencode: {
    ...completions('https://opencode.ai/zen/v1', ['OPENCODE_API_KEY', 'OPENCODE_ZEN_API_KEY']),
    usual: 'kimi-k2.5',
  },
  qianfan: { ...completions('https://qianfan.baidubce.com/v2', ['QIANFAN_API_KEY']), usual: 'deepseek-v3.2' },
  venice: { ...completions('https://api.venice.ai/api/v1', ['VENICE_API_KEY']), usual: 'llama-3.3-70b' },
  huggingface: {
    ...completions('https://router.huggingface.co/v1', ['HUGGINGFACE_HUB_TOKEN', 'HF_TOKEN']),
    usual: 'deepseek-ai/DeepSeek-R1',
  },
  litellm: completions('http://127.0.0.1:4000/v1', ['LITELLM_API_KEY']),
  ollama: local(11434),
  lmstudio: local(1234),
  llamacpp: local(8080),
  vllm: local(8000),
  demo: { api: 'demo', env: [], local: true },
}

/** What is known of a model; an unknown id gets a common window and no price. */
export function findModel(provider: string, id: string): ModelInfo {
  return (
    models[`${provider}/${id}`] ?? models[`${provider}/${id.replace(/-(20\d{6}|latest)$/, '')}`] ?? unknownModel(id)
  )
}

/** A model server that runs on this machine, and its models. */
export interface LocalServer {
  readonly id: string
  readonly baseUrl: string
  readonly models: readonly string[]
}

/** Model ids in the answer of `GET /v1/models`. */
function idsIn(body: unknown): string[] {
  const data: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  if (!Array.isArray(data)) return []
  return data.flatMap((m: unknown) =>
    typeof m === 'object' && m !== null && 'id' in m && typeof m.id === 'string' ? [m.id] : [],
  )
}

/**
 * Asks the usual ports of this machine, or `bases` (base URL by id), which model servers answer within 300 ms.
 * They are to be offered; nothing uses them unasked.
 */
export async function localServers(
  fetch: typeof globalThis.fetch,
  clock: Clock,
  signal: AbortSignal,
  bases: Readonly<Record<string, string | undefined>> = {
    ollama: endpoints['ollama']?.baseUrl,
    lmstudio: endpoints['lmstudio']?.baseUrl,
    llamacpp: endpoints['llamacpp']?.baseUrl,
  },
): Promise<LocalServer[]> {
  const limit = deadline(clock, 300, new DOMException('no answer', 'TimeoutError'), signal)
  try {
    const found = await Promise.all(
      Object.entries(bases).map(async ([id, baseUrl]) => {
        if (!baseUrl) return []
        try {
          const response = await fetch(`${baseUrl}/models`, { signal: limit.signal, redirect: 'error' })
          return response.ok ? [{ id, baseUrl, models: idsIn(await response.json()) }] : []
        } catch {
          return [] // nobody there
        }
      }),
    )
    return found.flat()
  } finally {
    limit.done()
  }
}
