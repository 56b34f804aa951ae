// The beginning of a turn: one transaction that takes messages from the inbox and writes down what was said.
import { newId } from '../lib/ids.ts'
import type { MediaRef } from '../domain/media.ts'
import type { InboundMessage } from '../domain/message.ts'
import { agentOf } from '../domain/session-key.ts'
import type { Origin, Session } from '../domain/session.ts'
import type { Cause, Part } from '../domain/turn.ts'
import * as entries from '../store/entries.ts'
import * as inbox from '../store/inbox.ts'
import type { InboxRow } from '../store/inbox.ts'
import * as sessions from '../store/sessions.ts'
import * as turns from '../store/turns.ts'
import type { TurnRow } from '../store/turns.ts'
import { estimateTokens } from './prompt/history.ts'
import { takeLines } from './overflow.ts'
import { envelope } from './prompt/index.ts'
import { ensureSession } from './sessions/index.ts'
import type { TurnOptions } from './turn-kit.ts'
import type { World } from './world.ts'

/** Where a message came from, as its session remembers it. Programs leave the session's chat as it was. */
export function originOf(m: InboundMessage): Origin {
  if (m.to.channel === 'webchat') return {}
  return {
    to: m.to,
    kind: m.kind,
    from: m.from.id,
    ...(m.from.name === undefined ? {} : { name: m.from.name }),
    ...(m.title === undefined ? {} : { title: m.title }),
  }
}

/** Whether the words for a file stand for it: sound and film that models cannot take. */
const inWords = ({ understood }: InboundMessage, ref: MediaRef): boolean =>
  !ref.mime.startsWith('image/') && understood?.some((u) => u.file === ref.id) === true

/** The id a message can be named by; none for what is no message of its platform: pressed buttons, menus, programs. */
const nameOf = (m: InboundMessage): string | undefined =>
  m.to.channel === 'webchat' || m.native || m.id.includes(':') ? undefined : m.id

/** What one message says to the model: its text, what was overheard before it, and its files, as far as they are not in words. */
function partsOf(world: World, m: InboundMessage, agent: string): Part[] {
  const { db, settings } = world
  const id = nameOf(m)
  const common = settings.account(m.to.channel, m.to.account)?.common
  const limit = common?.historyLimit ?? settings.agent(agent)?.historyLimit ?? settings.historyLimit()
  const text = envelope(m, limit === 0 ? [] : inbox.overheard(db, m.to, limit, common?.overhears === 'channel'))
  return [
    ...(id || text ? [{ type: 'text' as const, text, ...(id ? { message: id } : {}) }] : []),
    ...m.media.flatMap((ref) => (inWords(m, ref) ? [] : [{ type: 'media' as const, ref }])),
  ]
}

const agentOfRow = ({ settings }: World, { session = '' }: InboxRow) => agentOf(session, settings.defaultAgent())

/** Starts a turn that answers these messages; inside a transaction. */
export function begin(
  world: World,
  key: string,
  rows: readonly InboxRow[],
  about: { run: string; cause: Cause },
): { session: Session; turn: TurnRow } {
  const { db, clock } = world
  const now = clock.now()
  const last = rows.at(-1) as InboxRow
  const several = rows.some((r) => r.message.from.id !== last.message.from.id) // nobody's words count as another's
  const session = ensureSession(world, key, originOf(last.message), now)
  const { beat } = last.options as TurnOptions
  const given = beat ? { ...last.options, beat: { ...beat, usedAt: session.updatedAt } } : last.options
  const turn = turns.begin(db, {
    id: newId('trn', clock),
    session: session.id,
    options: several ? { ...given, owner: false } : given,
    at: now,
    ...about,
  })
  hear(world, session.id, turn.id, rows, takeLines(world, key, rows))
  return { session, turn }
}

/** Writes what was said into a turn, after the lines `before` it; inside a transaction. */
export function hear(world: World, session: string, turn: string, rows: readonly InboxRow[], before = ''): Part[] {
  const { db, clock } = world
  const earlier = before ? [{ type: 'text' as const, text: before }] : []
  const parts = [...earlier, ...rows.flatMap((r) => partsOf(world, r.message, agentOfRow(world, r)))]
  inbox.take(
    db,
    rows.map((r) => r.id),
    turn,
  )
  const at = clock.now()
  const results = rows.flatMap((r) => (r.options as TurnOptions).results ?? [])
  if (results.length)
    entries.append(db, { session, turn, role: 'tool', parts: results, at, tokens: estimateTokens(results) })
  if (parts.length || !results.length)
    entries.append(db, { session, turn, role: 'user', parts, at, tokens: estimateTokens(parts) })
  sessions.touch(db, session, rows.length, at)
  return parts
}

/** Writes what was said into a turn that does not answer it; inside a transaction. */
export function overhear(world: World, session: string, turn: string, rows: readonly InboxRow[]): Part[] {
  const parts = rows.flatMap((r) => partsOf(world, r.message, agentOfRow(world, r)))
  const tokens = estimateTokens(parts)
  entries.append(world.db, { session, turn, role: 'user', parts, at: world.clock.now(), tokens })
  return parts
}
