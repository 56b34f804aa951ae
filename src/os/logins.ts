// Logins at providers of models, in the file the original keeps them in: `auth-profiles.json` of each agent's folder.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { Secret } from '../lib/secret.ts'
import { fileFacts, saveText } from './files.ts'

/** Kinds of logins, the ones preferred without an order first. */
export const loginKinds = ['oauth', 'token', 'api_key'] as const
export type LoginKind = (typeof loginKinds)[number]

/** One login. `expires` is in ms. */
export interface Login {
  readonly id: string
  readonly provider: string
  readonly kind: LoginKind
  readonly secret: Secret
  readonly expires?: number
  readonly email?: string
}

/** What a file of logins says. */
export interface Logins {
  readonly list: readonly Login[]
  /** Ids in the order they are tried, by provider. */
  readonly order: Readonly<Record<string, readonly string[]>>
}

const Stored = z.looseObject({
  type: z.enum(loginKinds),
  provider: z.string().min(1),
  key: z.string().optional(),
  token: z.string().optional(),
  access: z.string().optional(),
  expires: z.number().optional(),
  email: z.string().optional(),
})
const File = z.looseObject({
  profiles: z.record(z.string(), z.unknown()).default({}),
  order: z.record(z.string(), z.array(z.string())).default({}),
})

/** Where the logins in an agent's folder are. */
export const loginsPath = (agentDir: string): string => join(agentDir, 'auth-profiles.json')

function parse(text: string): Logins {
  const { profiles, order } = File.parse(JSON.parse(text))
  const list = Object.entries(profiles).flatMap(([id, raw]): Login[] => {
    const p = Stored.safeParse(raw).data
    const secret = p?.key ?? p?.token ?? p?.access
    if (!p || !secret) return []
    const { expires, email, provider, type: kind } = p
    const more = { ...(expires === undefined ? {} : { expires }), ...(email === undefined ? {} : { email }) }
    return [{ id, provider: provider.toLowerCase(), kind, secret: new Secret(secret), ...more }]
  })
  return { list, order }
}

const nothing: Logins = { list: [], order: {} }
const memory = new Map<string, { mtimeMs: number; size: number; logins: Logins }>()

/** The logins in a file; the same object as long as the file is. A file that cannot be understood holds none. */
export function readLogins(path: string): Logins {
  const facts = fileFacts(path)
  if (!facts) return nothing
  const known = memory.get(path)
  if (known && known.mtimeMs === facts.mtimeMs && known.size === facts.size) return known.logins
  let logins = nothing
  try {
    logins = parse(readFileSync(path, 'utf8'))
  } catch {
    // `oclaw models status` says that there is none, and `oclaw models auth` what is wrong with the file
  }
  memory.set(path, { ...facts, logins })
  return logins
}

/** Changes the file as `change` says, keeping what else is in it. Throws INVALID_REQUEST when it cannot be understood. */
export async function changeLogins(
  path: string,
  change: (file: { profiles: Record<string, unknown>; order: Record<string, string[]> }) => void,
): Promise<void> {
  let file: z.output<typeof File> = { version: 1, profiles: {}, order: {} }
  if (fileFacts(path))
    try {
      file = File.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch (cause) {
      throw new Fault('INVALID_REQUEST', `${path} cannot be understood; mend it by hand, or move it away`, { cause })
    }
  change(file)
  await saveText(path, `${JSON.stringify(file, undefined, 2)}\n`)
}

/**
 * The logins at a provider, in the order they are tried: those of an agent's own folder before those of the main agent's,
 * by the order that was set, else by kind. Expired ones are left out; `now` is in ms.
 */
export function loginsOf(
  dirs: readonly string[],
  now: number,
  provider: string,
  configured: readonly string[] | undefined,
): readonly Login[] {
  const files = [...new Set(dirs)].map((dir) => readLogins(loginsPath(dir)))
  const byId = new Map<string, Login>()
  for (const { list } of files)
    for (const login of list) if (login.provider === provider && !byId.has(login.id)) byId.set(login.id, login)
  const order = files.map((f) => f.order[provider]).find((ids) => ids?.length) ?? configured
  const all = order?.length
    ? order.flatMap((id) => byId.get(id) ?? [])
    : [...byId.values()].sort((a, b) => loginKinds.indexOf(a.kind) - loginKinds.indexOf(b.kind))
  return all.filter((login) => login.expires === undefined || login.expires > now)
}
