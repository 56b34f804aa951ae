// The devices that may connect, those that ask to, and their tokens.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp, type Caller } from '../define/op.ts'
import { rejectDevice, removeDevice, revokeToken, rotateToken, tokenScopes } from '../engine/people/device-admin.ts'
import { approveDevice, covers, pendingDevices } from '../engine/people/devices.ts'
import * as devices from '../store/devices.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

const about = {
  deviceId: z.string(),
  publicKey: z.string(),
  displayName: z.string().optional(),
  platform: z.string().optional(),
  clientId: z.string().optional(),
  clientMode: z.string().optional(),
  role: z.string().optional(),
  roles: z.array(z.string()).readonly(),
  scopes: z.array(z.string()).readonly(),
  remoteIp: z.string().optional(),
}

const Request = z.object({ ...about, requestId: z.string(), isRepair: z.boolean().optional(), ts: z.number() })

const Device = z.object({
  ...about,
  createdAtMs: z.number(),
  approvedAtMs: z.number(),
  tokens: z.array(
    z.object({
      role: z.string(),
      scopes: z.array(z.string()).readonly(),
      createdAtMs: z.number(),
      rotatedAtMs: z.number().optional(),
      revokedAtMs: z.number().optional(),
      lastUsedAtMs: z.number().optional(),
    }),
  ),
})

/** A request as clients see it. */
const requestOf = (r: devices.DeviceRequest): z.output<typeof Request> => ({
  ...r.about,
  requestId: r.id,
  deviceId: r.device,
  publicKey: r.publicKey,
  role: r.role,
  roles: [r.role],
  scopes: r.scopes,
  ...(r.repair ? { isRepair: true } : {}),
  ts: r.at,
})

/** A device as clients see it: its tokens without what makes them work. */
const deviceOf = (d: devices.Device): z.output<typeof Device> => ({
  ...d.about,
  deviceId: d.id,
  publicKey: d.publicKey,
  ...(d.roles[0] === undefined ? {} : { role: d.roles[0] }),
  roles: d.roles,
  scopes: d.scopes,
  createdAtMs: d.at,
  approvedAtMs: d.approvedAt,
  tokens: d.tokens.map((t) => ({
    role: t.role,
    scopes: t.scopes,
    createdAtMs: t.createdAt,
    ...(t.rotatedAt === undefined ? {} : { rotatedAtMs: t.rotatedAt }),
    ...(t.revokedAt === undefined ? {} : { revokedAtMs: t.revokedAt }),
    ...(t.usedAt === undefined ? {} : { lastUsedAtMs: t.usedAt }),
  })),
})

/** Nobody hands out more than they have: throws FORBIDDEN. */
function mayGive(caller: Caller, scopes: readonly string[]) {
  const own = [...caller.scopes].map((s) => `operator.${s}`)
  if (covers(own, scopes)) return
  throw new Fault('FORBIDDEN', `you cannot give a device what you do not have yourself: ${scopes.join(', ')}`)
}

const who = (d: { deviceId: string; displayName?: string | undefined; clientId?: string | undefined }) =>
  d.displayName ?? d.clientId ?? d.deviceId.slice(0, 12)

const list = defineOp({
  id: 'device.pair.list',
  summary: 'Lists the devices that are let in, and those that ask to be.',
  scope: 'pairing',
  params: z.strictObject({}),
  result: z.object({ pending: z.array(Request), paired: z.array(Device) }),
  cli: {
    path: 'devices list',
    aliases: ['devices'],
    print: (r) =>
      [
        ...(r.pending.length
          ? [
              'Waiting (oclaw devices approve <request>):',
              table(
                ['Request', 'Device', 'Role', 'Scopes'],
                r.pending.map((d) => [d.requestId, who(d), d.role ?? '', d.scopes.join(' ')]),
              ),
            ]
          : []),
        r.paired.length
          ? table(
              ['Device', 'Id', 'Roles', 'Scopes'],
              r.paired.map((d) => [who(d), d.deviceId, d.roles.join(' '), d.scopes.join(' ')]),
            )
          : 'No device is paired.',
      ].join('\n'),
  },
  examples: [{ params: {} }],
  handler: (_call, { engine: e }: Pick<Services, 'engine'>) => ({
    pending: pendingDevices(e.world).map(requestOf),
    paired: devices.list(e.world.db).map(deviceOf),
  }),
})

const requestId = z.string().min(1).describe('the request’s id')

const approve = defineOp({
  id: 'device.pair.approve',
  summary: 'Lets a waiting device in, with what it asked for and no more.',
  scope: 'pairing',
  params: z.strictObject({ requestId }),
  result: z.object({ requestId: z.string(), device: Device }),
  cli: { path: 'devices approve', args: ['requestId'], print: (r) => `${who(r.device)} may connect.` },
  examples: [{ params: { requestId: 'req_example' }, note: 'a request that is waiting' }],
  handler: async ({ params: p, caller }, { engine: e }: Pick<Services, 'engine'>) => {
    const request = pendingDevices(e.world).find((r) => r.id === p.requestId)
    if (request) mayGive(caller, request.scopes)
    const device = request && (await approveDevice(e.world, p.requestId))
    if (!device) throw new Fault('NOT_FOUND', 'unknown requestId; see `oclaw devices list`')
    return { requestId: p.requestId, device: deviceOf(device) }
  },
})

const reject = defineOp({
  id: 'device.pair.reject',
  summary: 'Turns a waiting device away.',
  scope: 'pairing',
  params: z.strictObject({ requestId }),
  result: z.object({ requestId: z.string(), deviceId: z.string() }),
  cli: { path: 'devices reject', args: ['requestId'], print: () => 'It was turned away.' },
  examples: [{ params: { requestId: 'req_example' }, note: 'a request that is waiting' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const request = await rejectDevice(e.world, p.requestId)
    return { requestId: p.requestId, deviceId: request.device }
  },
})

const deviceId = z.string().min(1).describe('the device’s id')
const role = z.string().min(1).default('operator').describe('the role the token is for: operator or node')

const remove = defineOp({
  id: 'device.pair.remove',
  summary: 'Forgets a device and closes its connections.',
  scope: 'pairing',
  params: z.strictObject({ deviceId }),
  result: z.object({ deviceId: z.string() }),
  cli: { path: 'devices remove', args: ['deviceId'], print: (r) => `${r.deviceId} is forgotten.` },
  examples: [{ params: { deviceId: 'ab12' }, note: 'a device that is paired' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    await removeDevice(e.world, p.deviceId)
    return { deviceId: p.deviceId }
  },
})

const rotate = defineOp({
  id: 'device.token.rotate',
  summary: 'Gives a device a new token that may do the same as its old one, or less.',
  scope: 'pairing',
  params: z.strictObject({
    deviceId,
    role,
    scopes: z.array(z.string()).optional().describe('what it may do; the same as before when absent'),
  }),
  result: z.object({
    deviceId: z.string(),
    role: z.string(),
    token: z.string(),
    scopes: z.array(z.string()).readonly(),
    rotatedAtMs: z.number(),
  }),
  cli: {
    path: 'devices rotate',
    args: ['deviceId'],
    also: { deviceId: ['device'], scopes: ['scope'] },
    print: (r) => r.token,
  },
  examples: [{ params: { deviceId: 'ab12', role: 'operator' }, note: 'a device that has a token' }],
  handler: async ({ params: p, caller }, { engine: e }: Pick<Services, 'engine'>) => {
    mayGive(caller, p.scopes ?? tokenScopes(e.world, p.deviceId, p.role))
    const done = await rotateToken(e.world, p.deviceId, p.role, p.scopes)
    return { deviceId: p.deviceId, role: p.role, token: done.token, scopes: done.scopes, rotatedAtMs: done.at }
  },
})

const revoke = defineOp({
  id: 'device.token.revoke',
  summary: 'Ends a device’s token and closes its connections.',
  scope: 'pairing',
  params: z.strictObject({ deviceId, role }),
  result: z.object({ deviceId: z.string(), role: z.string(), revokedAtMs: z.number() }),
  cli: {
    path: 'devices revoke',
    args: ['deviceId'],
    also: { deviceId: ['device'] },
    print: (r) => `The ${r.role} token no longer works.`,
  },
  examples: [{ params: { deviceId: 'ab12', role: 'operator' }, note: 'a device that has a token' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => ({
    deviceId: p.deviceId,
    role: p.role,
    revokedAtMs: await revokeToken(e.world, p.deviceId, p.role),
  }),
})

export const deviceOps = [list, approve, reject, remove, rotate, revoke] as const
