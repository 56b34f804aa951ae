// One socket: who is behind it, which dialect it speaks, and sending to it without filling memory.
import type { Caller, OpScope } from '../define/op.ts'
import type { AuthRule } from './auth.ts'
import type { Peer } from './origin.ts'

/** How a connection talks; decided by its first message. */
export type Dialect = 'undetermined' | 'strict' | 'simple' | 'jsonrpc'

/** The ability strict clients of ours declare: they hear the simple dialect's events and may use all its parameters. */
export const ownCap = 'oclaw'

/** The part of Bun's socket we use. */
export interface Socket {
  send(text: string): number
  close(code: number, reason: string): void
  terminate(): void
  ping(): number
  getBufferedAmount(): number
}

/** Bytes waiting on a socket beyond which drafts are skipped for it; what closes it is `policy.maxBufferedBytes`. */
const skipAbove = 1_500_000

/** A connection. */
export interface Connection {
  readonly id: string
  readonly socket: Socket
  readonly peer: Peer
  readonly openedAt: number
  /** The one-time text a device must sign. */
  readonly nonce: string
  dialect: Dialect
  /** Set once signed in. */
  caller: Caller | undefined
  role: 'operator' | 'node'
  scopes: ReadonlySet<OpScope>
  caps: ReadonlySet<string>
  /** About the client, for presence. */
  client: Readonly<Record<string, unknown>>
  /** Whether the upgrade request carried the right secret. */
  readonly preauthorized: boolean
  /** Sessions a node asked to hear of. */
  readonly followed: Set<string>
  /** The rule whose secret was shown; absent when it was the token of a device, which outlives that secret. */
  rule: AuthRule | undefined
  /** Sessions this connection has started runs in. */
  readonly started: Set<string>
  /** How it spells session keys. */
  readonly spelling: Map<string, string>
  /** Only these events, when set. */
  events: ReadonlySet<string> | undefined
  seq: number
  /** Drafts it was too slow for, since it was last told; `since` is where `events.resume` goes on from. */
  behind: { skipped: number; readonly since: number } | undefined
  alive: boolean
  seenAt: number
  /** Answers in order: each waits for the one before it. */
  tail: Promise<void>
  readonly abort: AbortController
}

/** Whether drafts must wait: more is on the way to it than it reads. */
export const isSlow = (c: Connection): boolean => c.socket.getBufferedAmount() > skipAbove

/** Sends a frame; a socket that takes no more is closed. */
export function push(c: Connection, text: string): void {
  if (!c.alive) return
  if (c.socket.send(text) === 0 && text.length > 0) drop(c, 1008, 'slow consumer')
}

/** Closes a connection; the reason is cut to what the protocol takes (123 bytes). */
export function drop(c: Connection, code: number, reason: string): void {
  if (!c.alive) return
  c.alive = false
  let text = reason
  while (new TextEncoder().encode(text).length > 120) text = text.slice(0, -1)
  c.socket.close(code, text)
}
