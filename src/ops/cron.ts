// Jobs by time. This build runs none: it says so truthfully, and refuses to take jobs it would never run.
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import type { Services } from './services.ts'

const Row = z.record(z.string(), z.unknown())

const refuse = (): never => {
  throw new Fault(
    'UNAVAILABLE',
    'this build has no scheduler, so jobs cannot be kept; a system timer can call `oclaw agent`',
  )
}

const list = defineOp({
  id: 'cron.list',
  summary: 'Lists the jobs.',
  scope: 'read',
  params: z.strictObject({ includeDisabled: z.boolean().optional().describe('also those that are switched off') }),
  result: z.object({ jobs: z.array(Row) }),
  cli: { path: 'cron list', aliases: ['cron'], print: () => 'There are no jobs.' },
  examples: [{ params: {} }],
  handler: () => ({ jobs: [] }),
})

const status = defineOp({
  id: 'cron.status',
  summary: 'Says whether jobs run, and when the next one does.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({
    enabled: z.boolean(),
    storePath: z.string(),
    jobs: z.number(),
    nextWakeAtMs: z.number().nullable(),
  }),
  cli: { path: 'cron status', print: (r) => `Jobs: ${r.jobs}; the scheduler is ${r.enabled ? 'on' : 'off'}.` },
  examples: [{ params: {} }],
  handler: (_call, { gateway }: Pick<Services, 'gateway'>) => ({
    enabled: false,
    storePath: join(gateway.stateDir, 'cron', 'jobs.json'),
    jobs: 0,
    nextWakeAtMs: null,
  }),
})

const which = {
  id: z.string().optional().describe('the job'),
  jobId: z.string().optional().describe('the same as id'),
}

const runs = defineOp({
  id: 'cron.runs',
  summary: 'Lists what came of a job.',
  scope: 'read',
  params: z.strictObject({
    ...which,
    limit: z.number().int().min(1).max(5000).default(200).describe('the last so many'),
  }),
  result: z.object({ entries: z.array(Row) }),
  examples: [{ params: { id: 'nope' } }],
  handler: () => ({ entries: [] }),
})

const add = defineOp({
  id: 'cron.add',
  summary: 'Adds a job.',
  scope: 'admin',
  params: z.strictObject({
    name: z.string().optional().describe('its name'),
    agentId: z.string().nullish().describe('whose job'),
    sessionKey: z.string().nullish().describe('in which session'),
    description: z.string().optional().describe('what it is for'),
    enabled: z.boolean().optional().describe('whether it runs'),
    deleteAfterRun: z.boolean().optional().describe('whether it goes away when it has run'),
    schedule: Row.describe('when'),
    sessionTarget: z.enum(['main', 'isolated']).optional().describe('in the main session, or in one of its own'),
    wakeMode: z.enum(['now', 'next-heartbeat']).optional().describe('how soon the agent is told'),
    payload: Row.describe('what is done'),
    delivery: Row.optional().describe('where the result goes'),
  }),
  result: Row,
  examples: [
    {
      params: { schedule: { kind: 'every', everyMs: 1 }, payload: { kind: 'systemEvent', text: 'x' } },
      note: 'a scheduler',
    },
  ],
  handler: refuse,
})

const update = defineOp({
  id: 'cron.update',
  summary: 'Changes a job.',
  scope: 'admin',
  params: z.strictObject({ ...which, patch: Row.describe('what changes') }),
  result: Row,
  examples: [{ params: { id: 'nope', patch: { enabled: false } }, note: 'a scheduler' }],
  handler: refuse,
})

const remove = defineOp({
  id: 'cron.remove',
  summary: 'Removes a job.',
  scope: 'admin',
  params: z.strictObject(which),
  result: z.object({ ok: z.literal(true), removed: z.boolean() }),
  examples: [{ params: { id: 'nope' } }],
  handler: () => ({ ok: true as const, removed: false }),
})

const run = defineOp({
  id: 'cron.run',
  summary: 'Runs a job now.',
  scope: 'admin',
  params: z.strictObject({ ...which, mode: z.enum(['due', 'force']).default('force').describe('only when it is due') }),
  result: z.object({ ok: z.literal(true), ran: z.boolean(), reason: z.string().optional() }),
  examples: [{ params: { id: 'nope' }, note: 'a job' }],
  handler: ({ params: p }): never => {
    throw new Fault('UNAVAILABLE', `Error: unknown cron job id: ${p.id ?? p.jobId}`)
  },
})

export const cronOps = [list, status, runs, add, update, remove, run] as const
