// The tools and skills that a message of a session has at most.
import type { TurnLimits } from '../../define/tool.ts'
import type { InboundMessage } from '../../domain/message.ts'
import { agentOf } from '../../domain/session-key.ts'
import { agentIn } from './exec-ways.ts'
import { placeRules, toolsHere } from '../place.ts'
import { allowedTools } from './policy.ts'
import type { World } from '../world.ts'

/** What the words of a message may move in its session, by name. */
export function placeTools(world: World, session: string, message: InboundMessage): TurnLimits {
  const agent = world.settings.agent(agentOf(session, world.settings.defaultAgent()))
  if (!agent) return { tools: [] }
  const here = placeRules(world, message)
  const tools = toolsHere(allowedTools(agentIn(world, agent, session).tools, world.tools()), here.tools)
  return { tools: tools.map((t) => t.id), skills: here.skills }
}
