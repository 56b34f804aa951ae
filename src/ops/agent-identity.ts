// Who an agent is: what the config says, then what its own IDENTITY.md says.
import { join } from 'node:path'
import { Fault } from '../lib/fault.ts'
import { normalizeAgentId } from '../domain/session-key.ts'
import type { AgentRule } from '../engine/settings.ts'
import { parseIdentity } from '../engine/prompt/workspace.ts'
import { getPath } from '../config/path.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'config'>
type Fields = Readonly<Record<string, unknown>>

const isFields = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x)
const textAt = (value: unknown, ...path: string[]): string | undefined => {
  const found = getPath(value, path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** The agents a config lists, as they are written there. */
export function listedAgents(config: unknown): Fields[] {
  const list = getPath(config, ['agents', 'list'])
  return Array.isArray(list) ? (list as unknown[]).filter(isFields) : []
}

/** The id of an entry, in its canonical form. */
export const idOf = (entry: Fields): string => normalizeAgentId(typeof entry['id'] === 'string' ? entry['id'] : '')

/** The entry of an agent in a config. */
export const listedAgent = (config: unknown, id: string): Fields | undefined =>
  listedAgents(config).find((a) => idOf(a) === id)

/** An agent by its id. Throws NOT_FOUND. */
export function agentRule({ engine: e }: Pick<Services, 'engine'>, id: string): AgentRule {
  const rule = e.world.settings.agent(normalizeAgentId(id))
  if (!rule) throw new Fault('NOT_FOUND', `agent "${id}" not found; \`oclaw agents list\` shows those there are`)
  return rule
}

/** A picture as clients can show it: an address, data, up to four characters, or our own path for a file. */
function shown(avatar: string, id: string): string {
  if (/^(https?:|data:image\/)/i.test(avatar) || Array.from(avatar).length <= 4) return avatar
  return `/avatar/${id}`
}

/** What the config or its own file says of an agent's picture, as it is written there. */
async function avatarSaid(s: Needed, rule: AgentRule): Promise<string | undefined> {
  const config = s.config.current()
  const said = textAt(config, 'ui', 'assistant', 'avatar') ?? textAt(listedAgent(config, rule.id), 'identity', 'avatar')
  return (
    said ?? parseIdentity((await s.engine.world.outside.readText(join(rule.workspace, 'IDENTITY.md'))) ?? '').avatar
  )
}

/** An agent's picture: where it can be had, and its bytes when it is a file of the workspace. */
export interface Avatar {
  readonly url: string | null
  readonly file?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly mime: string }
}

/** The picture of an agent for pages; undefined for an agent that is not there. */
export async function avatarOf(s: Needed, id: string): Promise<Avatar | undefined> {
  const rule = s.engine.world.settings.agent(id)
  if (!rule) return undefined
  const said = await avatarSaid(s, rule)
  if (said === undefined) return { url: null }
  const url = shown(said, rule.id)
  if (url !== `/avatar/${rule.id}`) return { url: /^\w+:/.test(url) ? url : null }
  const file = await s.engine.world.outside.readFile(said, rule.workspace).catch(() => undefined) // none there: no picture
  return file?.mime.startsWith('image/') ? { url, file } : { url: null }
}

/** An agent's name and picture. */
export async function identityOf(s: Needed, rule: AgentRule) {
  const config = s.config.current()
  const own = listedAgent(config, rule.id)
  const text = await s.engine.world.outside.readText(join(rule.workspace, 'IDENTITY.md'))
  const file = parseIdentity(text ?? '')
  const name = textAt(config, 'ui', 'assistant', 'name') ?? textAt(own, 'identity', 'name') ?? textAt(own, 'name')
  const avatar = await avatarSaid(s, rule)
  const emoji = textAt(own, 'identity', 'emoji') ?? file.emoji
  return {
    agentId: rule.id,
    name: name ?? file.name ?? 'Assistant',
    avatar: avatar === undefined ? 'A' : shown(avatar, rule.id),
    ...(emoji === undefined ? {} : { emoji }),
  }
}
