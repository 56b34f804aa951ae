// Reaches connected nodes: asks them to run commands, and takes their answers.
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { ConnectedNode, NodeAnswer, NodeLinks } from '../ops/services.ts'
import { push, type Connection } from './connection.ts'

const notConnected = () => new Fault('UNAVAILABLE', 'node not connected', { details: { code: 'NOT_CONNECTED' } })

/** No nodes at all: what there is while the port is closed. */
export const noNodes: NodeLinks = {
  connected: () => [],
  invoke: () => Promise.reject(notConnected()),
  answer: () => 'unknown',
  follow: () => undefined,
}

const told = ['displayName', 'platform', 'version', 'deviceFamily', 'modelIdentifier'] as const

/** A node as it described itself when it connected. */
function nodeOf(c: Connection): ConnectedNode {
  const { client } = c
  const about = Object.fromEntries(
    told.flatMap((name) => (typeof client[name] === 'string' ? [[name, client[name]]] : [])),
  )
  return {
    id: c.caller?.id ?? '',
    about: { ...about, ...(c.peer.ip === undefined ? {} : { remoteIp: c.peer.ip }) },
    caps: [...c.caps],
    commands: (client['commands'] as string[] | undefined) ?? [],
    ...(client['permissions'] ? { permissions: client['permissions'] as Record<string, boolean> } : {}),
    ...(typeof client['pathEnv'] === 'string' ? { pathEnv: client['pathEnv'] } : {}),
    connectedAt: c.openedAt,
  }
}

/** The nodes among these connections. */
export function nodeLinks(all: ReadonlySet<Connection>, clock: Clock): NodeLinks {
  const waiting = new Map<string, { readonly node: string; readonly answer: PromiseWithResolvers<NodeAnswer> }>()
  const nodes = () => [...all].filter((c) => c.role === 'node' && c.caller && c.alive)
  const find = (id: string) => nodes().findLast((c) => c.caller?.id === id)

  return {
    connected: () => [...new Map(nodes().map((c) => [c.caller?.id, nodeOf(c)])).values()],
    async invoke(node, call, signal) {
      const c = find(node)
      if (!c) throw notConnected()
      const id = crypto.randomUUID()
      const answer = Promise.withResolvers<NodeAnswer>()
      const over = new AbortController()
      waiting.set(id, { node, answer })
      c.abort.signal.addEventListener('abort', () => answer.reject(notConnected()), { signal: over.signal })
      signal.addEventListener('abort', () => answer.reject(signal.reason), { signal: over.signal })
      clock.sleep(call.timeoutMs, over.signal).then(
        () => answer.resolve({ ok: false, error: { code: 'TIMEOUT', message: 'node invoke timed out' } }),
        () => undefined,
      )
      push(c, JSON.stringify({ type: 'event', event: 'node.invoke.request', payload: { id, nodeId: node, ...call } }))
      try {
        return await answer.promise
      } finally {
        waiting.delete(id)
        over.abort(new Fault('CANCELLED', 'answered'))
      }
    },
    answer(node, id, answer) {
      const found = waiting.get(id)
      if (!found) return 'unknown'
      if (found.node !== node) return 'of another'
      found.answer.resolve(answer)
      return 'taken'
    },
    follow(node, session, on) {
      const followed = find(node)?.followed
      if (on) followed?.add(session)
      else followed?.delete(session)
    },
  }
}
