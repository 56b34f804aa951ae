// What is wrong on this machine, as the running gateway sees it: for health banners and for clients.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
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

const doctorFix = defineOp({
  id: 'doctor.fix',
  summary: 'Mends what one check found; `oclaw doctor --undo` puts back what it changed.',
  scope: 'admin',
  params: z.strictObject({ id: z.string().min(1).describe('the check, as doctor.checks names it') }),
  result: z.object({
    ok: z.literal(true),
    id: z.string(),
    mended: z.string().describe('what was done, in a sentence'),
    journal: z.string().optional().describe('where it is written down'),
  }),
  examples: [{ params: { id: 'state.permissions' }, note: 'a check that found something' }],
  handler: async (
    { params: p, signal },
    s: Pick<Services, 'engine' | 'clock' | 'config' | 'channels' | 'models' | 'gateway'>,
  ) => {
    const [{ checks }, { factsOf }, { runChecks, mend }, { journal }] = await Promise.all([
      import('./checks.ts'),
      import('./doctor/inside.ts'),
      import('./doctor/run.ts'),
      import('./doctor/journal.ts'),
    ])
    const facts = await factsOf(s)
    const found = (await runChecks(checks, facts, signal)).find((r) => r.id === p.id)
    if (!found) throw new Fault('NOT_FOUND', `there is no check "${p.id}"; doctor.checks with all lists them`)
    if (found.status === 'ok') throw new Fault('INVALID_REQUEST', `${p.id} is well: there is nothing to mend`)
    const book = journal(s.gateway.stateDir, s.clock)
    const [mended] = await mend(checks, [found], facts, book)
    if (mended === undefined) {
      const how = found.fix === undefined ? '' : `; what mends it: ${found.fix}`
      throw new Fault('INVALID_REQUEST', `${p.id} is not mended from here: ${found.text ?? found.summary}${how}`)
    }
    return { ok: true as const, id: p.id, mended, ...(book.path === undefined ? {} : { journal: book.path }) }
  },
})

export const doctorOps = [doctorChecks, doctorFix] as const
