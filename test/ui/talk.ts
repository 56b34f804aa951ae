// A long talk, put into a gateway's database while it runs.
import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import type { Rig } from './rig.ts'

/** A picture of one point, as base64. */
export const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

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

/** Has the assistant say something with a file of the store, as what it sends to a web chat is kept. */
export function says(gw: Rig['gw'], key: string, text: string, ref: object): void {
  using db = new Database(join(gw.state.path, 'data', 'state.db'))
  const id = db.query<{ id: string }, [string]>(`SELECT id FROM sessions WHERE key = ?`).get(key)?.id ?? ''
  const parts = JSON.stringify([
    { type: 'text', text },
    { type: 'media', ref },
  ])
  db.query(`INSERT INTO entries (session, turn, role, parts, tokens, at) VALUES (?, NULL, 'assistant', ?, 10, ?)`).run(
    id,
    parts,
    Date.now(),
  )
}
