// Puts text for a chat into the outbox, cut to what its platform takes.
import { newId } from '../lib/ids.ts'
import { splitText } from '../lib/split.ts'
import type { Address } from '../domain/address.ts'
import type { MediaRef } from '../domain/media.ts'
import type { InboundMessage, OutboundMessage, Poll } from '../domain/message.ts'
import * as outbox from '../store/outbox.ts'
import type { World } from './world.ts'

/** How the text is said beyond what and where. */
export interface SayOptions {
  readonly turn?: string
  readonly replyTo?: string
  readonly replyMode?: 'off' | 'first' | 'all'
  readonly media?: readonly MediaRef[]
  /** Said at most once per key. */
  readonly key?: string
  readonly silent?: boolean
  readonly gif?: boolean
  /** Under the last piece. */
  readonly buttons?: OutboundMessage['buttons']
  /** Instead of a text. */
  readonly poll?: Poll
  /** A streaming preview the first piece takes the place of. */
  readonly replaces?: string
  readonly as?: OutboundMessage['as']
}

/** What of a turn decides how its answer is sent. */
interface Answering {
  readonly to: Address | undefined
  readonly kind: InboundMessage['kind']
  readonly message: InboundMessage | undefined
}

/** Who an agent's messages are shown as coming from. */
export const speaker = (world: World, agent: string): { readonly as?: NonNullable<OutboundMessage['as']> } => {
  const as = world.settings.agent(agent)?.speaksAs
  return as ? { as } : {}
}

/** Which pieces of a turn's answer are replies; those to native commands always are. */
export function replyModeOf(world: World, turn: Answering): 'off' | 'first' | 'all' {
  const { to, kind, message } = turn
  if (message?.native) return 'all'
  const common = to && world.settings.account(to.channel, to.account)?.common
  return common?.replyToModeByChatType?.[kind] ?? common?.replyToMode ?? 'off'
}

/** Adds the pieces of a text to the outbox; inside a transaction. Delivery hears of them by itself. */
export function say(world: World, to: Address, text: string, o: SayOptions = {}): outbox.OutboxRow[] {
  const { db, clock, settings } = world
  const account = settings.account(to.channel, to.account)
  const now = clock.now()
  const lines = account?.common.maxLinesPerMessage ?? account?.limits.lines
  const limit = {
    chars: Math.min(account?.common.textChunkLimit ?? Infinity, account?.limits.text ?? 4000),
    ...(lines === undefined ? {} : { lines }),
    ...(account?.common.chunkMode === 'newline' ? { paragraphs: true } : {}),
  }
  const texts = splitText(text, limit)
  const media = o.media ?? []
  if (!texts.length && (media.length || o.poll)) texts.push('')
  const rows = texts.flatMap((piece, i) => {
    const replies = o.replyTo !== undefined && (o.replyMode === 'all' || (o.replyMode === 'first' && i === 0))
    const message = {
      id: newId('out', clock),
      to,
      text: piece,
      media: i === texts.length - 1 ? media : [],
      ...(replies && o.replyTo !== undefined ? { replyTo: o.replyTo } : {}),
      ...(i === 0 && o.replaces !== undefined ? { replaces: o.replaces } : {}),
      ...(o.as ? { as: o.as } : {}),
      ...(o.silent ? { silent: true } : {}),
      ...(o.gif ? { gif: true } : {}),
      ...(o.poll ? { poll: o.poll } : {}),
      ...(i === texts.length - 1 && o.buttons && account?.buttons ? { buttons: o.buttons } : {}),
    }
    const row = outbox.add(db, message, {
      at: now,
      expiresAt: now + settings.replyTtlMs(),
      ...(o.turn === undefined ? {} : { turn: o.turn }),
      ...(o.key === undefined ? {} : { key: i === 0 ? o.key : `${o.key}:${i}` }),
    })
    return row ? [row] : []
  })
  if (rows.length) world.outgoing(rows)
  return rows
}
