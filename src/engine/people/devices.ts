// Which devices may connect: known by their key, let in by a person or by a secret shown on this machine.
import { describeError } from '../../lib/fault.ts'
import { randomText, sha256 } from '../../lib/ids.ts'
import type { GatewayEvent } from '../../domain/agent-event.ts'
import type { DeviceClaim, DeviceVerdict } from '../../domain/device.ts'
import type { Db } from '../../store/db.ts'
import * as devices from '../../store/devices.ts'
import * as events from '../../store/events.ts'
import * as kv from '../../store/kv.ts'
import type { World } from '../world.ts'

/** Life of a pending request, in ms. */
const pendingMs = 300_000

const reach: Readonly<Record<string, readonly string[]>> = {
  'operator.admin': [
    'operator.read',
    'operator.write',
    'operator.approvals',
    'operator.pairing',
    'operator.talk.secrets',
  ],
  'operator.write': ['operator.read'],
}

/** Whether granted scopes hold every wanted one; admin holds all, write holds read. */
export function covers(granted: readonly string[], wanted: readonly string[]): boolean {
  const all = new Set(granted.flatMap((s) => [s, ...(reach[s] ?? [])]))
  return wanted.every((s) => all.has(s))
}

const merged = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])]

/** What is kept of a device's token in its place. */
export const hashOf = (token: string): Promise<string> => sha256(`device-token:${token}`)

/** A new token of a device, and the hash that is kept of it. */
export async function newDeviceToken(): Promise<{ readonly value: string; readonly hash: string }> {
  const value = crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true })
  return { value, hash: await hashOf(value) }
}

/**
 * The device of a token, or undefined when the token is not (or no longer) good for it with these scopes. Scopes that
 * the device itself lacks are not the token's fault: `admit` asks a person about them.
 */
export async function deviceByToken(
  world: World,
  id: string,
  token: string,
  role: string,
  scopes: readonly string[] = [],
): Promise<devices.Device | undefined> {
  const device = devices.byId(world.db, id)
  const hash = await hashOf(token)
  const beyond = device !== undefined && !covers(device.scopes, scopes)
  const good = (t: devices.DeviceToken) =>
    t.role === role && t.hash === hash && t.revokedAt === undefined && (beyond || covers(t.scopes, scopes))
  return device?.tokens.some(good) ? device : undefined
}

/**
 * Decides on a device whose key and signature are proven. On this machine and with the secret, it is let in and its
 * scopes widened at once; otherwise it must be known with what it asks for, or a person is asked. One whose token was
 * taken back is asked about always.
 */
export async function admit(world: World, c: DeviceClaim, presented: string | undefined): Promise<DeviceVerdict> {
  const { db, clock } = world
  const known = devices.byId(db, c.id)
  const same = known?.publicKey === c.publicKey
  const enough = known && same && known.roles.includes(c.role) && covers(known.scopes, c.scopes)
  const taken = same && known?.tokens.some((t) => t.role === c.role && t.revokedAt !== undefined)
  if (taken || (!enough && !(c.local && c.secret))) return { kind: 'pending', request: await askFor(world, c, known) }
  const now = clock.now()
  const before = known && same ? known : undefined
  const token = await tokenFor(before, c, presented, now)
  const device: devices.Device = {
    id: c.id,
    publicKey: c.publicKey,
    roles: merged(before?.roles ?? [], [c.role]),
    scopes: merged(before?.scopes ?? [], c.scopes),
    tokens: token.tokens,
    about: { ...before?.about, ...c.about },
    at: before?.at ?? now,
    approvedAt: before?.approvedAt ?? now,
  }
  const fresh = !enough
  if (fresh || token.changed) {
    await db.write(() => {
      devices.put(db, device)
      if (fresh)
        events.append(db, {
          at: now,
          kind: 'device.paired',
          subject: c.id,
          data: { role: c.role, scopes: c.scopes, silent: true },
        })
    })
  } else if (presented !== undefined) noteUse(world, device, c.role, now)
  return { kind: 'known', scopes: c.scopes, token: token.value, issuedAt: token.issuedAt }
}

/** How exactly it is known when a token was last used, in ms: a card's life is worth more than a minute's truth. */
const useMs = 3_600_000

/** Notes that a device's token was used; nobody waits for it. */
function noteUse({ db, log }: World, device: devices.Device, role: string, now: number) {
  const token = device.tokens.find((t) => t.role === role)
  if (!token || now - (token.usedAt ?? 0) < useMs) return
  const tokens = device.tokens.map((t) => (t === token ? { ...t, usedAt: now } : t))
  const { durable } = db.stage(() => devices.put(db, { ...device, tokens }), 'patient')
  durable.catch((error: unknown) => log.warn('the use of a token was not noted', { error: describeError(error) }))
}

const seenSpace = 'node.seen'

/** Notes that the line of a node has ended; nobody waits for it. */
export function noteLeft({ db, clock, log }: World, id: string): void {
  const { durable } = db.stage(() => kv.set(db, seenSpace, id, String(clock.now())), 'patient')
  durable.catch((error: unknown) => log.warn('the end of a node’s line was not noted', { error: describeError(error) }))
}

/** When a node was last connected, in ms, to the hour while it is; undefined when nobody knows. */
export function lastConnected(db: Db, id: string): number | undefined {
  const token = devices.byId(db, id)?.tokens.find((t) => t.role === 'node')
  const known = [kv.get(db, seenSpace, id), token?.usedAt, token?.createdAt].flatMap((at) =>
    at === undefined ? [] : [Number(at)],
  )
  return known.length ? Math.max(...known) : undefined
}

/** The device's token: the one it showed, or a new one (only hashes are kept, so an unknown one cannot be told again). */
async function tokenFor(known: devices.Device | undefined, c: DeviceClaim, presented: string | undefined, now: number) {
  const old = known?.tokens.find((t) => t.role === c.role && t.revokedAt === undefined)
  if (old && presented !== undefined && old.hash === (await hashOf(presented)) && covers(old.scopes, c.scopes))
    return { value: presented, tokens: known?.tokens ?? [], changed: false, issuedAt: old.createdAt }
  const { value, hash } = await newDeviceToken()
  const scopes = merged(old?.scopes ?? [], c.scopes)
  const next: devices.DeviceToken = { role: c.role, scopes, hash, createdAt: now }
  return {
    value,
    tokens: [...(known?.tokens.filter((t) => t.role !== c.role) ?? []), next],
    changed: true,
    issuedAt: now,
  }
}

/** Writes a request down, or finds the one that is waiting; answers its id. */
async function askFor(world: World, c: DeviceClaim, known: devices.Device | undefined): Promise<string> {
  const { db, clock } = world
  const now = clock.now()
  const waiting = devices.requests(db, now - pendingMs).find((r) => r.device === c.id && r.publicKey === c.publicKey)
  if (waiting) return waiting.id
  const request: devices.DeviceRequest = {
    id: `req_${randomText(16)}`,
    device: c.id,
    publicKey: c.publicKey,
    role: c.role,
    scopes: c.scopes,
    about: c.about,
    repair: known !== undefined,
    at: now,
  }
  await db.write(() => {
    devices.ask(db, request)
    tellNode(world, request, now)
    const news: GatewayEvent = { type: 'device.requested', request: request.id }
    events.appendNews(db, now, c.id, news)
    db.afterCommit(() => world.news.publish(news))
  })
  return request.id
}

/** Tells of a device that wants to be a node as of any node, or what was decided on it; inside a transaction. */
export function tellNode(
  { db, news }: World,
  r: devices.DeviceRequest,
  at: number,
  decision?: 'approved' | 'rejected',
): void {
  if (r.role !== 'node') return
  const asked = { ...r.about, requestId: r.id, nodeId: r.device, isRepair: r.repair, ts: r.at }
  const event: GatewayEvent = decision
    ? { type: 'node.resolved', request: r.id, node: r.device, decision }
    : { type: 'node.requested', request: asked }
  events.appendNews(db, at, r.device, event)
  db.afterCommit(() => news.publish(event))
}

/** Requests that wait, newest first. */
export const pendingDevices = (world: World): devices.DeviceRequest[] =>
  devices.requests(world.db, world.clock.now() - pendingMs)

/** Lets a waiting device in, with what it asked for; undefined when nothing waits under this id. */
export async function approveDevice(world: World, id: string): Promise<devices.Device | undefined> {
  const { db, clock } = world
  const request = pendingDevices(world).find((r) => r.id === id)
  if (!request) return undefined
  const known = devices.byId(db, request.device)
  const before = known?.publicKey === request.publicKey ? known : undefined
  const now = clock.now()
  const device: devices.Device = {
    id: request.device,
    publicKey: request.publicKey,
    roles: merged(before?.roles ?? [], [request.role]),
    scopes: merged(before?.scopes ?? [], request.scopes),
    tokens: before?.tokens.filter((t) => t.role !== request.role || t.revokedAt === undefined) ?? [],
    about: { ...before?.about, ...request.about },
    at: before?.at ?? now,
    approvedAt: now,
  }
  await db.write(() => {
    devices.put(db, device)
    devices.answered(db, id)
    tellNode(world, request, now, 'approved')
    const news: GatewayEvent = { type: 'device.resolved', request: id, device: device.id, decision: 'approved' }
    events.appendNews(db, now, device.id, news)
    db.afterCommit(() => world.news.publish(news))
  })
  return device
}
