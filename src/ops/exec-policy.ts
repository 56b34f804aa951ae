// The file of standing permissions to run programs, of this machine and of nodes.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { sha256 } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import { approvalsFile, ExecApprovals } from '../domain/exec-approvals.ts'
import type { Services } from './services.ts'

const Shown = z.object({ path: z.string(), exists: z.boolean(), hash: z.string(), file: ExecApprovals })

type Needed = Pick<Services, 'engine' | 'gateway'>

/** The file as it is on the disk. Throws INVALID_REQUEST when it cannot be read as what it should be. */
async function read(s: Needed) {
  const path = approvalsFile(s.gateway.stateDir)
  const text = await s.engine.world.outside.readText(path)
  const hash = await sha256(text ?? '')
  if (text === undefined) return { path, exists: false, hash, file: { version: 1 as const, defaults: {}, agents: {} } }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `${path} is not JSON; mend it or move it away`, { cause: error })
  }
  const file = ExecApprovals.safeParse(json)
  if (!file.success)
    throw new Fault('INVALID_REQUEST', `${path} is not a file of exec approvals: ${z.prettifyError(file.error)}`)
  return { path, exists: true, hash, file: file.data }
}

/** The file without the secret of its socket. */
const shown = <T extends { readonly file: ExecApprovals }>(found: T): T & { file: ExecApprovals } => {
  const { socket, ...rest } = found.file
  const path = socket?.path === undefined ? {} : { socket: { path: socket.path } }
  return { ...found, file: { ...rest, ...path } }
}

const get = defineOp({
  id: 'exec.approvals.get',
  summary: 'Shows the standing permissions to run programs on this machine.',
  scope: 'admin',
  params: z.strictObject({}),
  result: Shown,
  examples: [{ params: {} }],
  handler: async (_call, s: Needed) => shown(await read(s)),
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
  handler: async ({ params: p }, s: Needed) => {
    const now = await read(s)
    if (now.exists && p.baseHash === undefined)
      throw new Fault('INVALID_REQUEST', 'exec approvals base hash required; re-run exec.approvals.get and retry')
    if (now.exists && p.baseHash !== now.hash)
      throw new Fault('CONFLICT', 'exec approvals changed since last load; re-run exec.approvals.get and retry')
    const socket = { ...now.file.socket, ...p.file.socket }
    const next = { ...p.file, ...(Object.keys(socket).length ? { socket } : {}) }
    await s.engine.world.outside.saveText(now.path, `${JSON.stringify(next, null, 2)}\n`)
    return shown(await read(s))
  },
})

const nodeId = z.string().min(1).describe('the node')

/** What a node answers to a question about its permissions. Throws UNAVAILABLE when it is not there or refuses. */
async function askNode(s: Needed, node: string, command: string, params: unknown, signal: AbortSignal) {
  const call = { command, paramsJSON: JSON.stringify(params), timeoutMs: 10_000 }
  const answer = await s.gateway.nodes.invoke(node, call, signal)
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
