// The file of standing permissions to run programs, of this machine and of nodes.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { ExecApprovals } from '../domain/exec-approvals.ts'
import { readApprovals, saveApprovals, shownApprovals } from '../os/exec-approvals.ts'
import { meant } from './nodes.ts'
import type { Services } from './services.ts'

const Shown = z.object({ path: z.string(), exists: z.boolean(), hash: z.string(), file: ExecApprovals })

type Needed = Pick<Services, 'engine' | 'gateway' | 'config'>

const get = defineOp({
  id: 'exec.approvals.get',
  summary: 'Shows the standing permissions to run programs on this machine.',
  scope: 'admin',
  params: z.strictObject({}),
  result: Shown,
  examples: [{ params: {} }],
  handler: async (_call, s: Needed) => shownApprovals(await readApprovals(s.gateway.stateDir)),
})

const baseHash = z.string().optional().describe('the hash of the file this change was made on')
const file = ExecApprovals.describe('the whole file')

const set = defineOp({
  id: 'exec.approvals.set',
  summary: 'Writes the standing permissions to run programs on this machine.',
  scope: 'admin',
  params: z.strictObject({ file, baseHash }),
  result: Shown,
  examples: [{ params: { file: { version: 1 } } }],
  handler: async ({ params: p }, s: Needed) =>
    shownApprovals(await saveApprovals(s.gateway.stateDir, p.file, p.baseHash)),
})

const nodeId = z.string().min(1).describe('the node')

/** What a node answers to a question about its permissions. Throws UNAVAILABLE when it is not there or refuses. */
async function askNode(s: Needed, node: string, command: string, params: unknown, signal: AbortSignal) {
  const id = meant(s, node)
  const call = { command, paramsJSON: JSON.stringify(params), timeoutMs: 10_000 }
  const answer = await s.gateway.nodes.invoke(id, call, signal)
  if (!answer.ok)
    throw new Fault('UNAVAILABLE', answer.error?.message ?? `${node} refused`, { details: { nodeError: answer.error } })
  return z.record(z.string(), z.unknown()).parse(answer.payload ?? JSON.parse(answer.payloadJSON ?? '{}'))
}

const nodeGet = defineOp({
  id: 'exec.approvals.node.get',
  summary: 'Shows the standing permissions to run programs on a node.',
  scope: 'admin',
  params: z.strictObject({ nodeId }),
  result: z.record(z.string(), z.unknown()),
  examples: [{ params: { nodeId: 'ab12' }, note: 'a node that is connected' }],
  handler: ({ params: p, signal }, s: Needed) => askNode(s, p.nodeId, 'system.execApprovals.get', {}, signal),
})

const nodeSet = defineOp({
  id: 'exec.approvals.node.set',
  summary: 'Writes the standing permissions to run programs on a node.',
  scope: 'admin',
  params: z.strictObject({ nodeId, file, baseHash }),
  result: z.record(z.string(), z.unknown()),
  examples: [{ params: { nodeId: 'ab12', file: { version: 1 } }, note: 'a node that is connected' }],
  handler: ({ params: { nodeId: node, ...p }, signal }, s: Needed) =>
    askNode(s, node, 'system.execApprovals.set', p, signal),
})

export const execPolicyOps = [get, set, nodeGet, nodeSet] as const
