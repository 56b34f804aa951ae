// What people say to us and what we say to them, free of any platform.
import type { Address } from './address.ts'
import type { MediaRef } from './media.ts'

/** Someone on a platform. */
export interface Person {
  readonly id: string
  readonly name?: string
  readonly handle?: string
}

/** A message that came in. `id` is the platform's own; `at` is in ms. */
export interface InboundMessage {
  readonly id: string
  readonly at: number
  readonly to: Address
  readonly kind: 'direct' | 'group' | 'channel'
  readonly from: Person
  readonly text: string
  readonly media: readonly MediaRef[]
  readonly replyTo?: { readonly id: string; readonly text?: string; readonly byUs: boolean }
  /** Whether it was said to us: a direct chat, a mention, a reply to us, or a command for us. */
  readonly addressed: boolean
  /** The title of the group or channel. */
  readonly title?: string
  /** The server or workspace the chat is part of, and the roles the author has there. */
  readonly space?: { readonly id: string; readonly name?: string; readonly roles?: readonly string[] }
  /** Chosen from the platform's own menu of commands: the answer goes to the menu's caller, whatever the reply mode. */
  readonly native?: boolean
  /** The conversation it has of its own, apart from its chat: the end of its session's key. */
  readonly apart?: string
}

/**
 * Something that happened in a chat and is no message: a reaction, an edit, a pin. Told to the agent as a note when a
 * message of the same author there would be heard. `text` is one line: `reaction added: 👍 by Ann on msg 12`.
 */
export type Happening = Pick<InboundMessage, 'id' | 'at' | 'to' | 'kind' | 'from' | 'text' | 'title' | 'space'>

/** A button under a message; pressed, its `data` comes in as a message: a `/command`, or anything else. */
export interface Button {
  readonly text: string
  readonly data: string
  readonly style?: 'primary' | 'danger' | undefined
}

/** A question with answers to choose from. */
export interface Poll {
  readonly question: string
  readonly options: readonly string[]
  /** How many answers one person may choose. */
  readonly choices: number
  /** How long it is open, in ms; the platform's usual time when absent. */
  readonly openMs?: number
  readonly anonymous?: boolean
}

/** A message to go out, in Markdown; the channel renders it. One piece within the channel's limits. */
export interface OutboundMessage {
  readonly id: string
  readonly to: Address
  readonly text: string
  readonly media: readonly MediaRef[]
  readonly replyTo?: string
  readonly silent?: boolean
  /** Our own earlier message that this one takes the place of (a streaming preview). */
  readonly replaces?: string
  /** Rows of buttons; channels that have none say the same in words, so that `text` alone must suffice. */
  readonly buttons?: readonly (readonly Button[])[]
  /** A poll, for channels whose definition has `polls`; `text` is then empty. */
  readonly poll?: Poll
  /** Who of several agents speaks, where the platform can show that. */
  readonly as?: { readonly name: string; readonly emoji?: string | undefined }
  /** Shown as a silent looping clip where the platform can. */
  readonly gif?: boolean
}
