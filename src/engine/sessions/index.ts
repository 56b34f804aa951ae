// A session's life: made when first spoken to, started anew by rule or by wish, never forgotten.
import { Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import type { GatewayEvent } from '../../domain/agent-event.ts'
import { agentOf, isThreadKey, kindOf, mainKey, parentKey, type SessionKey } from '../../domain/session-key.ts'
import type { Origin, Session, SessionSettings } from '../../domain/session.ts'
import * as entries from '../../store/entries.ts'
import * as events from '../../store/events.ts'
import * as sessions from '../../store/sessions.ts'
import type { ResetRule } from '../settings.ts'
import type { World } from '../world.ts'

type Change = Extract<GatewayEvent, { type: 'session' }>['change']

/** Tells of a change to a session, durably; inside a transaction. */
export function tellSession(
  world: World,
  change: Change,
  s: Pick<Session, 'id' | 'key' | 'agent'>,
  more: { fields?: readonly string[]; kept?: number; removed?: number } = {},
): void {
  const news: GatewayEvent = {
    type: 'session',
    change,
    key: s.key,
    sessionId: s.id,
    agent: s.agent,
    fields: more.fields ?? [],
    ...(more.kept === undefined ? {} : { kept: more.kept }),
    ...(more.removed === undefined ? {} : { removed: more.removed }),
  }
  events.appendNews(world.db, world.clock.now(), s.key, news)
  world.db.afterCommit(() => world.news.publish(news))
}

/** The session of a key, made when it is not there and started anew when its time is over; inside a transaction. */
export function ensureSession(world: World, key: SessionKey, origin: Origin, now: number): Session {
  const found = sessions.byKey(world.db, key)
  const agent = agentOf(key, world.settings.defaultAgent())
  if (!found)
    return inherited(
      world,
      made(world, { id: newId('ses', world.clock), key, agent, origin, settings: {}, at: now }),
      now,
    )
  const kind = isThreadKey(key) ? 'thread' : kindOf(key) === 'group' ? 'group' : 'direct'
  if (found.messages > 0 && stale(world.settings.reset(origin.to?.channel ?? 'webchat', kind), found.updatedAt, now))
    return renew(world, found, origin, now)
  if (!origin.to || JSON.stringify(origin) === JSON.stringify(found.origin)) return found
  return sessions.update(world.db, found.id, { origin, at: found.updatedAt })
}

function made(world: World, s: Parameters<typeof sessions.create>[1]): Session {
  const session = sessions.create(world.db, s)
  tellSession(world, 'created', session)
  return session
}

/** A new session with what was said in the chat its thread is in, where the account wants that. */
function inherited(world: World, session: Session, now: number): Session {
  const { to } = session.origin
  const parent = to && world.settings.account(to.channel, to.account)?.common.threadsInherit && parentKey(session.key)
  const from = parent ? sessions.byKey(world.db, parent) : undefined
  if (from) sessions.touch(world.db, session.id, entries.copy(world.db, from.id, session.id), now)
  return session
}

/** Whether a session last used at `last` is over by `now` (ms); daily rules use the machine's local time. */
export function stale(rule: ResetRule, last: number, now: number): boolean {
  const idle = rule.idleMinutes ?? (rule.mode === 'idle' ? 60 : undefined)
  if (idle !== undefined && now > last + Math.max(1, idle) * 60_000) return true
  if (rule.mode === 'idle') return false
  const boundary = new Date(now)
  boundary.setHours(rule.atHour, 0, 0, 0)
  if (boundary.getTime() > now) boundary.setDate(boundary.getDate() - 1)
  return last < boundary.getTime()
}

/** What of the settings goes on after a reset. */
function carried(s: SessionSettings): SessionSettings {
  const { spawnDepth: _depth, ...rest } = s
  return rest
}

/** A fresh session under the same key with the same settings; the old one keeps its history. Inside a transaction. */
export function renew(world: World, old: Session, origin: Origin, now: number): Session {
  sessions.archive(world.db, old.id, now)
  const session = sessions.create(world.db, {
    id: newId('ses', world.clock),
    key: old.key,
    agent: old.agent,
    origin: origin.to ? origin : old.origin,
    settings: carried(old.settings),
    ...(old.label === undefined ? {} : { label: old.label }),
    at: now,
  })
  tellSession(world, 'reset', session, { kept: 0, removed: old.messages })
  return session
}

/** Starts the session of a key anew, making it when it is not there. Resolves when durable. */
export function resetSession(world: World, key: SessionKey): Promise<Session> {
  const now = world.clock.now()
  return world.db.write(() => {
    const old = sessions.byKey(world.db, key)
    return old ? renew(world, old, {}, now) : ensureSession(world, key, {}, now)
  })
}

/** Takes a session out of the list; its history stays readable by id. False when there is none. Main sessions are kept. */
export async function deleteSession(world: World, key: SessionKey): Promise<{ deleted: boolean; id?: string }> {
  if (key === mainKey(agentOf(key, world.settings.defaultAgent())))
    throw new Fault('INVALID_REQUEST', `Cannot delete the main session (${key}).`)
  return world.db.write(() => {
    const found = sessions.byKey(world.db, key)
    if (!found) return { deleted: false }
    sessions.archive(world.db, found.id, world.clock.now())
    tellSession(world, 'deleted', found)
    return { deleted: true, id: found.id }
  })
}

/** Changes label and settings; `null` clears. Makes the session when it is not there. Resolves when durable. */
export function patchSession(
  world: World,
  key: SessionKey,
  change: { label?: string | null; settings: Readonly<Record<string, string | number | null>> },
): Promise<Session> {
  const now = world.clock.now()
  return world.db.write(() => {
    const session = ensureSession(world, key, {}, now)
    const settings: Record<string, unknown> = { ...session.settings }
    for (const [name, value] of Object.entries(change.settings)) {
      if (value === null) delete settings[name]
      else settings[name] = value
    }
    const next = sessions.update(world.db, session.id, {
      settings: settings,
      ...(change.label === undefined ? {} : { label: change.label }),
      at: now,
    })
    tellSession(world, 'updated', next, {
      fields: [...Object.keys(change.settings), ...(change.label === undefined ? [] : ['label'])],
    })
    return next
  })
}
