// The command `/queue`: what happens to messages of a session that come while an answer is written.
import * as sessions from '../../store/sessions.ts'
import type { CommandAnswer } from './index.ts'
import { queueLine, queueRule, queueWords } from './queue-words.ts'
import { patchSession } from '../sessions/index.ts'
import type { World } from '../world.ts'

/** Shows, sets or (`default`, `reset`) takes back what a session says of its queue. Throws INVALID_REQUEST for other words. */
export async function queueCommand(
  world: World,
  session: string,
  channel: string,
  args: string,
): Promise<CommandAnswer> {
  const line = () =>
    queueLine(queueRule(world.settings.queue(channel), sessions.byKey(world.db, session)?.settings ?? {}))
  const said = args.trim()
  if (!said) return { reply: `Queue: ${line()}` }
  const none = { queueMode: null, queueDebounceMs: null, queueCap: null, queueDrop: null }
  const wish = /^(default|reset)$/i.test(said) ? none : { ...queueWords(said) }
  await patchSession(world, session, { settings: wish })
  return { reply: `Queue: ${line()}${wish === none ? ' (default)' : ''}` }
}
