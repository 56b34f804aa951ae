// Who is heard: a pure decision over a message and the rules of its account.
import type { InboundMessage } from '../domain/message.ts'
import type { CommonAccount, GroupRule } from '../define/account-fields.ts'

/** The verdict: heard (and whether its commands count), asked to pair, kept as context only, or refused with a reason. */
export type Verdict =
  | { readonly kind: 'allow'; readonly trusted: boolean }
  | { readonly kind: 'pair' }
  | { readonly kind: 'context' }
  | { readonly kind: 'deny'; readonly reason: string }

/** What the verdict depends on. `paired` means let in by a pairing code. */
export interface GateInput {
  readonly message: InboundMessage
  readonly common: CommonAccount
  readonly group: GroupRule | undefined
  readonly paired: boolean
  /** Whether the session is set to answer every group message. */
  readonly always: boolean
  /** Whether the text matches one of the agent's mention patterns. */
  readonly mentioned: boolean
  readonly command: boolean
}

/** Whether a person is on a list: by id, `@handle`, or `channel:id`; `*` means everyone. */
export function listed(list: readonly string[] | undefined, m: Pick<InboundMessage, 'from' | 'to'>): boolean {
  if (!list) return false
  const names = new Set([m.from.id, `${m.to.channel}:${m.from.id}`, `tg:${m.from.id}`])
  if (m.from.handle) names.add(m.from.handle).add(`@${m.from.handle}`)
  const lower = new Set([...names].map((n) => n.toLowerCase()))
  return list.some((entry) => entry === '*' || lower.has(entry.toLowerCase()))
}

/** Decides on a message. Every way that is not clearly open is closed. */
export function gate(i: GateInput): Verdict {
  if (i.common.enabled === false) return { kind: 'deny', reason: 'account disabled' }
  return i.message.kind === 'direct' ? gateDirect(i) : gateGroup(i)
}

function gateDirect({ message, common, paired }: GateInput): Verdict {
  const known = paired || listed(common.allowFrom, message)
  switch (common.dmPolicy) {
    case 'disabled':
      return { kind: 'deny', reason: 'direct messages disabled' }
    case 'open':
      return listed(common.allowFrom, message)
        ? { kind: 'allow', trusted: true }
        : { kind: 'deny', reason: 'not in allowFrom' }
    case 'allowlist':
      return known ? { kind: 'allow', trusted: true } : { kind: 'deny', reason: 'not in allowFrom' }
    case 'pairing':
      return known ? { kind: 'allow', trusted: true } : { kind: 'pair' }
  }
}

function gateGroup({ message, common, group, always, mentioned, command }: GateInput): Verdict {
  if (common.groupPolicy === 'disabled') return { kind: 'deny', reason: 'groups disabled' }
  if (group?.enabled === false) return { kind: 'deny', reason: 'group disabled' }
  const senders = group?.allowFrom ?? common.groupAllowFrom ?? common.allowFrom
  const closed = common.groupPolicy === 'allowlist'
  if (closed && !group && !senders) return { kind: 'deny', reason: 'group not listed' }
  // A group that names people meant it, also where the account itself is open.
  if ((closed || group?.allowFrom) && senders && !listed(senders, message))
    return { kind: 'deny', reason: 'sender not allowed in groups' }
  const trusted = listed(group?.trusted ?? senders, message)
  const needed = group?.requireMention ?? true
  const addressed = message.addressed || mentioned || (command && trusted)
  if (needed && !always && !addressed) return { kind: 'context' }
  return { kind: 'allow', trusted }
}
