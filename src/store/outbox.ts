// The outbox table: what we are to say on a platform, piece by piece, in order per chat.
import type { OutboundMessage } from '../domain/message.ts'
import type { Db, Row } from './db.ts'

export type OutboxState = 'ready' | 'sending' | 'sent' | 'unknown' | 'failed' | 'expired' | 'dismissed'

/** A piece to be sent. `nextAt` is the earliest time of the next attempt, `expiresAt` the latest; ms. */
export interface OutboxRow {
  readonly seq: number
  readonly id: string
  readonly message: OutboundMessage
  readonly state: OutboxState
  readonly attempts: number
  readonly nextAt: number
  readonly expiresAt?: number
  readonly turn?: string
  readonly platformId?: string
  /** What it was said under, once and for all. */
  readonly key?: string
  readonly error?: string
  readonly at: number
}

function read(r: Row): OutboxRow {
  return {
    seq: Number(r['seq']),
    id: String(r['id']),
    message: JSON.parse(String(r['message'])) as OutboundMessage,
    state: String(r['state']) as OutboxState,
    attempts: Number(r['attempts']),
    nextAt: Number(r['next_at']),
    at: Number(r['at']),
    ...(r['expires_at'] === null ? {} : { expiresAt: Number(r['expires_at']) }),
    ...(r['turn'] === null ? {} : { turn: String(r['turn']) }),
    ...(r['platform_id'] === null ? {} : { platformId: String(r['platform_id']) }),
    ...(r['key'] === null ? {} : { key: String(r['key']) }),
    ...(r['error'] === null ? {} : { error: String(r['error']) }),
  }
}

/** Adds a piece; undefined when `key` was used before. Inside a transaction. */
export function add(
  db: Db,
  m: OutboundMessage,
  more: { at: number; turn?: string; key?: string; expiresAt?: number },
): OutboxRow | undefined {
  const row = db.put(
    `INSERT INTO outbox (id, channel, account, chat, message, turn, state, next_at, expires_at, key, at)
     VALUES ($id, $channel, $account, $chat, $message, $turn, 'ready', $at, $expiresAt, $key, $at)
     ON CONFLICT DO NOTHING RETURNING *`,
    {
      id: m.id,
      channel: m.to.channel,
      account: m.to.account,
      chat: m.to.chat,
      message: JSON.stringify(m),
      turn: more.turn ?? null,
      expiresAt: more.expiresAt ?? null,
      key: more.key ?? null,
      at: more.at,
    },
  )
  return row && read(row)
}

/** Marks a piece as on its way; inside a transaction. False when it is no longer ready. */
export function claim(db: Db, id: string): boolean {
  return (
    db.run("UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = $id AND state = 'ready'", { id }) >
    0
  )
}

/** Makes a piece that was to take the place of a preview a message of its own; inside a transaction. */
export function standAlone(db: Db, id: string): void {
  db.run("UPDATE outbox SET message = json_remove(message, '$.replaces') WHERE id = $id", { id })
}

/** Notes what came of an attempt; inside a transaction. */
export function settle(
  db: Db,
  id: string,
  s: { state: OutboxState; platformId?: string; error?: string; nextAt?: number },
): void {
  db.run(
    `UPDATE outbox SET state = $state, platform_id = coalesce($platformId, platform_id), error = $error,
       next_at = coalesce($nextAt, next_at) WHERE id = $id`,
    { id, state: s.state, platformId: s.platformId ?? null, error: s.error ?? null, nextAt: s.nextAt ?? null },
  )
}

/** Whether something for a chat is still to be sent. */
export function waits(db: Db, { channel, account, chat }: { channel: string; account: string; chat: string }): boolean {
  const where = "channel = $channel AND account = $account AND chat = $chat AND state IN ('ready', 'sending')"
  return db.one(`SELECT 1 FROM outbox WHERE ${where} LIMIT 1`, { channel, account, chat }) !== undefined
}

/** Pieces still to be sent, in order. */
export function pending(db: Db): OutboxRow[] {
  return db.all("SELECT * FROM outbox WHERE state = 'ready' ORDER BY seq").map(read)
}

/** Pieces that were on their way when the process ended. */
export function inFlight(db: Db): OutboxRow[] {
  return db.all("SELECT * FROM outbox WHERE state = 'sending' ORDER BY seq").map(read)
}

/** The piece with this id. */
export function byId(db: Db, id: string): OutboxRow | undefined {
  const row = db.one('SELECT * FROM outbox WHERE id = $id', { id })
  return row && read(row)
}

/** The pieces that were said under a key, in order. */
export function byKey(db: Db, key: string): OutboxRow[] {
  return db
    .all("SELECT * FROM outbox WHERE key = $key OR key > $key || ':' AND key < $key || ';' ORDER BY seq", { key })
    .map(read)
}

/** Pieces in one of these states, newest first. */
export function inState(db: Db, states: readonly OutboxState[], limit: number): OutboxRow[] {
  return db
    .all('SELECT * FROM outbox WHERE state IN (SELECT value FROM json_each($states)) ORDER BY seq DESC LIMIT $limit', {
      states: JSON.stringify(states),
      limit,
    })
    .map(read)
}

/** How many pieces are in each state. */
export function tally(db: Db): Record<string, number> {
  return Object.fromEntries(
    db.all('SELECT state, count(*) AS n FROM outbox GROUP BY state').map((r) => [String(r['state']), Number(r['n'])]),
  )
}

/** Whether a message of a chat is one that was sent from here. */
export function isOurs(db: Db, at: { channel: string; account: string; chat: string }, platformId: string): boolean {
  return (
    db.one(
      `SELECT 1 FROM outbox WHERE channel = $channel AND account = $account AND chat = $chat AND platform_id = $platformId
       LIMIT 1`,
      { ...at, platformId },
    ) !== undefined
  )
}
