// What stops the regular turns of agents: nobody is there any more, or the model's provider refuses. Both end by themselves.
import { toFault } from '../../lib/fault.ts'
import type { Db } from '../../store/db.ts'
import * as kv from '../../store/kv.ts'
import * as turns from '../../store/turns.ts'
import { switchOf } from '../switches.ts'

/** Regular turns stop when no person has said a word for so long, in ms. */
export const quietMs = 72 * 3_600_000
/** They stop after so many refusals in a row for want of a key or of money. */
export const maxRefusals = 3

const space = 'heartbeat'

/** Programs whose turns are no word of a person. */
const programs = ['heartbeat', 'cron', 'hook', 'memory', 'agent']

/** Why the regular turns stand still. */
export type Brake = 'disabled' | 'no-person' | 'refused'

interface Refusals {
  readonly count: number
  readonly at: number
}

const refusalsOf = (db: Db, agent: string): Refusals =>
  JSON.parse(kv.get(db, space, `refused:${agent}`) ?? '{"count":0,"at":0}') as Refusals

/** Since when (ms) the brakes count: the last word of a person, the last change of the rule, the last switching on. */
export function since(db: Db, agent: string): number {
  const enabled = Number(kv.get(db, space, 'enabled') ?? 0)
  return Math.max(anchorOf(db, agent)?.at ?? 0, enabled, turns.lastWord(db, programs) ?? 0)
}

/** The rule an agent's regular turns last had, and since when (ms). */
export const anchorOf = (db: Db, agent: string): { readonly rule: string; readonly at: number } | undefined => {
  const kept = kv.get(db, space, `rule:${agent}`)
  return kept === undefined ? undefined : (JSON.parse(kept) as { rule: string; at: number })
}

/** Notes the rule of an agent's regular turns; inside a transaction. */
export const setAnchor = (db: Db, agent: string, rule: string, at: number): void =>
  kv.set(db, space, `rule:${agent}`, JSON.stringify({ rule, at }))

/** Lets them go on, whatever stopped them; inside a transaction. */
export const release = (db: Db, at: number): void => kv.set(db, space, 'enabled', String(at))

/** Why an agent's regular turns stand still now; undefined when they go on. */
export function brakeOf(db: Db, agent: string, now: number): Brake | undefined {
  if (switchOf(db, 'heartbeat.enabled', 'true') === 'false') return 'disabled'
  const from = since(db, agent)
  const { count, at } = refusalsOf(db, agent)
  if (count >= maxRefusals && at >= from) return 'refused'
  return now - from >= quietMs ? 'no-person' : undefined
}

/** Counts how a regular turn ended; inside a transaction. */
export function count(db: Db, agent: string, error: unknown, at: number): void {
  const before = refusalsOf(db, agent)
  const code = error === undefined ? undefined : toFault(error).code
  if (code === 'UNAUTHORIZED' || code === 'FORBIDDEN') {
    const row = before.at >= since(db, agent) ? before.count : 0
    kv.set(db, space, `refused:${agent}`, JSON.stringify({ count: row + 1, at }))
  } else if (before.count > 0) kv.remove(db, space, `refused:${agent}`)
}

/** Whether people were not yet told of this stop; from now on they were. Inside a transaction. */
export function firstNotice(db: Db, agent: string, why: Brake): boolean {
  const mark = `${why}:${since(db, agent)}`
  if (kv.get(db, space, `told:${agent}`) === mark) return false
  kv.set(db, space, `told:${agent}`, mark)
  return true
}
