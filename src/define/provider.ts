// A way to talk to a language model: one definition per wire protocol, used by any number of endpoints.
import type { Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import type { MediaRef } from '../domain/media.ts'
import type { Part, StopReason, Usage } from '../domain/turn.ts'
import type { Def } from './registry.ts'
import type { Spawn } from './tool.ts'

export const thinkingLevels = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const

/** How much a model should think before it answers. */
export type ThinkingLevel = (typeof thinkingLevels)[number]

/** Prices in US dollars per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
}

/** What is known of a model. Windows and limits in tokens. No price means unknown, never free. */
export interface ModelInfo {
  readonly id: string
  readonly name: string
  readonly contextWindow: number
  readonly maxTokens: number
  readonly reasoning: boolean
  readonly input: readonly ('text' | 'image')[]
  readonly price?: Price
}

/** A program that answers in place of a server, as `agents.defaults.cliBackends` describes it. */
export interface ModelProgram {
  readonly command: string
  readonly args: readonly string[]
  /** What it prints: one JSON value, one a line, or nothing but its answer. */
  readonly output: 'json' | 'jsonl' | 'text'
  /** How it gets what is asked. */
  readonly input: 'arg' | 'stdin'
  /** Longest question given as an argument, in characters; longer ones go to its standard input. */
  readonly maxArg: number
  readonly env: Readonly<Record<string, string>>
  readonly clearEnv: readonly string[]
  readonly modelArg?: string
  /** Its own names for models. */
  readonly modelAliases: Readonly<Record<string, string>>
  /** The flag for instructions; without it they stand before the question. */
  readonly systemArg?: string
  /** It has instructions of its own, and gets none. */
  readonly noSystem: boolean
  readonly imageArg?: string
  /** One flag for each picture, or one for all of them. */
  readonly imageMode: 'repeat' | 'list'
  /** It is ended when it prints nothing for so many ms. */
  readonly silentMs: number
}

/** A server that speaks one of the protocols: `id` is the provider's name in configs (`anthropic`, `ollama`, …). */
export interface Endpoint {
  readonly id: string
  /** The login its key is of, where there are several. */
  readonly login?: string
  readonly baseUrl?: string
  readonly key?: Secret
  /** Whether the key is an OAuth or setup token (bearer) rather than an API key. */
  readonly bearer?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** The program that answers, where it is no server. */
  readonly program?: ModelProgram
  /** Small differences of OpenAI-compatible servers, as in `models.providers.*.models[].compat`. */
  readonly compat?: Readonly<Record<string, unknown>>
}

/** A tool as a model sees it; `params` is a JSON Schema object. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  readonly params: Readonly<Record<string, unknown>>
}

/** One message of the history a model is shown. Tool results have role `tool`. */
export interface ModelMessage {
  readonly role: 'user' | 'assistant' | 'tool'
  readonly parts: readonly Part[]
}

/** One question to a model. `model.id` is the provider's own name for it. */
export interface ModelRequest {
  readonly model: ModelInfo
  readonly system: string
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ToolSpec[]
  readonly thinking: ThinkingLevel
  readonly maxTokens?: number
  readonly temperature?: number
  /** `auto` unless said otherwise; a name forces that tool. */
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string }
  /** How long a prompt is kept by servers that are told so; `short` unless said otherwise. */
  readonly cache?: 'none' | 'short' | 'long'
  /** The session, for providers that cache prompts by it. */
  readonly session: string
}

/**
 * What a model says, piece by piece. Exactly one `end` comes last; its `parts` are the whole answer in order,
 * thinking with its signature included. An `error` in it means the answer broke off; `parts` holds what had come.
 */
export type ModelEvent =
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'thinking'; readonly delta: string }
  | {
      readonly type: 'end'
      readonly stop: StopReason
      readonly parts: readonly Part[]
      readonly usage: Usage
      readonly error?: Fault
    }

/** What a provider may use. */
export interface ProviderContext {
  readonly clock: Clock
  /** Aborts the request; the stream must then end within a moment. */
  readonly signal: AbortSignal
  readonly fetch: typeof globalThis.fetch
  /** A picture the history refers to, as models take it. Throws NOT_FOUND when it is gone, anything else when it cannot be read. */
  picture(ref: MediaRef): Promise<{ readonly mime: string; readonly bytes: Uint8Array<ArrayBuffer> }>
  readonly programs: Programs
}

/** How programs of this machine are run. */
export interface Programs {
  readonly spawn: Spawn
  /** The variables they get. */
  readonly env: Readonly<Record<string, string>>
  /** Writes a file for one, in a folder of its own that goes when it is disposed of. */
  temporaryFile(
    name: string,
    bytes: Uint8Array,
  ): Promise<{ readonly path: string; readonly dir: string } & AsyncDisposable>
}

/**
 * A protocol. Contract for `stream`: it never throws, not even before the first event; failures are an `end` with
 * `error` (a Fault whose `details.class` is auth | rate_limit | billing | timeout | format | overflow | unknown);
 * it keeps no state between calls; SDKs are imported inside it.
 */
export interface Provider<Id extends string = string> extends Def<Id> {
  stream(req: ModelRequest, endpoint: Endpoint, ctx: ProviderContext): AsyncIterable<ModelEvent>
  /** Asks the server for its models; throws a Fault when it cannot say. */
  list?(endpoint: Endpoint, ctx: ProviderContext): Promise<ModelInfo[]>
}

/** What is assumed of a model nobody described: 200,000 tokens of context, 8,192 out, text only, price unknown. */
export const unknownModel = (id: string): ModelInfo => ({
  id,
  name: id,
  contextWindow: 200_000,
  maxTokens: 8192,
  reasoning: false,
  input: ['text'],
})

/** The usage with its cost in US dollars; without a price it stays unknown, never 0. */
export function costOf(usage: Usage, price: Price | undefined): Usage {
  const { cost: _, ...tokens } = usage
  if (!price) return tokens
  const cost =
    usage.input * price.input +
    usage.output * price.output +
    usage.cacheRead * (price.cacheRead ?? price.input) +
    usage.cacheWrite * (price.cacheWrite ?? price.input)
  return { ...tokens, cost: cost / 1e6 }
}

/** Why a model call failed, for cooldowns and fallbacks. */
export type FailureClass = 'auth' | 'rate_limit' | 'billing' | 'timeout' | 'format' | 'overflow' | 'unknown'

/** Freezes a provider and keeps its exact id. */
export const defineProvider = <const Id extends string>(p: Provider<Id>): Provider<Id> => Object.freeze(p)
