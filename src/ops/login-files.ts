// The files of logins at providers of models, of every agent there is or was.
import { existsSync, readdirSync } from 'node:fs'
import { normalizeAgentId } from '../domain/session-key.ts'
import { agentDir, mainAgentId, type AgentPlace, type ListedAgent } from '../config/agent-list.ts'
import { loginsPath } from '../os/logins.ts'

/** Their paths, whether they are there or not: where the config says, and in the usual place. `listed` is `agents.list`. */
export function loginFiles(listed: unknown, at: AgentPlace): readonly string[] {
  const list = (listed ?? []) as readonly ListedAgent[] // the section has checked it
  const there = existsSync(at.agentsDir) ? readdirSync(at.agentsDir) : []
  const named = [mainAgentId(list), ...list.map((a) => normalizeAgentId(a.id))]
  return [...new Set([...there, ...named].map((id) => loginsPath(agentDir(list, at, id))))]
}
