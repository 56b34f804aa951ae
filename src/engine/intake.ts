// Takes messages in, has their files put into words, and hands them to commands or the queue in the order they came.
import { describeError } from '../lib/fault.ts'
import type { Heard } from '../define/channel.ts'
import type { Happening, InboundMessage } from '../domain/message.ts'
import { mediaKind, type MediaRef } from '../domain/media.ts'
import type { SessionKey } from '../domain/session-key.ts'
import * as inbox from '../store/inbox.ts'
import type { InboxRow } from '../store/inbox.ts'
import * as kv from '../store/kv.ts'
import { parseCommand, type Commands, type ParsedCommand } from './commands/index.ts'
import { directives, inlineCommand } from './commands/directives.ts'
import type { Dispatch } from './dispatch.ts'
import { namedModel } from './commands/models.ts'
import { take, takeHeld, type Taking } from './take.ts'
import type { TurnKit } from './turn-kit.ts'
import { understander } from './understand.ts'
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
  const words = understander(kit)
  /** What each session still waits for before it hears more. */
  const ahead = new Map<string, Promise<void>>()
  /** How often each session was stopped: what was still on its way to it then is dropped. */
  const stops = new Map<string, number>()

  function offer(row: InboxRow, durable: Promise<void>): 'runs' | 'waits' {
    const command = row.options['trusted'] === true ? commandIn(row) : undefined
    if (command) {
      const key = row.session as string
      if (command.name === 'stop' && ahead.has(key)) stops.set(key, (stops.get(key) ?? 0) + 1)
      void commands.run(row, command, durable).then((said) => {
        if (said.goOn === undefined)
          kit.runs.ended({ run: row.run, sessionId: '', status: 'ok', text: said.reply ?? '' })
        else {
          const { understood: _, ...message } = row.message
          dispatch.offer({ ...row, message: { ...message, text: said.goOn } }, Promise.resolve())
        }
      })
      return 'runs'
    }
    if (row.options['trusted'] !== true || row.message.to.channel === 'webchat') return dispatch.offer(row, durable)
    const { text, options } = asks(row.message.text)
    const more = { ...row.options, ...options }
    return dispatch.offer({ ...row, message: { ...row.message, text }, options: more }, durable)
  }

  /** The row with the words for its files and links, written down. */
  async function understood(row: InboxRow, durable: Promise<void>): Promise<InboxRow> {
    await durable
    const message = await words.read(row)
    const { options } = row
    return (await db.write(() => inbox.understood(db, row.id, { message, options }))) ?? { ...row, message }
  }

  /** Drops a message that was on its way when its session was stopped. */
  async function dropped(row: InboxRow) {
    await db.write(() => inbox.settle(db, row.id, 'dropped', 'stopped'))
    kit.runs.ended({ run: row.run, sessionId: '', status: 'aborted', text: '' })
  }

  /** Offers a message once it is in words, after those of its session that came before it. Commands wait for nobody. */
  function offerRead(row: InboxRow, durable: Promise<void>): 'runs' | 'waits' {
    const key = row.session as string
    const before = ahead.get(key)
    const reads = words.wants(row)
    const command = row.options['trusted'] === true && !reads && commandIn(row) !== undefined
    if (command || (!reads && !before)) return offer(row, durable)
    const ready = reads ? understood(row, durable) : Promise.resolve(row)
    const stopped = stops.get(key)
    const done = Promise.all([ready, before])
      .then(async ([read]) => {
        if (stops.get(key) !== stopped) return await dropped(read)
        if (offer(read, durable) === 'runs' || read.message.to.channel !== 'webchat' || read.options['own']) return
        world.news.publish({ type: 'deferred', run: read.run, session: key })
      })
      .catch((error: unknown) => world.log.warn('a message waits for the next start', { error: describeError(error) }))
      .finally(() => {
        if (ahead.get(key) !== done) return
        ahead.delete(key)
        stops.delete(key)
      })
    ahead.set(key, done)
    return 'runs'
  }

  /** Finds out whether a message that was not for us as written is for us as spoken. */
  async function listen(row: InboxRow, durable: Promise<void>) {
    try {
      await durable
      const message = await words.read(row)
      const { value, durable: done } = db.stage(() => takeHeld(world, { ...row, message }, taking))
      await offerAll(value.rows, done)
    } catch (error) {
      world.log.warn('a message is listened to at the next start', { error: describeError(error) })
    }
  }

  /** The same message for several agents: at once, or one after the other. */
  async function offerAll(rows: readonly InboxRow[], durable: Promise<void>) {
    const inTurn = rows.length > 1 && world.settings.broadcastInTurn()
    for (const row of rows) {
      if (inTurn) kit.runs.expect(row.run)
      offerRead(row, durable)
      if (inTurn) await kit.runs.wait(row.run, world.scope.signal).catch(() => undefined)
      if (world.scope.signal.aborted) return // they are taken up after the start
    }
  }

  /** What a text asks of its own answer, with the names this gateway has for models. */
  function asks(text: string) {
    const { settings } = world
    const named = text.includes('/') ? settings.modelChoices(settings.defaultAgent()) : []
    const aliases = named.flatMap(({ alias }) => (alias === undefined || commands.fixed(alias) ? [] : [alias]))
    const found = directives(text, aliases)
    const { model } = found.options
    const chosen = model === undefined ? undefined : namedModel(named, model)
    return chosen === undefined ? found : { ...found, options: { ...found.options, model: chosen } }
  }

  /** The command a text is and nothing else; words that only set how it is answered make it none. */
  function commandOnly(text: string): ParsedCommand | undefined {
    const found = commandOf(world, text)
    return found && commands.has(found.name) && asks(text).text === text ? found : undefined
  }

  /** The command a message is, or has inside; undefined when it is for the model alone. */
  function commandIn(row: InboxRow): ParsedCommand | undefined {
    const { text, media, understood: known } = row.message
    const spoken = known !== undefined && media.every((m) => mediaKind(m.mime) === 'audio')
    const whole = media.length === 0 || spoken ? commandOnly(spoken ? text.replace(/[.!]+$/, '') : text) : undefined
    if (whole || row.message.to.channel === 'webchat') return whole
    const inside = inlineCommand(text)
    return inside && commands.has(inside.name) ? { ...inside, args: '' } : undefined
  }

  const taking: Taking = {
    as: 'message',
    isCommand: (text) => commandOnly(text) !== undefined,
    listens: (row) => words.wants(row, 'audio'),
  }

  function keep(also: Also | undefined) {
    if (also) for (const [key, value] of Object.entries(also.values)) kv.set(db, also.space, key, value)
  }

  return {
    async receive(message, also) {
      const { value, durable } = db.stage(() => {
        keep(also)
        return take(world, message, taking)
      }, 'patient')
      if (value.held) void listen(value.held, durable)
      void offerAll(value.rows, durable)
      await durable
      return value.heard
    },
    async happened(happening, also) {
      const { value, durable } = db.stage(() => {
        keep(also)
        return take(world, { ...happening, media: [], addressed: true }, { ...taking, as: 'note' })
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
      const state = offerRead(value, durable)
      await durable
      return { state }
    },
    recover() {
      for (const row of inbox.waiting(db)) if (row.session !== undefined) offerRead(row, Promise.resolve())
      for (const row of inbox.held(db)) void listen(row, Promise.resolve())
    },
  }
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
