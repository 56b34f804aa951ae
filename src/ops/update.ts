// Replacing the program by a newer one from inside: put in place here, started, watched and taken back by another process.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { Services } from './services.ts'

const Version = z.object({ version: z.string() }).nullable()

const run = defineOp({
  id: 'update.run',
  summary: 'Replaces the program by its newest version.',
  scope: 'admin',
  params: z.strictObject({
    sessionKey: z.string().optional().describe('the session that asks; kept for older clients'),
    note: z.string().optional().describe('why'),
    restartDelayMs: z.number().int().min(0).max(60_000).default(2000).describe('when to restart, in ms'),
    timeoutMs: z.number().int().min(1).default(1_200_000).describe('how long it may take, in ms'),
  }),
  result: z.object({
    ok: z.boolean(),
    result: z.object({
      status: z.enum(['ok', 'skipped']),
      mode: z.literal('binary'),
      before: Version,
      after: Version,
      steps: z.array(z.object({ name: z.string(), durationMs: z.number() })),
      reason: z.string().optional(),
      durationMs: z.number(),
    }),
    restart: z
      .object({ ok: z.boolean(), pid: z.number(), delayMs: z.number(), reason: z.string(), mode: z.string() })
      .nullable(),
    sentinel: z.object({
      path: z.null(),
      payload: z.object({
        kind: z.literal('update'),
        status: z.string(),
        ts: z.number(),
        message: z.string().nullable(),
      }),
    }),
  }),
  examples: [{ params: {}, note: 'a source of updates' }],
  async handler({ params: p, signal }, { updates, clock, gateway }: Pick<Services, 'updates' | 'clock' | 'gateway'>) {
    const since = clock.monotonic()
    const { delayMs, timeoutMs } = { delayMs: p.restartDelayMs, timeoutMs: p.timeoutMs }
    const steps = await updates.run({ delayMs, timeoutMs, signal })
    const status = steps.after === undefined ? ('skipped' as const) : ('ok' as const)
    const reason = 'update.run'
    return {
      ok: true,
      result: {
        status,
        mode: 'binary' as const,
        before: { version: gateway.version },
        after: { version: steps.after ?? gateway.version },
        steps: [...steps.steps],
        ...(steps.after === undefined ? { reason: 'this is the newest version' } : {}),
        durationMs: Math.round(clock.monotonic() - since),
      },
      restart: steps.after === undefined ? null : { ok: true, pid: gateway.pid, delayMs, reason, mode: 'process' },
      sentinel: {
        path: null,
        payload: { kind: 'update' as const, status, ts: clock.now(), message: p.note ?? null },
      },
    }
  },
})

const status = defineOp({
  id: 'update.status',
  summary: 'Says whether a newer version was found when it was last looked for.',
  scope: 'read',
  params: z.strictObject({ check: z.boolean().optional().describe('look for one now') }),
  result: z.object({ currentVersion: z.string(), latestVersion: z.string().nullable(), channel: z.string() }),
  examples: [{ params: {} }],
  handler: async ({ params: p }, { updates, gateway }: Pick<Services, 'updates' | 'gateway'>) => {
    if (p.check) await updates.look()
    return { currentVersion: gateway.version, latestVersion: updates.latest() ?? null, channel: updates.channel() }
  },
})

export const updateOps = [run, status] as const
