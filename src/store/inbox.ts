// The inbox table: every message that came in, until it is answered or dropped with a reason.
import type { Address } from '../domain/address.ts'
import type { InboundMessage } from '../domain/message.ts'
import type { Db, Row } from './db.ts'

export type InboxState = 'new' | 'held' | 'taken' | 'done' | 'dropped'

/** A message at our door. `run` is the id its sender may ask by; `session` is known once it is routed. */
export interface InboxRow {
  readonly id: number
  readonly message: InboundMessage
  readonly run: string
  readonly state: InboxState
  readonly options: Readonly<Record<string, unknown>>
  readonly session?: string
  readonly turn?: string
  readonly reason?: string
}

function read(r: Row): InboxRow {
  return {
    id: Number(r['id']),
    message: JSON.parse(String(r['message'])) as InboundMessage,
    run: String(r['run']),
    state: String(r['state']) as InboxState,
    options: JSON.parse(String(r['options'])) as Record<string, unknown>,
    ...(r['session'] === null ? {} : { session: String(r['session']) }),
    ...(r['turn'] === null ? {} : { turn: String(r['turn']) }),
    ...(r['reason'] === null ? {} : { reason: String(r['reason']) }),
  }
}

/** Takes a message in; undefined when the same one is already there. Inside a transaction. */
export function accept(
  db: Db,
  m: InboundMessage,
  more: { run: string; session?: string; options: Readonly<Record<string, unknown>>; at: number },
): InboxRow | undefined {
  const row = db.put(
    `INSERT INTO inbox (channel, account, chat, platform_id, message, session, run, options, state, at)
     VALUES ($channel, $account, $chat, $id, $message, $session, $run, $options, 'new', $at)
     ON CONFLICT DO NOTHING RETURNING *`,
    {
      channel: m.to.channel,
      account: m.to.account,
      chat: m.to.chat,
      id: m.id,
      message: JSON.stringify(m),
      session: more.session ?? null,
      run: more.run,
      options: JSON.stringify(more.options),
      at: more.at,
    },
  )
  return row && read(row)
}

/** The message with the platform's own id, if it ever came. */
export function find(db: Db, at: { channel: string; account: string; chat: string; id: string }): InboxRow | undefined {
  const row = db.one(
    'SELECT * FROM inbox WHERE channel = $channel AND account = $account AND chat = $chat AND platform_id = $id',
    { ...at },
  )
  return row && read(row)
}

/** The newest message that its sender knows by this run. */
export function byRun(db: Db, run: string): InboxRow | undefined {
  const row = db.one('SELECT * FROM inbox WHERE run = $run ORDER BY id DESC LIMIT 1', { run })
  return row && read(row)
}

/** The reason of rows that only note what happened, as a reaction does. */
export const noteReason = 'note'

/** What others said or did in a chat or thread since we last answered there, oldest first: kept as context only. `whole`
 * takes the chat and its threads together. */
export function overheard(db: Db, at: Address, limit: number, whole = false): InboxRow[] {
  const here = `channel = $channel AND account = $account AND chat = $chat
    AND ($whole OR json_extract(message, '$.to.thread') IS $thread)`
  const where = {
    channel: at.channel,
    account: at.account,
    chat: at.chat,
    thread: at.thread ?? null,
    whole: whole ? 1 : 0,
  }
  const said = db.all(
    `SELECT * FROM inbox WHERE ${here} AND reason IN ('context', 'note') ORDER BY id DESC LIMIT $limit`,
    { ...where, limit },
  )
  if (!said.length) return []
  const oldest = Number(said.at(-1)?.['id'])
  const answered = db.one(
    `SELECT max(id) AS id FROM inbox WHERE ${here} AND id > $oldest AND state IN ('taken', 'done')`,
    { ...where, oldest },
  )
  return said
    .map(read)
    .filter((row) => row.id > Number(answered?.['id'] ?? 0))
    .reverse()
}

/** Says which session a message belongs to; inside a transaction. */
export function route(db: Db, id: number, session: string): void {
  db.run('UPDATE inbox SET session = $session WHERE id = $id', { id, session })
}

/** Gives messages to a turn; inside a transaction. */
export function take(db: Db, ids: readonly number[], turn: string): void {
  for (const id of ids) db.run("UPDATE inbox SET state = 'taken', turn = $turn WHERE id = $id", { id, turn })
}

/** Marks the messages of a turn as answered; inside a transaction. */
export function done(db: Db, turn: string): void {
  db.run("UPDATE inbox SET state = 'done' WHERE turn = $turn AND state = 'taken'", { turn })
}

/** Marks one message as dealt with; inside a transaction. */
export function settle(db: Db, id: number, state: 'done' | 'dropped', reason: string | null): void {
  db.run('UPDATE inbox SET state = $state, reason = $reason WHERE id = $id', { id, state, reason })
}

/** Keeps a message until it is known what was said in it; inside a transaction. */
export function hold(db: Db, id: number): void {
  db.run("UPDATE inbox SET state = 'held' WHERE id = $id", { id })
}

/** Messages that are kept until it is known what was said in them, oldest first. */
export function held(db: Db): InboxRow[] {
  return db.all("SELECT * FROM inbox WHERE state = 'held' ORDER BY id").map(read)
}

/** Puts a message with the words for its files in the place of one nobody has begun to answer; inside a transaction. */
export function understood(
  db: Db,
  id: number,
  { message, options }: Pick<InboxRow, 'message' | 'options'>,
): InboxRow | undefined {
  const row = db.put(
    `UPDATE inbox SET message = $message, options = $options, state = 'new'
     WHERE id = $id AND state IN ('new', 'held') RETURNING *`,
    { id, message: JSON.stringify(message), options: JSON.stringify(options) },
  )
  return row && read(row)
}

/** Messages nobody has begun to answer, oldest first. */
export function waiting(db: Db): InboxRow[] {
  return db.all("SELECT * FROM inbox WHERE state = 'new' ORDER BY id").map(read)
}

/** The messages of a turn, oldest first. */
export function ofTurn(db: Db, turn: string): InboxRow[] {
  return db.all('SELECT * FROM inbox WHERE turn = $turn ORDER BY id', { turn }).map(read)
}

/** How many messages are in each state. */
export function tally(db: Db): Record<string, number> {
  return Object.fromEntries(
    db.all('SELECT state, count(*) AS n FROM inbox GROUP BY state').map((r) => [String(r['state']), Number(r['n'])]),
  )
}
