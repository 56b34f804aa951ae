// How one session stands: for the agent itself, and for people.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import { agentOf } from '../domain/session-key.ts'
import { statusCard } from '../engine/commands/status-card.ts'
import * as sessions from '../store/sessions.ts'
import { keyOf, usualModel } from './find-session.ts'
import type { Services } from './services.ts'

export const sessionStatus = defineOp({
  id: 'sessions.status',
  summary: 'Shows the time, the model and how full the context of a session is.',
  scope: 'read',
  params: z.strictObject({ sessionKey: z.string().optional().describe('the session’s key; this one when absent') }),
  result: z.object({
    now: z.string(),
    timezone: z.string(),
    sessionKey: z.string(),
    model: z.string().nullable(),
    contextTokens: z.number(),
    contextWindow: z.number().nullable(),
    messages: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    running: z.boolean(),
    waiting: z.number(),
    version: z.string(),
    ok: z.literal(true),
    changedModel: z.boolean(),
    statusText: z.string(),
  }),
  tool: 'session_status',
  cli: { path: 'sessions status', args: ['sessionKey'] },
  examples: [{ params: {} }],
  handler: ({ params: p, caller }, { engine: e, clock, gateway }: Pick<Services, 'engine' | 'clock' | 'gateway'>) => {
    const key = keyOf(e, p.sessionKey ?? (caller.kind === 'agent' ? caller.id : 'main'))
    const found = sessions.byKey(e.world.db, key)
    const usual = usualModel(e, agentOf(key, e.world.settings.defaultAgent()))
    return {
      now: new Date(clock.now()).toISOString(),
      timezone: e.world.settings.timezone(),
      sessionKey: key,
      model: found?.settings.model ?? usual?.ref ?? null,
      contextTokens: found?.contextTokens ?? 0,
      contextWindow: usual?.info.contextWindow ?? null,
      messages: found?.messages ?? 0,
      inputTokens: found?.inputTokens ?? 0,
      outputTokens: found?.outputTokens ?? 0,
      running: e.runs.ofSession(key) !== undefined,
      waiting: e.dispatch.waiting(key),
      version: gateway.version,
      ok: true as const,
      changedModel: false, // a question changes nothing; older clients ask for this
      statusText: statusCard(e.kit, e.dispatch, key),
    }
  },
})
