// A chat platform: one definition per channel, one connection per account.
import type { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import type { Address } from '../domain/address.ts'
import type { Happening, InboundMessage, OutboundMessage, Person } from '../domain/message.ts'
import type { AccountSource, CommonAccount, GroupRule } from './account-fields.ts'
import type { Check } from './check.ts'
import type { Def } from './registry.ts'
import type { MediaStore } from './tool.ts'

/** Where a message was said and by whom: what a group's rule depends on. */
export type Place = Pick<InboundMessage, 'to' | 'kind' | 'from' | 'title' | 'space'>

/** One question of a channel's set-up, for the wizard and the UI form alike. */
export interface SetupStep {
  readonly key: string
  readonly label: string
  readonly help?: string
  readonly secret?: boolean
  /** May be left out. */
  readonly optional?: boolean
  /** Undefined when the answer is good, else what is wrong with it. */
  check?(value: string): string | undefined
}

/** Small durable values of one account: a poll offset, a phone id. */
export interface AccountState {
  get(key: string): string | undefined
  set(key: string, value: string): void
  /** Every key that begins with `prefix`, with its value. */
  all(prefix: string): ReadonlyMap<string, string>
  /** Writes and (undefined) forgets several values in one transaction; resolves when they are durable. */
  write(values: Readonly<Record<string, string | undefined>>): Promise<void>
}

/** What became of a message: heard, asked to pair, kept as context, refused, or seen before. */
export type Heard = 'heard' | 'pair' | 'context' | 'refused' | 'known'

/** A slash command for the platform's menu. */
export interface NativeCommand {
  readonly name: string
  readonly description: string
  /** What may follow it, in order; `choices` when only those make sense. */
  readonly args?: readonly {
    readonly name: string
    readonly description: string
    readonly choices?: readonly string[]
  }[]
}

/** A message as the platform remembers it; `at` in ms. */
export interface PastMessage {
  readonly id: string
  readonly at: number
  readonly from: Person
  readonly text: string
  readonly media?: number
  readonly replyTo?: string
  readonly thread?: string
}

/** Which messages to read: those around, before or after one, newest last. */
export interface ReadQuery {
  readonly limit: number
  readonly before?: string
  readonly after?: string
  readonly around?: string
}

/** A person or chat found by name; `target` is how to name it in `message send`. */
export interface Found {
  readonly kind: 'user' | 'group'
  readonly id: string
  readonly name?: string
  readonly handle?: string
  readonly target: string
}

/** One more thing a platform can do, by `message action` and the agent's `message` tool. */
export interface ChannelAction {
  /** One sentence. */
  readonly summary: string
  /** Whether it changes something; reading actions need less. */
  readonly changes: boolean
  readonly params: z.ZodObject
  /** Throws a Fault with what the platform said. */
  run(params: never, signal: AbortSignal): Promise<unknown>
}

/** What a person sees while a channel is being linked: a QR code's text, a code to type, or a sentence. */
export type LoginStep =
  | { readonly kind: 'qr'; readonly text: string }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'note'; readonly text: string }

/** How a channel is to be linked. */
export interface LoginHow {
  /** Even when it is linked: the old link is given up. */
  readonly force: boolean
  /** A phone number (E.164): ask for a code to type instead of a QR code. */
  readonly phone?: string
  /** Each new step replaces the one before. */
  tell(step: LoginStep): void
}

/** What a connection may use. */
export interface ChannelContext<A> {
  readonly account: A
  readonly accountId: string
  /** Where the account's credentials came from. */
  readonly source: AccountSource
  /** The connection's life; when it closes, sockets and polls must be gone. */
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Log
  readonly fetch: typeof globalThis.fetch
  readonly state: AccountState
  readonly media: MediaStore
  /** Slash commands for the platform's menu. */
  readonly commands: readonly NativeCommand[]
  /**
   * Hands a message over. Resolves when it is durable, `also` written in the same transaction; only then may the
   * platform be acknowledged. A message seen before is not handed on again. Rejects when nothing was stored.
   */
  receive(message: InboundMessage, also?: Readonly<Record<string, string>>): Promise<Heard>
  /** Hands over what happened and is no message; as durable as `receive`, told to the agent with its next turn. */
  happened(happening: Happening, also?: Readonly<Record<string, string>>): Promise<Heard>
  /** Whether a message of a chat is one we sent, as far as the outbox remembers. */
  ours(chat: string, platformId: string): boolean
  /** Says that a group has a new id: its rules in the config and its session move with it. */
  moved(from: string, to: string): Promise<void>
  /** Says whether the platform is there, with evidence: call `online` on every sign of life. */
  status(state: 'connecting' | 'online' | 'offline', why?: string): void
  /** Says that the connection broke for good; it will be started anew with backoff. */
  fail(error: unknown): void
}

/** A message that the platform itself shows growing. */
export interface Stream {
  readonly platformId: string
  add(text: string, signal: AbortSignal): Promise<void>
  /** The message is whole; from then on it may be edited. */
  end(): Promise<void>
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
  /**
   * Begins a message that grows, for the person who is answered (by id); undefined where the platform has none. Throws
   * as `send` does. Only for channels that can also edit.
   */
  stream?(message: OutboundMessage, person: string | undefined, signal: AbortSignal): Promise<Stream | undefined>
  edit?(at: Address, platformId: string, text: string, signal: AbortSignal): Promise<void>
  remove?(at: Address, platformId: string): Promise<void>
  /** Reacts with an emoji; empty takes ours back. `by` says who wrote the message, for platforms that must be told. */
  react?(
    at: Address,
    platformId: string,
    emoji: string,
    by?: { readonly participant?: string; readonly fromMe?: boolean },
  ): Promise<void>
  reactions?(
    at: Address,
    platformId: string,
  ): Promise<readonly { emoji: string; count: number; users: readonly string[] }[]>
  read?(at: Address, query: ReadQuery, signal: AbortSignal): Promise<readonly PastMessage[]>
  pin?(at: Address, platformId: string, on: boolean): Promise<void>
  pins?(at: Address): Promise<readonly PastMessage[]>
  /** People and chats the account knows whose name, handle or id fits; all of them for an empty text. */
  find?(text: string, kind: 'user' | 'group', limit: number): Promise<readonly Found[]>
  /** Who is in a group or channel, at most so many. Throws a Fault when the platform does not tell. */
  members?(at: Address, limit: number, signal: AbortSignal): Promise<readonly Person[]>
  /** What else the platform can do, by name, as far as the account's `actions` allow. */
  readonly actions?: Readonly<Record<string, ChannelAction>>
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

/** What a channel can do, for people who choose one: kinds of chat, and what may be said in them. */
export type Ability =
  | 'direct'
  | 'group'
  | 'channel'
  | 'thread'
  | 'media'
  | 'voice'
  | 'sticker'
  | 'buttons'
  | 'components'
  | 'edit'
  | 'delete'
  | 'react'
  | 'read'
  | 'pin'
  | 'typing'
  | 'commands'

/** The polls a platform takes. Times in ms. */
export interface PollLimits {
  readonly options: number
  readonly multiple: boolean
  readonly minOpenMs?: number
  readonly maxOpenMs?: number
}

/** A channel. */
export interface Channel<Id extends string = string, A extends z.ZodObject = z.ZodObject> extends Def<Id> {
  readonly label: string
  /** A longer label and the symbol that clients of the original show. */
  readonly detailLabel?: string
  readonly systemImage?: string
  /** The config of one account: `commonAccount` and the channel's own fields. */
  readonly account: A
  readonly limits: ChannelLimits
  /** Whether the platform refuses a second copy of a message by its own key; then `unknown` ones are sent again. */
  readonly idempotent: boolean
  readonly setup: readonly SetupStep[]
  /** A section of the config outside `channels` whose values every account has under this name, unless it has its own. */
  readonly section?: string
  readonly checks?: readonly Check[]
  /** Environment variables that configure the default account: parameter name to variable. */
  readonly env?: Readonly<Record<string, string>>
  /** What is missing for the account to run, or undefined; pure. */
  missing(account: z.output<A>): string | undefined
  /** The account's rule for a group: undefined when no groups are listed, `enabled: false` when others are. Pure. */
  group?(account: z.output<A>, place: Place): GroupRule | undefined
  /** The fields the engine reads, where the channel's config says them in other words too; pure. */
  common?(account: z.output<A>, source: AccountSource): CommonAccount
  readonly can: readonly Ability[]
  readonly polls?: PollLimits
  /** How a chat is named, such as `<chat id> or @name`; and the chat a text names, undefined for none. Pure. */
  readonly targetHint: string
  target(text: string): Pick<Address, 'chat' | 'thread'> | undefined
  /** How the account hears: `polling`, `webhook`, `socket`. */
  mode?(account: z.output<A>): string
  /** The path on the gateway's port where the platform calls `Connection.webhook`; undefined when it does not. */
  path?(account: z.output<A>): string | undefined
  /** Whether the account is linked, for channels that are linked by a person's phone rather than by a token; pure. */
  linked?(state: AccountState, account: z.output<A>): boolean
  /** The row of the account's state that a file of the original's folder of credentials is, text for text; pure. */
  adopts?(file: string): string | undefined
  /** Links the account; resolves when its credentials are durable. Ends with `ctx.scope`. Throws a Fault when it fails. */
  login?(ctx: ChannelContext<z.output<A>>, how: LoginHow): Promise<void>
  /** Gives the link up: tells the platform when it can be reached, and forgets the credentials. */
  logout?(ctx: ChannelContext<z.output<A>>): Promise<void>
  /** Connects; throws a Fault when it cannot; answers when messages can flow. SDKs are imported inside it. */
  connect(ctx: ChannelContext<z.output<A>>): Promise<Connection>
}

/** A channel whose account type is no longer known. */
export interface AnyChannel extends Omit<
  Channel,
  'missing' | 'group' | 'common' | 'mode' | 'path' | 'linked' | 'login' | 'logout' | 'connect'
> {
  missing(account: never): string | undefined
  group?(account: never, place: Place): GroupRule | undefined
  common?(account: never, source: AccountSource): CommonAccount
  mode?(account: never): string
  path?(account: never): string | undefined
  linked?(state: AccountState, account: never): boolean
  login?(ctx: ChannelContext<never>, how: LoginHow): Promise<void>
  logout?(ctx: ChannelContext<never>): Promise<void>
  connect(ctx: ChannelContext<never>): Promise<Connection>
}

/** Freezes a channel and keeps its exact types. */
export const defineChannel = <const Id extends string, A extends z.ZodObject>(c: Channel<Id, A>): Channel<Id, A> =>
  Object.freeze(c)
