// The slash commands of skills: `/skill <name>`, and each skill by its own name.
import { Fault } from '../../lib/fault.ts'
import type { Skill } from '../../domain/skill.ts'
import { agentOf } from '../../domain/session-key.ts'
import type { ChatCommand, CommandAnswer, CommandAsk, MoreCommands } from './index.ts'
import { directCall } from '../tools/direct-call.ts'
import { placeRules } from '../place.ts'
import { skillCall, skillNames } from '../skills/prompt.ts'
import type { AgentRule } from '../settings.ts'
import type { TurnKit } from '../turn-kit.ts'

/** The commands; `taken` says which names belong to others. */
export function skillCommands(
  kit: TurnKit,
  taken: (name: string) => boolean,
): MoreCommands & { readonly skill: ChatCommand } {
  const { world, skills } = kit
  const { settings } = world
  const agentFor = (session: string): AgentRule | undefined => settings.agent(agentOf(session, settings.defaultAgent()))

  /** The skills a person may call where the command was given. */
  const here = ({ session, row }: CommandAsk): ReadonlyMap<string, Skill> => {
    const agent = agentFor(session)
    return skillNames(agent ? skills.offered(agent, placeRules(world, row.message).skills) : [], taken)
  }

  const call = async (ask: CommandAsk, name: string, input: string): Promise<CommandAnswer> => {
    const all = here(ask)
    const wanted = name.toLowerCase()
    const found = all.get(wanted) ?? [...all.values()].find((s) => s.name.toLowerCase() === wanted)
    if (!found) throw new Fault('NOT_FOUND', `there is no skill "${name}" here; /skill lists those you can call`)
    return found.tool === undefined ? { goOn: skillCall(found, input) } : { reply: await dispatched(ask, found, input) }
  }

  /** Runs the tool a skill's command goes to; what follows the command is its `command`. */
  async function dispatched(ask: CommandAsk, s: Skill, input: string): Promise<string> {
    const agent = agentOf(ask.session, settings.defaultAgent())
    const env = settings.skills(agent).env([s])
    return (await directCall(kit, ask, { tool: s.tool ?? '', input: { command: input }, env })).text
  }

  const skill: ChatCommand = {
    name: 'skill',
    summary: 'Uses a skill, or lists those there are.',
    args: [
      { name: 'name', description: 'the skill' },
      { name: 'input', description: 'what it should do' },
    ],
    run: (ask) => {
      const m = /^(\S+)\s*([\s\S]*)$/.exec(ask.args.trim())
      if (m) return call(ask, m[1] as string, m[2] ?? '')
      const lines = [...here(ask)].map(([name, s]) => `/${name} - ${s.description.slice(0, 100)}`)
      return { reply: lines.join('\n') || 'There are no skills you can call here.' }
    },
  }

  /** A skill of any agent by its command name; whether it is there for the one who asks is found out when it runs. */
  function byName(name: string): ChatCommand | undefined {
    if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) return undefined
    for (const id of settings.agents()) {
      const agent = settings.agent(id)
      const found = agent && skillNames(skills.offered(agent), taken).get(name)
      if (found) return commandFor(name, found)
    }
    return undefined
  }

  const commandFor = (name: string, s: Skill): ChatCommand => ({
    name,
    summary: s.description.slice(0, 100),
    args: [{ name: 'input', description: 'what it should do' }],
    run: (ask) => call(ask, name, ask.args),
  })

  return {
    skill,
    named: byName,
    native(wanted) {
      const agent = settings.agent(settings.defaultAgent())
      if (!agent || !(wanted ?? settings.skills(agent.id).native)) return []
      return [...skillNames(skills.offered(agent), taken)].map(([name, s]) => commandFor(name, s))
    },
  }
}
