// Older places of config keys, and where they have moved. The file itself is left as it is.
import { getPath, withPath, withoutPath } from './path.ts'
import { asRecord, isRecord } from './section.ts'

/** A key that has moved: `to` answers the new places of its value, or nothing when it is only dropped. */
interface Move {
  readonly from: string
  to(value: unknown, config: unknown): Readonly<Record<string, unknown>>
}

const move = (from: string, ...to: string[]): Move => ({
  from,
  to: (value) => Object.fromEntries(to.map((path) => [path, value])),
})

const chats = ['whatsapp', 'telegram', 'discord', 'slack', 'signal', 'imessage']

const agentList = (value: unknown, config: unknown) => {
  const main = getPath(config, ['routing', 'defaultAgentId'])
  return Object.entries(asRecord(value)).map(([id, agent]) => ({
    id,
    ...(id === main ? { default: true } : {}),
    ...asRecord(agent),
  }))
}

const withIdentity = (identity: unknown, config: unknown) => {
  const list = getPath(config, ['agents', 'list'])
  const agents: unknown[] = Array.isArray(list) && list.length ? (list as unknown[]) : [{ id: 'main', default: true }]
  const at = Math.max(
    0,
    agents.findIndex((a) => asRecord(a)['default'] === true),
  )
  return agents.map((a, i) => (i === at ? { identity, ...asRecord(a) } : a))
}

const moves: readonly Move[] = [
  ...chats.map((id) => move(id, `channels.${id}`)),
  move('routing.allowFrom', 'channels.whatsapp.allowFrom'),
  {
    from: 'routing.groupChat.requireMention',
    to: (value, config) =>
      Object.fromEntries(
        ['whatsapp', 'telegram', 'imessage']
          .filter((id) => isRecord(getPath(config, ['channels', id])))
          .map((id) => [`channels.${id}.groups.*.requireMention`, value]),
      ),
  },
  move('routing.groupChat.historyLimit', 'messages.groupChat.historyLimit'),
  move('routing.groupChat.mentionPatterns', 'messages.groupChat.mentionPatterns'),
  move('routing.queue', 'messages.queue'),
  move('routing.bindings', 'bindings'),
  { from: 'routing.agents', to: (value, config) => ({ 'agents.list': agentList(value, config) }) },
  move('routing.agentToAgent', 'tools.agentToAgent'),
  {
    from: 'routing.transcribeAudio',
    to: (value) => {
      const { command, timeoutSeconds } = asRecord(value)
      const [program, ...args]: unknown[] = Array.isArray(command) ? (command as unknown[]) : []
      const model = { type: 'cli', command: program, args, ...(timeoutSeconds ? { timeoutSeconds } : {}) }
      return { 'tools.media.audio.models': [model] }
    },
  },
  move('agent.tools', 'tools'),
  move('agent.elevated', 'tools.elevated'),
  move('agent.bash', 'tools.exec'),
  move('agent.sandbox.tools', 'tools.sandbox.tools'),
  move('agent.subagents.tools', 'tools.subagents.tools'),
  move('agent', 'agents.defaults'),
  { from: 'identity', to: (value, config) => ({ 'agents.list': withIdentity(value, config) }) },
  move('memorySearch', 'agents.defaults.memorySearch'),
  move('gateway.discovery.mdns', 'discovery.mdns'),
  move('gateway.discovery.wideArea', 'discovery.wideArea'),
  ...['discord', 'slack'].flatMap((id) => [
    move(`channels.${id}.dm.policy`, `channels.${id}.dmPolicy`),
    move(`channels.${id}.dm.allowFrom`, `channels.${id}.allowFrom`),
  ]),
]

/** Emptied by the moves above; taken away without a word when nothing is left in them. */
const husks = ['routing.groupChat', 'routing.defaultAgentId', 'routing', 'gateway.discovery', 'agent']

/** What has moved: where from and where to, for a warning and for a repair of the file. */
export interface Moved {
  readonly from: string
  readonly to: readonly string[]
}

/** Moves inside a value what the older one had; what is there already at the new place wins. */
function placed(config: unknown, path: readonly string[], value: unknown): unknown {
  const there = getPath(config, path)
  if (there === undefined) return withPath(config, path, value)
  if (!isRecord(there) || !isRecord(value)) return config
  return Object.entries(value).reduce((now, [key, child]) => placed(now, [...path, key], child), config)
}

/** A config with everything at its present place, and the list of what was moved. */
export function moveLegacy(config: unknown): { readonly value: unknown; readonly moved: readonly Moved[] } {
  if (!isRecord(config)) return { value: config, moved: [] }
  const moved: Moved[] = []
  let now: unknown = config
  for (const move of moves) {
    const { from } = move
    const path = from.split('.')
    const value = getPath(now, path)
    if (value === undefined) continue
    const targets = move.to(value, now)
    for (const [target, next] of Object.entries(targets)) {
      const place = target.split('.')
      const blocked = place.some((_, i) => i > 0 && !isRecord(getPath(now, place.slice(0, i)) ?? {}))
      if (blocked) continue
      now = from === 'identity' ? withPath(now, place, next) : placed(now, place, next)
    }
    now = withoutPath(now, path)
    moved.push({ from, to: Object.keys(targets) })
  }
  for (const husk of husks) {
    const value = getPath(now, husk.split('.'))
    const empty = isRecord(value)
      ? !Object.keys(value).length
      : husk === 'routing.defaultAgentId' && value !== undefined
    if (empty) now = withoutPath(now, husk.split('.'))
  }
  return renameAccounts(now, moved)
}

function renameAccounts(config: unknown, moved: readonly Moved[]) {
  const bindings = getPath(config, ['bindings'])
  if (!Array.isArray(bindings)) return { value: config, moved }
  const next = bindings.map((b: unknown) => {
    const match = asRecord(asRecord(b)['match'])
    if (match['accountID'] === undefined) return b
    const { accountID, ...rest } = match
    return { ...asRecord(b), match: { accountId: accountID, ...rest } }
  })
  if (Bun.deepEquals(next, bindings)) return { value: config, moved }
  const renamed = { from: 'bindings[].match.accountID', to: ['bindings[].match.accountId'] }
  return { value: withPath(config, ['bindings'], next), moved: [...moved, renamed] }
}
