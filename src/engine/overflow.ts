// Messages that had no room in a queue: what is left of them is a line each in the session's next turn.
import { untrusted } from '../domain/untrusted.ts'
import type { InboxRow } from '../store/inbox.ts'
import * as kv from '../store/kv.ts'
import type { World } from './world.ts'

const space = 'overflow'
/** Lines kept of a session, and characters of each. */
const maxLines = 20
const maxChars = 160

/** What is kept: the newest lines with who wrote them, and how many messages there were in all. */
interface Kept {
  readonly count: number
  readonly lines: readonly { readonly from: string; readonly text: string }[]
}

function kept(world: World, key: string): Kept {
  const stored = kv.get(world.db, space, key)
  return stored === undefined ? { count: 0, lines: [] } : (JSON.parse(stored) as Kept)
}

/** The first words of a message on one line. */
function preview({ message }: InboxRow): string {
  const text = message.text.replaceAll(/\s+/g, ' ').trim() || `(${message.media.length} file(s))`
  return text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text
}

/** Keeps a line of a message that is dropped; inside a transaction. */
export function keepLine(world: World, key: string, row: InboxRow): void {
  const { count, lines } = kept(world, key)
  const all = [...lines, { from: row.message.from.id, text: preview(row) }].slice(-maxLines)
  kv.set(world.db, space, key, JSON.stringify({ count: count + 1, lines: all }))
}

/** The lines for a turn that answers `rows`, which are then forgotten; empty when nothing was dropped. Inside a transaction. */
export function takeLines(world: World, key: string, rows: readonly InboxRow[]): string {
  const { count, lines } = kept(world, key)
  if (!count) return ''
  kv.remove(world.db, space, key)
  const said = lines.map((l) => `- ${l.text}`).join('\n')
  const head = `[${count} earlier message(s) had no room in the queue and were dropped. What they began with:]`
  const same = lines.every((l) => rows.every((r) => r.message.from.id === l.from))
  return `${head}\n${same ? said : untrusted('beginnings of messages, also of others than who speaks now', said)}`
}
