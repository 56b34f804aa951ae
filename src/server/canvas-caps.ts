// What lets an app show the canvas without the gateway's secret: a word that is good while its node is connected.
import type { Clock } from '../lib/clock.ts'
import type { Connection } from './connection.ts'

/** How long a word is good after it was last used, in ms. */
const lifeMs = 600_000

/** The words that are out. */
export interface CanvasCaps {
  /** A word for a node. */
  issue(c: Connection): string
  /** Whether a word is good; it is good for ten minutes more then. */
  holds(word: string): boolean
}

/** Keeps words in memory; each dies with its connection. */
export function canvasCaps(clock: Clock): CanvasCaps {
  const out = new Map<string, { readonly connection: Connection; until: number }>()
  return {
    issue(connection) {
      const now = clock.now()
      for (const [word, cap] of out) if (!cap.connection.alive || cap.until < now) out.delete(word)
      const bytes = crypto.getRandomValues(new Uint8Array(18))
      const word = bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
      out.set(word, { connection, until: now + lifeMs })
      return word
    },
    holds(word) {
      const cap = out.get(word)
      const now = clock.now()
      if (!cap?.connection.alive || cap.until < now) return false
      cap.until = now + lifeMs
      return true
    },
  }
}
