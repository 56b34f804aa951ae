// Takes messages in: one transaction that stores the message, decides who is heard, and finds its session.
import { Fault } from '../lib/fault.ts'
import type { Heard } from '../define/channel.ts'
import type { Happening, InboundMessage } from '../domain/message.ts'
import type { MediaRef } from '../domain/media.ts'
import { normalizeAgentId, type SessionKey } from '../domain/session-key.ts'
import * as events from '../store/events.ts'
import * as inbox from '../store/inbox.ts'
import type { InboxRow } from '../store/inbox.ts'
import * as kv from '../store/kv.ts'
import * as pairings from '../store/pairings.ts'
import * as sessions from '../store/sessions.ts'
import { mayCommand, named } from './command-access.ts'
import { parseCommand, stopWord, type Commands, type ParsedCommand } from './commands.ts'
import { directives, inlineCommand } from './directives.ts'
import type { Dispatch } from './dispatch.ts'
import { gate, type Verdict } from './gate.ts'
import { requestPairing } from './pairing.ts'
import { agentFor, route } from './route.ts'
import type { TurnKit } from './turn-kit.ts'
import type { World } from './world.ts'

/** A message from a program: the Control UI, the CLI, an HTTP client. */
export interface Submission {
  readonly session: SessionKey
  readonly text: string
  readonly media: readonly MediaRef[]
  /** The id its sender knows it by; the same id is taken in once. */
  readonly run: string
  readonly client: string
  /** Whether it gets a turn of its own. */
  readonly own: boolean
  /** Whether its text may be a command; true unless said otherwise. */
  readonly commands?: boolean
  readonly options: Readonly<Record<string, unknown>>
}

/** What became of a submission. */
export interface Submitted {
  /** `known` means that the same run was submitted before. */
  readonly state: 'runs' | 'waits' | 'known'
}

/** Values of an account written in the same transaction. */
export interface Also {
  readonly space: string
  readonly values: Readonly<Record<string, string>>
}

/** The door. */
export interface Intake {
  /** Takes a platform's message; resolves when durable. */
  receive(message: InboundMessage, also?: Also): Promise<Heard>
  /** Takes note of what happened in a chat; resolves when durable. */
  happened(happening: Happening, also?: Also): Promise<Heard>
  submit(submission: Submission): Promise<Submitted>
  /** Goes on with what was taken in and not begun when the process ended. */
  recover(): void
}

/** Makes the door. */
export function intake(kit: TurnKit, dispatch: Dispatch, commands: Commands): Intake {
  const { world } = kit
  const { db, clock } = world

  function offer(row: InboxRow, durable: Promise<void>): 'runs' | 'waits' {
    const command = row.options['trusted'] === true ? commandIn(row) : undefined
    if (command) {
      void commands.run(row, command, durable).then((said) => {
        if (said.goOn === undefined)
          kit.runs.ended({ run: row.run, sessionId: '', status: 'ok', text: said.reply ?? '' })
        else dispatch.offer({ ...row, message: { ...row.message, text: said.goOn } }, Promise.resolve())
      })
      return 'runs'
    }
    if (row.options['trusted'] !== true || row.message.to.channel === 'webchat') return dispatch.offer(row, durable)
    const { text, options } = directives(row.message.text)
    const more = { ...row.options, ...options }
    return dispatch.offer({ ...row, message: { ...row.message, text }, options: more }, durable)
  }

  /** The same message for several agents: at once, or one after the other. */
  async function offerAll(rows: readonly InboxRow[], durable: Promise<void>) {
    const inTurn = rows.length > 1 && world.settings.broadcastInTurn()
    for (const row of rows) {
      if (inTurn) kit.runs.expect(row.run)
      offer(row, durable)
      if (inTurn) await kit.runs.wait(row.run, world.scope.signal).catch(() => undefined)
      if (world.scope.signal.aborted) return // they are taken up after the start
    }
  }

  /** The command a text is and nothing else; words that only set how it is answered make it none. */
  function commandOnly(text: string): ParsedCommand | undefined {
    const found = commandOf(world, text)
    return found && commands.has(found.name) && directives(text).text === text ? found : undefined
  }

  /** The command a message is, or has inside; undefined when it is for the model alone. */
  function commandIn(row: InboxRow): ParsedCommand | undefined {
    const { text, media } = row.message
    const whole = media.length === 0 ? commandOnly(text) : undefined
    if (whole || row.message.to.channel === 'webchat') return whole
    const inside = inlineCommand(text)
    return inside && commands.has(inside.name) ? { ...inside, args: '' } : undefined
  }

  const isCommand = (text: string) => commandOnly(text) !== undefined

  function keep(also: Also | undefined) {
    if (also) for (const [key, value] of Object.entries(also.values)) kv.set(db, also.space, key, value)
  }

  return {
    async receive(message, also) {
      const { value, durable } = db.stage(() => {
        keep(also)
        return take(world, message, { as: 'message', isCommand })
      }, 'patient')
      void offerAll(value.rows, durable)
      await durable
      return value.heard
    },
    async happened(happening, also) {
      const { value, durable } = db.stage(() => {
        keep(also)
        return take(world, { ...happening, media: [], addressed: true }, { as: 'note', isCommand })
      }, 'patient')
      await durable
      return value.heard
    },
    async submit(s) {
      const message: InboundMessage = {
        id: s.run,
        at: clock.now(),
        to: { channel: 'webchat', account: 'default', chat: s.session },
        kind: 'direct',
        from: { id: s.client },
        text: s.text,
        media: s.media,
        addressed: true,
      }
      const options = { ...s.options, trusted: s.commands !== false, ...(s.own ? { own: true } : {}) }
      const more = { run: s.run, session: s.session, options, at: clock.now() }
      const { value, durable } = db.stage(() => inbox.accept(db, message, more), 'patient')
      if (!value) return { state: 'known' }
      kit.runs.expect(s.run)
      const state = offer(value, durable)
      await durable
      return { state }
    },
    recover() {
      for (const row of inbox.waiting(db)) if (row.session !== undefined) offer(row, Promise.resolve())
    },
  }
}

/** What was decided on a message, and its rows to be answered: one for each agent that hears it. */
interface Taken {
  readonly heard: Heard
  readonly rows: readonly InboxRow[]
}

/** Stores a platform's message, or a note of what happened, and decides on it. Inside a transaction. */
function take(
  world: World,
  message: InboundMessage,
  o: { readonly as: 'message' | 'note'; isCommand(text: string): boolean },
): Taken {
  const { db, clock, settings } = world
  const { to, from } = message
  const account = settings.account(to.channel, to.account)
  if (!account) throw new Fault('NOT_FOUND', `there is no account "${to.account}" of ${to.channel} in the config`)
  const at = clock.now()
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
    judged.kind === 'allow' && !may && settings.commandRule().text && o.isCommand(message.text)
      ? { kind: 'deny', reason: 'commands not allowed' }
      : judged
  const known = judged.kind === 'allow' && (paired || named(account.common, message))
  const options = { ...(may ? { trusted: true } : {}), ...(known ? { known: true } : {}) }
  const run = `${to.channel}:${to.account}:${to.chat}:${message.id}`
  const row = inbox.accept(db, message, { run, session, options, at })
  if (!row) return { heard: 'known', rows: [] }
  if (o.as === 'note') {
    const heard = verdict.kind === 'allow' ? 'heard' : 'refused' // a stranger's gesture is no reason to answer
    inbox.settle(db, row.id, 'dropped', heard === 'heard' ? inbox.noteReason : 'not heard')
    return { heard, rows: [] }
  }
  decide(world, row, verdict, agent)
  if (verdict.kind !== 'allow') return { heard: verdict.kind === 'deny' ? 'refused' : verdict.kind, rows: [] }
  const others = o.isCommand(message.text) ? [] : otherAgents(world, message, agent)
  const more = others.flatMap((other) => {
    const key = session.replace(/^agent:[^:]+:/, `agent:${other}:`)
    const copy = { ...message, id: `${message.id}#${other}` }
    const added = inbox.accept(db, copy, { run: `${run}#${other}`, session: key, options, at })
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

/** The command a text is; words the config names start a session anew like `/new`. */
function commandOf(world: World, text: string) {
  const said = text.trim()
  const bang = world.settings.bash().enabled ? /^!(?:\s+([\s\S]+)|(poll|stop))$/.exec(said) : null
  if (bang) return { name: 'bash', args: bang[1] ?? bang[2] ?? '' }
  const trigger = world.settings.resetTriggers().find((t) => said === t || said.startsWith(`${t} `))
  if (trigger === undefined || trigger.startsWith('/')) return parseCommand(text)
  return { name: 'new', args: said.slice(trigger.length).trim() }
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
