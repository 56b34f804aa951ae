// The tools that only an owner's words may move: jobs by time, and the gateway itself.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { AnyOp } from '../../define/op.ts'
import type { AnyTool, ToolContext } from '../../define/tool.ts'
import { getPath, parsePath } from '../../config/path.ts'
import { textOf } from '../../domain/turn.ts'
import { wake } from '../../engine/system-event.ts'
import * as entries from '../../store/entries.ts'
import * as sessions from '../../store/sessions.ts'
import { configApply, configGet, configPatch, configSchema } from '../config.ts'
import { cronOps } from '../cron.ts'
import type { Services } from '../services.ts'
import { updateOps } from '../update.ts'
import { callOp, ownersOnly, told, tool } from './calls.ts'

const cron = (id: string): AnyOp =>
  (cronOps as unknown as readonly AnyOp[]).find((op) => op.id === `cron.${id}`) as AnyOp
const op = (o: unknown) => o as AnyOp

/** The last things said in a session, for a reminder that has to make sense later. */
function contextOf(s: Services, ctx: ToolContext, count: number): string {
  const { db } = s.engine.world
  const found = count > 0 ? sessions.byKey(db, ctx.session) : undefined
  if (!found) return ''
  const lines = entries
    .latest(db, found.id, count * 3)
    .filter((x) => x.role === 'user' || x.role === 'assistant')
    .map((x) => `- ${x.role === 'user' ? 'Person' : 'You'}: ${textOf(x.parts).replaceAll(/\s+/g, ' ').slice(0, 220)}`)
    .slice(-count)
  return lines.length ? `\n\nWhat was said before this was set up:\n${lines.join('\n')}` : ''
}

/** The job with that context added to what its session is told. */
function withContext(job: Record<string, unknown>, words: string): Record<string, unknown> {
  const payload = job['payload'] as { kind?: unknown; text?: unknown } | undefined
  if (!words || payload?.kind !== 'systemEvent' || typeof payload.text !== 'string') return job
  return { ...job, payload: { ...payload, text: payload.text + words } }
}

/** The tool for jobs by time. */
export function cronTool(s: Services): AnyTool {
  return tool({
    id: 'cron',
    summary: 'Reminders and jobs by time: status, list, add, update, remove, run, runs, wake. Times are ISO 8601.',
    risk: 'write',
    timeoutMs: 660_000,
    params: z.strictObject({
      action: z.enum(['status', 'list', 'add', 'update', 'remove', 'run', 'runs', 'wake']).describe('what to do'),
      includeDisabled: z.boolean().optional().describe('list: also those that are off'),
      job: z
        .record(z.string(), z.unknown())
        .optional()
        .describe(
          'add: {name, schedule: {kind: at, at} | {kind: every, everyMs} | {kind: cron, expr, tz}, sessionTarget: main | isolated, payload: {kind: systemEvent, text} (main) | {kind: agentTurn, message} (isolated), delivery?: {mode: announce | none, channel, to}}',
        ),
      jobId: z.string().optional().describe('update, remove, run, runs: which'),
      patch: z.record(z.string(), z.unknown()).optional().describe('update: what changes'),
      text: z.string().optional().describe('wake: what the main session is told'),
      mode: z.enum(['now', 'next-heartbeat', 'due', 'force']).optional().describe('wake: how soon; run: only when due'),
      contextMessages: z.number().int().min(0).max(10).default(0).describe('add: last messages a reminder takes along'),
    }),
    async run(p, ctx) {
      ownersOnly(ctx, 'set up jobs')
      const id = { id: p.jobId }
      switch (p.action) {
        case 'status':
          return told(await callOp(cron('status'), {}, s, ctx))
        case 'list':
          return told(await callOp(cron('list'), { includeDisabled: p.includeDisabled }, s, ctx))
        case 'add': {
          const job = withContext({ agentId: ctx.agent, ...p.job }, contextOf(s, ctx, p.contextMessages))
          return told(await callOp(cron('add'), job, s, ctx))
        }
        case 'update':
          return told(await callOp(cron('update'), { ...id, patch: p.patch }, s, ctx))
        case 'run':
          return told(await callOp(cron('run'), { ...id, mode: p.mode === 'due' ? 'due' : 'force' }, s, ctx))
        case 'remove':
        case 'runs':
          return told(await callOp(cron(p.action), id, s, ctx))
        case 'wake':
          if (!p.text) throw new Fault('INVALID_REQUEST', 'say what the session is told: text')
          await wake(s.engine, ctx.session, p.text, 'agent')
          return told({ ok: true })
      }
    },
  })
}

/** The tool for the gateway itself. */
export function gatewayTool(s: Services): AnyTool {
  return tool({
    id: 'gateway',
    summary:
      'The gateway’s own config and life: config.get, config.schema, config.patch, config.apply, restart, update.run. Only when asked to.',
    risk: 'write',
    params: z.strictObject({
      action: z
        .enum(['restart', 'config.get', 'config.schema', 'config.patch', 'config.apply', 'update.run'])
        .describe('what to do'),
      path: z.string().optional().describe('config.get, config.schema: one part, such as channels.telegram'),
      raw: z
        .string()
        .optional()
        .describe('config.patch: JSON5 that is laid over the file; config.apply: the whole file'),
      baseHash: z.string().optional().describe('config.patch, config.apply: the hash config.get answered'),
      note: z.string().optional().describe('restart, update.run: why'),
    }),
    async run(p, ctx) {
      ownersOnly(ctx, 'change the gateway')
      switch (p.action) {
        case 'config.get': {
          const all = (await callOp(op(configGet), {}, s, ctx)) as { config: unknown; hash?: string }
          const value = p.path === undefined ? all.config : getPath(all.config, parsePath(p.path))
          return told({ hash: all.hash, value: value ?? null })
        }
        case 'config.schema': {
          const { schema } = (await callOp(op(configSchema), {}, s, ctx)) as { schema: unknown }
          const steps = p.path === undefined ? [] : parsePath(p.path).flatMap((key) => ['properties', key])
          return told({ schema: getPath(schema, steps) ?? null })
        }
        case 'config.patch':
        case 'config.apply': {
          const how = p.action === 'config.patch' ? op(configPatch) : op(configApply)
          const hash = p.baseHash ?? (await s.config.snapshot()).hash
          const done = (await callOp(how, { raw: p.raw, baseHash: hash }, s, ctx)) as {
            changed?: unknown
            hash?: string
          }
          return told({ ok: true, changed: done.changed, hash: done.hash })
        }
        case 'update.run': {
          const { result } = (await callOp(op(updateOps[0]), { note: p.note }, s, ctx)) as { result: object }
          return told(result)
        }
        case 'restart': {
          if (getPath(s.config.current(), ['commands', 'restart']) === false)
            throw new Fault('FORBIDDEN', 'agents may not restart the gateway (commands.restart)')
          s.gateway.stop({ reason: `the agent was asked to restart it${p.note ? `: ${p.note}` : ''}`, restart: true })
          return told({ ok: true, note: 'It starts anew now; this turn goes on afterwards.' })
        }
      }
    },
  })
}
