// A login at a provider of models, kept where every command and a running gateway find it.
import { normalizeAgentId } from '../../domain/session-key.ts'
import { agentDir, mainAgentId, type ListedAgent } from '../../config/agent-list.ts'
import { changeLogins, loginsPath, type LoginKind } from '../../os/logins.ts'
import type { Run } from '../context.ts'
import { loadWhole } from '../host-facts.ts'
import { patchConfig } from './files.ts'

/** A login to be. `expires` in ms; the default agent's unless `agent` says whose. */
export interface NewLogin {
  readonly provider: string
  readonly id: string
  readonly kind: LoginKind
  readonly secret: string
  readonly expires?: number
  readonly agent?: string | undefined
}

const fieldOf = { api_key: 'key', token: 'token', oauth: 'access' } as const

/** Whose logins are meant: the main agent's unless one is named. */
export interface LoginPlace {
  readonly agent: string
  /** The folders they are in, its own first. */
  readonly dirs: readonly [string, string]
  /** The file of its own. */
  readonly path: string
}

/** Where an agent's logins are; the main agent's when none is named. */
export async function loginPlace(run: Run, named: string | undefined): Promise<LoginPlace> {
  const { config } = await loadWhole(run, await run.ctx.host(run.paths))
  const { list = [] } = config['agents'] as { list?: readonly ListedAgent[] }
  const main = mainAgentId(list)
  const agent = named === undefined ? main : normalizeAgentId(named)
  const own = agentDir(list, run.paths, agent)
  return { agent, dirs: [own, agentDir(list, run.paths, main)], path: loginsPath(own) }
}

/** Adds or replaces a login; answers the file it is in. Throws INVALID_REQUEST when that file cannot be understood. */
export async function keepLogin(run: Run, a: NewLogin): Promise<string> {
  const { path } = await loginPlace(run, a.agent)
  await changeLogins(path, (file) => {
    const more = a.expires === undefined ? {} : { expires: a.expires }
    file.profiles[a.id] = { type: a.kind, provider: a.provider, [fieldOf[a.kind]]: a.secret, ...more }
    const order = file.order[a.provider]
    if (order && !order.includes(a.id)) order.push(a.id)
  })
  await patchConfig(run, { auth: { profiles: { [a.id]: { provider: a.provider, mode: a.kind } } } })
  return path
}
