// Push messages to phones. No push service is set up in this build.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'

const test = defineOp({
  id: 'push.test',
  summary: 'Sends a push message to a phone to try it out.',
  scope: 'write',
  params: z.strictObject({
    nodeId: z.string().min(1).describe('the phone'),
    title: z.string().optional().describe('the title'),
    body: z.string().optional().describe('the text'),
    environment: z.enum(['sandbox', 'production']).optional().describe('which service'),
  }),
  result: z.object({ ok: z.boolean() }),
  examples: [{ params: { nodeId: 'ab12' }, note: 'a push service' }],
  handler: ({ params: p }): never => {
    throw new Fault('UNAVAILABLE', `node ${p.nodeId} has no APNs registration: this build has no push service`)
  },
})

export const pushOps = [test] as const
