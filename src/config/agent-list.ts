// What the list of agents says without being asked further: which one is the main one, and where an agent's own state is.
import { join } from 'node:path'
import { normalizeAgentId } from '../domain/session-key.ts'
import { expandHome, type Paths } from './paths.ts'

/** An entry of `agents.list`. */
export interface ListedAgent {
  readonly id: string
  readonly default?: boolean | undefined
  readonly agentDir?: string | undefined
}

/** The id of the main agent: the one marked as default, else the first one. */
export const mainAgentId = (list: readonly ListedAgent[]): string =>
  normalizeAgentId((list.find((a) => a.default) ?? list[0])?.id ?? 'main')

/** Where folders of agents are. */
export type AgentPlace = Pick<Paths, 'home' | 'agentsDir' | 'mainAgentDir'>

/** The folder with an agent's logins: `agentDir` of the config, for the main one that of the environment, else the usual one. */
export function agentDir(list: readonly ListedAgent[], at: AgentPlace, agent: string): string {
  const own = list.find((a) => normalizeAgentId(a.id) === agent)?.agentDir
  if (own !== undefined) return expandHome(own, at.home)
  const named = agent === mainAgentId(list) ? at.mainAgentDir : undefined
  return named ?? join(at.agentsDir, agent, 'agent')
}
