// Stores a platform's message and decides on it: who is heard, by which agents, in which session.
import { Fault } from '../lib/fault.ts'
import type { Heard } from '../define/channel.ts'
import type { InboundMessage } from '../domain/message.ts'
import { normalizeAgentId } from '../domain/session-key.ts'
import * as events from '../store/events.ts'
import * as inbox from '../store/inbox.ts'
import type { InboxRow } from '../store/inbox.ts'
import * as pairings from '../store/pairings.ts'
import * as sessions from '../store/sessions.ts'
import { mayCommand, named } from './commands/access.ts'
import { parseCommand, stopWord } from './commands/index.ts'
import { gate, type Verdict } from './gate.ts'
import { requestPairing } from './people/pairing.ts'
import { agentFor, route } from './route.ts'
import type { World } from './world.ts'

/** What was decided on a message, and its rows to be answered: one for each agent that hears it. */
export interface Taken {
  readonly heard: Heard
  readonly rows: readonly InboxRow[]
  /** A message that is not for us as it is written, and may be as it is spoken. */
  readonly held?: InboxRow
}

/** How a message is taken in. */
export interface Taking {
  readonly as: 'message' | 'note'
  isCommand(text: string): boolean
  /** Whether a message holds speech that is written down before it counts as not for us. */
  listens(row: InboxRow): boolean
}

/** What the rules say of a message. */
interface Judged {
  readonly agent: string
  readonly session: string
  readonly verdict: Verdict
  readonly options: Readonly<Record<string, unknown>>
}

/** Judges a message by what is written in it. Throws NOT_FOUND for an account the config does not have. */
function judge(world: World, message: InboundMessage, isCommand: Taking['isCommand']): Judged {
  const { db, settings } = world
  const { to, from } = message
  const account = settings.account(to.channel, to.account)
  if (!account) throw new Fault('NOT_FOUND', `there is no account "${to.account}" of ${to.channel} in the config`)
  const paired =
    message.kind === 'direct' && pairings.allowed(db, { channel: to.channel, account: to.account, user: from.id })
  const agentId = agentFor(message, settings.bindings(), settings.defaultAgent())
  const { agent, session } = route({
    message,
    bindings: settings.bindings(),
    defaultAgent: settings.defaultAgent(),
    dmScope: settings.dmScope(),
    identityLinks: settings.identityLinks(),
  })
  const judged = gate({
    message,
    common: account.common,
    group: account.group(message),
    paired,
    always: sessions.byKey(db, session)?.settings.groupActivation === 'always',
    mentioned: matches(settings.agent(agentId)?.mentionPatterns ?? [], message.text),
    command: parseCommand(message.text) !== undefined || stopWord(message.text),
  })
  const may = judged.kind === 'allow' && mayCommand(settings.commandRule(), message, judged.trusted)
  const verdict: Verdict =
    judged.kind === 'allow' && !may && settings.commandRule().text && isCommand(message.text)
      ? { kind: 'deny', reason: 'commands not allowed' }
      : judged
  const known = judged.kind === 'allow' && (paired || named(account.common, message))
  const options = { ...(may ? { trusted: true } : {}), ...(known ? { known: true } : {}) }
  return { agent, session, verdict, options }
}

const runOf = ({ to, id }: InboundMessage) => `${to.channel}:${to.account}:${to.chat}:${id}`

/** Stores a platform's message, or a note of what happened, and decides on it. Inside a transaction. */
export function take(world: World, message: InboundMessage, o: Taking): Taken {
  const { db, clock } = world
  const judged = judge(world, message, o.isCommand)
  const { session, options, verdict } = judged
  const row = inbox.accept(db, message, { run: runOf(message), session, options, at: clock.now() })
  if (!row) return { heard: 'known', rows: [] }
  if (o.as === 'note') {
    const heard = verdict.kind === 'allow' ? 'heard' : 'refused' // a stranger's gesture is no reason to answer
    inbox.settle(db, row.id, 'dropped', heard === 'heard' ? inbox.noteReason : 'not heard')
    return { heard, rows: [] }
  }
  if (verdict.kind === 'context' && o.listens(row)) {
    inbox.hold(db, row.id)
    return { heard: 'context', rows: [], held: row }
  }
  return settled(world, row, judged, o)
}

/** Decides anew on a message that was held, now that it is known what was said in it. Inside a transaction. */
export function takeHeld(world: World, held: InboxRow, o: Taking): Taken {
  const judged = judge(world, held.message, o.isCommand)
  const row = inbox.understood(world.db, held.id, { message: held.message, options: judged.options })
  return row ? settled(world, row, judged, o) : { heard: 'known', rows: [] }
}

/** Writes down what was decided, and answers who hears it. */
function settled(world: World, row: InboxRow, { agent, session, verdict, options }: Judged, o: Taking): Taken {
  const { db, clock } = world
  const { message } = row
  decide(world, row, verdict, agent)
  if (verdict.kind !== 'allow') return { heard: verdict.kind === 'deny' ? 'refused' : verdict.kind, rows: [] }
  const others = o.isCommand(message.text) ? [] : otherAgents(world, message, agent)
  const more = others.flatMap((other) => {
    const key = session.replace(/^agent:[^:]+:/, `agent:${other}:`)
    const copy = { ...message, id: `${message.id}#${other}` }
    const added = inbox.accept(db, copy, { run: `${row.run}#${other}`, session: key, options, at: clock.now() })
    return added ? [{ ...added, message, session: key }] : []
  })
  return { heard: 'heard', rows: [{ ...row, session }, ...more] }
}

/** The agents that also hear a peer, besides the one it is bound to. */
function otherAgents({ settings }: World, m: InboundMessage, first: string): string[] {
  const peer = m.kind === 'direct' ? m.from.id : m.to.chat
  const all = settings.broadcast()[peer] ?? []
  return [...new Set(all.map(normalizeAgentId))].filter((id) => id !== first && settings.agent(id) !== undefined)
}

/** Writes the verdict down; inside a transaction. */
function decide(world: World, row: InboxRow, verdict: Verdict, agent: string) {
  const { db, clock } = world
  const { message } = row
  const subject = `${message.to.channel}:${message.from.id}`
  const at = clock.now()
  if (verdict.kind === 'allow') {
    const news = { type: 'message' as const, message, session: row.session ?? '' }
    events.appendNews(db, at, subject, news)
    db.afterCommit(() => world.news.publish(news))
    return
  }
  const reason = { pair: 'pairing required', context: 'context', deny: verdict.kind === 'deny' ? verdict.reason : '' }[
    verdict.kind
  ]
  inbox.settle(db, row.id, 'dropped', reason)
  if (verdict.kind !== 'context') events.append(db, { at, kind: 'message.dropped', subject, data: { reason, agent } })
  if (verdict.kind === 'pair') requestPairing(world, message)
}

/** Whether a text matches one of the patterns; a broken pattern matches nothing. */
function matches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => {
    try {
      return new RegExp(pattern, 'i').test(text)
    } catch {
      return false
    }
  })
}
