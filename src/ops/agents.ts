// Which agents there are, and who they are.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { agentOf } from '../domain/session-key.ts'
import type { Services } from './services.ts'
import { keyOf } from './find-session.ts'

export const agentIdentity = defineOp({
  id: 'agent.identity.get',
  summary: 'Says an agent’s name and picture.',
  scope: 'read',
  params: z.strictObject({
    agentId: z.string().optional().describe('the agent'),
    sessionKey: z.string().optional().describe('a session of the agent'),
  }),
  result: z.object({ agentId: z.string(), name: z.string(), avatar: z.string(), emoji: z.string().optional() }),
  examples: [{ params: {} }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const { settings } = e.world
    const id =
      p.agentId ??
      (p.sessionKey === undefined ? settings.defaultAgent() : agentOf(keyOf(e, p.sessionKey), settings.defaultAgent()))
    const rule = settings.agent(id)
    if (!rule) throw new Fault('INVALID_REQUEST', `unknown agent id "${id}"`)
    const name = rule.name ?? 'Assistant'
    return { agentId: id, name, avatar: name.slice(0, 1).toUpperCase() }
  },
})
