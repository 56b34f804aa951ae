// Setting the gateway up by questions over the wire: the same steps as `oclaw onboard`, answered by an app.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { Services, WizardState } from './services.ts'

type Needed = Pick<Services, 'wizard'>

const Step = z.object({
  id: z.string(),
  type: z.enum(['note', 'select', 'text', 'confirm']),
  title: z.string().optional(),
  message: z.string().optional(),
  options: z
    .array(z.object({ value: z.string(), label: z.string(), hint: z.string().optional() }))
    .readonly()
    .optional(),
  initialValue: z.unknown().optional(),
  placeholder: z.string().optional(),
  sensitive: z.boolean().optional(),
  executor: z.literal('client'),
})
const state = {
  done: z.boolean(),
  step: Step.optional(),
  status: z.enum(['running', 'done', 'cancelled', 'error']),
  error: z.string().optional(),
}
const sessionId = z.string().min(1).describe('the wizard')

const start = defineOp({
  id: 'wizard.start',
  summary: 'Begins to set the gateway up by questions.',
  scope: 'admin',
  params: z.strictObject({
    mode: z.enum(['local', 'remote']).default('local').describe('this machine, or a gateway elsewhere'),
    workspace: z.string().min(1).optional().describe('the agent’s folder'),
  }),
  result: z.object({ sessionId: z.string(), ...state }),
  examples: [{ params: { mode: 'local' }, note: 'questions' }],
  handler: ({ params: { mode, workspace } }, { wizard }: Needed) =>
    wizard.start({ mode, ...(workspace === undefined ? {} : { workspace }) }),
})

const next = defineOp({
  id: 'wizard.next',
  summary: 'Answers a question of the set-up.',
  scope: 'admin',
  params: z.strictObject({
    sessionId,
    answer: z.strictObject({ stepId: z.string(), value: z.unknown().optional() }).optional().describe('the answer'),
  }),
  result: z.object(state),
  examples: [{ params: { sessionId: 'x' }, note: 'a wizard' }],
  handler: ({ params: p }, { wizard }: Needed) => wizard.next(p.sessionId, p.answer),
})

const Status = z.object({ status: z.string(), error: z.string().optional() })
const brief = ({ status: now, error }: WizardState) => ({ status: now, ...(error === undefined ? {} : { error }) })

const cancel = defineOp({
  id: 'wizard.cancel',
  summary: 'Ends the set-up by questions.',
  scope: 'admin',
  params: z.strictObject({ sessionId }),
  result: Status,
  examples: [{ params: { sessionId: 'x' }, note: 'a wizard' }],
  handler: ({ params: p }, { wizard }: Needed) => brief(wizard.cancel(p.sessionId)),
})

const status = defineOp({
  id: 'wizard.status',
  summary: 'Says how far the set-up by questions is.',
  scope: 'admin',
  params: z.strictObject({ sessionId }),
  result: Status,
  examples: [{ params: { sessionId: 'x' }, note: 'a wizard' }],
  handler: ({ params: p }, { wizard }: Needed) => brief(wizard.status(p.sessionId)),
})

export const wizardOps = [start, next, cancel, status] as const
