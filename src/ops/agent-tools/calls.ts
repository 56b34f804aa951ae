// Operations called by an agent on behalf of whoever speaks to it.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { AnyOp, OpScope } from '../../define/op.ts'
import type { AnyTool, Tool, ToolContext, ToolResult } from '../../define/tool.ts'
import type { Services } from '../services.ts'

const scopes: ReadonlySet<OpScope> = new Set(['public', 'read', 'write', 'admin'])

/** Runs an operation with checked parameters; undefined ones count as absent. Throws INVALID_REQUEST for wrong ones. */
export async function callOp(op: AnyOp, params: object, s: Services, ctx: ToolContext): Promise<unknown> {
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined))
  const read = op.params.safeParse(given)
  if (!read.success) throw new Fault('INVALID_REQUEST', `${op.id}: ${z.prettifyError(read.error)}`)
  const caller = { kind: 'agent' as const, id: ctx.session, scopes }
  const call = { params: read.data, caller, signal: ctx.signal, accepted: () => undefined }
  return op.result.parse(await op.handler(call as never, s as never))
}

/** A value as a tool's result: JSON for the model, the same for programs. */
export function told(value: unknown): ToolResult {
  const details = typeof value === 'object' && value !== null ? { details: { ...value } } : {}
  return { ok: true, text: JSON.stringify(value, null, 1), ...details }
}

/** Freezes a tool and forgets the type of its input, which its schema checks. */
export const tool = <P extends z.ZodObject>(t: Tool<string, P>): AnyTool => Object.freeze(t)

/** Throws FORBIDDEN unless an owner is asking. */
export function ownersOnly(ctx: ToolContext, what: string): void {
  if (!ctx.owner) throw new Fault('FORBIDDEN', `only an owner of the gateway may ${what} (commands.ownerAllowFrom)`)
}
