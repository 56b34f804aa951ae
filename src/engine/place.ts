// What holds where a message was said: the group's own prompt and tools, and those of the one who asks.
import type { ToolPolicy } from '../define/account-fields.ts'
import type { AnyTool } from '../define/tool.ts'
import type { InboundMessage } from '../domain/message.ts'
import { listed } from './gate.ts'
import { passes } from './tools/policy.ts'
import type { World } from './world.ts'

/** The rules of a place that concern a turn. */
export interface PlaceRules {
  readonly systemPrompt?: string
  readonly tools?: ToolPolicy
  /** Names of the skills offered here; absent for all of the agent's. */
  readonly skills?: readonly string[]
}

/** What holds for a message; nothing for messages of programs. */
export function placeRules(world: World, m: InboundMessage | undefined): PlaceRules {
  const rule = m && world.settings.account(m.to.channel, m.to.account)?.group(m)
  if (!m || !rule) return {}
  const own = Object.entries(rule.toolsBySender ?? {}).find(([who]) => who !== '*' && listed([who], m))?.[1]
  const tools = own ?? rule.toolsBySender?.['*'] ?? rule.tools
  return {
    ...(rule.systemPrompt === undefined ? {} : { systemPrompt: rule.systemPrompt }),
    ...(tools === undefined ? {} : { tools }),
    ...(rule.skills === undefined ? {} : { skills: rule.skills }),
  }
}

/** The tools a place leaves: it can only narrow, and deny wins. */
export function toolsHere(tools: readonly AnyTool[], policy: ToolPolicy | undefined): readonly AnyTool[] {
  return policy ? tools.filter((t) => passes(policy, t.id)) : tools
}
