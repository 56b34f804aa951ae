// The pairings table: who may write to us directly, and who has asked to.
import type { Person } from '../domain/message.ts'
import type { Db, Row } from './db.ts'

/** Someone who asked, or was let in. Times in ms. */
export interface Pairing {
  readonly channel: string
  readonly account: string
  readonly user: string
  readonly state: 'pending' | 'allowed'
  readonly code?: string
  readonly person: Person
  /** The chat to answer in. */
  readonly chat: string
  readonly at: number
  readonly seenAt: number
}

function read(r: Row): Pairing {
  const meta = JSON.parse(String(r['meta'])) as { person: Person; chat: string }
  return {
    channel: String(r['channel']),
    account: String(r['account']),
    user: String(r['user']),
    state: String(r['state']) as Pairing['state'],
    person: meta.person,
    chat: meta.chat,
    at: Number(r['at']),
    seenAt: Number(r['seen_at']),
    ...(r['code'] === null ? {} : { code: String(r['code']) }),
  }
}

/** Whether this person was let in on this account. */
export function allowed(db: Db, at: { channel: string; account: string; user: string }): boolean {
  return (
    db.one(
      "SELECT 1 AS yes FROM pairings WHERE channel = $channel AND account = $account AND user = $user AND state = 'allowed'",
      {
        ...at,
      },
    ) !== undefined
  )
}

/** Requests and permissions, oldest first; of one channel or account when named. */
export function list(db: Db, q: { state: Pairing['state']; channel?: string; account?: string }): Pairing[] {
  return db
    .all(
      `SELECT * FROM pairings WHERE state = $state AND ($channel IS NULL OR channel = $channel)
         AND ($account IS NULL OR account = $account) ORDER BY at`,
      { state: q.state, channel: q.channel ?? null, account: q.account ?? null },
    )
    .map(read)
}

/** Writes a request down, or notes that its sender was seen again; inside a transaction. */
export function ask(
  db: Db,
  p: { channel: string; account: string; person: Person; chat: string; code: string; at: number },
): void {
  db.run(
    `INSERT INTO pairings (channel, account, user, state, code, meta, at, seen_at)
     VALUES ($channel, $account, $user, 'pending', $code, $meta, $at, $at)
     ON CONFLICT (channel, account, user) DO UPDATE SET code = excluded.code, at = excluded.at, seen_at = excluded.at`,
    {
      channel: p.channel,
      account: p.account,
      user: p.person.id,
      code: p.code,
      meta: JSON.stringify({ person: p.person, chat: p.chat }),
      at: p.at,
    },
  )
}

/** Notes that someone who has asked wrote again; inside a transaction. */
export function seen(db: Db, p: { channel: string; account: string; user: string; at: number }): void {
  db.run('UPDATE pairings SET seen_at = $at WHERE channel = $channel AND account = $account AND user = $user', { ...p })
}

/** Lets someone in; inside a transaction. */
export function allow(db: Db, p: { channel: string; account: string; user: string; at: number }): void {
  db.run(
    `INSERT INTO pairings (channel, account, user, state, code, meta, at, seen_at)
     VALUES ($channel, $account, $user, 'allowed', NULL, $meta, $at, $at)
     ON CONFLICT (channel, account, user) DO UPDATE SET state = 'allowed', code = NULL, at = excluded.at`,
    { ...p, meta: JSON.stringify({ person: { id: p.user }, chat: p.user }) },
  )
}

/** Takes a request or a permission away; inside a transaction. */
export function remove(db: Db, p: { channel: string; account: string; user: string }): number {
  return db.run('DELETE FROM pairings WHERE channel = $channel AND account = $account AND user = $user', { ...p })
}
