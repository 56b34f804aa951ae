// The commands about programs: how far they reach in a chat, where they run, and running one oneself.
import { Fault } from '../../lib/fault.ts'
import { agentOf } from '../../domain/session-key.ts'
import type { SessionSettings } from '../../domain/session.ts'
import type { InboxRow } from '../../store/inbox.ts'
import * as sessions from '../../store/sessions.ts'
import type { ChatCommand, CommandAsk } from './index.ts'
import { directCall } from '../tools/direct-call.ts'
import { execSettings, execWords, type ExecWord } from './exec-words.ts'
import { patchSession } from '../sessions/index.ts'
import type { TurnKit } from '../turn-kit.ts'

const levels = ['off', 'on', 'ask', 'full'] as const

/** The commands; `ownersOnly` throws for anybody but an owner. */
export function execCommands(kit: TurnKit, ownersOnly: (row: InboxRow) => void): ChatCommand[] {
  const { world } = kit
  const { settings, db } = world
  const agent = (session: string) => agentOf(session, settings.defaultAgent())
  const stored = (session: string): SessionSettings => sessions.byKey(db, session)?.settings ?? {}
  /** The program each chat runs by `!`. */
  const jobs = new Map<string, string>()

  /** Throws FORBIDDEN for whoever may not have commands elevated, with the gate that is closed. */
  function mayElevate({ session, row }: CommandAsk) {
    if (row.message.to.channel === 'webchat') ownersOnly(row)
    const why = settings.notElevated(agent(session), row.message)
    if (why !== undefined) throw new Fault('FORBIDDEN', why)
  }

  /** Runs a command of a person here and now; it goes on in the background when it takes longer. */
  async function start(ask: CommandAsk, command: string): Promise<string> {
    const old = jobs.get(ask.session)
    if (old !== undefined && kit.programs.running(old))
      throw new Fault('CONFLICT', 'a command is running already; !poll shows it, !stop ends it')
    const ms = settings.bash().foregroundMs
    const how = ms < 10 ? { background: true } : { yieldMs: ms }
    const r = await directCall(kit, ask, {
      tool: 'exec',
      input: { command, elevated: true, ...how },
      elevated: 'full', // the person has typed the very command that is run
    })
    const id = r.details?.['sessionId']
    if (typeof id === 'string') jobs.set(ask.session, id)
    return r.text
  }

  async function job(ask: CommandAsk, action: 'poll' | 'kill'): Promise<string> {
    const sessionId = jobs.get(ask.session)
    if (sessionId === undefined) return 'Nothing was left running by `!` in this chat.'
    return (await directCall(kit, ask, { tool: 'process', input: { action, sessionId } })).text
  }

  return [
    {
      name: 'elevated',
      aliases: ['elev'],
      summary: 'Sets how far commands may reach beyond the sandbox in this chat.',
      args: [{ name: 'level', description: 'how far', choices: levels }],
      run: async (ask) => {
        mayElevate(ask)
        const wish = ask.args.trim().toLowerCase()
        const now =
          stored(ask.session).elevatedLevel ?? settings.agent(agent(ask.session))?.tools.exec?.elevated ?? 'on'
        if (!wish) return { reply: `elevated: ${now}. Choose one of: ${levels.join(', ')}.` }
        if (!(levels as readonly string[]).includes(wish))
          throw new Fault('INVALID_REQUEST', `invalid elevated level (use ${levels.join('|')})`)
        await patchSession(world, ask.session, { settings: { elevatedLevel: wish } })
        const means = { off: 'none is elevated', full: 'they run without a question' }[wish as 'off' | 'full']
        return { reply: `elevated is now ${wish}: ${means ?? 'they ask as usual'}.` }
      },
    },
    {
      name: 'exec',
      summary: 'Sets where and how commands run in this chat.',
      args: [{ name: 'settings', description: 'host= security= ask= node=, or default' }],
      run: async ({ session, args, row }) => {
        ownersOnly(row)
        const fields = Object.values(execWords).map((w) => w.field)
        const wish =
          args.trim().toLowerCase() === 'default'
            ? Object.fromEntries(fields.map((f) => [f, null]))
            : execSettings(args)
        if (Object.keys(wish).length) await patchSession(world, session, { settings: wish })
        const now = stored(session)
        const shown = (Object.keys(execWords) as ExecWord[]).map((w) => `${w}=${now[execWords[w].field] ?? 'default'}`)
        return { reply: `exec: ${shown.join(' ')}` }
      },
    },
    {
      name: 'bash',
      summary: 'Runs a command on the machine of the gateway; also `! command`, `!poll`, `!stop`.',
      args: [{ name: 'command', description: 'the command line' }],
      run: async (ask) => {
        if (!settings.bash().enabled)
          throw new Fault('FORBIDDEN', 'chats may not run commands; `oclaw config set commands.bash true` lets them')
        mayElevate(ask)
        const command = ask.args.trim()
        if (!command) throw new Fault('INVALID_REQUEST', 'say what to run: /bash <command>')
        const text =
          command === 'poll'
            ? await job(ask, 'poll')
            : command === 'stop'
              ? await job(ask, 'kill')
              : await start(ask, command)
        return { reply: `\`\`\`\n${text.slice(-3500)}\n\`\`\`` }
      },
    },
  ]
}
