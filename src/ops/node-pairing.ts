// How nodes are let in: those that come with a key of their own ask by connecting, the older ones by a call.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { randomHex, randomText, sha256 } from '../lib/ids.ts'
import { sameSecret } from '../lib/secret.ts'
import { defineOp } from '../define/op.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import { rejectDevice } from '../engine/people/device-admin.ts'
import { approveDevice, pendingDevices } from '../engine/people/devices.ts'
import type { World } from '../engine/world.ts'
import * as devices from '../store/devices.ts'
import * as events from '../store/events.ts'
import * as kv from '../store/kv.ts'
import type { Db } from '../store/db.ts'
import { connectedAt, isLately, lately } from './node-lately.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

type Needed = Pick<Services, 'engine' | 'clock'>

/** Life of a request, in ms. */
const pendingMs = 300_000

const some = (what: string) => z.string().optional().describe(what)
const about = {
  displayName: some('its name'),
  platform: some('its system'),
  version: some('its version'),
  coreVersion: some('the version of its core'),
  uiVersion: some('the version of its surface'),
  deviceFamily: some('what kind of device'),
  modelIdentifier: some('which model'),
  remoteIp: some('its address'),
}
const lists = {
  caps: z.array(z.string()).optional().describe('what it can do'),
  commands: z.array(z.string()).optional().describe('the commands it has'),
}

const Stored = z.object({ nodeId: z.string(), ...about, ...lists })
const Request = Stored.extend({
  requestId: z.string(),
  silent: z.boolean().optional(),
  isRepair: z.boolean(),
  ts: z.number(),
})
const Paired = Stored.extend({
  createdAtMs: z.number(),
  approvedAtMs: z.number(),
  lastConnectedAtMs: z.number().optional(),
})
const Kept = Paired.extend({ hash: z.string() })

const all = <T extends z.ZodType>(db: Db, space: string, shape: T): z.output<T>[] =>
  kv.list(db, space).flatMap(({ value }) => {
    const read = shape.safeParse(JSON.parse(value))
    return read.success ? [read.data] : []
  })

/** The nodes let in this way, with what they said of themselves. */
export const pairedNodes = (db: Db): { nodeId: string; about: Record<string, string> }[] =>
  all(db, 'node', Kept).map(({ nodeId, ...n }) => ({
    nodeId,
    about: Object.fromEntries(Object.keys(about).flatMap((k) => (k in n ? [[k, String(n[k as keyof typeof n])]] : []))),
  }))

/** Requests of the older way, newest first. */
const pending = ({ engine: e, clock }: Needed) =>
  all(e.world.db, 'node.request', Request)
    .filter((r) => clock.now() - r.ts < pendingMs)
    .sort((a, b) => b.ts - a.ts)

/** Requests of devices that want to be nodes. */
const byKey = ({ engine: e }: Needed) =>
  pendingDevices(e.world)
    .filter((r) => r.role === 'node')
    .map((r) => ({ ...r.about, requestId: r.id, nodeId: r.device, isRepair: r.repair, ts: r.at }))

/** Devices that are nodes, as the older way shows them. */
const pairedByKey = ({ engine: e }: Needed) =>
  devices
    .list(e.world.db)
    .filter((d) => d.roles.includes('node'))
    .map((d) => ({ ...d.about, nodeId: d.id, createdAtMs: d.at, approvedAtMs: d.approvedAt }))

/** Writes a change down and tells it once it is durable. */
const change = (world: World, subject: string, news: GatewayEvent, fn: () => void) =>
  world.db.write(() => {
    fn()
    events.appendNews(world.db, world.clock.now(), subject, news)
    world.db.afterCommit(() => world.news.publish(news))
  })

const nodeId = z.string().trim().min(1).describe('the node')

const request = defineOp({
  id: 'node.pair.request',
  summary: 'Asks for a node to be let in.',
  scope: 'pairing',
  params: z.strictObject({ nodeId, ...about, ...lists, silent: z.boolean().optional().describe('show no window') }),
  result: z.object({ status: z.literal('pending'), request: Request, created: z.boolean() }),
  examples: [{ params: { nodeId: 'kitchen', platform: 'linux' } }],
  handler: async ({ params: p }, s: Needed) => {
    const { world } = s.engine
    const known = pending(s).find((r) => r.nodeId === p.nodeId)
    if (known) return { status: 'pending' as const, request: known, created: false }
    const made = {
      ...p,
      requestId: `req_${randomText(16)}`,
      isRepair: kv.get(world.db, 'node', p.nodeId) !== undefined,
      ts: s.clock.now(),
    }
    await change(world, p.nodeId, { type: 'node.requested', request: made }, () =>
      kv.set(world.db, 'node.request', made.requestId, JSON.stringify(made)),
    )
    return { status: 'pending' as const, request: made, created: true }
  },
})

const list = defineOp({
  id: 'node.pair.list',
  summary: 'Lists nodes that ask to be let in, and those that were.',
  scope: 'pairing',
  params: z.strictObject(lately()),
  simpleOnly: ['connected', 'lastConnected'],
  result: z.object({ pending: z.array(Request), paired: z.array(Paired) }),
  cli: {
    path: 'nodes list',
    aliases: ['nodes pending'],
    print: (r) =>
      [
        r.pending.length
          ? table(
              ['Request', 'Node', 'Platform'],
              r.pending.map((n) => [n.requestId, n.displayName ?? n.nodeId, n.platform ?? '']),
            )
          : 'No node is waiting.',
        ...r.paired.map((n) => `paired: ${n.displayName ?? n.nodeId}`),
      ].join('\n'),
  },
  examples: [{ params: {} }],
  handler: ({ params: p }, s: Needed & Pick<Services, 'gateway'>) => ({
    pending: [...pending(s), ...byKey(s)].sort((a, b) => b.ts - a.ts),
    paired: [...all(s.engine.world.db, 'node', Paired), ...pairedByKey(s)]
      .filter((n) => isLately(p, n.nodeId, s))
      .map((n) => {
        const at = connectedAt(s, n.nodeId)
        return at === undefined ? n : { ...n, lastConnectedAtMs: at }
      }),
  }),
})

const requestId = z.string().min(1).describe('the request’s id')

/** A request that waits. Throws NOT_FOUND. */
function waiting(s: Needed, id: string) {
  const found = pending(s).find((r) => r.requestId === id)
  if (!found) throw new Fault('NOT_FOUND', 'unknown requestId; see `oclaw nodes pending`')
  return found
}

const approve = defineOp({
  id: 'node.pair.approve',
  summary: 'Lets a node in; one that asked the older way gets a token, shown this once.',
  scope: 'pairing',
  params: z.strictObject({ requestId }),
  result: z.object({ requestId: z.string(), node: Paired.extend({ token: z.string().optional() }) }),
  cli: { path: 'nodes approve', args: ['requestId'], print: (r) => `${r.node.nodeId} may connect.` },
  examples: [{ params: { requestId: 'req_example' }, note: 'a request that is waiting' }],
  handler: async ({ params: p }, s: Needed) => {
    const { world } = s.engine
    if (byKey(s).some((r) => r.requestId === p.requestId)) {
      const d = await approveDevice(world, p.requestId)
      if (d)
        return {
          requestId: p.requestId,
          node: { ...d.about, nodeId: d.id, createdAtMs: d.at, approvedAtMs: d.approvedAt },
        }
    }
    const { requestId: _id, silent: _silent, isRepair: _repair, ts: _ts, ...node } = waiting(s, p.requestId)
    const now = s.clock.now()
    const token = randomHex(32)
    const hash = await sha256(`node-token:${token}`)
    const old = all(world.db, 'node', Kept).find((n) => n.nodeId === node.nodeId)
    const kept = { ...node, createdAtMs: old?.createdAtMs ?? now, approvedAtMs: now }
    const news = {
      type: 'node.resolved' as const,
      request: p.requestId,
      node: node.nodeId,
      decision: 'approved' as const,
    }
    await change(world, node.nodeId, news, () => {
      kv.remove(world.db, 'node.request', p.requestId)
      kv.set(world.db, 'node', node.nodeId, JSON.stringify({ ...kept, hash }))
    })
    return { requestId: p.requestId, node: { ...kept, token } }
  },
})

const reject = defineOp({
  id: 'node.pair.reject',
  summary: 'Turns a node away.',
  scope: 'pairing',
  params: z.strictObject({ requestId }),
  result: z.object({ requestId: z.string(), nodeId: z.string() }),
  cli: { path: 'nodes reject', args: ['requestId'], print: (r) => `${r.nodeId} was turned away.` },
  examples: [{ params: { requestId: 'req_example' }, note: 'a request that is waiting' }],
  handler: async ({ params: p }, s: Needed) => {
    const { world } = s.engine
    const device = byKey(s).find((r) => r.requestId === p.requestId)
    if (device) {
      await rejectDevice(world, p.requestId)
      return { requestId: p.requestId, nodeId: device.nodeId }
    }
    const { nodeId: node } = waiting(s, p.requestId)
    const news = { type: 'node.resolved' as const, request: p.requestId, node, decision: 'rejected' as const }
    await change(world, node, news, () => kv.remove(world.db, 'node.request', p.requestId))
    return { requestId: p.requestId, nodeId: node }
  },
})

const verify = defineOp({
  id: 'node.pair.verify',
  summary: 'Says whether a node’s token is good.',
  scope: 'pairing',
  params: z.strictObject({ nodeId, token: z.string().min(1).describe('the token it was given') }),
  result: z.object({ ok: z.boolean(), node: Paired.optional() }),
  examples: [{ params: { nodeId: 'kitchen', token: 'abc' } }],
  handler: async ({ params: p }, { engine: e }: Needed) => {
    const found = all(e.world.db, 'node', Kept).find((n) => n.nodeId === p.nodeId)
    if (!found || !sameSecret(found.hash, await sha256(`node-token:${p.token}`))) return { ok: false }
    return { ok: true, node: found }
  },
})

export const nodePairingOps = [request, list, approve, reject, verify] as const
