// When a schedule would come due: asked before a job is kept.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { looseJob, Schedule } from '../domain/job.ts'
import { nextSlot } from '../engine/cron/schedule.ts'
import type { Services } from './services.ts'

const preview = defineOp({
  id: 'cron.preview',
  summary: 'Says when a schedule would come due next.',
  scope: 'read',
  params: z.strictObject({
    schedule: z.record(z.string(), z.unknown()).describe('when: at, every or cron'),
    id: z.string().default('').describe('the job, whose place within an hour is its own'),
    count: z.number().int().min(1).max(20).default(5).describe('how many times'),
  }),
  result: z.object({ ts: z.number(), times: z.array(z.number()) }),
  examples: [{ params: { schedule: { kind: 'cron', expr: '0 9 * * 1-5' }, count: 3 } }],
  handler: async ({ params: p }, { clock }: Pick<Services, 'clock'>) => {
    const parsed = Schedule.safeParse(looseJob({ schedule: p.schedule })['schedule'])
    if (!parsed.success) throw new Fault('INVALID_REQUEST', 'the schedule cannot be understood')
    const ts = clock.now()
    const times: number[] = []
    for (let after = ts; times.length < p.count;) {
      const next = await nextSlot({ id: p.id, schedule: parsed.data, createdAtMs: ts }, after)
      if (next === undefined) break
      times.push(next)
      after = next
    }
    return { ts, times }
  },
})

export const cronPreviewOps = [preview] as const
