// Caps on spending, and how they stand.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import { agentOf } from '../domain/session-key.ts'
import { capsOf } from '../engine/budget.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

const dollars = (n: number) => `$${n.toFixed(2)}`

export const usageCaps = defineOp({
  id: 'usage.caps',
  summary: 'Shows the caps on spending that count for a session, and what is spent or put aside.',
  scope: 'read',
  params: z.strictObject({ sessionKey: z.string().optional().describe('the session; the main session when absent') }),
  result: z.object({
    sessionKey: z.string(),
    caps: z.array(z.object({ cap: z.string(), of: z.string(), max: z.number(), spent: z.number() })),
  }),
  cli: {
    path: 'gateway usage-caps',
    args: ['sessionKey'],
    print: (r) =>
      r.caps.length
        ? table(
            ['Cap', 'Of', 'Spent', 'Most'],
            r.caps.map((c) => [c.cap, c.of, dollars(c.spent), dollars(c.max)]),
          )
        : 'Nothing is capped. Set one: oclaw config set agents.defaults.budget.agent.perDay 5',
  },
  examples: [{ params: {} }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const session = keyOf(e, p.sessionKey ?? 'main')
    const agent = agentOf(session, e.world.settings.defaultAgent())
    return { sessionKey: session, caps: capsOf(e.world, { agent, session }) }
  },
})
