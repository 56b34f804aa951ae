// Reading the log and the durable event log.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import * as events from '../store/events.ts'
import type { Services } from './services.ts'

export const logsTail = defineOp({
  id: 'logs.tail',
  summary: 'Reads the newest lines of the log, or those after a cursor.',
  scope: 'read',
  params: z.strictObject({
    cursor: z.number().int().min(0).optional().describe('where the last answer ended, in bytes'),
    limit: z.number().int().min(1).max(5000).default(500).describe('at most this many lines'),
    maxBytes: z.number().int().min(1).max(1_000_000).default(250_000).describe('at most this many bytes'),
  }),
  result: z.object({
    file: z.string(),
    cursor: z.number(),
    size: z.number(),
    lines: z.array(z.string()).readonly(),
    truncated: z.boolean(),
    reset: z.boolean(),
  }),
  examples: [{ params: { limit: 5 } }],
  handler: ({ params: p }, { logs }: Pick<Services, 'logs'>) =>
    logs.tail({ limit: p.limit, maxBytes: p.maxBytes, ...(p.cursor === undefined ? {} : { cursor: p.cursor }) }),
})

export const eventsResume = defineOp({
  id: 'events.resume',
  summary: 'Tells again what happened after a point in the durable event log.',
  scope: 'read',
  params: z.strictObject({
    since: z.number().int().min(0).default(0).describe('the last sequence number that was seen'),
    limit: z.number().int().min(1).max(5000).default(1000).describe('at most this many'),
  }),
  result: z.object({
    events: z.array(z.object({ seq: z.number(), at: z.number(), event: z.custom<GatewayEvent>() })),
    next: z.number(),
    last: z.number(),
    gap: z.object({ from: z.number(), to: z.number() }).optional(),
    more: z.boolean(),
  }),
  examples: [{ params: { since: 0, limit: 10 } }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const { first, last } = events.range(e.world.db)
    const list = events.since(e.world.db, p.since, p.limit, 'news.')
    const next = list.at(-1)?.seq ?? last
    const gap = p.since + 1 < first ? { gap: { from: p.since + 1, to: first - 1 } } : {}
    return {
      events: list.map((x) => ({ seq: x.seq, at: x.at, event: x.data as GatewayEvent })),
      next,
      last,
      more: list.length === p.limit,
      ...gap,
    }
  },
})
