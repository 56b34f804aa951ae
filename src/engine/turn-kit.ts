// What every turn is given: the shared parts of the engine, and how one turn begins.
import type { ModelRequest, ToolSpec } from '../define/provider.ts'
import type { TurnLimits } from '../define/tool.ts'
import type { Address } from '../domain/address.ts'
import type { BeatMark } from '../domain/heartbeat.ts'
import type { InboundMessage } from '../domain/message.ts'
import type { Session, SessionSettings } from '../domain/session.ts'
import type { Part } from '../domain/turn.ts'
import type { TurnRow } from '../store/turns.ts'
import type { Approvals } from './tools/approvals.ts'
import type { Cooldowns } from './ask.ts'
import type { Hooks } from './hooks/index.ts'
import type { Memory } from './memory/index.ts'
import type { Programs } from './tools/programs.ts'
import type { Runs } from './runs.ts'
import type { Skills } from './skills/index.ts'
import type { World } from './world.ts'

/** What turns share beyond the world. */
export interface TurnKit {
  readonly world: World
  readonly runs: Runs
  readonly approvals: Approvals
  readonly cooldowns: Cooldowns
  readonly skills: Skills
  readonly programs: Programs
  readonly memory: Memory
  readonly hooks: Hooks
  /** Has a session's agent take a turn of its own that nobody asked for. Resolves when it is durable. */
  submit(session: string, text: string, options: TurnOptions): Promise<unknown>
}

/** A turn that has begun. */
export interface TurnStart {
  readonly session: Session
  readonly turn: TurnRow
  /** When its beginning is on the disk. Tools wait for it; the model is asked meanwhile. */
  readonly durable: Promise<void>
  /** The chat to answer in; undefined when nobody but the caller hears the answer. */
  readonly to: Address | undefined
  readonly kind: 'direct' | 'group' | 'channel'
  readonly replyTo: string | undefined
  /** The message it answers, when it came by a platform. */
  readonly message: InboundMessage | undefined
  /** Takes what was said to this session meanwhile into this turn, and answers it once it is written down. */
  heard(): Promise<readonly Part[]>
}

/** What a caller may ask of its turn; kept with the inbox row and the turn. */
export interface TurnOptions {
  readonly model?: string
  readonly thinking?: string
  readonly verbose?: string
  readonly reasoning?: string
  /** How far its commands reach, when its message says so. */
  readonly elevated?: string
  /** Where and how they run, when its message says so and is an owner's. */
  readonly exec?: Pick<SessionSettings, 'execHost' | 'execSecurity' | 'execAsk' | 'execNode'>
  readonly extraSystemPrompt?: string
  readonly timeoutMs?: number
  readonly deliver?: boolean
  readonly noTools?: boolean
  /** Tools the caller runs itself: a call of one ends the turn, and the caller comes back with its result. */
  readonly clientTools?: readonly ToolSpec[]
  /** For the first question of the turn only. */
  readonly toolChoice?: ModelRequest['toolChoice']
  readonly maxTokens?: number
  /** Earlier words the caller brought along, shown before what is said now and not kept. */
  readonly history?: string
  /** Results of calls of the caller's own tools. */
  readonly results?: readonly Extract<Part, { type: 'result' }>[]
  /** Where the answer goes, when it is not the session's own chat. */
  readonly to?: Address
  /** What it may have at most: never more than the turn that caused it. */
  readonly within?: TurnLimits
  /** Whether it counts as an owner's, where no person's message says so: handed on by the turn that caused it. */
  readonly owner?: boolean
  /** It is a regular turn: what becomes of its answer. */
  readonly beat?: BeatMark
  /** The hook that caused it. */
  readonly hook?: string
}
