// Shows that we are typing. People see it only of who is online, and who is online silences the owner's phone: so we
// are online for as long as we type, and no longer.
import type { Clock } from '../../../lib/clock.ts'
import { describeError } from '../../../lib/fault.ts'
import type { Log } from '../../../lib/log.ts'
import type { Link } from './link.ts'

/** How long after the last sign of typing we are away again, in ms. */
const awayMs = 20_000

/** Makes the signs of one account; `typing` rejects when WhatsApp cannot be reached. */
export function presence(kit: {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  link(): Link | undefined
}) {
  let here: Link | undefined
  let last = 0

  async function leave(link: Link) {
    while (!link.over) {
      const wait = last + awayMs - kit.clock.monotonic()
      if (wait <= 0) break
      await kit.clock.sleep(wait, kit.signal)
    }
    here = undefined
    if (!link.over) await link.sock.sendPresenceUpdate('unavailable')
  }

  return {
    async typing(jid: string): Promise<void> {
      const link = kit.link()
      if (!link) return
      last = kit.clock.monotonic()
      if (here !== link) {
        here = link
        await link.sock.sendPresenceUpdate('available')
        leave(link).catch((error: unknown) => kit.log.debug('we could not go away', { why: describeError(error) }))
      }
      await link.sock.sendPresenceUpdate('composing', jid)
    },
  }
}
