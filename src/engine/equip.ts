// What a turn works with: the rules of its place, its tools and skills, and the system prompt that tells of them.
import { describeError } from '../lib/fault.ts'
import type { ToolSpec } from '../define/provider.ts'
import type { AnyTool, ToolContext } from '../define/tool.ts'
import type { Asker } from './tools/approvals.ts'
import { isOwner } from './commands/access.ts'
import { agentIn, execWays } from './tools/exec-ways.ts'
import { bootstrapped } from './hooks/bootstrap.ts'
import { placeRules, toolsHere } from './place.ts'
import { systemPrompt } from './prompt/index.ts'
import { boxSection, reactionSection, replySection } from './prompt/place.ts'
import type { AgentRule, Candidate } from './settings.ts'
import { skillSection } from './skills/prompt.ts'
import { allowedTools } from './tools/policy.ts'
import { specOf, type ToolRun } from './tools/toolbox.ts'
import { speechHint } from './answer/speech.ts'
import type { TurnKit, TurnOptions, TurnStart } from './turn-kit.ts'
import type { World } from './world.ts'

/** What a turn has. */
export interface Equipment {
  /** The tools there are with a model, and how it is shown them: with another one of the same turn there may be fewer. */
  tools(model: string): readonly AnyTool[]
  specs(model: string): readonly ToolSpec[]
  readonly system: string
  /** The agent as its tools see it, and who asks in its name. */
  readonly agent: AgentRule
  readonly asker: Asker
  /** What its tools are told of it. */
  readonly kit: NonNullable<ToolRun['kit']>
}

/** Whether a turn's words are an owner's: a program with the secret, or a person known as one; never a hook. */
function ownerAsks(kit: TurnKit, { message, turn }: TurnStart): boolean {
  const options = turn.options as TurnOptions
  if (options.owner === false) return false
  if (!message) return options.owner ?? options.hook === undefined
  return isOwner(kit.world.settings.owners(), { message, options: turn.options })
}

/** The person whose words move the turn; nobody where several spoke, or one who is no owner stands behind it. */
function whoAsks({ message, turn, session }: TurnStart, owner: boolean) {
  if ((turn.options as TurnOptions).owner === false) return undefined
  if (message || !owner) return message
  return { from: { id: 'webchat' }, to: { channel: 'webchat', account: 'default', chat: session.key } }
}

/** What both lists name; a list that is not there names everything. */
const both = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
  a && b ? a.filter((x) => b.includes(x)) : (a ?? b)

/** What no sub-agent has, and what those have not that may start none. */
const parentsOnly = ['gateway', 'agents_list', 'session_status', 'cron', 'memory_search', 'memory_get', 'sessions_send']
const notLast = ['sessions_list', 'sessions_history', 'sessions_spawn', 'subagents']

/** The tools a sub-agent keeps of those its agent has. */
function forSubagent(kit: TurnKit, { session }: TurnStart, tools: readonly AnyTool[]): readonly AnyTool[] {
  const depth = session.settings.spawnDepth
  if (depth === undefined) return tools
  const { maxDepth, tools: policy } = kit.world.settings.subagents(session.agent)
  const denied = [...parentsOnly, ...(depth >= maxDepth ? notLast : [])]
  const also = policy.alsoAllow ?? []
  return toolsHere(
    tools.filter((t) => !denied.includes(t.id) || also.includes(t.id)),
    { deny: policy.deny, ...(policy.allow ? { allow: policy.allow } : {}) },
  )
}

/** How a turn may reply and react in the chat of a platform. */
function chatSections(world: World, { to }: TurnStart, tools: readonly AnyTool[]): string {
  if (!to || to.channel === 'webchat') return ''
  const acts = tools.some((t) => t.id === 'message')
  const level = acts ? world.settings.account(to.channel, to.account)?.common.reactionLevel : undefined
  return [replySection, reactionSection(to.channel, level)].filter(Boolean).join('\n\n')
}

/** Puts a turn's tools, skills and prompt together. */
export async function equip(
  kit: TurnKit,
  start: TurnStart,
  about: { readonly agent: AgentRule; readonly model: Candidate },
): Promise<Equipment> {
  const { world } = kit
  const { agent, model } = about
  const worker = agentIn(world, agent, start.session.key)
  const options = start.turn.options as TurnOptions
  const theirs = new Set(options.clientTools?.map((tool) => tool.name))
  const here = placeRules(world, start.message)
  if (!options.noTools) await world.prepareTools()
  const { within } = options
  const having = (ref: string): readonly AnyTool[] => {
    if (options.noTools) return []
    const allowed = toolsHere(allowedTools(worker.tools, world.tools(), ref), here.tools)
    return forSubagent(kit, start, within ? allowed.filter((t) => within.tools.includes(t.id)) : allowed)
  }
  const mine = having(model.ref)
  const made = new Map<string, readonly AnyTool[]>()
  const toolsOf = (ref: string): readonly AnyTool[] => {
    const found = made.get(ref) ?? having(ref).filter((tool) => !theirs.has(tool.id))
    made.set(ref, found)
    return found
  }
  const tools = toolsOf(model.ref)
  const rule = world.settings.skills(agent.id)
  const recalls = tools.some((t) => t.id === 'memory_search')
  if (recalls && start.session.messages === 0 && world.settings.memory(agent.id).onSessionStart)
    kit.memory.sync(agent).catch((error: unknown) => {
      if (!world.scope.signal.aborted) world.log.warn('notes were not indexed', { error: describeError(error) })
    })
  const skillNames = both(here.skills, within?.skills)
  const readable = tools.some((t) => t.id === 'read')
  const skills = readable ? kit.skills.offered(agent, skillNames) : []
  const extra = [options.extraSystemPrompt, here.systemPrompt, speechHint(world, start)].filter(Boolean).join('\n\n')
  const system = await systemPrompt(world, {
    agent,
    tools,
    model: model.ref,
    channel: start.to?.channel ?? 'webchat',
    kind: start.kind,
    alone: start.session.settings.spawnDepth !== undefined || /:cron:/.test(start.session.key),
    skills: skillSection(skills, rule.limits),
    recalls,
    box: boxSection(world.settings.box(agent.id, start.session.key)),
    chat: chatSections(world, start, tools),
    bootstrap: (files) =>
      bootstrapped(
        world,
        kit.hooks,
        { agent: agent.id, workspace: agent.workspace, session: start.session.key, sessionId: start.session.id },
        files,
      ),
    ...(extra ? { extra } : {}),
  })
  const context: ToolContext['skills'] = {
    folders: skills.filter((s) => !s.bundled).map((s) => s.dir),
    text: (path) => (skills.some((s) => s.file === path) ? kit.skills.builtin(path) : undefined),
  }
  const owner = ownerAsks(kit, start)
  const { ways, asker } = execWays(world, {
    agent: worker,
    session: start.session.key,
    settings: owner ? { ...start.session.settings, ...options.exec } : start.session.settings,
    owner,
    message: whoAsks(start, owner),
    elevated: options.elevated,
  })
  return {
    tools: toolsOf,
    agent: worker,
    asker: { ...asker, ...(start.to ? { to: start.to } : {}) },
    specs: (ref) => [...toolsOf(ref).map(specOf), ...(options.clientTools ?? [])],
    system,
    kit: {
      processes: kit.programs.of(agent, start.session.key),
      skills: context,
      env: rule.env(skills),
      limits: { tools: mine.map((t) => t.id), skills: skillNames },
      owner,
      exec: ways,
      run: start.turn.run,
    },
  }
}
