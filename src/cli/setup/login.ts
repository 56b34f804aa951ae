// A login at a provider of models, kept where every command and a running gateway find it.
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

/** The id of the default agent. */
export async function mainAgent(run: Run): Promise<string> {
  const { config } = await loadWhole(run, await run.ctx.host(run.paths))
  const { list = [] } = config['agents'] as { list?: readonly { id: string; default?: boolean }[] }
  return (list.find((a) => a.default) ?? list[0])?.id ?? 'main'
}

/** Adds or replaces a login; answers the file it is in. Throws INVALID_REQUEST when that file cannot be understood. */
export async function keepLogin(run: Run, a: NewLogin): Promise<string> {
  const path = loginsPath(run.paths.stateDir, a.agent ?? (await mainAgent(run)))
  await changeLogins(path, (file) => {
    const more = a.expires === undefined ? {} : { expires: a.expires }
    file.profiles[a.id] = { type: a.kind, provider: a.provider, [fieldOf[a.kind]]: a.secret, ...more }
    const order = file.order[a.provider]
    if (order && !order.includes(a.id)) order.push(a.id)
  })
  await patchConfig(run, { auth: { profiles: { [a.id]: { provider: a.provider, mode: a.kind } } } })
  return path
}
