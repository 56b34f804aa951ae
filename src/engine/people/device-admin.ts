// What a person may do to known devices: turn them away, forget them, and change or end their tokens.
import { Fault } from '../../lib/fault.ts'
import type { GatewayEvent } from '../../domain/agent-event.ts'
import * as devices from '../../store/devices.ts'
import * as events from '../../store/events.ts'
import { covers, newDeviceToken, pendingDevices, tellNode } from './devices.ts'
import type { World } from '../world.ts'

/** Writes a decision on a device down and tells it once it is durable; inside a transaction. */
function tell(world: World, device: string, at: number, news: GatewayEvent) {
  events.appendNews(world.db, at, device, news)
  world.db.afterCommit(() => world.news.publish(news))
}

/** Turns a waiting device away. Throws NOT_FOUND when nothing waits under this id. */
export async function rejectDevice(world: World, id: string): Promise<devices.DeviceRequest> {
  const request = pendingDevices(world).find((r) => r.id === id)
  if (!request) throw new Fault('NOT_FOUND', 'unknown requestId; see `oclaw devices list`')
  await world.db.write(() => {
    devices.answered(world.db, id)
    tellNode(world, request, world.clock.now(), 'rejected')
    const news = {
      type: 'device.resolved' as const,
      request: id,
      device: request.device,
      decision: 'rejected' as const,
    }
    tell(world, request.device, world.clock.now(), news)
  })
  return request
}

/** Forgets a device; its sockets are closed. Throws NOT_FOUND for one that is not known. */
export async function removeDevice(world: World, id: string): Promise<void> {
  await world.db.write(() => {
    if (!devices.remove(world.db, id)) throw new Fault('NOT_FOUND', 'unknown deviceId; see `oclaw devices list`')
    tell(world, id, world.clock.now(), { type: 'device.closed', device: id, why: 'device removed' })
  })
}

/** The device and its token of a role. Throws NOT_FOUND when there is none. */
function tokenOf(world: World, id: string, role: string) {
  const device = devices.byId(world.db, id)
  const token = device?.tokens.find((t) => t.role === role)
  if (!device || !token) throw new Fault('NOT_FOUND', 'unknown deviceId/role; see `oclaw devices list`')
  return { device, token }
}

const withToken = (d: devices.Device, token: devices.DeviceToken): devices.Device => ({
  ...d,
  tokens: [...d.tokens.filter((t) => t.role !== token.role), token],
})

/** What a device's token of a role may do now. Throws NOT_FOUND when there is none. */
export const tokenScopes = (world: World, id: string, role: string): readonly string[] =>
  tokenOf(world, id, role).token.scopes

/**
 * Gives a device a new token of a role in place of the old one; its sockets are closed. The new one may do what the
 * old one could, or less. Throws FORBIDDEN for more, NOT_FOUND when there is none.
 */
export async function rotateToken(world: World, id: string, role: string, scopes: readonly string[] | undefined) {
  const { value, hash } = await newDeviceToken()
  const now = world.clock.now()
  return world.db.write(() => {
    const { device, token } = tokenOf(world, id, role)
    const kept = scopes ?? token.scopes
    if (!covers(token.scopes, kept))
      throw new Fault(
        'FORBIDDEN',
        `a new token may do at most what the old one could (${token.scopes.join(', ') || 'nothing'}); let the device ask for more instead`,
      )
    devices.put(world.db, withToken(device, { role, scopes: kept, hash, createdAt: token.createdAt, rotatedAt: now }))
    tell(world, id, now, { type: 'device.closed', device: id, role, why: 'device token rotated' })
    return { token: value, scopes: kept, at: now }
  })
}

/** Ends a device's token of a role; its sockets are closed. Answers when. Throws NOT_FOUND when there is none. */
export function revokeToken(world: World, id: string, role: string): Promise<number> {
  const now = world.clock.now()
  return world.db.write(() => {
    const { device, token } = tokenOf(world, id, role)
    devices.put(world.db, withToken(device, { ...token, revokedAt: now }))
    tell(world, id, now, { type: 'device.closed', device: id, role, why: 'device token revoked' })
    return now
  })
}
