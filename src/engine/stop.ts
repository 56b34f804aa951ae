// Stopping a session: the run is cut off, and what waits for it is dropped with a reason.
import type { Dispatch } from './dispatch.ts'
import * as sessions from '../store/sessions.ts'
import type { StoppedBy } from './runs.ts'
import type { TurnKit } from './turn-kit.ts'

const every = { limit: 100, includeGlobal: false, includeUnknown: false }

/** Stops the session's run and clears its queue and those of its sub-agents; answers what was stopped. */
export function stopSession(
  kit: TurnKit,
  dispatch: Dispatch,
  key: string,
  reason: string,
  by: StoppedBy = 'stop',
): { readonly runs: string[]; readonly dropped: number } {
  const dropped = dispatch.clear(key, reason)
  for (const child of sessions.list(kit.world.db, { ...every, spawnedBy: key }))
    stopSession(kit, dispatch, child.key, reason, by)
  const run = kit.runs.ofSession(key)
  run?.stop(by)
  return { runs: run ? [run.run] : [], dropped }
}
