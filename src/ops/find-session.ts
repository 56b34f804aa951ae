// From what a caller wrote to the session that is meant.
import { Fault } from '../lib/fault.ts'
import type { Session } from '../domain/session.ts'
import { canonicalKey } from '../domain/session-key.ts'
import type { Engine } from '../engine/engine.ts'
import * as sessions from '../store/sessions.ts'

/** The canonical key of what a caller wrote. Throws INVALID_REQUEST for a malformed one. */
export const keyOf = (e: Engine, text: string): string => canonicalKey(text, e.world.settings.defaultAgent())

/** The default model of an agent; undefined when none can be used. */
export function usualModel(e: Engine, agent: string) {
  try {
    return e.world.settings.candidates(agent, undefined)[0]
  } catch {
    return undefined // the list is shown even when no model is set up
  }
}

/** The session a caller means by key, id or label, in this order. Throws when none is there. */
export function findSession(
  e: Engine,
  by: { key?: string | undefined; sessionId?: string | undefined; label?: string | undefined },
): Session {
  const { db } = e.world
  const found =
    (by.key === undefined ? undefined : sessions.byKey(db, keyOf(e, by.key))) ??
    (by.sessionId === undefined ? undefined : sessions.byId(db, by.sessionId)) ??
    (by.label === undefined ? undefined : sessions.byLabel(db, by.label))
  if (!found) throw new Fault('INVALID_REQUEST', `No session found: ${by.key ?? by.sessionId ?? by.label}`)
  return found
}
