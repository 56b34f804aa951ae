// A tool of the agent that works on the workspace or the outside world. Gateway tools come from operations instead.
import type { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import type { Address } from '../domain/address.ts'
import type { MediaKind, MediaRef } from '../domain/media.ts'
import type { Boxed, BoxRun } from './box.ts'
import type { Def } from './registry.ts'

/** What a tool gives back. `text` of any length: the engine cuts and saves what is too long. */
export interface ToolResult {
  readonly ok: boolean
  readonly text: string
  readonly media?: readonly MediaRef[]
  /** Facts for programs, not for the model. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** A question to a person before something is run. */
export interface Approval {
  /** What is to be done, as a person should read it. */
  readonly command: string
  readonly argv: readonly string[]
  readonly cwd: string
  /** The folders programs are looked for in, when not those of the gateway. */
  readonly path?: string
  /** Stricter rules the caller itself wants. */
  readonly security?: 'deny' | 'allowlist' | 'full' | undefined
  readonly ask?: 'off' | 'on-miss' | 'always' | undefined
  /** Whether it is to count as elevated, where that is allowed. */
  readonly elevated?: boolean
  /** Whether it is kept apart from this machine. */
  readonly boxed?: boolean
  /** The node it is to run on instead of here. */
  readonly node?: string
}

/** A program that is to run on a node. */
export interface NodeRun {
  readonly argv: readonly string[]
  /** As a person wrote it. */
  readonly command: string
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly timeoutMs: number
  /** Whether a person has allowed exactly this. */
  readonly approved: boolean
}

/** Where and how programs of a turn are run. */
export interface ExecWays {
  readonly host: 'sandbox' | 'gateway' | 'node'
  /** The node that counts when `host` is node; undefined for the only one there is. */
  readonly node?: string | undefined
  /** Folders put before PATH. */
  readonly pathPrepend: readonly string[]
  /** Longest run unless the call says otherwise, in seconds. */
  readonly seconds: number
  /** Where programs are kept apart, what runs one there. Throws UNAVAILABLE when this machine cannot keep them apart. */
  box?(run: BoxRun): Promise<Boxed>
  /** Why commands may not be elevated; undefined when they may. */
  readonly notElevated?: string | undefined
  /** Finds a node by its id or name. Throws NOT_FOUND or UNAVAILABLE with a sentence that says which there are. */
  findNode(name: string | undefined): { readonly id: string; readonly name: string }
  /** Runs a program on a node that was found; `ask` when that node wants a person to allow it first. */
  onNode(id: string, run: NodeRun, signal: AbortSignal): Promise<Omit<ChildResult, 'durationMs' | 'signal'> | 'ask'>
}

/** The end of a child process. `output` is stdout and stderr as they came, cut in the middle when too long. */
export interface ChildResult {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly timedOut: boolean
  readonly durationMs: number
}

/** Starts a program without a shell; its whole process group dies with `signal` (TERM, then KILL well within a second). */
export type Spawn = (
  argv: readonly string[],
  opts: {
    readonly cwd: string
    readonly env: Readonly<Record<string, string>>
    readonly signal: AbortSignal
    readonly timeoutMs: number
    /** Bytes of output kept. */
    readonly maxBytes: number
    /** What it reads; nothing when absent. */
    readonly input?: string
    /** What it prints, as it comes, and whether as an error. */
    heard?(chunk: string, error: boolean): void
  },
) => Promise<ChildResult>

/** A program that runs on its own. Times in ms. */
export interface Background {
  readonly id: string
  readonly command: string
  readonly cwd: string
  readonly pid: number
  readonly pty: boolean
  readonly startedAt: number
  readonly endedAt?: number
  readonly code?: number | null
  readonly signal?: string | null
  readonly timedOut: boolean
  /** What it printed, the oldest left out when it is too long. */
  output(): string
  /** What it printed since this was last asked. */
  news(): string
  /** Gives it input; throws CONFLICT when it takes none any more. */
  write(data: string, end: boolean): void
  /** Ends its whole group: TERM, then KILL well within a second. */
  kill(): void
  /** Resolves when it has ended. */
  readonly done: Promise<void>
}

/** How a program is started that runs on its own. */
export interface BackgroundStart {
  readonly command: string
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly pty: boolean
  readonly timeoutMs: number
  heard?(chunk: string): void
}

/** The programs an agent left running, and how one is started. */
export interface Processes {
  /** After how many ms a program goes on in the background. */
  readonly yieldMs: number
  start(how: BackgroundStart): Background
  /** Lets a program go on when its call has answered: its session is told when it ends. */
  keep(id: string): void
  list(): readonly Background[]
  get(id: string): Background | undefined
  /** Forgets one that has ended. */
  forget(id: string): void
}

/** Who searches the web. Times in ms. */
export interface WebSearch {
  readonly provider: 'brave' | 'searxng' | 'duckduckgo' | 'perplexity' | 'grok'
  readonly key?: Secret
  readonly baseUrl?: string
  readonly model?: string
  /** Whether sources stand in the text itself. */
  readonly inline?: boolean
  readonly maxResults: number
  /** How long an answer is remembered, and how long one may take. */
  readonly cacheMs: number
  readonly timeoutMs: number
  /** Fetch to configured servers. */
  readonly fetch: typeof globalThis.fetch
}

/** How pages are fetched. */
export interface WebFetch {
  /** Characters of a page when nothing is said, and at most. */
  readonly maxChars: number
  readonly maxCharsCap: number
  /** How long a page is remembered, and how long one may take. */
  readonly cacheMs: number
  readonly timeoutMs: number
  readonly maxRedirects: number
  readonly userAgent?: string
}

/** What a turn may have at most: names of tools, and of skills where they are narrowed. */
export interface TurnLimits {
  readonly tools: readonly string[]
  readonly skills?: readonly string[] | undefined
}

/** What a tool may use. */
export interface ToolContext {
  /** Absolute path of the agent's workspace; relative paths mean inside it. */
  readonly workspace: string
  /** Whether paths outside the workspace are refused. */
  readonly confined: boolean
  readonly session: string
  readonly agent: string
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Fetch with size, time and SSRF limits; refuses private addresses unless the config allows them. */
  readonly fetch: typeof globalThis.fetch
  readonly spawn: Spawn
  /** Environment for child processes: an allow-list of the gateway's own. */
  readonly env: Readonly<Record<string, string>>
  readonly media: MediaStore
  /** What may be read beside the workspace even when the agent is confined: folders of skills, and built-in texts. */
  readonly skills?: { readonly folders: readonly string[]; text(path: string): string | undefined }
  /** How pages are fetched; by the usual rules when absent. */
  readonly webFetch?: WebFetch
  /** Who searches the web; absent when nobody is set up. */
  readonly webSearch?: WebSearch
  /** Programs that go on by themselves; absent where there are none. */
  readonly processes?: Processes
  /** Where and how programs are run; on this machine, by the usual rules, when absent. */
  readonly exec?: ExecWays
  /** What turns that this one causes may have at most: what it has itself. */
  readonly limits?: TurnLimits
  /** Whether an owner of the gateway is asking. */
  readonly owner?: boolean
  /** The chat the turn answers in. */
  readonly chat?: Address
  /** The run this call is part of. */
  readonly run?: string
  /** Asks a person, unless policy already allows or denies; true means go ahead, `person` that one has said so. */
  ask(question: Approval): Promise<boolean | 'person'>
  /** Says how it is going while it runs. */
  note(text: string): void
}

/** Files that travel with messages, by id. */
export interface MediaStore {
  save(
    bytes: Uint8Array<ArrayBuffer>,
    about: { readonly mime: string; readonly name?: string; readonly kind?: MediaKind },
  ): Promise<MediaRef>
  /** Throws NOT_FOUND when it is gone. */
  read(id: string): Promise<Uint8Array<ArrayBuffer>>
}

/** A tool. `risk` decides which policies apply; there is no default. */
export interface Tool<Id extends string = string, P extends z.ZodObject = z.ZodObject> extends Def<Id> {
  readonly params: P
  readonly risk: 'read' | 'write' | 'exec' | 'net'
  /** Longest time it may take, in ms; the engine ends it then. */
  readonly timeoutMs?: number
  run(input: z.output<P>, ctx: ToolContext): Promise<ToolResult>
}

/** A tool whose parameter type is no longer known; input is parsed with `params` first. */
export interface AnyTool extends Def {
  readonly params: z.ZodObject
  /** The input as JSON Schema, where someone else describes and checks it. */
  readonly schema?: Readonly<Record<string, unknown>>
  readonly risk: 'read' | 'write' | 'exec' | 'net'
  readonly timeoutMs?: number
  run(input: never, ctx: ToolContext): Promise<ToolResult>
}

/** Freezes a tool and keeps its exact types. */
export const defineTool = <const Id extends string, P extends z.ZodObject>(t: Tool<Id, P>): Tool<Id, P> =>
  Object.freeze(t)
