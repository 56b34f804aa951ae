// Which commands a client may type: a command does no more than the operations its scopes allow.
import { Fault } from '../lib/fault.ts'
import type { Caller } from '../define/op.ts'
import { parseCommand } from '../engine/commands/index.ts'

/** Throws FORBIDDEN for a text that answers a request for approval, from a client that may not. */
export function checkCommand(text: string, caller: Caller): void {
  if (parseCommand(text)?.name !== 'approve' || caller.scopes.has('approvals')) return
  throw new Fault('FORBIDDEN', 'missing scope: operator.approvals')
}
