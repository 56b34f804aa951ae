// The one connection to the gateway this page came from: signed in, kept, and begun again when it is lost.
import { signal } from '@preact/signals'
import { connectGateway, typedClient, type GatewayClient } from '../src/client/client.ts'
import { deviceDialect, type Hello } from '../src/client/device-dialect.ts'
import type { ClientEvent } from '../src/client/link.ts'
import { systemClock } from '../src/lib/clock.ts'
import { Fault } from '../src/lib/fault.ts'
import type { Ops } from '../src/ops/index.ts'
import { identity } from './identity.ts'
import { base } from './place.ts'
import { forget, hasSecret, isGiven, secret, signedIn } from './secret.ts'
import { t } from './words.ts'

/** How the connection stands. */
export type Standing =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** It was open, and is being begun again. */
  | { readonly kind: 'lost'; readonly why: string }
  /** A person must show the secret; `why` says what was wrong with the last one. */
  | { readonly kind: 'signed-out'; readonly why?: string }
  /** A person must let this browser in. */
  | { readonly kind: 'pairing'; readonly request: string }

export const standing = signal<Standing>({ kind: 'connecting' })
export const hello = signal<Hello | undefined>(undefined)
/** Counts connections: what was read over an older one may be out of date. */
export const era = signal(0)

const scopes = ['operator.admin', 'operator.approvals', 'operator.pairing']
let client: GatewayClient | undefined
let attempt = new AbortController()

const listeners = new Set<(event: ClientEvent) => void>()

/** Calls `hear` for every event of the gateway; answers how to stop. */
export function listen(hear: (event: ClientEvent) => void): () => void {
  listeners.add(hear)
  return () => listeners.delete(hear)
}

const textIn = (value: unknown) => (typeof value === 'string' ? value : '')

function tell(event: ClientEvent) {
  if (event.event === 'connection.lost') standing.value = { kind: 'lost', why: textIn(event.data['reason']) }
  if (event.event === 'connection.restored') standing.value = { kind: 'open' }
  for (const hear of listeners) hear(event)
}

/** Names a browser so that its owner knows it again in the list of devices. */
function browserName(): string {
  const agent = navigator.userAgent
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1] ?? 'Browser'
  const system = /(Windows|Android|iPhone|iPad|Mac OS|CrOS|Linux)/.exec(agent)?.[1] ?? ''
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser
  return system ? t('device.name', { browser: name, system }) : name
}

async function dial(signal: AbortSignal): Promise<GatewayClient> {
  const dialect = deviceDialect({
    identity: await identity(),
    client: {
      id: 'openclaw-control-ui',
      mode: 'webchat',
      version: 'oclaw',
      platform: navigator.platform || 'web',
      displayName: browserName(),
    },
    scopes,
    secret,
    now: systemClock.now,
    welcome(said) {
      if (said.auth) signedIn(said.auth.deviceToken)
      hello.value = said
      era.value++
    },
  })
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${base}`
  const made = await connectGateway({ url, dialect, reconnect: true, signal })
  made.events.listen(tell)
  return made
}

/** What a refusal means for the reader. */
function refused(error: unknown): Standing | undefined {
  if (!(error instanceof Fault)) return { kind: 'signed-out', why: String(error) }
  const request = (error.more.details as { requestId?: string } | undefined)?.requestId
  if (error.code === 'NOT_PAIRED' && request !== undefined) return { kind: 'pairing', request }
  if (error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT') return undefined
  const shown = hasSecret()
  // What is no secret of the gateway is tried as a device's token, and named as one.
  const why = isGiven() ? error.message.replace('device token mismatch', 'token mismatch') : error.message
  if (error.message.startsWith('unauthorized')) forget()
  return shown || !/missing/.test(error.message) ? { kind: 'signed-out', why } : { kind: 'signed-out' }
}

/** Connects, again and again while nobody answers; ends with an open connection or with a person to be asked. */
export async function connect(): Promise<void> {
  attempt.abort()
  client?.close()
  const mine = (attempt = new AbortController())
  if (standing.value.kind !== 'lost') standing.value = { kind: 'connecting' }
  for (let tries = 0; !mine.signal.aborted; tries++) {
    try {
      const made = await dial(mine.signal)
      if (mine.signal.aborted) return made.close()
      client = made
      standing.value = { kind: 'open' }
      void made.closed.then((why) => mine.signal.aborted || ended(why))
      return
    } catch (error) {
      if (mine.signal.aborted) return
      const asked = refused(error)
      if (asked?.kind === 'signed-out') return void (standing.value = asked)
      standing.value = asked ?? { kind: 'lost', why: error instanceof Fault ? error.message : String(error) }
    }
    await systemClock.sleep(standing.value.kind === 'pairing' ? 2000 : Math.min(500 * 2 ** tries, 10_000))
  }
}

/** A connection that ended for good, and the gateway answered: its answer says what a person must do. */
function ended(why: Fault) {
  client = undefined
  const asked = refused(why)
  standing.value = asked ?? { kind: 'lost', why: why.message }
  if (asked?.kind !== 'signed-out') void connect()
}

/** Forgets this browser's token and asks for the secret. */
export function signOut(): void {
  forget()
  attempt.abort()
  client?.close()
  standing.value = { kind: 'signed-out' }
}

async function call(method: string, params?: unknown, signal?: AbortSignal): Promise<unknown> {
  if (!client) throw new Fault('UNAVAILABLE', t('offline.call'))
  return client.call(method, params, signal)
}

/** Every operation of the gateway as a function. */
export const ops = typedClient<Ops>({ call } as GatewayClient)

/** What an operation answers. */
export type Answer<K extends keyof typeof ops> = Awaited<ReturnType<(typeof ops)[K]>>

addEventListener('online', () => standing.value.kind === 'lost' && void connect())
