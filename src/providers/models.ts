// Well-known models: windows and limits in tokens, prices in US dollars per million tokens where they are sure.
import type { ModelInfo, Price } from '../define/provider.ts'

type Input = 'text' | 'image'

interface Row {
  readonly name: string
  /** Context window and longest answer. */
  readonly tokens: readonly [window: number, max: number]
  readonly reasoning?: boolean
  readonly input?: readonly Input[]
  /** Input, output, cache read, cache write. */
  readonly price?: readonly [number, number, number?, number?]
}

const both: readonly Input[] = ['text', 'image']

const rows: Readonly<Record<string, Row>> = {
  'anthropic/claude-opus-4-6': opus('Claude Opus 4.6', 128_000),
  'anthropic/claude-opus-4-5': opus('Claude Opus 4.5', 64_000),
  'anthropic/claude-sonnet-4-6': sonnet('Claude Sonnet 4.6'),
  'anthropic/claude-sonnet-4-5': sonnet('Claude Sonnet 4.5'),
  'anthropic/claude-haiku-4-5': {
    name: 'Claude Haiku 4.5',
    tokens: [200_000, 64_000],
    reasoning: true,
    input: both,
    price: [1, 5, 0.1, 1.25],
  },
  'openai/gpt-5.2': gpt5('GPT-5.2', [1.75, 14, 0.175]),
  'openai/gpt-5.1': gpt5('GPT-5.1', [1.25, 10, 0.125]),
  'openai/gpt-5': gpt5('GPT-5', [1.25, 10, 0.125]),
  'openai/gpt-5-mini': gpt5('GPT-5 mini', [0.25, 2, 0.025]),
  'openai/gpt-5-nano': gpt5('GPT-5 nano', [0.05, 0.4, 0.005]),
  'openai/gpt-4.1': { name: 'GPT-4.1', tokens: [1_047_576, 32_768], input: both, price: [2, 8, 0.5] },
  'openai/gpt-4o': { name: 'GPT-4o', tokens: [128_000, 16_384], input: both, price: [2.5, 10, 1.25] },
  'openai/gpt-4o-mini': { name: 'GPT-4o mini', tokens: [128_000, 16_384], input: both, price: [0.15, 0.6, 0.075] },
  'openai/o3': { name: 'o3', tokens: [200_000, 100_000], reasoning: true, input: both, price: [2, 8, 0.5] },
  'openai/o4-mini': {
    name: 'o4-mini',
    tokens: [200_000, 100_000],
    reasoning: true,
    input: both,
    price: [1.1, 4.4, 0.275],
  },
  'google/gemini-3-pro-preview': gemini('Gemini 3 Pro'),
  'google/gemini-3-flash-preview': gemini('Gemini 3 Flash', [0.5, 3, 0.05]),
  'google/gemini-2.5-pro': gemini('Gemini 2.5 Pro'),
  'google/gemini-2.5-flash': gemini('Gemini 2.5 Flash', [0.3, 2.5, 0.03]),
  'groq/llama-3.3-70b-versatile': { name: 'Llama 3.3 70B', tokens: [131_072, 32_768], price: [0.59, 0.79] },
  'groq/llama-3.1-8b-instant': { name: 'Llama 3.1 8B', tokens: [131_072, 131_072], price: [0.05, 0.08] },
  'groq/openai/gpt-oss-120b': { name: 'GPT-OSS 120B', tokens: [131_072, 65_536], reasoning: true },
  'groq/openai/gpt-oss-20b': { name: 'GPT-OSS 20B', tokens: [131_072, 65_536], reasoning: true },
  'mistral/mistral-large': { name: 'Mistral Large', tokens: [262_144, 16_384], input: both },
  'mistral/mistral-medium': { name: 'Mistral Medium', tokens: [131_072, 16_384], input: both, price: [0.4, 2] },
  'mistral/mistral-small': { name: 'Mistral Small', tokens: [131_072, 16_384], input: both },
  'xai/grok-4': { name: 'Grok 4', tokens: [256_000, 64_000], reasoning: true, input: both, price: [3, 15, 0.75] },
  'xai/grok-4-1-fast': { name: 'Grok 4.1 Fast', tokens: [2_000_000, 30_000], reasoning: true, input: both },
  'deepseek/deepseek-chat': { name: 'DeepSeek Chat', tokens: [131_072, 8192] },
  'deepseek/deepseek-reasoner': { name: 'DeepSeek Reasoner', tokens: [131_072, 65_536], reasoning: true },
  'demo/demo': { name: 'Built-in demo', tokens: [200_000, 8192], price: [0, 0, 0, 0] },
}

function opus(name: string, max: number): Row {
  return { name, tokens: [200_000, max], reasoning: true, input: both, price: [5, 25, 0.5, 6.25] }
}

function sonnet(name: string): Row {
  return { name, tokens: [200_000, 64_000], reasoning: true, input: both, price: [3, 15, 0.3, 3.75] }
}

function gpt5(name: string, price: Row['price'] & {}): Row {
  return { name, tokens: [400_000, 128_000], reasoning: true, input: both, price }
}

/** The larger ones cost more above 200,000 tokens, so one price would be wrong. */
function gemini(name: string, price?: Row['price'] & {}): Row {
  return { name, tokens: [1_048_576, 65_536], reasoning: true, input: both, ...(price ? { price } : {}) }
}

function priceOf([input, output, cacheRead, cacheWrite]: Row['price'] & {}): Price {
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  }
}

/** Models by `provider/id`. */
export const models: Readonly<Record<string, ModelInfo>> = Object.fromEntries(
  Object.entries(rows).map(([ref, row]) => [
    ref,
    {
      id: ref.slice(ref.indexOf('/') + 1),
      name: row.name,
      contextWindow: row.tokens[0],
      maxTokens: row.tokens[1],
      reasoning: row.reasoning ?? false,
      input: row.input ?? ['text'],
      ...(row.price ? { price: priceOf(row.price) } : {}),
    },
  ]),
)
