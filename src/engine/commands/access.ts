// Whose slash commands count, and who is an owner: pure decisions over the rules of the config.
import type { CommonAccount } from '../../define/account-fields.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { InboxRow } from '../../store/inbox.ts'
import { listed } from '../gate.ts'
import type { CommandRule } from '../settings.ts'

/** Whether commands of a message count. `trusted` says that its writer is on the lists of the chat. */
export function mayCommand(rule: CommandRule, m: InboundMessage, trusted: boolean): boolean {
  if (!rule.text && !m.native) return false
  if (rule.allowFrom) return listed(rule.allowFrom[m.to.channel] ?? rule.allowFrom['*'], m)
  return trusted || !rule.accessGroups
}

/** Whether the account's lists name the writer; `*` names nobody. */
export function named(common: CommonAccount, m: InboundMessage): boolean {
  const lists = m.kind === 'direct' ? [common.allowFrom] : [common.allowFrom, common.groupAllowFrom]
  return lists.some((list) =>
    listed(
      list?.filter((entry) => entry !== '*'),
      m,
    ),
  )
}

/**
 * Whether a message comes from an owner of the gateway: a program that may administer it, a person on the list of owners, or
 * without one somebody the account names or has paired with.
 */
export function isOwner(owners: readonly string[] | undefined, { message, options }: OwnerAsk): boolean {
  if (message.to.channel === 'webchat') return options['owner'] !== false
  return owners ? listed(owners, message) : options['known'] === true
}

/** What the question depends on: a row of the inbox. */
type OwnerAsk = Pick<InboxRow, 'message' | 'options'>
