// Programs that an agent runs on nodes.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { NodePrograms } from '../engine/world.ts'
import { askNode, nodesOf } from './nodes.ts'
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

const words = (list: readonly { readonly displayName?: string | undefined; readonly nodeId: string }[]) =>
  list.map((n) => (n.displayName ? `${n.displayName} (${n.nodeId})` : n.nodeId)).join(', ') || 'none'

/** The nodes of this gateway, as a tool that runs programs sees them; `services` is there once the gateway is. */
export function nodePrograms(services: () => Needed): NodePrograms {
  return {
    find(name) {
      const all = nodesOf(services()).filter((n) => n.connected && n.commands.includes('system.run'))
      const wish = name?.trim().toLowerCase()
      const exact = all.filter((n) => n.nodeId === name || n.displayName?.toLowerCase() === wish)
      const close = exact.length ? exact : all.filter((n) => wish && n.nodeId.toLowerCase().startsWith(wish))
      const [first, ...others] = wish ? close : all
      if (!first)
        throw new Fault(
          'UNAVAILABLE',
          `there is no connected node${wish ? ` "${name}"` : ''} that runs programs; there are: ${words(all)}. \`oclaw nodes status\` shows all`,
        )
      if (others.length)
        throw new Fault(
          'INVALID_REQUEST',
          `several nodes could run this: ${words([first, ...others])}; say which with node, or \`oclaw config set tools.exec.node <id>\``,
        )
      return { id: first.nodeId, name: first.displayName ?? first.nodeId }
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
        approved: true,
        approvalDecision: 'allow-once',
      }
      const ask = { nodeId: id, command: 'system.run', params, timeoutMs: run.timeoutMs + graceMs }
      const { payload } = await askNode(services(), ask, signal)
      const ran = Ran.safeParse(payload).data ?? {}
      const output = [ran.stdout, ran.stderr, ran.error].filter(Boolean).join('\n')
      return { code: ran.exitCode ?? (ran.success ? 0 : 1), output, timedOut: ran.timedOut === true }
    },
  }
}
