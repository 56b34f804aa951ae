// Sockets: from the first message, which decides the dialect, to the last.
import { soon } from '../lib/clock.ts'
import { describeError } from '../lib/fault.ts'
import type { Scope } from '../lib/scope.ts'
import type { NodeLinks } from '../ops/services.ts'
import { anyKind, bearer, checkAuth, sameRule, type AuthRule, type Limiter } from './auth.ts'
import { drop, push, type Connection, type Socket } from './connection.ts'
import { newNonce } from './device-proof.ts'
import { feed, type Feed } from './feed.ts'
import { policy } from './handshake.ts'
import { nodeLinks } from './nodes.ts'
import type { Peer } from './origin.ts'
import type { ServerParts } from './parts.ts'
import { presenceBoard } from './presence.ts'
import { promote, simpleMessage, type SimpleParts } from './simple.ts'
import { strictFirst, strictRequest, type StrictParts } from './strict.ts'

/** Time to sign in, in ms. */
const handshakeMs = 10_000
/** Largest message before sign-in, in bytes. */
const maxFirst = 65_536
/** Silence after which a socket is taken for dead, in ms; it is pinged every 30 s. */
const deadMs = 90_000
/** Time for the answer to whoever changed the secret, before its holders are let go, in ms. */
const answerMs = 200
/** Sockets that may be open without having signed in. */
const maxUnsigned = 2000

/** The sockets of one gateway. */
export interface Sockets {
  /** What an upgrade request says of the connection to be; with too many unsigned ones the oldest makes room for it. */
  prepare(request: Request, peer: Peer): Upgrade
  open(socket: Socket, upgrade: Upgrade): Connection
  message(c: Connection, data: string | Uint8Array): void
  closed(c: Connection): void
  readonly feed: Feed
  readonly all: ReadonlySet<Connection>
  presence(): readonly Readonly<Record<string, unknown>>[]
  /** Notes what a program says of its machine. */
  notePresence(entry: Readonly<Record<string, unknown>>): void
  readonly nodes: NodeLinks
  /** Says goodbye to everyone; resolves when the frames are handed over. */
  shutdown(reason: string, restartExpectedMs: number | null): void
}

/** What is known before the socket is there. */
export interface Upgrade {
  readonly peer: Peer
  readonly preauthorized: boolean
  /** What was in force then. */
  readonly rule: AuthRule
}

/** Makes the sockets' side of the server; timers end with the scope. `canvasUrl` is where a node finds the canvas. */
export function sockets(
  parts: ServerParts,
  scope: Scope,
  limits: { secret: Limiter; device: Limiter },
  canvasUrl: (c: Connection) => string | undefined,
): Sockets {
  const { clock } = parts
  const all = new Set<Connection>()

  const seen = presenceBoard(clock)
  const presence = () => seen.list(parts.hello(), all)
  const nodes = nodeLinks(all, clock)

  const news = feed(all, {
    health: () => parts.hello().health(),
    presence,
    now: () => clock.now(),
    defaultAgent: () => parts.hello().defaultAgent,
    lastEvent: () => parts.hello().lastEvent(),
  })
  scope.defer('news', parts.news.listen(news.send))
  scope.defer(
    'devices',
    parts.news.listen((n) => {
      if (n.type !== 'device.closed') return
      const gone = [...all].filter((c) => c.caller?.id === n.device && (n.role === undefined || c.role === n.role))
      soon(() => gone.forEach((c) => drop(c, 1008, n.why))) // the one who asked for it hears the answer first
    }),
  )
  scope.defer(
    'secrets',
    parts.news.listen((event) => {
      if (event.type === 'config') clock.sleep(answerMs, scope.signal).then(dropStale, () => undefined)
    }),
  )

  /** Closes the connections of those who showed a secret that is no longer the one in force. */
  function dropStale() {
    const now = parts.auth()
    for (const c of all)
      if (c.rule && !sameRule(c.rule, now)) drop(c, 1008, 'the secret of the gateway has changed; sign in again')
  }

  const joined = (c: Connection) => {
    if (c.alive && c.role === 'node') {
      const triggers = parts.hello().wakeWords()
      push(c, JSON.stringify({ type: 'event', event: 'voicewake.changed', payload: { triggers } }))
    }
    if (c.client['mode'] !== undefined && c.client['mode'] !== 'cli') parts.news.publish({ type: 'presence' })
  }
  const simple: SimpleParts = { server: parts, limit: limits.secret, joined }
  const strict: StrictParts = {
    dispatch: parts.dispatch,
    server: parts,
    joined,
    handshake: {
      limit: limits.secret,
      deviceLimit: limits.device,
      version: news.version,
      methods: parts.dispatch.methods,
      presence,
      canvasUrl,
    },
  }

  async function beat() {
    for (;;) {
      await clock.sleep(policy.tickIntervalMs, scope.signal)
      const now = clock.now()
      for (const c of all) {
        if (now - c.seenAt > deadMs) c.socket.terminate()
        else c.socket.ping()
      }
      news.tick({ ts: now })
    }
  }
  beat().catch(() => undefined)

  function waitForSignIn(c: Connection) {
    clock.sleep(handshakeMs, c.abort.signal).then(
      () => {
        if (c.caller || !c.alive) return
        if (c.dialect === 'undetermined' && c.preauthorized) promote(simple, c)
        else drop(c, 1000, '')
      },
      () => undefined,
    )
  }

  /** Runs the work of a message; a failure is logged and never ends the process. */
  function guarded(work: () => Promise<void>): Promise<void> {
    return work().catch((error: unknown) => parts.log.error('a socket message failed', { error: describeError(error) }))
  }

  /** Runs one message after the other. */
  function inOrder(c: Connection, work: () => Promise<void>) {
    c.tail = c.tail.then(() => guarded(work))
  }

  return {
    all,
    feed: news,
    presence,
    nodes,
    notePresence(entry) {
      seen.note(entry)
      parts.news.publish({ type: 'presence' })
    },
    prepare(request, peer) {
      let unsigned = 0
      let oldest: Connection | undefined
      for (const c of all) {
        if (c.caller) continue
        unsigned++
        oldest ??= c
      }
      if (unsigned >= maxUnsigned) oldest?.socket.terminate() // who means it has signed in by now
      const shown = bearer(request.headers)
      const preauthorized =
        (peer.vouched !== undefined && 'user' in peer.vouched) ||
        (shown !== undefined && checkAuth(parts.auth(), anyKind(parts.auth(), shown), peer, limits.secret, 'ws').ok)
      return { peer, preauthorized, rule: parts.auth() }
    },
    open(socket, upgrade) {
      const now = clock.now()
      const c: Connection = {
        id: crypto.randomUUID(),
        socket,
        peer: upgrade.peer,
        preauthorized: upgrade.preauthorized,
        rule: upgrade.rule,
        openedAt: now,
        nonce: newNonce(),
        dialect: 'undetermined',
        caller: undefined,
        role: 'operator',
        scopes: new Set(),
        caps: new Set(),
        client: {},
        followed: new Set(),
        started: new Set(),
        spelling: new Map(),
        events: undefined,
        seq: 0,
        behind: undefined,
        alive: true,
        seenAt: now,
        tail: Promise.resolve(),
        abort: new AbortController(),
      }
      all.add(c)
      push(c, JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: c.nonce, ts: now } }))
      waitForSignIn(c)
      return c
    },
    message(c, data) {
      c.seenAt = clock.now()
      if (!c.caller && data.length > maxFirst) return drop(c, 1009, '')
      const text = typeof data === 'string' ? data : new TextDecoder().decode(data)
      const frame = parse(text)
      if (c.dialect === 'undetermined') return begin(c, frame)
      if (c.dialect === 'strict') {
        if (frame === notJson) return
        if (c.caller)
          void strictRequest(strict, c, frame).catch((error: unknown) =>
            parts.log.error('a request failed', { error: describeError(error) }),
          )
        else inOrder(c, () => (c.caller ? strictRequest(strict, c, frame) : Promise.resolve()))
        return
      }
      const work = () => simpleMessage(simple, c, frame === notJson ? undefined : frame)
      const tagged = typeof frame === 'object' && frame !== null && 'id' in frame
      if (c.caller && tagged)
        void guarded(work) // its answer is known by its id
      else inOrder(c, work)
    },
    closed(c) {
      c.alive = false
      all.delete(c)
      c.abort.abort(new DOMException('the client went away', 'AbortError'))
      if (c.caller) joined(c)
    },
    shutdown(reason, restartExpectedMs) {
      news.send({ type: 'shutdown', reason, restartExpectedMs })
      for (const c of all) drop(c, 1012, 'service restart')
    },
  }

  function begin(c: Connection, frame: unknown) {
    if (frame === notJson) return drop(c, 1000, '')
    const object = typeof frame === 'object' && frame !== null && !Array.isArray(frame)
    const method = object && 'method' in frame && typeof frame.method === 'string' && frame.method !== ''
    if (!object || 'type' in frame || !method) {
      c.dialect = 'strict'
      if (!object || !('type' in frame) || frame.type !== 'req') return drop(c, 1008, 'invalid request frame')
      return inOrder(c, () => strictFirst(strict, c, frame))
    }
    c.dialect = 'jsonrpc' in frame && frame.jsonrpc === '2.0' ? 'jsonrpc' : 'simple'
    inOrder(c, () => simpleMessage(simple, c, frame))
  }
}

/** What stands for a text that is not JSON. */
const notJson = Symbol('not JSON')

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return notJson
  }
}
