// Groups the account is in: their names and members, asked for at most every five minutes.
import type { GroupMetadata } from 'baileys'
import { deadline, type Clock } from '../../../lib/clock.ts'
import { describeError, Fault } from '../../../lib/fault.ts'
import type { Log } from '../../../lib/log.ts'
import type { Sock } from './baileys.ts'

const keepMs = 300_000
const askMs = 5000

/** What is known of groups. */
export interface Groups {
  /** A group's name; undefined when WhatsApp does not tell it in time. */
  title(sock: Sock | undefined, jid: string): Promise<string | undefined>
  /** A group, asked for when need be. Throws a Fault when WhatsApp does not tell. */
  get(sock: Sock, jid: string): Promise<GroupMetadata>
  /** Forgets what changed. */
  forget(jid: string): void
}

/** Makes the memory of one account. */
export function groups(clock: Clock, log: Log, signal: AbortSignal): Groups {
  const all = new Map<string, { readonly at: number; readonly group: GroupMetadata }>()

  function known(jid: string) {
    const found = all.get(jid)
    return found && clock.now() - found.at < keepMs ? found.group : undefined
  }

  async function get(sock: Sock, jid: string) {
    const found = known(jid)
    if (found) return found
    const limit = deadline(clock, askMs, new Fault('TIMEOUT', 'WhatsApp did not tell of the group in 5 s'), signal)
    const late = new Promise<never>((_, reject) =>
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true }),
    )
    try {
      const group = await Promise.race([sock.groupMetadata(jid), late])
      all.set(jid, { at: clock.now(), group })
      return group
    } catch (error) {
      if (error instanceof Fault) throw error
      throw new Fault('NOT_FOUND', `WhatsApp does not tell of the group ${jid}: ${describeError(error)}`)
    } finally {
      limit.done()
    }
  }

  return {
    get,
    async title(sock, jid) {
      if (!sock) return all.get(jid)?.group.subject
      try {
        return (await get(sock, jid)).subject
      } catch (error) {
        log.debug('a group has no name for now', { group: jid, why: describeError(error) })
        return all.get(jid)?.group.subject
      }
    },
    forget: (jid) => void all.delete(jid),
  }
}
