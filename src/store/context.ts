// What a model is shown of a session, kept in memory: the log only grows, so only what is new is read.
import type { Entry } from '../domain/turn.ts'
import type { Db } from './db.ts'
import { read } from './entries.ts'

/** Entries remembered over all sessions; those of the sessions used longest ago go first. */
const maxEntries = 4000

interface Known {
  entries: readonly Entry[]
  readonly undone: number
}

const memories = new WeakMap<Db, Map<string, Known>>()

/** The last summary of a session, and all entries after the range it stands for, oldest first. */
export function context(db: Db, session: string): readonly Entry[] {
  const memory = memories.get(db) ?? new Map<string, Known>()
  memories.set(db, memory)
  const known = memory.get(session)
  memory.delete(session)
  const good = known?.undone === db.undone ? known : undefined
  const all = good ? grown(db, session, good.entries) : whole(db, session)
  memory.set(session, { entries: all, undone: db.undone })
  forget(memory)
  return all
}

/** Reads a session anew the next time: something was taken out of its log. */
export function contextChanged(db: Db, session: string): void {
  memories.get(db)?.delete(session)
}

const whole = (db: Db, session: string): readonly Entry[] =>
  db
    .all(
      `WITH s AS (SELECT id, up_to FROM entries WHERE session = $session AND role = 'summary' ORDER BY id DESC LIMIT 1)
       SELECT * FROM entries WHERE session = $session AND
         (id = (SELECT id FROM s) OR (role <> 'summary' AND id > coalesce((SELECT up_to FROM s), 0)))
       ORDER BY CASE WHEN role = 'summary' THEN 0 ELSE id END`,
      { session },
    )
    .map(read)

function grown(db: Db, session: string, known: readonly Entry[]): readonly Entry[] {
  const last = Math.max(known[0]?.id ?? 0, known.at(-1)?.id ?? 0)
  const fresh = db.all('SELECT * FROM entries WHERE session = $session AND id > $last ORDER BY id', { session, last })
  return fresh.length ? condense([...known, ...fresh.map(read)]) : known
}

/** Entries with the newest summary first and what it stands for left out. */
function condense(entries: readonly Entry[]): readonly Entry[] {
  const summary = entries.findLast((e) => e.role === 'summary')
  if (!summary) return entries
  if (entries[0] === summary) return entries
  return [summary, ...entries.filter((e) => e.role !== 'summary' && e.id > (summary.upTo ?? 0))]
}

function forget(memory: Map<string, Known>) {
  let sum = 0
  for (const k of memory.values()) sum += k.entries.length
  for (const [session, k] of memory) {
    if (sum <= maxEntries || memory.size === 1) return
    sum -= k.entries.length
    memory.delete(session)
  }
}
