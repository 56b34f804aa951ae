// Clears away what nobody has used for long, or of which there is too much: sessions, whose history stays readable by id, and containers.
import { describeError } from '../../lib/fault.ts'
import { agentOf, mainKey } from '../../domain/session-key.ts'
import * as sessions from '../../store/sessions.ts'
import { deleteSession } from './index.ts'
import type { World } from '../world.ts'

/** Sessions looked at in one go. */
const atOnce = 1000

/**
 * Does what `session.maintenance` says: puts sessions away, or only says which it would. Main sessions, and those that are
 * `busy`, stay. Answers how many were put away.
 */
export async function clearSessions(world: World, busy: (key: string) => boolean): Promise<number> {
  const { does, idleMs, most } = world.settings.maintenance()
  const main = (key: string) => key === 'global' || key === mainKey(agentOf(key, world.settings.defaultAgent()))
  const old = sessions
    .unused(world.db, world.clock.now() - idleMs, most, atOnce)
    .filter(({ key }) => !main(key) && !busy(key))
  if (!does) {
    if (old.length)
      world.log.warn(
        'there are sessions to be cleared away; `oclaw config set session.maintenance.mode enforce` does it',
        {
          sessions: old.length,
          oldest: old[0]?.key,
        },
      )
    return 0
  }
  for (const { key } of old) await deleteSession(world, key)
  return old.length
}

/** Clears sessions and containers away, as the config says; answers how many sessions. */
export async function tidy(world: World, busy: (key: string) => boolean): Promise<number> {
  const { containers } = world.settings.maintenance()
  try {
    const gone = containers ? await world.outside.boxes.prune(containers) : []
    if (gone.length) world.log.info('containers nobody used were taken away', { containers: gone.join(', ') })
  } catch (error) {
    world.log.warn('old containers could not be taken away', { error: describeError(error) })
  }
  return clearSessions(world, busy)
}
