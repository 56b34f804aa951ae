// Sends the gateway's news to every connection that may hear them: translated once per dialect, not once per socket.
import { canonicalKey } from '../domain/session-key.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import { isSlow, ownCap, push, type Connection } from './connection.ts'
import type { WireEvent, WireFacts } from './wire.ts'
import { simpleWire } from './wire-simple.ts'
import { strictWire } from './wire-strict.ts'

/** Versions of the two things clients keep a copy of. */
export interface StateVersion {
  presence: number
  health: number
}

/** The feed of one gateway. */
export interface Feed {
  send(news: GatewayEvent): void
  /** Sends one event to every connection, such as a tick. */
  tick(data: Readonly<Record<string, unknown>>): void
  readonly version: StateVersion
  /** Tells a connection that reads again what it missed: how many drafts, and where `events.resume` goes on from. */
  caughtUp(c: Connection): void
}

/** What the feed asks of the gateway. */
export interface FeedFacts extends WireFacts {
  defaultAgent(): string
  /** The last sequence number of the durable event log. */
  lastEvent(): number
}

/** Makes the feed of a set of connections. */
export function feed(connections: ReadonlySet<Connection>, facts: FeedFacts): Feed {
  const version: StateVersion = { presence: 0, health: 0 }
  const strict = strictWire(facts)
  const simple = simpleWire(facts)

  function hears(c: Connection, e: WireEvent): boolean {
    if (!c.caller) return false
    if (c.role === 'node') return toNode(c, e)
    if (!c.scopes.has(e.scope ?? 'read')) return false
    if (c.events && !c.events.has(e.name)) return false
    if (e.toolOf === undefined || c.dialect !== 'strict') return true
    return c.caps.has('tool-events') && c.started.has(e.toolOf)
  }

  /** Sends an event; a draft is skipped, and counted, while the connection is slow. */
  function tell(c: Connection, text: string, draft = false) {
    if (draft && isSlow(c)) {
      c.behind ??= { skipped: 0, since: facts.lastEvent() }
      c.behind.skipped++
      return
    }
    caughtUp(c)
    push(c, text)
  }

  function caughtUp(c: Connection) {
    if (!c.behind || isSlow(c)) return
    const data = c.behind
    c.behind = undefined
    push(c, JSON.stringify(framed(c, 'gap', data)))
  }

  /** Nodes hear of the end, of wake words, and of the sessions they asked for. */
  function toNode(c: Connection, e: WireEvent): boolean {
    if (e.name === 'shutdown' || e.name === 'voicewake.changed') return true
    if (e.name === 'tick') return c.followed.size > 0
    return (e.name === 'agent' || e.name === 'chat') && c.followed.has(String(e.data['sessionKey']))
  }

  function toStrict(list: readonly Connection[], e: WireEvent) {
    const json = JSON.stringify(e.data)
    const head = `{"type":"event","event":${JSON.stringify(e.name)},"payload":${json}`
    const state = e.versioned ? `,"stateVersion":${JSON.stringify(version)}` : ''
    for (const c of list) {
      if (!hears(c, e)) continue
      const seq = e.toolOf === undefined && c.role !== 'node' ? `,"seq":${++c.seq}` : ''
      tell(c, `${head}${seq}${state}}`, e.draft)
    }
  }

  function toSimple(list: readonly Connection[], e: WireEvent) {
    const made = new Map<string, string>()
    const main = e.spelled === canonicalKey('main', facts.defaultAgent())
    for (const c of list) {
      if (!hears(c, e)) continue
      const spelling = e.spelled === undefined ? '' : (c.spelling.get(e.spelled) ?? (main ? 'main' : e.spelled))
      let json = made.get(spelling)
      if (json === undefined) {
        json = JSON.stringify(spelling ? { ...e.data, sessionKey: spelling } : e.data)
        made.set(spelling, json)
      }
      const name = JSON.stringify(e.name)
      tell(
        c,
        c.dialect === 'jsonrpc'
          ? `{"jsonrpc":"2.0","method":${name},"params":${json}}`
          : `{"event":${name},"data":${json}}`,
        e.draft,
      )
    }
  }

  return {
    version,
    caughtUp,
    send(news) {
      if (news.type === 'health') version.health++
      if (news.type === 'presence') version.presence++
      if (!connections.size) return
      const all = [...connections].filter((c) => c.caller)
      const strictOnes = all.filter((c) => c.dialect === 'strict' && !c.caps.has(ownCap))
      const ours = all.filter((c) => c.dialect === 'strict' && c.caps.has(ownCap))
      const simpleOnes = all.filter((c) => c.dialect === 'simple' || c.dialect === 'jsonrpc')
      const events = strict(news)
      if (simpleOnes.length || ours.length)
        for (const e of simple(news, events)) {
          toSimple(simpleOnes, e)
          // The words of a run come once: under their own names.
          if (e.name !== 'agent' && e.data['state'] !== 'delta') toStrict(ours, e)
        }
      if (strictOnes.length) for (const e of events) toStrict(strictOnes, e)
    },
    tick(data) {
      const e: WireEvent = { name: 'tick', data, scope: 'public', draft: true }
      const all = [...connections].filter((c) => c.caller)
      toStrict(
        all.filter((c) => c.dialect === 'strict'),
        e,
      )
      toSimple(
        all.filter((c) => c.dialect !== 'strict'),
        e,
      )
    },
  }
}

/** An event about the connection itself, as its dialect writes it. */
function framed(c: Connection, name: string, data: object): object {
  if (c.dialect === 'strict') return { type: 'event', event: name, payload: data }
  return c.dialect === 'jsonrpc' ? { jsonrpc: '2.0', method: name, params: data } : { event: name, data }
}
