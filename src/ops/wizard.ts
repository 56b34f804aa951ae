// Setting up by questions over the wire. The gateway of this build has no questions; the CLI and the UI set it up.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'

const Step = z.object({ sessionId: z.string().optional(), done: z.boolean(), status: z.string().optional() })
const sessionId = z.string().min(1).describe('the wizard')

const unknown = (): never => {
  throw new Fault('NOT_FOUND', 'wizard not found')
}

const start = defineOp({
  id: 'wizard.start',
  summary: 'Begins to set the gateway up by questions.',
  scope: 'admin',
  params: z.strictObject({
    mode: z.enum(['local', 'remote']).optional().describe('this machine, or a gateway elsewhere'),
    workspace: z.string().optional().describe('the agent’s folder'),
  }),
  result: Step,
  examples: [{ params: { mode: 'local' }, note: 'questions' }],
  handler: (): never => {
    throw new Fault(
      'UNAVAILABLE',
      'this gateway asks no questions; set it up with `oclaw config set` or in the Control UI',
    )
  },
})

const next = defineOp({
  id: 'wizard.next',
  summary: 'Answers a question of the set-up.',
  scope: 'admin',
  params: z.strictObject({
    sessionId,
    answer: z.strictObject({ stepId: z.string(), value: z.unknown().optional() }).optional().describe('the answer'),
  }),
  result: Step,
  examples: [{ params: { sessionId: 'x' }, note: 'a wizard' }],
  handler: unknown,
})

const Status = z.object({ status: z.string(), error: z.string().optional() })

const cancel = defineOp({
  id: 'wizard.cancel',
  summary: 'Ends the set-up by questions.',
  scope: 'admin',
  params: z.strictObject({ sessionId }),
  result: Status,
  examples: [{ params: { sessionId: 'x' }, note: 'a wizard' }],
  handler: unknown,
})

const status = defineOp({
  id: 'wizard.status',
  summary: 'Says how far the set-up by questions is.',
  scope: 'admin',
  params: z.strictObject({ sessionId }),
  result: Status,
  examples: [{ params: { sessionId: 'x' }, note: 'a wizard' }],
  handler: unknown,
})

export const wizardOps = [start, next, cancel, status] as const
