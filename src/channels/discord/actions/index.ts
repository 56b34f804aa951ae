// What else Discord can do, as far as the account's `actions` allow.
import type { ChannelAction } from '../../../define/channel.ts'
import { allows } from '../account.ts'
import { building, moderating } from './change.ts'
import type { Acting } from './define.ts'
import { looking } from './look.ts'
import { talking } from './talk.ts'

/** The actions that are open. */
export function actionsOf(a: Acting): Readonly<Record<string, ChannelAction>> {
  const all = { ...looking(a), ...talking(a), ...building(a), ...moderating(a) }
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, { gate, action }]) => (allows(a.account, gate) ? [[name, action]] : [])),
  )
}
