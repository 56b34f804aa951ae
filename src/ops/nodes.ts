// Nodes: other machines that run commands for the agent. Listing, naming and asking them.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import * as devices from '../store/devices.ts'
import * as kv from '../store/kv.ts'
import { askNode } from './node-ask.ts'
import { commandsOf } from './node-commands.ts'
import { pickNode } from './node-find.ts'
import { pairedNodes } from './node-pairing.ts'
import type { ConnectedNode, Services } from './services.ts'
import { table } from './table.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>

/** What listing nodes needs. */
export type NodeParts = Omit<Needed, 'clock'>

export const Node = z.object({
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

/** A node as clients see it. */
export type Node = z.output<typeof Node>

/** Every node that is paired or connected; connected ones first, then by name. */
export function nodesOf(s: NodeParts): Node[] {
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
  params: z.strictObject({ connected: z.boolean().optional().describe('only those that are connected') }),
  simpleOnly: ['connected'],
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
  handler: ({ params: p }, s: Needed) => ({
    ts: s.clock.now(),
    nodes: nodesOf(s).filter((n) => !p.connected || n.connected),
  }),
})

const nodeId = z.string().min(1).describe('the node: its id, the beginning of it, its name or its address')

/** The id of the node that is meant; a word for none that is known stays as it is. */
export function meant(s: NodeParts, said: string): string {
  try {
    return pickNode(nodesOf(s), said).nodeId
  } catch (error) {
    if (error instanceof Fault && error.code === 'NOT_FOUND') return said
    throw error
  }
}

const describe = defineOp({
  id: 'node.describe',
  summary: 'Shows what is known of a node.',
  scope: 'read',
  params: z.strictObject({ nodeId }),
  result: Node.extend({ ts: z.number() }),
  cli: { path: 'nodes describe', args: ['nodeId'], also: { nodeId: ['node'] } },
  examples: [{ params: { nodeId: 'ab12' }, note: 'a node that is known' }],
  handler: ({ params: p }, s: Needed) => {
    return { ts: s.clock.now(), ...pickNode(nodesOf(s), p.nodeId) }
  },
})

const rename = defineOp({
  id: 'node.rename',
  summary: 'Gives a node another name.',
  scope: 'pairing',
  params: z.strictObject({ nodeId, displayName: z.string().trim().min(1).max(64).describe('its new name') }),
  result: z.object({ nodeId: z.string(), displayName: z.string() }),
  cli: {
    path: 'nodes rename',
    args: ['nodeId', 'displayName'],
    also: { nodeId: ['node'], displayName: ['name'] },
    print: (r) => `It is called ${r.displayName} now.`,
  },
  examples: [{ params: { nodeId: 'ab12', displayName: 'Kitchen' }, note: 'a node that is known' }],
  handler: async ({ params: p }, s: Needed) => {
    const { nodeId: id } = pickNode(nodesOf(s), p.nodeId)
    const { db } = s.engine.world
    await db.write(() => kv.set(db, 'node.name', id, p.displayName))
    return { nodeId: id, displayName: p.displayName }
  },
})

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
  cli: { path: 'nodes invoke', args: ['nodeId', 'command'], also: { nodeId: ['node'], timeoutMs: ['invoke-timeout'] } },
  examples: [{ params: { nodeId: 'ab12', command: 'system.notify' }, note: 'a node that is connected' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const nodeId = meant(s, p.nodeId)
    const said = await askNode(s, nodeId, p, signal)
    return { ok: true as const, nodeId, command: p.command, ...said }
  },
})

export const nodeOps = [list, describe, rename, invoke] as const
