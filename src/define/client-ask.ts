// What programs ask of the engine over HTTP, and what they get: the agreement between server and engine.
import type { ErrorShape } from '../lib/fault.ts'
import type { Part, StopReason, Usage } from '../domain/turn.ts'
import type { ModelRequest, ToolSpec } from './provider.ts'

/** A file a program sent along. */
export interface ClientFile {
  readonly mime: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly name?: string
}

/** A line of the conversation as the program remembers it. */
export interface ClientLine {
  readonly role: 'user' | 'assistant' | 'tool'
  readonly name?: string
  readonly text: string
}

/** The result of a call the program ran; `id` is that of the call. */
export interface ClientResult {
  readonly id: string
  readonly name?: string
  readonly text: string
}

/** A question of a program to an agent. */
export interface ClientAsk {
  /** The id it is known by, also as a run. */
  readonly run: string
  /** The program's name for the records. */
  readonly client: string
  /** The agent's id as it was written; the default agent when absent. */
  readonly agent?: string
  /** The session as it was written; without it one per `user`, without that a new one. */
  readonly session?: string
  readonly user?: string
  /** The beginning of the names of sessions made for it, such as `openai`. */
  readonly prefix: string
  readonly text: string
  readonly files: readonly ClientFile[]
  readonly history: readonly ClientLine[]
  readonly results: readonly ClientResult[]
  /** Instructions of the program. */
  readonly system: string
  /** `provider/model`; one that cannot be used is ignored. */
  readonly model?: string
  /** Tools the program runs itself. */
  readonly tools: readonly ToolSpec[]
  readonly toolChoice?: ModelRequest['toolChoice']
  readonly maxTokens?: number
}

/** What came of a question. `calls` are left for the program to run. */
export interface ClientAnswer {
  readonly text: string
  readonly calls: readonly Extract<Part, { type: 'call' }>[]
  readonly stop: StopReason
  readonly usage: Usage
  readonly error?: ErrorShape
}

/** A question that was taken in. */
export interface ClientRun {
  readonly done: Promise<ClientAnswer>
  /** Says that nobody waits any more; a run that nobody else can see is then stopped. */
  leave(): void
}

/** A call from outside that runs an agent. */
export interface HookAsk {
  /** The id it is known by; the same one is taken in once. */
  readonly run: string
  /** The hook, for the records, and its name for people. */
  readonly hook: string
  readonly name: string
  readonly text: string
  /** Whether the text is marked as coming from outside. */
  readonly untrusted: boolean
  readonly agent: string | undefined
  readonly session: string
  readonly deliver: boolean
  /** A channel, or `last` for the chat the main session was last spoken to in. */
  readonly channel: string
  readonly to?: string | undefined
  readonly model?: string | undefined
  readonly thinking?: string | undefined
  readonly timeoutMs?: number | undefined
}

/** Something the main session should know. */
export interface HookWake {
  readonly run: string
  readonly hook: string
  readonly text: string
  readonly untrusted: boolean
  /** Whether it answers at once, or sees it when it is next spoken to. */
  readonly now: boolean
}

/** The engine as HTTP sees it. All resolve when what was asked is durable, and throw Faults. */
export interface ClientDoor {
  /** Asks an agent; `hear` gets the answer's text piece by piece. Throws NOT_FOUND for an unknown agent. */
  ask(ask: ClientAsk, hear?: (delta: string) => void): Promise<ClientRun>
  hook(ask: HookAsk): Promise<void>
  /** What came of a call that ran an agent; undefined when nobody knows it. Rejects when the signal aborts. */
  came(run: string, signal: AbortSignal): Promise<ClientAnswer | undefined>
  wake(wake: HookWake): Promise<void>
}
