// How hard the gateway works: memory, processor, and how long events wait for their turn.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { Services } from './services.ts'

/** How often the delay is measured for one answer, and how long each time, in ms. */
const times = 4
const eachMs = 5

const load = defineOp({
  id: 'gateway.load',
  summary: 'Measures the gateway’s memory, processor time and event-loop delay.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({
    ts: z.number(),
    rssBytes: z.number(),
    heapBytes: z.number(),
    cpuMs: z.number().describe('processor time since the start'),
    delayMs: z.number().describe('the longest an event had to wait just now'),
    runs: z.number(),
    clients: z.number(),
  }),
  examples: [{ params: {} }],
  handler: async ({ signal }, { engine: e, clock, gateway }: Pick<Services, 'engine' | 'clock' | 'gateway'>) => {
    let delayMs = 0
    for (let i = 0; i < times; i++) {
      const before = clock.monotonic()
      await clock.sleep(eachMs, signal)
      delayMs = Math.max(delayMs, clock.monotonic() - before - eachMs)
    }
    const { rss, heapUsed } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return {
      ts: clock.now(),
      rssBytes: rss,
      heapBytes: heapUsed,
      cpuMs: Math.round((user + system) / 1000),
      delayMs: Math.round(delayMs * 10) / 10,
      runs: e.runs.all().length,
      clients: gateway.clients(),
    }
  },
})

export const loadOps = [load] as const
