// What was said in an agent's sessions, as notes to be searched: one line for each thing said.
import type { MemoryRule } from '../../domain/memory.ts'
import { textOf } from '../../domain/turn.ts'
import * as entries from '../../store/entries.ts'
import * as sessions from '../../store/sessions.ts'
import type { Db } from '../../store/db.ts'

/** Sessions searched, the newest; and characters of each, the last. */
const maxSessions = 500
const maxChars = 2_000_000
/** Entries read at a time. */
const page = 500

/** A note: what it is called, when and how far it was written, and its text when it is wanted. */
export interface Note {
  readonly path: string
  readonly mtimeMs: number
  readonly size: number
  text(): Promise<string | undefined>
}

const prefix = 'session:'

/** The session whose words a note holds; undefined for a file. */
export const sessionOfNote = (path: string): string | undefined =>
  path.startsWith(prefix) ? path.slice(prefix.length) : undefined

const speakers: Readonly<Record<string, string>> = { user: 'User', assistant: 'Assistant', summary: 'Summary' }

/** What was said in a session, its end when that is long. Neither tools nor words of the gateway. */
export function transcript(db: Db, session: string): string {
  const lines: string[] = []
  let room = maxChars
  for (let before = Number.MAX_SAFE_INTEGER; room > 0;) {
    const some = entries.latest(db, session, page, before)
    for (const e of some.toReversed()) {
      const text = textOf(e.parts).replaceAll(/\s+/g, ' ').trim()
      const who = speakers[e.role]
      if (!text || !who) continue
      lines.unshift(`${who}: ${text}`)
      room -= text.length
    }
    if (some.length < page) break
    before = some[0]?.id ?? 0
  }
  return lines.join('\n')
}

/**
 * The sessions of an agent as notes, when they are to be searched. One that is known counts as it was until there is
 * enough new in it.
 */
export function sessionNotes(
  db: Db,
  agent: string,
  rule: Pick<MemoryRule, 'sessions'>,
  known: ReadonlyMap<string, { readonly mtimeMs: number; readonly size: number }>,
): Note[] {
  const { sessions: deltas } = rule
  if (!deltas) return []
  return sessions.written(db, agent, maxSessions).map((s) => {
    const path = `${prefix}${s.id}`
    const old = known.get(path)
    const news = old && s.last > old.size ? entries.growth(db, s.id, old.size) : undefined
    const enough = !news || news.messages >= deltas.messages || news.bytes >= deltas.bytes
    const at = enough || !old ? { mtimeMs: s.at, size: s.last } : { mtimeMs: old.mtimeMs, size: old.size }
    return { path, ...at, text: () => Promise.resolve(transcript(db, s.id)) }
  })
}
