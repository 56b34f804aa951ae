// What the server is given by the composition root.
import type { Bus } from '../lib/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { DeviceClaim, DeviceVerdict } from '../domain/device.ts'
import type { SignatureStyle } from './webhook-signature.ts'
import type { Secret } from '../lib/secret.ts'
import type { ClientDoor } from '../define/client-ask.ts'
import type { Avatar } from '../ops/agent-identity.ts'
import type { AuthRule } from './auth.ts'
import type { FrameRule } from './frame-log.ts'
import type { Peer } from './origin.ts'
import type { Dispatcher } from './rpc.ts'
import { vouchedFor, type Whois } from './vouch.ts'

/** Network rules, as the config has them now. */
export interface NetRule {
  readonly trustedProxies: readonly string[]
  readonly allowedOrigins: readonly string[]
  readonly hostNames: readonly string[]
  readonly controlUi: {
    readonly enabled: boolean
    readonly basePath: string
    /** A folder served instead of the built-in UI. */
    readonly root?: string | undefined
    readonly insecureAuth: boolean
  }
}

/** Rules of files in a request; sizes in bytes, spans in ms. */
export interface InputRule {
  readonly allowUrl: boolean
  /** Hosts files may come from; all public ones when absent. */
  readonly urlAllowlist?: readonly string[] | undefined
  readonly allowedMimes: readonly string[]
  readonly maxBytes: number
  readonly maxRedirects: number
  readonly timeoutMs: number
}

/** What of the OpenAI-compatible API is offered. */
export interface ApiRule {
  readonly chatCompletions: { readonly enabled: boolean }
  readonly responses: {
    readonly enabled: boolean
    readonly maxBodyBytes: number
    readonly maxUrlParts: number
    readonly images: InputRule
    readonly files: InputRule & { readonly maxChars: number }
  }
}

/** What calls under the hooks path do, as in `hooks.mappings`. */
export interface HookMapping {
  readonly id?: string | undefined
  readonly match?: { readonly path?: string | undefined; readonly source?: string | undefined } | undefined
  readonly action?: 'wake' | 'agent' | undefined
  readonly wakeMode?: 'now' | 'next-heartbeat' | undefined
  readonly name?: string | undefined
  readonly agentId?: string | undefined
  readonly sessionKey?: string | undefined
  readonly messageTemplate?: string | undefined
  readonly textTemplate?: string | undefined
  readonly deliver?: boolean | undefined
  readonly allowUnsafeExternalContent?: boolean | undefined
  readonly channel?: string | undefined
  readonly to?: string | undefined
  readonly model?: string | undefined
  readonly thinking?: string | undefined
  readonly timeoutSeconds?: number | undefined
  readonly transform?: { readonly module: string } | undefined
  readonly wait?: boolean | undefined
}

/** A call of one path that gives an agent a message: what mappings may say of the run, and who may call. */
export interface WebhookRule extends Omit<
  HookMapping,
  'id' | 'match' | 'action' | 'wakeMode' | 'agentId' | 'messageTemplate' | 'textTemplate' | 'transform'
> {
  readonly id: string
  readonly path?: string | undefined
  readonly agentId: string
  readonly message: string
  readonly token?: Secret | undefined
  readonly secret?: Secret | undefined
  readonly signature: SignatureStyle
}

/** The `hooks` section. */
export interface HookRule {
  readonly enabled: boolean
  readonly path: string
  readonly token?: Secret | undefined
  readonly defaultSessionKey?: string | undefined
  readonly allowRequestSessionKey: boolean
  readonly allowedSessionKeyPrefixes: readonly string[]
  readonly allowedAgentIds?: readonly string[] | undefined
  readonly maxBodyBytes: number
  readonly presets: readonly string[]
  readonly mappings: readonly HookMapping[]
  readonly webhooks: readonly WebhookRule[]
  readonly gmail?:
    | {
        readonly allowUnsafeExternalContent?: boolean | undefined
        readonly model?: string | undefined
        readonly thinking?: string | undefined
      }
    | undefined
}

/** The folder agents show things from. */
export interface CanvasRule {
  readonly enabled: boolean
  readonly root: string
  readonly liveReload: boolean
  /** Makes sure the folder is there. */
  prepare(): Promise<void>
  /** A file of it, or the index of a folder in it; undefined when there is none, or it leads out. */
  read(path: string): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly mime: string } | undefined>
}

/** What a client is told when it has signed in. */
export interface HelloFacts {
  readonly version: string
  readonly commit: string | undefined
  readonly host: string
  readonly startedAt: number
  readonly configPath: string
  readonly stateDir: string
  readonly defaultAgent: string
  health(): unknown
  /** The last sequence number of the durable event log. */
  lastEvent(): number
  /** The words that wake voice clients. */
  wakeWords(): readonly string[]
}

/** Who decides on devices. */
export interface DeviceDoor {
  /** Decides on a device whose key and signature are proven; `presented` is the token it showed. */
  admit(ask: DeviceClaim, presented: string | undefined): Promise<DeviceVerdict>
  /** Whether this is a ticket made a moment ago and never shown before. */
  ticket(value: string): Promise<boolean>
  /** What the secret of a setup code does for this device: lets it in, lets it ask to be, or nothing. */
  setup(value: string, device: string, role: string): Promise<'in' | 'ask' | undefined>
  /** Whether this token is good for this device and role, and for these scopes. */
  holds(id: string, token: string, role: string, scopes: readonly string[]): Promise<boolean>
  /** Notes that the line of a node has ended. */
  left(id: string): void
}

/** Everything the server is given. */
export interface ServerParts {
  readonly clock: Clock
  readonly log: Log
  /** How frames of sockets are written into the log; undefined for not at all. */
  wsLog?(): FrameRule | undefined
  readonly dispatch: Dispatcher
  readonly news: Bus<GatewayEvent>
  readonly devices: DeviceDoor
  readonly clients: ClientDoor
  auth(): AuthRule
  /** Where a platform calls at this path of ours; undefined when none does. */
  platform(path: string): ((request: Request) => Promise<Response>) | undefined
  /** An agent's picture; undefined for an agent that is not there. */
  avatar(agent: string): Promise<Avatar | undefined>
  /** Whose address of the tailnet one is, by Tailscale's own word. */
  readonly whois: Whois
  net(): NetRule
  api(): ApiRule
  hooks(): HookRule
  canvas(): CanvasRule
  /** The ids of the agents, and of the channels that are set up. */
  agents(): readonly string[]
  channels(): readonly string[]
  hello(): HelloFacts
}

/** A peer with whom its request's headers vouch for, if anybody is to be believed. */
export async function withVouch(parts: ServerParts, headers: Headers, socketIp: string, peer: Peer): Promise<Peer> {
  const vouched = await vouchedFor(parts.auth(), parts.net().trustedProxies, { headers, socketIp, peer }, parts.whois)
  return vouched ? { ...peer, vouched } : peer
}
