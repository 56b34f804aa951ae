// Nodes by when they were last connected, for lists that leave others out.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { spanMs } from '../domain/heartbeat.ts'
import { lastConnected } from '../engine/people/devices.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'gateway' | 'clock'>

/** The parameters of such lists. */
export const lately = () => ({
  connected: z.boolean().optional().describe('only those that are connected'),
  lastConnected: z.string().optional().describe('only those that were connected within this time, such as 24h'),
})

/** When a node was last connected, in ms: now while it is. */
export function connectedAt(s: Needed, id: string): number | undefined {
  if (s.gateway.nodes.connected().some((n) => n.id === id)) return s.clock.now()
  return lastConnected(s.engine.world.db, id)
}

/** Whether a node is among those that are asked for. Throws INVALID_REQUEST for a span that is none. */
export function isLately(
  p: { readonly connected?: boolean | undefined; readonly lastConnected?: string | undefined },
  id: string,
  s: Needed,
): boolean {
  if (p.connected && !s.gateway.nodes.connected().some((n) => n.id === id)) return false
  if (p.lastConnected === undefined) return true
  const span = spanMs(p.lastConnected)
  if (span === undefined || span <= 0)
    throw new Fault('INVALID_REQUEST', `"${p.lastConnected}" is no span; write 30m, 24h or 7d`)
  const at = connectedAt(s, id)
  return at !== undefined && at >= s.clock.now() - span
}
