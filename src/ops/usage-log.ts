// What one session used, answer by answer and line by line.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { textOf } from '../domain/turn.ts'
import * as entries from '../store/entries.ts'
import * as sessions from '../store/sessions.ts'
import { findSession, keyOf } from './find-session.ts'
import type { Services } from './services.ts'

const timeseries = defineOp({
  id: 'sessions.usage.timeseries',
  summary: 'Shows a session’s tokens and costs answer by answer.',
  scope: 'read',
  params: z.strictObject({ key: z.string().optional().describe('the session’s key') }),
  result: z.object({ sessionId: z.string(), points: z.array(z.record(z.string(), z.number())) }),
  examples: [{ params: { key: 'main' }, note: 'a session that is there' }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    if (!p.key) throw new Fault('INVALID_REQUEST', 'key is required for timeseries')
    const { id } = findSession(e, { key: p.key })
    let [cumulativeTokens, cumulativeCost] = [0, 0]
    const points = entries.latest(e.world.db, id, 10_000).flatMap((x) => {
      if (!x.usage) return []
      const { input, output, cacheRead, cacheWrite, cost } = x.usage
      const totalTokens = input + output + cacheRead + cacheWrite
      cumulativeTokens += totalTokens
      cumulativeCost += cost ?? 0
      const known = cost === undefined ? { missingCostEntries: 1 } : { cost }
      return [
        {
          timestamp: x.at,
          input,
          output,
          cacheRead,
          cacheWrite,
          totalTokens,
          cost: 0,
          ...known,
          cumulativeTokens,
          cumulativeCost,
        },
      ]
    })
    return { sessionId: id, points }
  },
})

const logs = defineOp({
  id: 'sessions.usage.logs',
  summary: 'Shows what was said in a session, with tokens and costs.',
  scope: 'read',
  params: z.strictObject({
    key: z.string().optional().describe('the session’s key'),
    limit: z.number().int().min(1).default(200).describe('the last so many lines, at most 1000'),
  }),
  result: z.object({
    logs: z.array(
      z.object({
        timestamp: z.number(),
        role: z.string(),
        content: z.string(),
        tokens: z.number().optional(),
        cost: z.number().optional(),
      }),
    ),
  }),
  examples: [{ params: { key: 'main' } }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    if (!p.key) throw new Fault('INVALID_REQUEST', 'key is required for session logs')
    const found = sessions.byKey(e.world.db, keyOf(e, p.key))
    if (!found) return { logs: [] }
    return {
      logs: entries.latest(e.world.db, found.id, Math.min(p.limit, 1000)).map((x) => ({
        timestamp: x.at,
        role: x.role === 'tool' ? 'toolResult' : x.role,
        content: contentOf(x.parts),
        ...(x.usage ? { tokens: x.usage.input + x.usage.output + x.usage.cacheRead + x.usage.cacheWrite } : {}),
        ...(x.usage?.cost === undefined ? {} : { cost: x.usage.cost }),
      })),
    }
  },
})

/** What an entry says, tools by name, at most 2,000 characters. */
function contentOf(parts: Parameters<typeof textOf>[0]): string {
  const tools = parts.flatMap((p) => (p.type === 'call' ? [`[${p.tool}]`] : p.type === 'result' ? [p.text] : []))
  return [textOf(parts), ...tools].filter(Boolean).join('\n').slice(0, 2000)
}

export const usageLogOps = [timeseries, logs] as const
