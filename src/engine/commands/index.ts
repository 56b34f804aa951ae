// Slash commands: parsed here, answered without the model, out of band of the session's queue.
import { describeError, toFault } from '../../lib/fault.ts'
import type { NativeCommand } from '../../define/channel.ts'
import type { GatewayEvent } from '../../domain/agent-event.ts'
import type { MediaRef } from '../../domain/media.ts'
import * as events from '../../store/events.ts'
import * as inbox from '../../store/inbox.ts'
import type { InboxRow } from '../../store/inbox.ts'
import { persist } from '../persist.ts'
import { say } from '../say.ts'
import type { World } from '../world.ts'

/** A command as typed: its name in lower case and the rest of the line. */
export interface ParsedCommand {
  readonly name: string
  readonly args: string
  /** What else the message says, for the model. */
  readonly rest?: string
}

/** What a command answers: text for the chat, and text the model should still hear. */
export interface CommandAnswer {
  readonly reply?: string
  /** Files that go with it. */
  readonly media?: readonly MediaRef[]
  readonly goOn?: string
}

/** A command. */
export interface ChatCommand {
  readonly name: string
  readonly aliases?: readonly string[]
  /** One sentence for `/help` and the platform's menu. */
  readonly summary: string
  /** What may follow it, for menus. */
  readonly args?: NativeCommand['args']
  run(ask: CommandAsk): Promise<CommandAnswer> | CommandAnswer
}

/** Who asks what. */
export interface CommandAsk {
  readonly session: string
  readonly row: InboxRow
  readonly args: string
}

/** The commands of this gateway. */
export interface Commands {
  has(name: string): boolean
  /** Whether it is one of the commands that are always there. */
  fixed(name: string): boolean
  readonly all: readonly ChatCommand[]
  /** The commands as platforms show them in their menus. */
  readonly native: readonly NativeCommand[]
  /** The same with those of skills or without them, whatever is usual. */
  menu(skills: boolean): readonly NativeCommand[]
  /** Answers a command once its message is durable; `goOn` is text for the model. Never throws. */
  run(row: InboxRow, command: ParsedCommand, durable: Promise<void>): Promise<CommandAnswer>
}

const stopWords = new Set(['stop', 'esc', 'abort', 'wait', 'exit', 'interrupt'])

/** Whether a text is one of the bare words that stop a run. */
export const stopWord = (text: string): boolean => stopWords.has(text.trim().toLowerCase())

/** The command a text is: `/name rest`, `/name: rest`, `/name@bot rest`, or a bare word that stops. */
export function parseCommand(text: string): ParsedCommand | undefined {
  if (stopWord(text)) return { name: 'stop', args: '' }
  const m = /^\/([a-z][a-z0-9_-]*)(?:@\w+)?:?(?:\s+(.*))?$/is.exec(text.trim())
  return m ? { name: (m[1] as string).toLowerCase(), args: (m[2] ?? '').trim() } : undefined
}

/** Commands that come and go, such as those of skills. */
export interface MoreCommands {
  named(name: string): ChatCommand | undefined
  /** Those shown in the menus of platforms: all, none, or what is usual. */
  native(wanted?: boolean): readonly ChatCommand[]
}

const noMore: MoreCommands = { named: () => undefined, native: () => [] }

/** Puts a list of commands to work, and others that come and go. */
export function commandsOf(world: World, list: readonly ChatCommand[], more: MoreCommands = noMore): Commands {
  const byName = new Map(list.flatMap((c) => [c.name, ...(c.aliases ?? [])].map((n) => [n, c] as const)))

  const shown = (skills?: boolean): readonly NativeCommand[] =>
    [...list, ...more.native(skills)].map((c) => ({
      name: c.name,
      description: c.summary,
      ...(c.args ? { args: c.args } : {}),
    }))

  async function answer(row: InboxRow, command: ParsedCommand): Promise<CommandAnswer> {
    try {
      const found = byName.get(command.name) ?? more.named(command.name)
      if (!found) return { reply: `⚠️ /${command.name} is gone.` }
      return await found.run({
        session: row.session as string,
        row,
        args: command.args,
      })
    } catch (error) {
      const fault = toFault(error)
      if (fault.code === 'INTERNAL')
        world.log.error('a command failed', { command: command.name, error: describeError(error) })
      return { reply: `⚠️ ${fault.message}` }
    }
  }

  return {
    has: (name) => byName.has(name) || more.named(name) !== undefined,
    fixed: (name) => byName.has(name),
    all: list,
    get native() {
      return shown()
    },
    menu: shown,
    async run(row, command, durable) {
      try {
        await durable
        const { name, args } = command
        world.news.publish({ type: 'command', name, args, session: row.session as string, message: row.message })
        const answered = await answer(row, command)
        const said = command.rest === undefined ? answered : { ...answered, goOn: command.rest }
        await settle(world, row, said, said.goOn === undefined)
        return said
      } catch (error) {
        world.log.error('a command could not be answered', { command: command.name, error: describeError(error) })
        return {}
      }
    },
  }
}

/** Writes the answer of a command down: to the chat, or to those who listen to the session. */
function settle(world: World, row: InboxRow, { reply, media }: CommandAnswer, done: boolean): Promise<void> {
  const { db, clock } = world
  const { to } = row.message
  return persist(world, () => {
    if (done) inbox.settle(db, row.id, 'done', 'command')
    if (reply === undefined) return
    if (to.channel !== 'webchat')
      say(world, to, reply, {
        key: `command:${row.id}`,
        ...(media ? { media } : {}),
        ...(row.message.native ? { replyTo: row.message.id, replyMode: 'all' as const } : {}),
      })
    const news: GatewayEvent = {
      type: 'chat',
      run: row.run,
      session: row.session as string,
      text: reply,
      at: clock.now(),
    }
    events.appendNews(db, clock.now(), row.session as string, news)
    db.afterCommit(() => world.news.publish(news))
  })
}
