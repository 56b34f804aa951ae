// The tools that start, watch, steer and stop sub-agents.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { AnyTool } from '../../define/tool.ts'
import { childOf, childrenOf, kill, spawn, stateOf, steer, type Child } from '../../engine/subagents/index.ts'
import type { Services } from '../services.ts'
import { told, tool } from './calls.ts'

/** The tools. */
export function subagentTools(s: Services): AnyTool[] {
  const { engine: e, clock } = s

  const shown = (c: Child) => ({
    runId: c.run,
    sessionKey: c.child,
    ...(c.label === undefined ? {} : { label: c.label }),
    task: c.task.slice(0, 200),
    status: stateOf(c),
    startedAt: c.startedAt,
    seconds: Math.round(((c.endedAt ?? clock.now()) - c.startedAt) / 1000),
  })

  const one = (session: string, target: string | undefined) => childOf(childrenOf(e.world, session), target)

  return [
    tool({
      id: 'sessions_spawn',
      summary: 'Starts a sub-agent on a task in a session of its own; its result is told here when it is done.',
      risk: 'write',
      params: z.strictObject({
        task: z.string().trim().min(1).describe('what it is to do, with all it needs to know'),
        label: z.string().trim().min(1).max(64).optional().describe('a name for it'),
        agentId: z.string().optional().describe('another agent, if you may start it (agents_list)'),
        model: z.string().optional().describe('provider/model'),
        thinking: z.string().optional().describe('how much it thinks'),
        runTimeoutSeconds: z.number().int().min(0).max(86_400).default(0).describe('longest time; 0 for the usual'),
        cleanup: z.enum(['delete', 'keep']).default('keep').describe('what becomes of its session'),
      }),
      async run(p, ctx) {
        const child = await spawn(e, {
          parent: ctx.session,
          task: p.task,
          label: p.label,
          agent: p.agentId,
          model: p.model,
          thinking: p.thinking,
          timeoutMs: p.runTimeoutSeconds * 1000,
          cleanup: p.cleanup,
          owner: ctx.owner ?? false,
          within: ctx.limits ?? { tools: [] },
          to: ctx.chat,
        })
        return told({
          status: 'accepted',
          runId: child.run,
          childSessionKey: child.child,
          note: 'It works by itself; you are told its result. Do not wait or poll for it.',
        })
      },
    }),
    tool({
      id: 'subagents',
      summary: 'Lists, steers or stops the sub-agents of this session.',
      risk: 'write',
      params: z.strictObject({
        action: z.enum(['list', 'steer', 'kill']).default('list').describe('what to do'),
        target: z
          .string()
          .optional()
          .describe('steer, kill: its label, key, run or place in the list; kill also takes all'),
        message: z.string().trim().min(1).max(4000).optional().describe('steer: what it is to do now'),
        recentMinutes: z.number().int().min(1).max(1440).optional().describe('list: only those of the last minutes'),
      }),
      async run(p, ctx) {
        const all = childrenOf(e.world, ctx.session)
        switch (p.action) {
          case 'list': {
            const since = p.recentMinutes === undefined ? 0 : clock.now() - p.recentMinutes * 60_000
            const list = all.filter((c) => c.endedAt === undefined || c.endedAt >= since).map(shown)
            return told({ count: list.length, subagents: list })
          }
          case 'steer': {
            const child = one(ctx.session, p.target)
            if (p.message === undefined) throw new Fault('INVALID_REQUEST', 'say what it is to do: message')
            await steer(e, child, p.message)
            return told({ status: 'ok', sessionKey: child.child })
          }
          case 'kill': {
            const chosen = p.target === 'all' || p.target === '*' ? all : [one(ctx.session, p.target)]
            return told({ status: 'ok', stopped: chosen.reduce((sum, c) => sum + kill(e, c), 0) })
          }
        }
      },
    }),
  ]
}
