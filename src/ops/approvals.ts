// Answering the questions tools ask before they run something.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { Services } from './services.ts'
import { span, table } from './table.ts'

export const approvalsPending = defineOp({
  id: 'exec.approval.list',
  summary: 'Lists what tools ask to run.',
  scope: 'approvals',
  params: z.strictObject({}),
  result: z.object({
    ts: z.number(),
    requests: z.array(
      z.object({
        id: z.string(),
        session: z.string(),
        agent: z.string(),
        command: z.string(),
        argv: z.array(z.string()).readonly(),
        cwd: z.string(),
        hash: z.string(),
        createdAt: z.number(),
        expiresAt: z.number(),
      }),
    ),
  }),
  cli: {
    path: 'approvals pending',
    print: (r) =>
      r.requests.length
        ? table(
            ['Id', 'Command', 'In', 'Left'],
            r.requests.map((a) => [a.id, a.command, a.cwd, span(a.expiresAt - r.ts)]),
          )
        : 'Nothing waits for your approval.',
  },
  examples: [{ params: {} }],
  handler: (_call, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => ({
    ts: clock.now(),
    requests: e.approvals.pending(),
  }),
})

export const approvalResolve = defineOp({
  id: 'exec.approval.resolve',
  summary: 'Allows or denies what a tool asks to run.',
  scope: 'approvals',
  params: z.strictObject({
    id: z.string().min(1).describe('the question’s id'),
    decision: z.enum(['allow-once', 'allow-always', 'deny']).describe('the answer'),
  }),
  result: z.object({ ok: z.literal(true) }),
  cli: { path: 'approvals resolve', args: ['id', 'decision'], print: () => 'Done.' },
  examples: [{ params: { id: 'apr_example', decision: 'deny' }, note: 'a question that is waiting' }],
  handler: ({ params: p, caller }, { engine: e }: Pick<Services, 'engine'>) => {
    e.approvals.resolve(p.id, p.decision, caller.id)
    return { ok: true as const }
  },
})
