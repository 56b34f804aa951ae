// The database newer releases of the original keep an agent's sessions in; read from a copy, so that nothing of it changes.
import { Database } from 'bun:sqlite'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A session there: its key, and its entry as `sessions.json` had it. */
export interface OldSession {
  readonly key: string
  readonly entry: unknown
}

/** An agent's sessions. */
export interface OldAgent extends Disposable {
  readonly sessions: readonly OldSession[]
  /** The transcript of a session as lines of JSON; undefined when there is none. */
  transcript(sessionId: string): string | undefined
}

/** The tables entries may be in, the newer first, and their columns of the session's id. */
const tables = [
  ['session_nodes', 'current_session_id'],
  ['session_entries', 'session_id'],
] as const

function entryOf(text: string, sessionId: string, updatedAt: number): unknown {
  try {
    const said: unknown = JSON.parse(text)
    return typeof said === 'object' ? { sessionId, updatedAt, ...said } : said
  } catch {
    return undefined // whoever reads it says that it is no entry
  }
}

/** Opens the database of an agent; undefined when there is none. Throws what SQLite throws on a file that is no database. */
export function openOldAgent(path: string): OldAgent | undefined {
  if (!existsSync(path)) return undefined
  const dir = mkdtempSync(join(tmpdir(), 'oclaw-import-'))
  let db: Database | undefined
  const close = () => {
    db?.close()
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    const copy = join(dir, 'agent.sqlite')
    copyFileSync(path, copy)
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`) // what is not in the file yet
    const open = (db = new Database(copy, { strict: true }))
    const has = (table: string) =>
      open.query('SELECT 1 FROM sqlite_master WHERE type = $type AND name = $table').get({ type: 'table', table }) !==
      null
    const found = tables.find(([table]) => has(table))
    const rows = found
      ? (open
          .query(`SELECT session_key, ${found[1]} AS id, entry_json, updated_at FROM ${found[0]} ORDER BY session_key`)
          .all() as {
          session_key: string
          id: string
          entry_json: string
          updated_at: number
        }[])
      : []
    const events = has('transcript_events')
      ? open.query<{ event_json: string }, { id: string }>(
          'SELECT event_json FROM transcript_events WHERE session_id = $id ORDER BY seq',
        )
      : undefined
    return {
      sessions: rows.map((r) => ({ key: r.session_key, entry: entryOf(r.entry_json, r.id, r.updated_at) })),
      transcript(id) {
        const lines = events?.all({ id }) ?? []
        return lines.length ? lines.map((l) => l.event_json).join('\n') : undefined
      },
      [Symbol.dispose]: close,
    }
  } catch (error) {
    close()
    throw error
  }
}
