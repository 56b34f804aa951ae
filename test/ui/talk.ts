// A long talk, put into a gateway's database while it runs.
import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import type { Rig } from './rig.ts'

/** Gives a session `count` messages, the first one a day and more ago: by turns a person's and an answer's. */
export async function longTalk(gw: Rig['gw'], key: string, count: number): Promise<void> {
  await gw.ask('begin', key)
  using db = new Database(join(gw.state.path, 'data', 'state.db'))
  const id = db.query<{ id: string }, [string]>(`SELECT id FROM sessions WHERE key = ?`).get(key)?.id ?? ''
  const put = db.query(`INSERT INTO entries (session, turn, role, parts, tokens, at) VALUES (?, NULL, ?, ?, 10, ?)`)
  const begun = Date.now() - 86_400_000 - count * 1000
  db.transaction(() => {
    for (let i = 0; i < count; i++) {
      const text = `${i} ${'A line of talk with **bold** words. '.repeat(1 + (i % 5))}`
      put.run(id, i % 2 ? 'assistant' : 'user', JSON.stringify([{ type: 'text', text }]), begun + i * 1000)
    }
  })()
}
