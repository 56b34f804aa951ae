// Forgets what is long settled, when it is quiet: a database that only grows is slow one day.
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { Db } from '../store/db.ts'
import { forget, oldRows, type Growing } from '../store/trim.ts'

const dayMs = 86_400_000

/**
 * How long settled rows are kept, in ms. Messages: twice as long as any platform tells one again (WhatsApp keeps them a
 * month for a phone that is away, and a month back is what is looked up where nobody told us; Telegram and Slack give up
 * after a day). Answers: as long as people may reply to one. News: as long as a client may ask what it has not heard.
 */
const keptMs: Readonly<Record<Growing, number>> = { inbox: 60 * dayMs, outbox: 90 * dayMs, events: 30 * dayMs }

/** The first look after the start, and each one after that, in ms: others have more to do when a gateway starts. */
const firstMs = 600_000
const everyMs = 3_600_000
/** Rows of one transaction, and the pause after it, in ms: messages that come in meanwhile wait a millisecond or two. */
const batch = 100
const pauseMs = 50
/** How long to wait for quiet before asking again, in ms. */
const busyMs = 2000

/** What upkeep works with. */
export interface UpkeepParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Whether nothing is going on. */
  idle(): boolean
  /** Clears sessions away; answers how many. */
  sessions(): Promise<number>
}

/** Looks through one table; writes nothing when there is nothing to forget. Answers how many rows were forgotten. */
async function tidy({ db, clock, signal, idle }: UpkeepParts, table: Growing): Promise<number> {
  let gone = 0
  for (let after: number | undefined = 0; after !== undefined; await clock.sleep(pauseMs, signal)) {
    while (!idle()) await clock.sleep(busyMs, signal)
    const { rows, next } = oldRows(db, table, clock.now() - keptMs[table], after, batch)
    if (rows.length) gone += await db.write(() => forget(db, table, rows))
    after = next
  }
  return gone
}

/** Keeps the database small until the signal aborts. */
export async function upkeep(p: UpkeepParts): Promise<void> {
  const { clock, log, signal } = p
  for (let wait = firstMs; !signal.aborted; wait = everyMs) {
    try {
      await clock.sleep(wait, signal)
      const away = await p.sessions()
      if (away) log.info('sessions nobody used were put away', { sessions: away })
      for (const table of ['inbox', 'outbox', 'events'] as const) {
        const gone = await tidy(p, table)
        if (gone) log.debug('what was long settled is forgotten', { table, rows: gone })
      }
    } catch (error) {
      if (!signal.aborted) log.warn('what is long settled could not be forgotten', { error: describeError(error) })
    }
  }
}
