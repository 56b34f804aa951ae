// Ids of calls that a program has to run itself: they lead back to the turn that made them.
import type { Part } from '../../domain/turn.ts'
import * as entries from '../../store/entries.ts'
import * as sessions from '../../store/sessions.ts'
import * as turns from '../../store/turns.ts'
import type { World } from '../world.ts'

type CallPart = Extract<Part, { type: 'call' }>

/** The id of the `nth` such call of a turn; at most 40 letters, as OpenAI wants it. */
export const clientCallId = (turn: string, nth: number): string => `call_${turn.replace(/^trn_/, '')}_${nth}`

/** The session and the calls of these ids, as long as that session still waits for their results; else undefined. */
export function openClientCalls(
  world: World,
  ids: readonly string[],
): { readonly session: string; readonly calls: readonly CallPart[] } | undefined {
  const turnIds = new Set(ids.map((id) => /^call_([0-9a-z]+)_\d+$/.exec(id)?.[1]))
  const [only] = turnIds
  if (only === undefined || turnIds.size !== 1) return undefined
  const turn = turns.byId(world.db, `trn_${only}`)
  const session = turn && sessions.byId(world.db, turn.session)
  if (!turn || !session) return undefined
  const last = entries.latest(world.db, session.id, 4)
  const at = last.findLastIndex((e) => e.role === 'assistant')
  const answered = last.slice(at + 1)
  if (last[at]?.turn !== turn.id || answered.some((e) => e.turn !== turn.id)) return undefined
  const calls = last[at].parts.filter((p) => p.type === 'call')
  const found = ids.flatMap((id) => calls.find((c) => c.id === id) ?? [])
  return found.length === ids.length ? { session: session.key, calls: found } : undefined
}
