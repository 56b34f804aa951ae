// Writes that must not be lost: tried again until the disk takes them.
import { toFault } from '../lib/fault.ts'
import { retry, type Backoff } from '../lib/retry.ts'
import type { World } from './world.ts'

/** Waits while the disk is full or busy, in ms. */
export const diskBackoff: Backoff = { firstMs: 250, factor: 2, maxMs: 30_000, jitter: 0 }

/** Whether an error is of the disk, and may be gone when tried again. */
export const ofDisk = (error: unknown): boolean => toFault(error).code === 'UNAVAILABLE'

/** Runs a transaction until it is durable. Rejects when the world ends first, or when waiting cannot mend it. */
export function persist(world: Pick<World, 'db' | 'clock' | 'scope'>, fn: () => void): Promise<void> {
  return retry(() => world.db.write(fn), {
    clock: world.clock,
    signal: world.scope.signal,
    attempts: Infinity,
    rule: diskBackoff,
    again: ofDisk,
  })
}
