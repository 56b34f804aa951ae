// What operations may use. At most twelve members; each operation names those it needs.
import type { Tail } from '../os/log-tail.ts'
import type { Clock } from '../lib/clock.ts'
import type { BrowserControl } from '../define/browser.ts'
import type { ModelInfo } from '../define/provider.ts'
import type { AnyChannel, LoginStep } from '../define/channel.ts'
import type { Cron } from '../engine/cron/index.ts'
import type { Engine } from '../engine/engine.ts'
import type { UpdateControl } from './update-control.ts'

/** What is wrong in a config, and where. */
export interface ConfigIssue {
  readonly path: string
  readonly message: string
}

/** The config file as it is, secrets redacted. `hash` is the SHA-256 of its text. */
export interface ConfigSnapshot {
  readonly path: string
  readonly exists: boolean
  readonly raw: string | null
  readonly parsed: unknown
  readonly resolved: unknown
  readonly valid: boolean
  readonly config: unknown
  readonly hash?: string
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
  readonly legacyIssues: readonly ConfigIssue[]
  /** There when the last change is on probation: it is undone at `until` (ms) unless it is kept. */
  readonly probation?: { readonly until: number }
}

/** How a config is to be changed: new text, a merge patch, or one path. */
export type ConfigEdit =
  | { readonly kind: 'raw'; readonly raw: string }
  | { readonly kind: 'patch'; readonly patch: unknown }
  | { readonly kind: 'set'; readonly path: string; readonly value: unknown }
  | { readonly kind: 'unset'; readonly path: string }

/** Who changes the config, on what ground, and whether the change must be kept within a time (ms) or is undone. */
export interface ChangeRules {
  readonly baseHash?: string
  readonly needsHash: boolean
  readonly who: string
  readonly probationMs?: number
}

/** The config: read, and changed by one path only. */
export interface ConfigAccess {
  /** The whole config in force, with defaults; secrets print as dots. */
  current(): Readonly<Record<string, unknown>>
  snapshot(): Promise<ConfigSnapshot>
  /**
   * Checks, writes, and puts in force. Throws CONFLICT when `baseHash` is not the file's, INVALID_REQUEST with
   * `details.issues` when the result would not be valid, and what a critical part throws that cannot start with it.
   */
  change(edit: ConfigEdit, by: ChangeRules): Promise<ConfigSnapshot & { readonly changed: readonly string[] }>
  /** Values laid over the config until the process ends, by path. */
  overrides(): ReadonlyMap<string, unknown>
  /** Lays a value over the config, or takes it off again without one; without a path all of them. Throws INVALID_REQUEST. */
  override(path?: string, value?: unknown): Promise<void>
  /** Keeps or undoes the change that is on probation; answers whether there was one. */
  settle(how: 'keep' | 'revert'): Promise<boolean>
  describe(): Promise<{
    readonly schema: unknown
    readonly uiHints: unknown
    readonly version: string
    readonly generatedAt: string
  }>
}

/** One account of a channel as `channels.status` shows it. Times in ms, null when never. */
export interface AccountStatus {
  readonly channel: string
  readonly label: string
  readonly accountId: string
  readonly name?: string
  readonly enabled: boolean
  readonly configured: boolean
  readonly running: boolean
  readonly connected: boolean
  /** It runs, and the platform is not there or gives no sign of life. */
  readonly degraded: boolean
  /** Whether it is linked, for channels linked by a phone. */
  readonly linked?: boolean
  readonly reconnectAttempts: number
  readonly lastConnectedAt: number | null
  readonly lastDisconnect: { readonly at: number; readonly error: string } | null
  readonly lastStartAt: number | null
  readonly lastStopAt: number | null
  readonly lastInboundAt: number | null
  readonly lastOutboundAt: number | null
  readonly lastMessageAt: number | null
  /** The last sign of life of the platform. */
  readonly lastEventAt: number | null
  readonly lastError: string | null
  readonly tokenSource: string
  readonly mode?: string
  readonly webhookPath?: string
  readonly dmPolicy?: string
  readonly allowFrom?: readonly string[]
}

/** Something wrong with an account, and the command that mends it. */
export interface ChannelProblem {
  readonly id: string
  readonly channel: string
  readonly severity: 'note' | 'warn' | 'broken'
  readonly text: string
  readonly fix?: string
}

/** How an attempt to link an account stands. */
export interface LoginState {
  readonly linked: boolean
  readonly done: boolean
  readonly already?: boolean
  readonly step?: LoginStep
  readonly error?: string
}

/** What is asked of an attempt to link: begin one or look at the one there is, and what to wait for. */
export interface LoginAsk {
  readonly begin: boolean
  readonly force: boolean
  readonly phone?: string
  readonly waitMs: number
  /** Wait for the first thing to show, or for the end. */
  readonly until: 'step' | 'end'
  /** A step (as JSON) that is known already; a newer one ends the wait. */
  readonly seen?: string
}

/** The channels and their accounts. */
export interface ChannelControl {
  readonly definitions: readonly AnyChannel[]
  status(): AccountStatus[]
  /** Asks each running account's platform; what it answered, by `channel:account`. */
  probe(timeoutMs: number): Promise<ReadonlyMap<string, { ok: boolean; text: string }>>
  /** Starts or stops an account until the config changes. Throws NOT_FOUND for one that is not there. */
  start(channel: string, account?: string): Promise<AccountStatus[]>
  stop(channel: string, account?: string): Promise<AccountStatus[]>
  /** What is wrong with the accounts, as far as the channels can find out. */
  check(timeoutMs: number): Promise<ChannelProblem[]>
  /** Links an account, or says how that goes. Throws INVALID_REQUEST for one that is not linked by a phone. */
  login(channel: string, account: string | undefined, ask: LoginAsk): Promise<LoginState>
  logout(channel: string, account: string | undefined): Promise<void>
}

/** A model as lists show it. */
export interface ListedModel extends ModelInfo {
  readonly provider: string
  readonly available: boolean
  /** Where its key is missing: the variable it is taken from. */
  readonly keyVariable?: string
}

/** The models that are known, and those local servers offer. */
export interface ModelControl {
  list(): readonly ListedModel[]
  /** Model servers found on this machine; offered, never used unasked. */
  localServers(
    signal: AbortSignal,
  ): Promise<readonly { readonly name: string; readonly baseUrl: string; readonly models: readonly string[] }[]>
}

/** Lines of the log file. */
export interface LogTail {
  tail(q: { readonly cursor?: number; readonly limit: number; readonly maxBytes: number }): Tail
}

/** A node that is connected, as it described itself. `connectedAt` in ms. */
export interface ConnectedNode {
  readonly id: string
  readonly about: Readonly<Record<string, string>>
  readonly caps: readonly string[]
  /** The commands it says it has. */
  readonly commands: readonly string[]
  readonly permissions?: Readonly<Record<string, boolean>>
  readonly pathEnv?: string
  readonly connectedAt: number
}

/** What a node is asked to do. */
export interface NodeCall {
  readonly command: string
  readonly paramsJSON: string | null
  readonly timeoutMs: number
  readonly idempotencyKey?: string
}

/** What a node answered. */
export interface NodeAnswer {
  readonly ok: boolean
  readonly payload?: unknown
  readonly payloadJSON?: string | null
  readonly error?: { readonly code?: string | undefined; readonly message?: string | undefined }
}

/** The nodes that are connected. */
export interface NodeLinks {
  connected(): readonly ConnectedNode[]
  /** Asks a node; no answer in time is an answer with error code TIMEOUT. Throws UNAVAILABLE when it is not there. */
  invoke(node: string, call: NodeCall, signal: AbortSignal): Promise<NodeAnswer>
  /** Takes a node's answer: whether it was waited for, and of this node. */
  answer(node: string, id: string, answer: NodeAnswer): 'taken' | 'unknown' | 'of another'
  /** Lets a node hear of a session, or no longer. */
  follow(node: string, session: string, on: boolean): void
}

/** The process itself. */
export interface GatewayProcess {
  readonly version: string
  readonly commit: string | undefined
  readonly startedAt: number
  readonly pid: number
  readonly host: string
  port(): number
  bind(): string
  bindHost(): string
  authMode(): string
  readonly configPath: string
  readonly stateDir: string
  /** Sockets that are signed in. */
  clients(): number
  presence(): readonly Readonly<Record<string, unknown>>[]
  /** Notes what a program says of its machine; it is shown for five minutes. */
  notePresence(entry: Readonly<Record<string, unknown>>): void
  readonly nodes: NodeLinks
  /** Ends the process, or starts it anew. */
  stop(how: { readonly reason: string; readonly restart: boolean }): void
}

/** A question of the set-up by questions, or something to be read. */
export interface WizardStep {
  readonly id: string
  readonly type: 'note' | 'select' | 'text' | 'confirm'
  readonly title?: string
  readonly message?: string
  readonly options?: readonly { value: string; label: string; hint?: string | undefined }[]
  readonly initialValue?: unknown
  readonly placeholder?: string
  readonly sensitive?: boolean
  readonly executor: 'client'
}

/** How a set-up by questions stands. */
export interface WizardState {
  readonly done: boolean
  readonly step?: WizardStep
  readonly status: 'running' | 'done' | 'cancelled' | 'error'
  readonly error?: string
}

/** The set-up by questions over the wire; one at a time. All but `start` throw NOT_FOUND for another one. */
export interface WizardControl {
  /** Begins one; answers its first step. Throws UNAVAILABLE while another one runs. */
  start(how: {
    readonly mode: 'local' | 'remote'
    readonly workspace?: string
  }): Promise<WizardState & { sessionId: string }>
  /** Answers a step; resolves with the next. Throws INVALID_REQUEST when the answer does not fit. */
  next(
    sessionId: string,
    answer: { readonly stepId: string; readonly value?: unknown } | undefined,
  ): Promise<WizardState>
  cancel(sessionId: string): WizardState
  status(sessionId: string): WizardState
}

/** Everything operations may use. */
export interface Services {
  readonly clock: Clock
  readonly engine: Engine
  readonly config: ConfigAccess
  readonly channels: ChannelControl
  readonly models: ModelControl
  readonly logs: LogTail
  readonly cron: Cron
  readonly gateway: GatewayProcess
  readonly browser: BrowserControl
  readonly wizard: WizardControl
  readonly updates: UpdateControl
}
