// What the machine itself has to say to an agent: noted for its next turn, or said in a turn of its own.
import { newId } from '../lib/ids.ts'
import * as entries from '../store/entries.ts'
import type { Dispatch } from './dispatch.ts'
import type { Heartbeat } from './heartbeat/index.ts'
import { estimateTokens } from './prompt/history.ts'
import type { Intake } from './intake.ts'
import { ensureSession } from './sessions/index.ts'
import type { World } from './world.ts'

const words = (text: string) => `System: ${text.trim()}`

/** Notes an event in a session; the agent reads it in its next turn. Resolves when it is durable. */
export function noteEvent(
  e: { readonly world: World; readonly dispatch: Dispatch },
  key: string,
  text: string,
): Promise<void> {
  const { db, clock } = e.world
  return e.dispatch.alone(key, () =>
    db.write(() => {
      const at = clock.now()
      const parts = [{ type: 'text' as const, text: words(text) }]
      const { id } = ensureSession(e.world, key, {}, at)
      entries.append(db, { session: id, turn: undefined, role: 'system', parts, at, tokens: estimateTokens(parts) })
    }),
  )
}

/** Tells a session's agent of an event at once: in its regular turn if it takes any, else in a turn of its own. */
export async function wake(
  e: { readonly world: World; readonly dispatch: Dispatch; readonly intake: Intake; readonly heartbeat: Heartbeat },
  key: string,
  text: string,
  client: string,
): Promise<void> {
  if (e.heartbeat.takes(key) && !e.dispatch.busy(key)) {
    await noteEvent(e, key, text)
    return e.heartbeat.now(key)
  }
  await e.intake.submit({
    session: key,
    text: words(text),
    media: [],
    run: newId('run', e.world.clock),
    client,
    own: true,
    options: { deliver: true, owner: false },
  })
}
