// A node at work: connects to its gateway, does what it asks, and comes back when the line is lost.
import { hostname } from 'node:os'
import { describeError, Fault } from '../lib/fault.ts'
import type { Clock } from '../lib/clock.ts'
import { backoff } from '../lib/retry.ts'
import type { Env } from '../config/paths.ts'
import { connectGateway, type GatewayClient } from '../client/client.ts'
import { deviceDialect, type DeviceIdentity } from '../client/device-dialect.ts'
import { childEnv, spawner } from '../os/child.ts'
import { answerTo, Question } from './answer.ts'
import { pinnedSocket } from './certificate.ts'
import { nodeCommands } from './commands.ts'
import { loadIdentity, loadToken, saveToken } from './identity.ts'
import type { NodePlace } from './settings.ts'
import type { NodeWorld } from './world.ts'

/** What a node is started with. */
export interface NodeOptions {
  readonly place: NodePlace
  readonly stateDir: string
  readonly home: string
  readonly env: Env
  readonly version: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The gateway's shared secret or a setup code's, for the time until it has given a token. */
  readonly secret: { readonly token?: string; readonly password?: string } | undefined
  /** Says how it is going, for people. */
  tell(line: string): void
  /** Hears that it is connected. */
  connected?(): void
}

/** Waits between attempts: while a person is to decide, and while nobody answers. In ms. */
const askedMs = 3000
const lostRule = { firstMs: 500, factor: 2, maxMs: 30_000, jitter: 0.2 }

/** The commands of this node by name. */
const names = Object.keys(nodeCommands)

/** Does what a connected gateway asks until the line ends; questions are answered side by side. */
async function serve(client: GatewayClient, world: NodeWorld, o: NodeOptions): Promise<Fault> {
  const gone = new AbortController()
  client.events.listen((e) => {
    const q = e.event === 'node.invoke.request' ? Question.safeParse(e.data) : undefined
    if (!q?.success) return
    answerTo(q.data, nodeCommands, world, gone.signal)
      .then((answer) => client.call('node.invoke.result', answer))
      .catch((error: unknown) => o.tell(`an answer did not reach the gateway: ${describeError(error)}`))
  })
  const why = await client.closed
  gone.abort(why) // whoever asked hears nothing of it any more
  return why
}

/** What a refusal means, and how long to wait before the next attempt, in ms. Throws what no waiting mends. */
function refused(error: unknown, tries: number, told: { last: string }, o: NodeOptions): number {
  if (!(error instanceof Fault)) throw error
  const { message, more } = error
  const request = (more.details as { requestId?: unknown } | undefined)?.requestId
  const say = (line: string) => {
    if (told.last !== line) o.tell(line)
    told.last = line
  }
  if (typeof request === 'string') {
    say(`Waiting to be let in. On the gateway: oclaw nodes approve ${request}`)
    return askedMs
  }
  if (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND') throw error
  if (error.code !== 'UNAVAILABLE' && error.code !== 'TIMEOUT')
    say(
      `The gateway does not let this node in: ${message}\nGive it a setup code (on the gateway: oclaw qr --setup-code-only) with --setup-code, or the gateway’s token with --token.`,
    )
  else say(`The gateway is not reachable: ${message}`)
  return backoff(tries, lostRule, Math.random())
}

async function attempt(o: NodeOptions, identity: DeviceIdentity): Promise<GatewayClient> {
  const { place, stateDir, clock } = o
  const { host, port, tls, fingerprint } = place
  const kept = await loadToken(stateDir, identity.id)
  const address = host.includes(':') ? `[${host}]` : host
  const shown = kept === undefined ? (o.secret ?? {}) : { token: kept }
  const dialect = deviceDialect({
    identity,
    client: {
      id: 'node-host',
      mode: 'node',
      version: o.version,
      platform: process.platform,
      displayName: place.displayName ?? hostname(),
      ...(place.nodeId === undefined ? {} : { instanceId: place.nodeId }),
    },
    role: 'node',
    scopes: [],
    caps: [...new Set(Object.values(nodeCommands).map((c) => c.cap))],
    commands: names,
    ...(o.env['PATH'] === undefined ? {} : { pathEnv: o.env['PATH'] }),
    secret: () => shown,
    now: () => clock.now(),
    welcome(hello) {
      const given = hello.auth?.deviceToken
      if (given !== undefined && given !== kept)
        keeping = saveToken(stateDir, identity.id, given, clock.now()).catch((error: unknown) =>
          o.tell(`the token of the gateway was not kept: ${describeError(error)}`),
        )
    },
  })
  let keeping: Promise<void> = Promise.resolve()
  const url = `${tls ? 'wss' : 'ws'}://${address}:${port}`
  try {
    const pinned =
      fingerprint === undefined ? {} : { WebSocket: await pinnedSocket({ host, port, fingerprint }, clock, o.signal) }
    const client = await connectGateway({ url, dialect, clock, signal: o.signal, ...pinned })
    await keeping
    return client
  } catch (error) {
    // A token that was taken back is worth nothing any more; a secret that is at hand may make a new one.
    if (kept !== undefined && o.secret && error instanceof Fault && /device token mismatch/.test(error.message))
      await saveToken(stateDir, identity.id, undefined, clock.now())
    throw error
  }
}

/** Connects once, so that the gateway's token is kept; answers what a person still has to do, if anything. */
export async function joinOnce(o: NodeOptions): Promise<string | undefined> {
  const identity = await loadIdentity(o.stateDir, o.clock.now())
  try {
    const client = await attempt(o, identity)
    client.close()
    return undefined
  } catch (error) {
    const lines: string[] = []
    refused(error, 0, { last: '' }, { ...o, tell: (line) => lines.push(line) })
    return lines.join('\n')
  }
}

/** Works as a node until the signal aborts. Throws what no waiting mends: another certificate, a key that cannot be read. */
export async function runNode(o: NodeOptions): Promise<void> {
  const identity = await loadIdentity(o.stateDir, o.clock.now())
  const env = childEnv(o.env)
  const world: NodeWorld = { stateDir: o.stateDir, home: o.home, clock: o.clock, spawn: spawner(o.clock), env }
  const told = { last: '' }
  for (let tries = 0; !o.signal.aborted;) {
    let wait: number
    try {
      const client = await attempt(o, identity)
      o.tell(`Connected to ${o.place.host}:${o.place.port} as node ${identity.id.slice(0, 12)}.`)
      told.last = ''
      tries = 0
      o.connected?.()
      const why = await serve(client, world, o)
      if (o.signal.aborted) return
      o.tell(`The connection is lost: ${why.message}`)
      wait = backoff(0, lostRule, Math.random())
    } catch (error) {
      if (o.signal.aborted) return
      wait = refused(error, tries++, told, o)
    }
    await o.clock.sleep(wait, o.signal).catch(() => undefined)
  }
}
