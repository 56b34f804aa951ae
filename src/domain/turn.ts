// One answer to one cause, and the log entries it writes.
import type { ErrorShape } from '../lib/fault.ts'
import type { MediaRef } from './media.ts'

/** Why a turn runs. */
export type Cause =
  | { readonly kind: 'message' }
  | { readonly kind: 'call'; readonly client: string }
  | { readonly kind: 'cron'; readonly run: string }
  | { readonly kind: 'hook'; readonly hook: string }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'agent'; readonly parent: string }

export type TurnState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted'

/** Why a model stopped. */
export type StopReason = 'end' | 'tools' | 'length' | 'refusal' | 'aborted' | 'error' | 'limit'

/** Tokens of one or more model calls; `cost` in US dollars, absent when the price is unknown. */
export interface Usage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly cost?: number
}

/** No tokens at all. */
export const noUsage: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

/** Two usages together; the cost is known only when both are. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum = {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
  }
  const empty = (u: Usage) => u.input + u.output + u.cacheRead + u.cacheWrite === 0
  if (empty(a)) return b.cost === undefined ? sum : { ...sum, cost: b.cost }
  if (empty(b)) return a.cost === undefined ? sum : { ...sum, cost: a.cost }
  return a.cost === undefined || b.cost === undefined ? sum : { ...sum, cost: a.cost + b.cost }
}

/**
 * A piece of an entry. `signature` is the provider's proof that thinking is its own; it goes back unchanged. `message` is
 * the platform's id of the message a text was.
 */
export type Part =
  | { readonly type: 'text'; readonly text: string; readonly message?: string }
  | { readonly type: 'thinking'; readonly text: string; readonly signature?: string; readonly redacted?: boolean }
  | { readonly type: 'media'; readonly ref: MediaRef }
  | { readonly type: 'call'; readonly id: string; readonly tool: string; readonly input: unknown }
  | {
      readonly type: 'result'
      readonly id: string
      readonly tool: string
      readonly ok: boolean
      readonly text: string
      readonly media?: readonly MediaRef[]
    }

export type Role = 'user' | 'assistant' | 'tool' | 'summary' | 'system'

/** One line of a session's log. `model` is `provider/id` for what a model said. */
export interface Entry {
  readonly id: number
  readonly session: string
  readonly turn: string | undefined
  readonly role: Role
  readonly parts: readonly Part[]
  readonly at: number
  readonly tokens: number
  readonly model?: string
  readonly usage?: Usage
  readonly stop?: StopReason
  /** For a summary: the last entry it stands for; it replaces all entries up to and including that one. */
  readonly upTo?: number
}

/** A turn as stored. `run` is the id its caller knows it by. Times in ms. */
export interface Turn {
  readonly id: string
  readonly run: string
  readonly session: string
  readonly cause: Cause
  readonly state: TurnState
  readonly attempts: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly stop?: StopReason
  readonly usage?: Usage
  readonly error?: ErrorShape
}

/** The text of an entry's text parts, joined by newlines. */
export const textOf = (parts: readonly Part[]): string =>
  parts
    .flatMap((p) => (p.type === 'text' ? [p.text] : []))
    .join('\n')
    .trim()
