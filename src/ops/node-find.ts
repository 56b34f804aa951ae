// Which node is meant: by its id, the beginning of it, its name or its address.
import { Fault } from '../lib/fault.ts'

/** What of a node tells it from others. */
export interface KnownNode {
  readonly nodeId: string
  readonly displayName?: string | undefined
  readonly remoteIp?: string | undefined
  readonly connected: boolean
  readonly commands: readonly string[]
}

/** Shortest beginning of an id that names a node. */
const minStart = 6

const plain = (text: string) => text.trim().toLowerCase()

const named = (n: KnownNode) => [n.displayName, n.nodeId.slice(0, 12)].filter(Boolean).join(' ')

/**
 * The node a person means. Without a word, the only connected one that has the command. Throws NOT_FOUND for none, and
 * INVALID_REQUEST for several, naming them.
 */
export function pickNode<N extends KnownNode>(nodes: readonly N[], said: string | undefined, command?: string): N {
  if (said === undefined || !said.trim()) {
    const able = nodes.filter((n) => n.connected && (command === undefined || n.commands.includes(command)))
    if (able.length === 1) return able[0] as N
    if (!able.length)
      throw new Fault(
        'NOT_FOUND',
        `no connected node ${command ? `has ${command}` : 'is there'}; see \`oclaw nodes status\``,
      )
    throw new Fault('INVALID_REQUEST', `say which node: ${able.map(named).join(', ')}`)
  }
  const word = plain(said)
  const exact = nodes.find((n) => n.nodeId === said.trim())
  if (exact) return exact
  const fits = [
    (n: KnownNode) => n.displayName !== undefined && plain(n.displayName) === word,
    (n: KnownNode) => n.remoteIp === word,
    (n: KnownNode) => word.length >= minStart && n.nodeId.startsWith(word),
  ]
  for (const fit of fits) {
    const found = nodes.filter(fit)
    const able = (n: N) => n.connected && (command === undefined || n.commands.includes(command))
    const live = found.length > 1 ? found.filter(able) : found
    if (live.length === 1) return live[0] as N
    if (found.length > 1)
      throw new Fault(
        'INVALID_REQUEST',
        `${found.length} nodes are called ${said}; name one by its id: ${found.map((n) => n.nodeId.slice(0, 12)).join(', ')}`,
      )
  }
  throw new Fault('NOT_FOUND', 'unknown nodeId')
}
