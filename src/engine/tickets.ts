// Tickets: one good for one sign-in within a minute, handed to a browser by someone who is already let in.
import { sha256 } from '../lib/ids.ts'
import * as events from '../store/events.ts'
import * as kv from '../store/kv.ts'
import type { World } from './world.ts'

/** How long a ticket is good, in ms. */
const lifeMs = 60_000
const space = 'ticket'

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
