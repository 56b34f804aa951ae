// Replacing the program by a newer one from inside. This build leaves that to whoever installed it.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'

const run = defineOp({
  id: 'update.run',
  summary: 'Replaces the program by its newest version.',
  scope: 'admin',
  params: z.strictObject({
    sessionKey: z.string().optional().describe('the session that is told'),
    note: z.string().optional().describe('why'),
    restartDelayMs: z.number().int().min(0).max(60_000).optional().describe('when to restart, in ms'),
    timeoutMs: z.number().int().min(1).optional().describe('how long it may take, in ms'),
  }),
  result: z.object({ ok: z.boolean() }),
  examples: [{ params: {}, note: 'a source of updates' }],
  handler: (): never => {
    throw new Fault(
      'UNAVAILABLE',
      'no source of updates is set up in this build; put the new program in place of the old',
    )
  },
})

export const updateOps = [run] as const
