// A chat platform: one definition per channel, one connection per account.
import { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import type { Address } from '../domain/address.ts'
import type { InboundMessage, OutboundMessage } from '../domain/message.ts'
import type { Check } from './check.ts'
import type { Def } from './registry.ts'
import type { MediaStore } from './tool.ts'

/** Ids in allowlists may be written as numbers. */
export const idList = () => z.array(z.union([z.string(), z.number()]).transform(String))

/** What every account of every channel may say in the config; a channel adds its own to it. */
export const commonAccount = {
  enabled: z.boolean().optional().describe('whether the account runs'),
  name: z.string().optional().describe('a name for people'),
  dmPolicy: z
    .enum(['pairing', 'allowlist', 'open', 'disabled'])
    .default('pairing')
    .describe('who may write to us directly: paired people, listed people, all, or nobody'),
  allowFrom: idList().optional().describe('people who may write to us directly; "*" means all'),
  groupPolicy: z
    .enum(['open', 'disabled', 'allowlist'])
    .default('allowlist')
    .describe('in which groups we listen: all, none, or those listed'),
  groupAllowFrom: idList().optional().describe('people we hear in groups; allowFrom when absent'),
  historyLimit: z.number().int().min(0).optional().describe('group messages kept as context for the next answer'),
  dmHistoryLimit: z.number().int().min(0).optional().describe('turns of a direct chat shown to the model'),
  textChunkLimit: z.number().int().positive().optional().describe('characters of one outgoing message'),
  chunkMode: z.enum(['length', 'newline']).optional().describe('cut only where needed, or at blank lines first'),
  blockStreaming: z.boolean().optional().describe('send finished paragraphs while the answer is written'),
  mediaMaxMb: z.number().positive().optional().describe('largest file taken or sent, in MB'),
  replyToMode: z.enum(['off', 'first', 'all']).optional().describe('which pieces of an answer are replies'),
  responsePrefix: z.string().optional().describe('text before every answer'),
  ackReaction: z.string().optional().describe('emoji put on a message when work on it starts; empty for none'),
  configWrites: z.boolean().optional().describe('whether chat commands may change the config'),
} as const

/** The account fields the engine itself reads. */
export type CommonAccount = z.output<z.ZodObject<typeof commonAccount>>

/** A group's own rules, as in `channels.<id>.groups.<chat>`. */
export interface GroupRule {
  readonly enabled?: boolean | undefined
  readonly requireMention?: boolean | undefined
  readonly allowFrom?: readonly string[] | undefined
}

/** One question of a channel's set-up, for the wizard and the UI form alike. */
export interface SetupStep {
  readonly key: string
  readonly label: string
  readonly help?: string
  readonly secret?: boolean
  /** Undefined when the answer is good, else what is wrong with it. */
  check?(value: string): string | undefined
}

/** Small durable values of one account: a poll offset, a phone id. */
export interface AccountState {
  get(key: string): string | undefined
  set(key: string, value: string): void
}

/** What a connection may use. */
export interface ChannelContext<A> {
  readonly account: A
  readonly accountId: string
  /** The connection's life; when it closes, sockets and polls must be gone. */
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Log
  readonly fetch: typeof globalThis.fetch
  readonly state: AccountState
  readonly media: MediaStore
  /** Slash commands for the platform's menu. */
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  /**
   * Hands a message over. Resolves when it is durable, `also` written in the same transaction; only then may the
   * platform be acknowledged. A message seen before is not handed on again. Rejects when nothing was stored.
   */
  receive(message: InboundMessage, also?: Readonly<Record<string, string>>): Promise<void>
  /** Says whether the platform is there, with evidence: call `online` on every sign of life. */
  status(state: 'connecting' | 'online' | 'offline', why?: string): void
  /** Says that the connection broke for good; it will be started anew with backoff. */
  fail(error: unknown): void
}

/**
 * A running account. It never reads config, never stores messages, never decides who may speak.
 * Optional methods are capabilities: present means the platform can.
 */
export interface Connection {
  readonly me: { readonly id: string; readonly handle?: string; readonly name?: string }
  /**
   * Sends one piece (already within `limits`). Throws a Fault: `retryable` with `retryAfterMs` when trying again is
   * safe because nothing was sent; TIMEOUT when it may have been sent; anything else means it never will be.
   */
  send(message: OutboundMessage, signal: AbortSignal): Promise<{ readonly platformId: string }>
  edit?(at: Address, platformId: string, text: string, signal: AbortSignal): Promise<void>
  remove?(at: Address, platformId: string): Promise<void>
  react?(at: Address, platformId: string, emoji: string): Promise<void>
  typing?(at: Address): Promise<void>
  /** Handles a request of the platform; must verify its signature first. */
  webhook?(request: Request): Promise<Response>
  /** Asks the platform whether all is well; one line for `channels status --probe`. Throws a Fault when it is not. */
  probe?(signal: AbortSignal): Promise<string>
}

/** The limits of one outgoing message: characters and lines of text, bytes of a file, caption characters. */
export interface ChannelLimits {
  readonly text: number
  readonly lines?: number
  readonly caption: number
  readonly media: number
}

/** A channel. */
export interface Channel<Id extends string = string, A extends z.ZodObject = z.ZodObject> extends Def<Id> {
  readonly label: string
  /** The config of one account: `commonAccount` and the channel's own fields. */
  readonly account: A
  readonly limits: ChannelLimits
  /** Whether the platform refuses a second copy of a message by its own key; then `unknown` ones are sent again. */
  readonly idempotent: boolean
  readonly setup: readonly SetupStep[]
  readonly checks?: readonly Check[]
  /** Environment variables that configure the default account: parameter name to variable. */
  readonly env?: Readonly<Record<string, string>>
  /** What is missing for the account to run, or undefined; pure. */
  missing(account: z.output<A>): string | undefined
  /** The account's rule for a group: undefined when no groups are listed, `enabled: false` when others are. Pure. */
  group?(account: z.output<A>, chat: string, thread: string | undefined): GroupRule | undefined
  /** Connects; throws a Fault when it cannot; answers when messages can flow. SDKs are imported inside it. */
  connect(ctx: ChannelContext<z.output<A>>): Promise<Connection>
}

/** A channel whose account type is no longer known. */
export interface AnyChannel extends Def {
  readonly label: string
  readonly account: z.ZodObject
  readonly limits: ChannelLimits
  readonly idempotent: boolean
  readonly setup: readonly SetupStep[]
  readonly checks?: readonly Check[]
  readonly env?: Readonly<Record<string, string>>
  missing(account: never): string | undefined
  group?(account: never, chat: string, thread: string | undefined): GroupRule | undefined
  connect(ctx: ChannelContext<never>): Promise<Connection>
}

/** Freezes a channel and keeps its exact types. */
export const defineChannel = <const Id extends string, A extends z.ZodObject>(c: Channel<Id, A>): Channel<Id, A> =>
  Object.freeze(c)
