// The commands by which a person looks after the sub-agents of a chat.
import { Fault } from '../../lib/fault.ts'
import type { Part } from '../../domain/turn.ts'
import { textOf } from '../../domain/turn.ts'
import * as entries from '../../store/entries.ts'
import * as sessions from '../../store/sessions.ts'
import type { ChatCommand, CommandAnswer, CommandAsk } from './index.ts'
import { isOwner } from './access.ts'
import { childOf, childrenOf, kill, spawn, stateOf, steer, type Child, type Crew } from '../subagents/index.ts'
import { placeTools } from '../tools/place.ts'

const verbs = ['list', 'kill', 'log', 'info', 'send', 'steer', 'spawn'] as const

/** Entries shown of a sub-agent's session. */
const logged = 12

/** The commands; `crew` is there once the engine is. */
export function subagentCommands(crew: () => Crew): ChatCommand[] {
  const seconds = (c: Child) => Math.round(((c.endedAt ?? crew().world.clock.now()) - c.startedAt) / 1000)
  const line = (c: Child, i: number) =>
    `${i + 1}. ${c.label ?? c.run}: ${stateOf(c)}, ${seconds(c)} s. ${c.task.replaceAll(/\s+/g, ' ').slice(0, 80)}`

  const said = (parts: readonly Part[]) => textOf(parts).replaceAll(/\s+/g, ' ').slice(0, 200)

  function log(c: Child): string {
    const { db } = crew().world
    const found = sessions.byKey(db, c.child)
    const all = found ? entries.latest(db, found.id, logged) : []
    const lines = all.flatMap((e) => {
      const tools = e.parts.flatMap((p) => (p.type === 'call' ? [`(${p.tool})`] : []))
      const text = [said(e.parts), ...tools].filter(Boolean).join(' ')
      return text ? [`${e.role}: ${text}`] : []
    })
    return lines.join('\n') || 'Nothing was said yet.'
  }

  const info = (c: Child): string =>
    [
      `${c.label ?? c.run}: ${stateOf(c)}, ${seconds(c)} s`,
      `Task: ${c.task.slice(0, 500)}`,
      `Session: ${c.child}`,
      `Run: ${c.run}`,
    ].join('\n')

  /** Starts one for a person, with the tools that person has here. */
  async function start(ask: CommandAsk, task: string): Promise<string> {
    const e = crew()
    const { message } = ask.row
    const child = await spawn(e, {
      parent: ask.session,
      task,
      cleanup: 'keep',
      owner: isOwner(e.world.settings.owners(), ask.row),
      within: placeTools(e.world, ask.session, message),
      to: message.to.channel === 'webchat' ? undefined : message.to,
    })
    return `Started ${child.run}; it tells its result here.`
  }

  async function run(ask: CommandAsk, verb: string, rest: string): Promise<CommandAnswer> {
    const e = crew()
    const all = childrenOf(e.world, ask.session)
    const [, target = '', words = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest.trim()) ?? []
    const one = () => childOf(all, target || undefined)
    switch (verb) {
      case 'list':
        return { reply: all.map(line).join('\n') || 'No sub-agents in this chat.' }
      case 'info':
        return { reply: info(one()) }
      case 'log':
        return { reply: log(one()) }
      case 'kill': {
        const chosen = ['all', '*'].includes(target) ? all : [one()]
        return { reply: `⏹ Stopped ${chosen.reduce((sum, c) => sum + kill(e, c), 0)} sub-agent(s).` }
      }
      case 'send':
      case 'steer': {
        const child = one()
        if (!words.trim()) throw new Fault('INVALID_REQUEST', `say what: /subagents ${verb} ${target} <words>`)
        await steer(e, child, words.trim())
        return { reply: `Told ${child.label ?? child.run}.` }
      }
      case 'spawn':
        if (!rest.trim()) throw new Fault('INVALID_REQUEST', 'say what it is to do: /subagents spawn <task>')
        return { reply: await start(ask, rest.trim()) }
      default:
        throw new Fault('INVALID_REQUEST', `"${verb}" is nothing it can do; use ${verbs.join(', ')}`)
    }
  }

  return [
    {
      name: 'subagents',
      summary: 'Shows, steers, stops or starts the sub-agents of this chat.',
      args: [
        { name: 'what', description: 'what to do', choices: verbs },
        { name: 'target', description: 'its place in the list, label or run' },
        { name: 'words', description: 'what it is told' },
      ],
      run: (ask) => {
        const [, verb = 'list', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(ask.args.trim()) ?? []
        return run(ask, verb.toLowerCase(), rest)
      },
    },
    {
      name: 'kill',
      summary: 'Stops a sub-agent, or all of them.',
      args: [{ name: 'target', description: 'its place in the list, label or run; all' }],
      run: (ask) => run(ask, 'kill', ask.args),
    },
    {
      name: 'steer',
      aliases: ['tell'],
      summary: 'Tells a sub-agent to do something else.',
      args: [
        { name: 'target', description: 'its place in the list, label or run' },
        { name: 'words', description: 'what it is told' },
      ],
      run: (ask) => run(ask, 'steer', ask.args),
    },
  ]
}
