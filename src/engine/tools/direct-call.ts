// A tool used by a person's own command, within the rules of the place where the command was given.
import { Fault } from '../../lib/fault.ts'
import type { ToolResult } from '../../define/tool.ts'
import { agentOf } from '../../domain/session-key.ts'
import type { InboxRow } from '../../store/inbox.ts'
import * as sessions from '../../store/sessions.ts'
import { isOwner } from '../commands/access.ts'
import { agentIn, execWays } from './exec-ways.ts'
import { placeRules, toolsHere } from '../place.ts'
import { allowedTools } from './policy.ts'
import { callTool } from './toolbox.ts'
import type { TurnKit } from '../turn-kit.ts'

/** What is to be called. */
export interface DirectCall {
  readonly tool: string
  readonly input: unknown
  /** Variables its programs are given. */
  readonly env?: Readonly<Record<string, string>>
  /** How far it reaches, when the command itself says so. */
  readonly elevated?: 'ask' | 'full'
}

/** Runs a tool for a command. Throws FORBIDDEN when the tool is not allowed where the command was given. */
export async function directCall(
  kit: TurnKit,
  { session, row }: { readonly session: string; readonly row: InboxRow },
  call: DirectCall,
): Promise<ToolResult> {
  const { world } = kit
  const { settings } = world
  const { message } = row
  const known = settings.agent(agentOf(session, settings.defaultAgent()))
  const agent = known && agentIn(world, known, session)
  const tools = agent ? toolsHere(allowedTools(agent.tools, world.tools()), placeRules(world, message).tools) : []
  if (!agent || !tools.some((t) => t.id === call.tool))
    throw new Fault('FORBIDDEN', `the tool ${call.tool} is not allowed here`)
  const owner = isOwner(settings.owners(), row)
  const set = sessions.byKey(world.db, session)?.settings ?? {}
  const { ways, asker } = execWays(world, { agent, session, settings: set, owner, message, elevated: call.elevated })
  return callTool(world, kit.approvals, {
    name: call.tool,
    input: call.input,
    tools,
    agent,
    asker: { ...asker, ...(message.to.channel === 'webchat' ? {} : { to: message.to }) },
    kit: { env: call.env ?? {}, owner, exec: ways, processes: kit.programs.of(agent, session) },
    signal: world.scope.signal,
    note: () => undefined,
  })
}
