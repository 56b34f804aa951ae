// Answers what a gateway asks this machine to do.
import { z } from 'zod'
import { toFault } from '../lib/fault.ts'
import type { NodeCommand } from './commands.ts'
import type { NodeWorld } from './world.ts'

/** A question as the gateway sends it. */
export const Question = z.object({
  id: z.string(),
  nodeId: z.string(),
  command: z.string(),
  paramsJSON: z.string().nullish(),
})

export type Question = z.output<typeof Question>

/** The answer as the gateway takes it. */
export interface Answer {
  readonly id: string
  readonly nodeId: string
  readonly ok: boolean
  readonly payloadJSON?: string
  readonly error?: { readonly code: string; readonly message: string }
}

/** Does what is asked; never throws. */
export async function answerTo(
  q: Question,
  commands: Readonly<Record<string, NodeCommand>>,
  world: NodeWorld,
  signal: AbortSignal,
): Promise<Answer> {
  const about = { id: q.id, nodeId: q.nodeId }
  const no = (code: string, message: string): Answer => ({ ...about, ok: false, error: { code, message } })
  const command = Object.hasOwn(commands, q.command) ? commands[q.command] : undefined
  if (!command) return no('INVALID_REQUEST', `this node has no command ${q.command}`)
  try {
    const params = command.params.safeParse(JSON.parse(q.paramsJSON ?? '{}'))
    if (!params.success) return no('INVALID_REQUEST', `${q.command}: ${z.prettifyError(params.error)}`)
    return { ...about, ok: true, payloadJSON: JSON.stringify(await command.run(params.data, world, signal)) }
  } catch (error) {
    const fault = error instanceof SyntaxError ? undefined : toFault(error)
    if (!fault) return no('INVALID_REQUEST', `${q.command}: its parameters are not JSON`)
    // The original's nodes have two words for all that goes wrong; the message tells them apart.
    return no(fault.code === 'INVALID_REQUEST' ? 'INVALID_REQUEST' : 'UNAVAILABLE', fault.message)
  }
}
