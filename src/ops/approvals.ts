// Answering the questions tools ask before they run something.
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import type { Decided } from '../engine/tools/approvals.ts'
import { orAbort } from '../engine/race.ts'
import type { Services } from './services.ts'
import { span, table } from './table.ts'

const pending = defineOp({
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

const resolve = defineOp({
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

const Decision = z.object({
  id: z.string(),
  decision: z.enum(['allow-once', 'allow-always', 'deny']).nullable(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
})

const decisionOf = ({ request: r, decision }: Decided) => ({
  id: r.id,
  decision,
  createdAtMs: r.createdAt,
  expiresAtMs: r.expiresAt,
})

const some = (what: string) => z.string().nullish().describe(what)

const request = defineOp({
  id: 'exec.approval.request',
  summary: 'Asks a person whether a command may be run, and waits for the answer.',
  scope: 'approvals',
  params: z.strictObject({
    id: z.string().min(1).optional().describe('the question’s id, chosen by the caller'),
    command: z.string().min(1).describe('what is to be run'),
    cwd: some('in which folder'),
    host: some('where: sandbox, gateway or node'),
    security: some('the policy that led to the question'),
    ask: some('when that policy asks'),
    agentId: some('for which agent'),
    resolvedPath: some('the program that would be run'),
    sessionKey: some('for which session'),
    timeoutMs: z.number().int().min(1).max(86_400_000).default(120_000).describe('how long to wait, in ms'),
    twoPhase: z.boolean().default(false).describe('answer once when it is asked, and again when it is decided'),
  }),
  accepts: z.object({
    status: z.literal('accepted'),
    id: z.string(),
    createdAtMs: z.number(),
    expiresAtMs: z.number(),
  }),
  result: Decision,
  examples: [{ params: { command: 'ls -la', twoPhase: true }, note: 'someone who answers' }],
  handler: async (call, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const { params: p } = call
    const given = { host: p.host, security: p.security, ask: p.ask, resolvedPath: p.resolvedPath }
    const asked = await e.approvals.open(
      {
        id: p.id ?? newId('apr', clock),
        session: p.sessionKey ?? '',
        agent: p.agentId ?? '',
        command: p.command,
        argv: [],
        cwd: p.cwd ?? '',
        ...(Object.fromEntries(Object.entries(given).filter(([, v]) => typeof v === 'string')) as {
          [K in keyof typeof given]?: string
        }),
      },
      p.timeoutMs,
    )
    const times = { createdAtMs: asked.createdAt, expiresAtMs: asked.expiresAt }
    const decided = e.approvals.decided(asked.id)
    if (p.twoPhase) call.accepted({ status: 'accepted', id: asked.id, ...times })
    return decisionOf(await orAbort(decided, call.signal))
  },
})

const wait = defineOp({
  id: 'exec.approval.waitDecision',
  summary: 'Waits for the answer to a question that was asked before.',
  scope: 'approvals',
  params: z.strictObject({ id: z.string().min(1).describe('the question’s id') }),
  result: Decision,
  examples: [{ params: { id: 'apr_example' }, note: 'a question that is waiting' }],
  handler: async ({ params: p, signal }, { engine: e }: Pick<Services, 'engine'>) =>
    decisionOf(await orAbort(e.approvals.decided(p.id), signal)),
})

export const approvalOps = [pending, request, wait, resolve] as const
