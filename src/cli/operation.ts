// An operation as a command: call it, print what it says.
import { Fault } from '../lib/fault.ts'
import type { AnyOp, OpCli } from '../define/op.ts'
import type { CliContext, Run } from './context.ts'
import { json } from './print.ts'

/** Calls an operation in the gateway and prints what comes back; answers the exit code. */
export async function runOp(op: AnyOp, input: Record<string, unknown>, run: Run): Promise<number> {
  return show(op, await run.call(op.id, input), input, run)
}

/** Prints a result as its operation says; answers the exit code. */
export function show(op: AnyOp, result: unknown, input: unknown, { ctx, globals }: Run): number {
  // The list forgets each operation's types; the gateway has checked the result against them.
  const cli = op.cli as unknown as OpCli<unknown, unknown> | undefined
  ctx.stdout(globals.json || !cli?.print ? json(result) : `${cli.print(result, input)}\n`)
  return cli?.exitCode?.(result) ?? 0
}

/** The operation behind an id. Throws INTERNAL when the list has no such operation. */
export function opOf(ctx: CliContext, id: string): AnyOp {
  const op = ctx.ops.get(id)
  if (!op) throw new Fault('INTERNAL', `this build has no operation ${id}`)
  return op
}
