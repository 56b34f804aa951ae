// A node at work: connects to its gateway, does what it asks, and comes back when the line is lost.
import { hostname } from 'node:os'
import { z } from 'zod'
import { describeError, Fault } from '../lib/fault.ts'
import type { Clock } from '../lib/clock.ts'
import { backoff } from '../lib/retry.ts'
import type { Env } from '../config/paths.ts'
import { connectGateway, type GatewayClient } from '../client/client.ts'
import { deviceDialect, type DeviceIdentity } from '../client/device-dialect.ts'
import { childEnv, spawner } from '../os/child.ts'
import { answerTo, Question } from './answer.ts'
import { pinnedSocket } from './certificate.ts'
import { lentBrowser, type LendWish } from './browser.ts'
import { commandsFor } from './commands.ts'
import { lateNews, type Late } from './late.ts'
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
  /** What of its browser it lends, if anything. */
  readonly lends?: LendWish | undefined
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

/** How long what the gateway said of its skills is believed, in ms. */
const believedMs = 90_000

/** The programs skills need, asked for when somebody wants to know. */
function skillBins(client: GatewayClient, o: NodeOptions): () => Promise<readonly string[]> {
  let known: { readonly at: number; readonly bins: readonly string[] } | undefined
  return async () => {
    if (!known || o.clock.now() - known.at > believedMs) {
      const { bins } = Bins.parse(await client.call('skills.bins', {}))
      known = { at: o.clock.now(), bins }
    }
    return known.bins
  }
}

const Bins = z.object({ bins: z.array(z.string()) })

/** Does what a connected gateway asks until the line ends; questions are answered side by side. */
async function serve(client: GatewayClient, base: NodeWorld, o: NodeOptions, late: Late): Promise<Fault> {
  const gone = new AbortController()
  const world = { ...base, skillBins: skillBins(client, o) }
  const commands = commandsFor(world)
  client.events.listen((e) => {
    const q = e.event === 'node.invoke.request' ? Question.safeParse(e.data) : undefined
    if (!q?.success) return
    const outlives = late.wants(q.data)
    answerTo(q.data, commands, world, outlives ? o.signal : gone.signal)
      .then(async (answer) => {
        const taken = await client.call('node.invoke.result', answer).catch((error: unknown) => {
          if (!outlives) throw error
          return { ignored: true } // the line was lost meanwhile
        })
        if (outlives && (taken as { ignored?: boolean }).ignored) late.keep(q.data, answer)
      })
      .catch((error: unknown) => o.tell(`an answer did not reach the gateway: ${describeError(error)}`))
  })
  late.line(client)
  const why = await client.closed
  late.line(undefined)
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

/** Connects; `kept` resolves when the gateway's token is on the disk. Whoever is to hear questions listens at once. */
async function attempt(
  o: NodeOptions,
  identity: DeviceIdentity,
  world: NodeWorld,
): Promise<{ readonly client: GatewayClient; readonly kept: Promise<void> }> {
  const commands = commandsFor(world)
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
    caps: [...new Set(Object.values(commands).map((c) => c.cap))],
    commands: Object.keys(commands),
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
    return { client, kept: keeping }
  } catch (error) {
    // A token that was taken back is worth nothing any more; a secret that is at hand may make a new one.
    if (kept !== undefined && o.secret && error instanceof Fault && /device token mismatch/.test(error.message))
      await saveToken(stateDir, identity.id, undefined, clock.now())
    throw error
  }
}

/** What the commands may use; nothing of it runs yet. */
const worldOf = (o: NodeOptions): NodeWorld => ({
  stateDir: o.stateDir,
  home: o.home,
  clock: o.clock,
  spawn: spawner(o.clock),
  env: childEnv(o.env),
  browser: o.lends && lentBrowser(o.lends, o),
})

/** Connects once, so that the gateway's token is kept; answers what a person still has to do, if anything. */
export async function joinOnce(o: NodeOptions): Promise<string | undefined> {
  const identity = await loadIdentity(o.stateDir, o.clock.now())
  try {
    const { client, kept } = await attempt(o, identity, worldOf(o))
    await kept
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
  const world = worldOf(o)
  try {
    await work(o, identity, world)
  } finally {
    await world.browser?.close()
  }
}

/** Connects, serves, and connects again until the signal aborts. */
async function work(o: NodeOptions, identity: DeviceIdentity, world: NodeWorld): Promise<void> {
  const told = { last: '' }
  const late = lateNews((error) => o.tell(`the end of a program was not told: ${describeError(error)}`))
  for (let tries = 0; !o.signal.aborted;) {
    let wait: number
    try {
      const { client, kept } = await attempt(o, identity, world)
      const served = serve(client, world, o, late)
      await kept
      o.tell(`Connected to ${o.place.host}:${o.place.port} as node ${identity.id.slice(0, 12)}.`)
      told.last = ''
      tries = 0
      o.connected?.()
      const why = await served
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
