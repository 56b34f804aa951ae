// Programs that an agent runs on nodes.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { NodePrograms } from '../engine/world.ts'
import { askNode } from './node-ask.ts'
import { pickNode } from './node-find.ts'
import { nodesOf } from './nodes.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>

/** Time a node has besides that of its program to say how it went, in ms. */
const graceMs = 5000

/** What a node says of a program it ran; parts it leaves out count as nothing said. */
const Ran = z.object({
  exitCode: z.number().nullish(),
  timedOut: z.boolean().nullish(),
  success: z.boolean().nullish(),
  stdout: z.string().nullish(),
  stderr: z.string().nullish(),
  error: z.string().nullish(),
})

/** The nodes of this gateway, as a tool that runs programs sees them; `services` is there once the gateway is. */
export function nodePrograms(services: () => Needed): NodePrograms {
  return {
    find(name) {
      const { nodeId, displayName } = pickNode(nodesOf(services()), name, 'system.run')
      return { id: nodeId, name: displayName ?? nodeId }
    },
    async run(id, run, signal) {
      const params = {
        command: run.argv,
        rawCommand: run.command,
        ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
        ...(run.env ? { env: run.env } : {}),
        timeoutMs: run.timeoutMs,
        agentId: run.agent,
        sessionKey: run.session,
      }
      const approved = run.approved ? { approved: 'allow-once' as const } : {}
      const ask = { command: 'system.run', params, timeoutMs: run.timeoutMs + graceMs, ...approved }
      try {
        const { payload } = await askNode(services(), id, ask, signal)
        const ran = Ran.safeParse(payload).data ?? {}
        const output = [ran.stdout, ran.stderr, ran.error].filter(Boolean).join('\n')
        return { code: ran.exitCode ?? (ran.success ? 0 : 1), output, timedOut: ran.timedOut === true }
      } catch (error) {
        if (!run.approved && error instanceof Fault && /approval required/.test(error.message)) return 'ask'
        throw error
      }
    },
  }
}
