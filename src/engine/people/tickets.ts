// Tickets: good for one sign-in within a short time, handed on by someone who is already let in.
import { sha256 } from '../../lib/ids.ts'
import * as events from '../../store/events.ts'
import * as kv from '../../store/kv.ts'
import type { World } from '../world.ts'

/** How long a ticket is good, in ms. */
const lifeMs = 60_000
const space = 'ticket'

/** How long a setup code is good, in ms: a phone has to be found and unlocked. */
const setupMs = 600_000
const setupSpace = 'setup'

/** What tells a ticket from other secrets. */
export const ticketPrefix = 'ticket_'

/** Makes a ticket; only its hash is kept. `by` is who asked for it. */
export async function newTicket(world: World, by: string): Promise<{ value: string; expiresAt: number }> {
  const { db, clock } = world
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const value = `${ticketPrefix}${bytes.toBase64({ alphabet: 'base64url', omitPadding: true })}`
  const hash = await sha256(value)
  const now = clock.now()
  await db.write(() => {
    for (const old of kv.list(db, space)) if (Number(old.value) < now) kv.remove(db, space, old.key)
    kv.set(db, space, hash, String(now + lifeMs))
    events.append(db, { at: now, kind: 'ticket.made', subject: by, data: {} })
  })
  return { value, expiresAt: now + lifeMs }
}

/** Takes a ticket in: whether it was good. It never is a second time. */
export async function takeTicket(world: World, value: string): Promise<boolean> {
  const { db, clock } = world
  const hash = await sha256(value)
  return db.write(() => {
    const until = kv.get(db, space, hash)
    kv.remove(db, space, hash)
    return until !== undefined && Number(until) >= clock.now()
  })
}

/** What tells the secret of a setup code from others. */
export const setupPrefix = 'setup_'

interface Setup {
  readonly until: number
  /** The device that has used it as a node. */
  readonly device?: string
}

/** Makes the secret of a setup code, which lets one device in as a node. `by` is who asked for it. */
export async function newSetup(world: World, by: string): Promise<{ value: string; expiresAt: number }> {
  const { db, clock } = world
  const bytes = crypto.getRandomValues(new Uint8Array(24))
  const value = `${setupPrefix}${bytes.toBase64({ alphabet: 'base64url', omitPadding: true })}`
  const hash = await sha256(value)
  const now = clock.now()
  const setup: Setup = { until: now + setupMs }
  await db.write(() => {
    for (const old of kv.list(db, setupSpace))
      if ((JSON.parse(old.value) as Setup).until < now) kv.remove(db, setupSpace, old.key)
    kv.set(db, setupSpace, hash, JSON.stringify(setup))
    events.append(db, { at: now, kind: 'setup.made', subject: by, data: {} })
  })
  return { value, expiresAt: setup.until }
}

/**
 * Takes the secret of a setup code from a device: `in` once, for the role of a node; `ask` when the same device then
 * wants to be more, which a person has to allow; undefined when it is good for nothing.
 */
export async function takeSetup(
  world: World,
  value: string,
  device: string,
  role: string,
): Promise<'in' | 'ask' | undefined> {
  const { db, clock } = world
  const hash = await sha256(value)
  return db.write(() => {
    const setup = JSON.parse(kv.get(db, setupSpace, hash) ?? 'null') as Setup | null
    if (!setup || setup.until < clock.now()) return undefined
    if (role !== 'node') return setup.device === undefined || setup.device === device ? 'ask' : undefined
    if (setup.device !== undefined) return undefined
    kv.set(db, setupSpace, hash, JSON.stringify({ ...setup, device }))
    return 'in'
  })
}
