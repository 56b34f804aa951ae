// Who remembers a conversation. The only file that knows the grammar of session keys.
import { Fault } from '../lib/fault.ts'
import type { Address } from './address.ts'

/** A canonical key: `agent:<id>:<rest>`, or `global`. */
export type SessionKey = string

/** The parts of a canonical key. */
export interface ParsedKey {
  readonly agent: string
  readonly rest: string
}

/** How direct chats share a session: one for all, or one per person, channel or account. */
export type DmScope = 'main' | 'per-peer' | 'per-channel-peer' | 'per-account-channel-peer'

/** Agent ids are lower-case letters, digits, `-` and `_`, at most 64; anything else becomes `-`. */
export function normalizeAgentId(id: string): string {
  const clean = id
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return clean.slice(0, 64) || 'main'
}

/** The parts of a canonical key; undefined when the text is not one. */
export function parseKey(key: string): ParsedKey | undefined {
  const m = /^agent:([a-z0-9_-]{1,64}):(.+)$/s.exec(key)
  return m ? { agent: m[1] as string, rest: m[2] as string } : undefined
}

/** The canonical key of its parts. */
export const formatKey = (p: ParsedKey): SessionKey => `agent:${p.agent}:${p.rest}`

/** The agent's main session. */
export const mainKey = (agent: string): SessionKey => formatKey({ agent, rest: 'main' })

/**
 * The canonical key a caller means: `main`, a bare word, or a full key; always lower case.
 * Throws INVALID_REQUEST for `agent:x` without the rest.
 */
export function canonicalKey(text: string, defaultAgent: string): SessionKey {
  const key = text.trim().toLowerCase()
  if (!key || key === 'main') return mainKey(defaultAgent)
  if (key === 'global' || key === 'unknown') return key
  if (!key.startsWith('agent:')) return formatKey({ agent: defaultAgent, rest: key })
  if (!parseKey(key)) throw new Fault('INVALID_REQUEST', `malformed session key "${text}"; expected agent:<id>:<rest>`)
  return key
}

/** The agent a key belongs to; `global` belongs to the default agent. */
export const agentOf = (key: SessionKey, defaultAgent: string): string => parseKey(key)?.agent ?? defaultAgent

/** What kind of conversation a key stands for. */
export function kindOf(key: SessionKey): 'direct' | 'group' | 'global' | 'unknown' {
  if (key === 'global' || key === 'unknown') return key
  return /:(group|channel):/.test(key) ? 'group' : 'direct'
}

/** Whether the key is of a sub-agent. */
export const isSubagentKey = (key: SessionKey): boolean => /^agent:[^:]+:subagent:/.test(key)

/** Whether the key is of a thread or forum topic. */
export const isThreadKey = (key: SessionKey): boolean => /:(thread|topic):/.test(key)

/** The session of the chat a thread's session is in; undefined for keys of no thread. */
export const parentKey = (key: SessionKey): SessionKey | undefined =>
  isThreadKey(key) ? key.replace(/:(thread|topic):[^:]*$/, '') : undefined

/** The session of a message: direct chats by `dmScope`, groups by chat, threads and topics apart. */
export function keyForMessage(m: {
  readonly agent: string
  readonly to: Address
  readonly kind: 'direct' | 'group' | 'channel'
  readonly peer: string
  readonly dmScope: DmScope
}): SessionKey {
  const { agent, to } = m
  const thread =
    to.thread === undefined ? '' : to.channel === 'telegram' ? `:topic:${to.thread}` : `:thread:${to.thread}`
  if (m.kind !== 'direct')
    return formatKey({ agent, rest: `${to.channel}:${m.kind}:${to.chat}${thread}`.toLowerCase() })
  const peer = m.peer.toLowerCase()
  const rest = {
    main: 'main',
    'per-peer': `direct:${peer}`,
    'per-channel-peer': `${to.channel}:direct:${peer}`,
    'per-account-channel-peer': `${to.channel}:${to.account}:direct:${peer}`,
  }[m.dmScope]
  return formatKey({ agent, rest: (rest + thread).toLowerCase() })
}
