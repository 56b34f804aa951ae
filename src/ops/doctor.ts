// What is wrong on this machine, as the running gateway sees it: for health banners and for clients.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { Services } from './services.ts'

const Report = z.object({
  id: z.string(),
  summary: z.string(),
  severity: z.enum(['note', 'warn', 'broken']),
  status: z.enum(['ok', 'note', 'warn', 'fail', 'skip']),
  text: z.string().optional(),
  fix: z.string().optional(),
})

const doctorChecks = defineOp({
  id: 'doctor.checks',
  summary: 'Checks the gateway, its config, its files and its channels, and says what mends what is wrong.',
  scope: 'admin',
  params: z.strictObject({
    all: z.boolean().default(false).describe('also what is well'),
  }),
  result: z.object({ ok: z.boolean(), ts: z.number(), checks: z.array(Report) }),
  examples: [{ params: {} }, { params: { all: true } }],
  handler: async (
    { params: p, signal },
    s: Pick<Services, 'engine' | 'clock' | 'config' | 'channels' | 'models' | 'gateway'>,
  ) => {
    const [{ checks }, { factsOf }, { runChecks }] = await Promise.all([
      import('./checks.ts'),
      import('./doctor/inside.ts'),
      import('./doctor/run.ts'),
    ])
    const reports = await runChecks(checks, await factsOf(s), signal)
    return {
      ok: !reports.some((r) => r.status === 'fail'),
      ts: s.clock.now(),
      checks: p.all ? reports : reports.filter((r) => r.status !== 'ok' && r.status !== 'skip'),
    }
  },
})

export const doctorOps = [doctorChecks] as const
