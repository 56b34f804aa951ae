// Nodes: other machines that run commands for the agent. Listing, naming and asking them.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import * as devices from '../store/devices.ts'
import * as kv from '../store/kv.ts'
import { commandsOf, refusal } from './node-commands.ts'
import { pairedNodes } from './node-pairing.ts'
import type { ConnectedNode, Services } from './services.ts'
import { table } from './table.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>

const Node = z.object({
  nodeId: z.string(),
  displayName: z.string().optional(),
  platform: z.string().optional(),
  version: z.string().optional(),
  deviceFamily: z.string().optional(),
  modelIdentifier: z.string().optional(),
  remoteIp: z.string().optional(),
  caps: z.array(z.string()).readonly(),
  commands: z.array(z.string()).readonly(),
  pathEnv: z.string().optional(),
  permissions: z.record(z.string(), z.boolean()).optional(),
  connectedAtMs: z.number().optional(),
  paired: z.boolean(),
  connected: z.boolean(),
})

type Node = z.output<typeof Node>

/** Every node that is paired or connected; connected ones first, then by name. */
export function nodesOf(s: Needed): Node[] {
  const { db } = s.engine.world
  const out = new Map<string, Node>()
  const add = (id: string, about: Readonly<Record<string, string>>, paired: boolean, live?: ConnectedNode) => {
    const name = kv.get(db, 'node.name', id)
    const old = out.get(id)
    out.set(id, {
      caps: [],
      commands: [],
      connected: false,
      ...old,
      ...about,
      ...(name === undefined ? {} : { displayName: name }),
      ...(live
        ? {
            caps: live.caps,
            commands: commandsOf(live, s),
            ...(live.pathEnv === undefined ? {} : { pathEnv: live.pathEnv }),
            ...(live.permissions ? { permissions: live.permissions } : {}),
            connectedAtMs: live.connectedAt,
            connected: true,
          }
        : {}),
      nodeId: id,
      paired: paired || old?.paired === true,
    })
  }
  for (const n of pairedNodes(db)) add(n.nodeId, n.about, true)
  for (const d of devices.list(db)) if (d.roles.includes('node')) add(d.id, d.about, true)
  for (const n of s.gateway.nodes.connected()) add(n.id, n.about, false, n)
  const name = (n: Node) => (n.displayName ?? n.nodeId).toLowerCase()
  return [...out.values()].sort((a, b) => Number(b.connected) - Number(a.connected) || (name(a) < name(b) ? -1 : 1))
}

const list = defineOp({
  id: 'node.list',
  summary: 'Lists the nodes that are paired or connected.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({ ts: z.number(), nodes: z.array(Node) }),
  cli: {
    path: 'nodes status',
    aliases: ['nodes'],
    print: (r) =>
      r.nodes.length
        ? table(
            ['Node', 'Id', 'Platform', 'State', 'Commands'],
            r.nodes.map((n) => [
              n.displayName ?? '',
              n.nodeId.slice(0, 16),
              n.platform ?? '',
              n.connected ? 'connected' : 'away',
              String(n.commands.length),
            ]),
          )
        : 'There are no nodes.',
  },
  examples: [{ params: {} }],
  handler: (_call, s: Needed) => ({ ts: s.clock.now(), nodes: nodesOf(s) }),
})

const nodeId = z.string().min(1).describe('the node')

const describe = defineOp({
  id: 'node.describe',
  summary: 'Shows what is known of a node.',
  scope: 'read',
  params: z.strictObject({ nodeId }),
  result: Node.extend({ ts: z.number() }),
  cli: { path: 'nodes describe', args: ['nodeId'] },
  examples: [{ params: { nodeId: 'ab12' }, note: 'a node that is known' }],
  handler: ({ params: p }, s: Needed) => {
    const found = nodesOf(s).find((n) => n.nodeId === p.nodeId)
    if (!found) throw new Fault('NOT_FOUND', 'unknown nodeId')
    return { ts: s.clock.now(), ...found }
  },
})

const rename = defineOp({
  id: 'node.rename',
  summary: 'Gives a node another name.',
  scope: 'pairing',
  params: z.strictObject({ nodeId, displayName: z.string().trim().min(1).max(64).describe('its new name') }),
  result: z.object({ nodeId: z.string(), displayName: z.string() }),
  cli: { path: 'nodes rename', args: ['nodeId', 'displayName'], print: (r) => `It is called ${r.displayName} now.` },
  examples: [{ params: { nodeId: 'ab12', displayName: 'Kitchen' }, note: 'a node that is known' }],
  handler: async ({ params: p }, s: Needed) => {
    if (!nodesOf(s).some((n) => n.nodeId === p.nodeId)) throw new Fault('NOT_FOUND', 'unknown nodeId')
    const { db } = s.engine.world
    await db.write(() => kv.set(db, 'node.name', p.nodeId, p.displayName))
    return { nodeId: p.nodeId, displayName: p.displayName }
  },
})

/** What a node wrote as JSON; text that is none stays text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

/** What a node is asked. */
interface NodeAsk {
  readonly nodeId: string
  readonly command: string
  readonly params: unknown
  readonly timeoutMs: number
  readonly idempotencyKey?: string | undefined
}

/** Asks a node. Throws INVALID_REQUEST for a command it may not be sent, UNAVAILABLE when it is not there or refuses. */
export async function askNode(s: Pick<Services, 'gateway' | 'config'>, ask: NodeAsk, signal: AbortSignal) {
  const { nodes } = s.gateway
  const node = nodes.connected().find((n) => n.id === ask.nodeId)
  const reason = node && refusal(node, ask.command, s)
  if (reason)
    throw new Fault('INVALID_REQUEST', `node command not allowed: ${reason}`, {
      details: { reason, command: ask.command },
    })
  const call = {
    command: ask.command,
    paramsJSON: ask.params === null ? null : JSON.stringify(ask.params),
    timeoutMs: ask.timeoutMs,
    ...(ask.idempotencyKey === undefined ? {} : { idempotencyKey: ask.idempotencyKey }),
  }
  const answer = await nodes.invoke(ask.nodeId, call, signal)
  if (!answer.ok) {
    const { code = 'UNAVAILABLE', message = 'node invoke failed' } = answer.error ?? {}
    throw new Fault('UNAVAILABLE', `${code}: ${message}`, { details: { nodeError: { code, message } } })
  }
  const payloadJSON = answer.payloadJSON ?? null
  return { payload: answer.payload ?? (payloadJSON === null ? null : parsed(payloadJSON)), payloadJSON }
}

/** Flags only the gateway itself may set, after a person has approved. */
const approvalFlags = ['approved', 'approvalDecision']

const invoke = defineOp({
  id: 'node.invoke',
  summary: 'Has a connected node run one of its commands.',
  scope: 'write',
  params: z.strictObject({
    nodeId,
    command: z.string().trim().min(1).describe('the command, such as system.notify'),
    params: z.unknown().optional().describe('what the command needs'),
    timeoutMs: z.number().int().min(1).default(30_000).describe('how long to wait, in ms'),
    idempotencyKey: z.string().min(1).optional().describe('an id of the caller’s, passed on to the node'),
  }),
  result: z.object({
    ok: z.literal(true),
    nodeId: z.string(),
    command: z.string(),
    payload: z.unknown(),
    payloadJSON: z.string().nullable(),
  }),
  cli: { path: 'nodes invoke', args: ['nodeId', 'command'] },
  examples: [{ params: { nodeId: 'ab12', command: 'system.notify' }, note: 'a node that is connected' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const params = { ...(p.params as object | undefined) }
    if (p.command === 'system.run') for (const flag of approvalFlags) Reflect.deleteProperty(params, flag)
    const said = p.params === undefined || p.params === null ? null : params
    const { payload, payloadJSON } = await askNode(s, { ...p, params: said }, signal)
    return { ok: true as const, nodeId: p.nodeId, command: p.command, payload, payloadJSON }
  },
})

export const nodeOps = [list, describe, rename, invoke] as const
