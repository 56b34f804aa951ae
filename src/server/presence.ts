// Who is there: the gateway itself, its clients, and what programs say of their machines.
import type { Clock } from '../lib/clock.ts'
import type { Connection } from './connection.ts'
import type { HelloFacts } from './parts.ts'

/** One that is there. */
type Entry = Readonly<Record<string, unknown>>

/** How long a program's word counts, in ms, and how many are kept. */
const noteMs = 300_000
const maxNotes = 200

/** Who is there, kept by those that say so themselves. */
export interface PresenceBoard {
  note(entry: Entry): void
  list(facts: HelloFacts, connections: Iterable<Connection>): Entry[]
}

/** An empty board. */
export function presenceBoard(clock: Clock): PresenceBoard {
  const notes = new Map<string, { at: number; entry: Entry }>()
  return {
    note(entry) {
      const key = String(entry['instanceId'] ?? entry['deviceId'] ?? entry['host'] ?? entry['text'])
      const old = notes.get(key)?.entry
      notes.delete(key)
      notes.set(key, { at: clock.now(), entry: { ...old, ...entry, ts: clock.now() } })
      if (notes.size > maxNotes) notes.delete(notes.keys().next().value as string)
    },
    list(facts, connections) {
      const now = clock.now()
      const self = {
        host: facts.host,
        version: facts.version,
        mode: 'gateway',
        reason: 'self',
        ts: now,
        text: `Gateway: ${facts.host}`,
      }
      const clients = [...connections]
        .filter((c) => c.caller && c.client['mode'] !== undefined && c.client['mode'] !== 'cli')
        .map((c) => ({
          host: c.client['displayName'] ?? c.client['id'],
          ip: c.peer.ip,
          version: c.client['version'],
          platform: c.client['platform'],
          mode: c.client['mode'],
          deviceId: c.caller?.id,
          roles: c.client['roles'],
          scopes: c.client['scopes'],
          instanceId: c.client['instanceId'],
          reason: 'connect',
          ts: c.openedAt,
        }))
      for (const [key, { at }] of notes) if (now - at > noteMs) notes.delete(key)
      return [self, ...clients, ...[...notes.values()].map((n) => n.entry)]
    },
  }
}
