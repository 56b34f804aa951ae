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
}
