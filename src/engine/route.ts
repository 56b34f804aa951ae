// Which agent and which session a message belongs to: pure.
import type { InboundMessage } from '../domain/message.ts'
import { formatKey, keyForMessage, type DmScope, type SessionKey } from '../domain/session-key.ts'
import type { Binding } from './settings.ts'

/** What routing depends on. */
export interface RouteInput {
  readonly message: InboundMessage
  readonly bindings: readonly Binding[]
  readonly defaultAgent: string
  readonly dmScope: DmScope
  readonly identityLinks: Readonly<Record<string, readonly string[]>>
}

const peerOf = (m: InboundMessage): string => (m.kind === 'direct' ? m.from.id : m.to.chat)

/**
 * How closely a binding fits; undefined when it does not. Higher wins, earlier in the config breaks ties: the thread or
 * chat itself, the chat a thread is in, roles in a server, the server, the team, the account, any account.
 */
function fit(b: Binding, m: InboundMessage): number | undefined {
  if (b.channel !== m.to.channel) return undefined
  if (b.account !== undefined && b.account !== '*' && b.account !== m.to.account) return undefined
  const closer = b.peer ?? b.guild ?? b.team ?? b.roles
  if (b.account === undefined && closer === undefined && m.to.account !== 'default') return undefined
  if (b.guild !== undefined && b.guild !== m.space?.id) return undefined
  if (b.team !== undefined && b.team !== m.space?.id) return undefined
  if (b.roles?.length && !b.roles.some((role) => m.space?.roles?.includes(role))) return undefined
  if (b.peer) {
    if (b.peer.kind !== m.kind) return undefined
    if (b.peer.id === (m.to.thread ?? peerOf(m))) return 7
    return b.peer.id === peerOf(m) ? 6 : undefined
  }
  if (b.guild !== undefined) return b.roles?.length ? 5 : 4
  if (b.team !== undefined || b.roles?.length) return 3
  return b.account === '*' ? 1 : 2
}

/** The agent bound to a message; the default agent when no binding fits. */
export function agentFor(m: InboundMessage, bindings: readonly Binding[], defaultAgent: string): string {
  let best: { score: number; agent: string } | undefined
  for (const b of bindings) {
    const score = fit(b, m)
    if (score !== undefined && score > (best?.score ?? 0)) best = { score, agent: b.agent }
  }
  return best?.agent ?? defaultAgent
}

/** The agent and session of a message. */
export function route(i: RouteInput): { readonly agent: string; readonly session: SessionKey } {
  const { message } = i
  const agent = agentFor(message, i.bindings, i.defaultAgent)
  if (message.apart !== undefined) return { agent, session: formatKey({ agent, rest: message.apart.toLowerCase() }) }
  const ids = [`${message.to.channel}:${message.from.id}`, message.from.id].map((x) => x.toLowerCase())
  const linked = Object.entries(i.identityLinks).find(([, list]) => list.some((x) => ids.includes(x.toLowerCase())))
  return {
    agent,
    session: keyForMessage({
      agent,
      to: message.to,
      kind: message.kind,
      peer: linked?.[0] ?? message.from.id,
      dmScope: i.dmScope,
    }),
  }
}
