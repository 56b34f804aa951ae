// The slices of the config that the engine reads, live, when it needs them.
import type { CommonAccount, GroupRule, ToolPolicy } from '../define/account-fields.ts'
import type { ChannelLimits, Place } from '../define/channel.ts'
import type { Endpoint, ModelInfo, ModelRequest, Provider, ThinkingLevel } from '../define/provider.ts'
import type { WebFetch, WebSearch } from '../define/tool.ts'
import type { BlockRule } from '../lib/blocks.ts'
import type { Secret } from '../lib/secret.ts'
import type { EnvelopeRule, MaintenanceRule, ModelChoice } from './talk-rule.ts'
import type { BoxRule, ToolRule } from './tools/rule.ts'
import type { Address } from '../domain/address.ts'
import type { ExecApprovals } from '../domain/exec-approvals.ts'
import type { InboundMessage, OutboundMessage } from '../domain/message.ts'
import type { HeartbeatRule } from '../domain/heartbeat.ts'
import type { DmScope } from '../domain/session-key.ts'
import type { MemoryRule } from '../domain/memory.ts'
import type { PruneRule } from '../domain/pruning.ts'
import type { HookRule } from '../domain/hook.ts'
import type { SkillRule } from '../domain/skill.ts'
import type { SpeechRule } from '../domain/speech.ts'
import type { UnderstandingRule } from '../domain/understanding.ts'

/** `steer-backlog`: heard in the turn that is going on, and answered afterwards all the same. */
export type QueueMode = 'collect' | 'followup' | 'steer' | 'steer-backlog' | 'interrupt'

/** How messages that come during a turn are treated. Spans in ms. */
export interface QueueRule {
  readonly mode: QueueMode
  readonly debounceMs: number
  readonly cap: number
  readonly drop: 'old' | 'new' | 'summarize'
}

/** An agent as configured. */
export interface AgentRule {
  readonly id: string
  readonly name?: string
  readonly workspace: string
  readonly thinking?: ThinkingLevel
  /** How much of its tools sessions are told that do not say themselves. */
  readonly verbose?: 'off' | 'on' | 'full'
  /** Names or `group:` names of tools; undefined means all. */
  readonly tools: ToolRule
  readonly mentionPatterns: readonly string[]
  /** Group messages kept as context for it, where the account does not say. */
  readonly historyLimit?: number | undefined
  /** The folder it is told of as its repository. */
  readonly repo?: string | undefined
  readonly emoji?: string
  /** Who its messages are shown as coming from, where the config gives it a name of its own. */
  readonly speaksAs?: OutboundMessage['as']
}

/** How finished parts of answers are sent while the rest is written. Spans in ms, sizes in characters. */
export interface BlockSettings extends BlockRule {
  /** Whether they are where the account does not say. */
  readonly usual: boolean
  readonly at: 'text_end' | 'message_end'
  /** Least characters worth sending when nothing more comes for `idleMs`. */
  readonly least: number
  readonly idleMs: number
  /** A pause between them, as people make. */
  readonly pause?: { readonly minMs: number; readonly maxMs: number }
}

/** The limits of sub-agents. */
export interface SubagentRule {
  readonly maxDepth: number
  readonly maxChildren: number
  /** After how many ms an ended one is put away. */
  readonly archiveMs: number
  readonly allowAgents: readonly string[]
  readonly model?: string | undefined
  readonly thinking?: string | undefined
  readonly tools: ToolPolicy
}

/** Which chats the message tool may reach. */
export interface MessageRule {
  readonly sameChannel: boolean
  readonly otherChannels: boolean
  /** Text around what is sent to another chat; `{channel}` is where it comes from. */
  readonly prefix: string
  readonly suffix: string
  readonly broadcast: boolean
}

/** Dollars of a day and a month. */
export interface Cap {
  readonly perDay?: number | undefined
  readonly perMonth?: number | undefined
}

/** What an agent may spend: in all, in one session, and for one job. */
export interface BudgetRule {
  readonly agent: Cap
  readonly session: Cap
  readonly job: Cap
  /** Whether models of unknown price are asked though there are caps. */
  readonly unknown: 'refuse' | 'allow'
}

/** When a session starts anew by itself. */
export interface ResetRule {
  readonly mode: 'daily' | 'idle'
  /** Local hour of the daily reset. */
  readonly atHour: number
  readonly idleMinutes?: number
}

/** The emoji on messages that are being worked on, and on which. */
export interface AckRule {
  /** Undefined for none. */
  readonly emoji: string | undefined
  readonly direct: boolean
  readonly group: 'always' | 'mentions' | 'never'
  /** Whether it goes when the answer is there. */
  readonly remove: boolean
}

/** Who may use slash commands in chats. */
export interface CommandRule {
  /** By channel or `*`; when set, nothing else counts. */
  readonly allowFrom?: Readonly<Record<string, readonly string[]>> | undefined
  /** Whether only people on the allowlists may; else everybody who is heard. */
  readonly accessGroups: boolean
  /** Whether commands may be typed, where the platform has a menu for them. */
  readonly text: boolean
}

/** Which agent answers a message; every given field must match. */
export interface Binding {
  readonly agent: string
  readonly channel: string
  readonly account?: string
  readonly peer?: { readonly kind: 'direct' | 'group' | 'channel'; readonly id: string }
  readonly guild?: string
  readonly team?: string
  readonly roles?: readonly string[]
}

/** An account of a channel, as the engine needs it. */
export interface AccountRule {
  readonly common: CommonAccount
  readonly limits: ChannelLimits
  readonly idempotent: boolean
  /** Whether answers show up while they are written, by editing one message. */
  readonly preview: boolean
  /** In which pieces they do; as they grow when absent. */
  readonly draftChunk?: BlockRule | undefined
  /** Whether the platform has buttons. */
  readonly buttons: boolean
  group(place: Place): GroupRule | undefined
}

/** How long a login rests after trouble with its bill, at first and at most, and when old failures are forgotten, in ms. */
export interface RestRule {
  readonly billingMs: number
  readonly billingMaxMs: number
  readonly forgetMs: number
}

/** A model that can be asked: how, where, and what is known of it. */
export interface Candidate {
  /** `provider/model`. */
  readonly ref: string
  readonly provider: Provider
  readonly endpoint: Endpoint
  readonly info: ModelInfo
  /** What the config says of questions to it. */
  readonly params?: Pick<ModelRequest, 'temperature' | 'maxTokens' | 'cache'>
}

/** Everything the engine is told by the config; each function reads the config as it is now. */
export interface EngineSettings {
  defaultAgent(): string
  agent(id: string): AgentRule | undefined
  /** The ids of all agents, the default one first. */
  agents(): readonly string[]
  bindings(): readonly Binding[]
  /** Agents that all answer one peer, by its id. */
  broadcast(): Readonly<Record<string, readonly string[]>>
  /** Whether they answer one after the other. */
  broadcastInTurn(): boolean
  ack(channel: string, account: string, agent: string): AckRule
  commandRule(): CommandRule
  /** Whether questions of an agent's session are asked in its own chat, and where else. */
  approvalChats(agent: string, session: string): { readonly here: boolean; readonly targets: readonly Address[] }
  /** The regular turns of an agent; undefined for none. */
  heartbeat(agent: string): HeartbeatRule | undefined
  /** How jobs run. */
  cron(): {
    readonly enabled: boolean
    readonly maxConcurrent: number
    readonly webhookToken?: Secret
    /** Where results go whose job names no address. */
    readonly webhook?: string
    /** How long what was said in runs is kept, in ms; for ever when absent. */
    readonly retentionMs?: number
  }
  /** When a sign of typing is given. */
  typingMode(): 'never' | 'instant' | 'thinking' | 'message' | undefined
  /** Time between two signs of typing, in ms. */
  typingMs(): number
  envelope(): EnvelopeRule
  /** Group messages kept as context, unless the account or the agent says otherwise. */
  historyLimit(): number
  /** The longest side of pictures shown to models, in pixels, and the bytes above which one is made smaller before it is sent. */
  pictures(): { readonly side: number; readonly sentBytes: number }
  account(channel: string, account: string): AccountRule | undefined
  queue(channel: string): QueueRule
  /** Time batches of one sender's messages are waited for, in ms. */
  debounceMs(channel: string): number
  dmScope(): DmScope
  identityLinks(): Readonly<Record<string, readonly string[]>>
  resetTriggers(): readonly string[]
  reset(channel: string, kind: 'direct' | 'group' | 'thread'): ResetRule
  /** Which sessions are cleared away by themselves. */
  maintenance(): MaintenanceRule
  /** Whether answers may go out; a session's own setting wins. */
  sendAllowed(key: string, channel: string, kind: string): boolean
  /** How long logins at a provider rest after failures. */
  restRule(provider: string): RestRule
  /** The models people may choose for an agent, its own first. */
  modelChoices(agent: string): readonly ModelChoice[]
  /** The models to try, best first. Throws a Fault that says how to set one up. */
  candidates(agent: string, ref: string | undefined): readonly Candidate[]
  turnTimeoutMs(): number
  maxConcurrent(): number
  /** Turns of sub-agents at a time. */
  subagentsAtOnce(): number
  /**
   * Tokens of history that are never compacted away, and those kept free for the answer; the share of the window that is
   * condensed at a time, all at once when absent.
   */
  compaction(): { readonly keepTokens: number; readonly reserveTokens: number; readonly share?: number }
  contextTokens(): number | undefined
  /** How old tool results are shortened; undefined for not at all. */
  pruning(): PruneRule | undefined
  maxSteps(): number
  /** How long an answer may wait for its platform, in ms. */
  replyTtlMs(): number
  /** Characters of workspace files that are shown, and whether a new workspace gets files to start with. */
  bootstrap(): { readonly maxChars: number; readonly totalMaxChars: number; readonly starters?: boolean }
  /** The file of standing permissions to run programs, as it is now; undefined when there is none. */
  execApprovals(): Promise<ExecApprovals | undefined>
  /** Where an agent's skills are, and what the config says of them. */
  skills(agent: string): SkillRule
  /** What runs when something happens in the gateway. */
  hooks(): HookRule
  /** How a session of an agent is kept apart; undefined when it is not. */
  box(agent: string, session: string): BoxRule | undefined
  /** Why a person may not have commands elevated; undefined when they may. */
  notElevated(agent: string, from: Pick<InboundMessage, 'from' | 'to'>): string | undefined
  /** How an agent's answers are sent in parts on a channel. */
  blocks(agent: string, channel: string): BlockSettings
  /** Whether people run commands by `!`, and how long their end is waited for, in ms. */
  bash(): { readonly enabled: boolean; readonly foregroundMs: number }
  /** What an agent may spend; undefined for no caps. */
  budget(agent: string): BudgetRule | undefined
  /** How an agent's notes are kept and searched. */
  memory(agent: string): MemoryRule
  /** How notes are saved before a session is condensed; undefined for not at all. Tokens before the limit. */
  memoryFlush(): { readonly softTokens: number; readonly prompt?: string; readonly system?: string } | undefined
  /** The limits of an agent's sub-agents, and how they run. */
  subagents(agent: string): SubagentRule
  /** Which sessions the agent of a session may see, and which agents may talk to one another. */
  sessionTools(session: string): {
    readonly visibility: 'self' | 'tree' | 'agent' | 'all'
    readonly talk: { readonly enabled: boolean; readonly allow: readonly string[] }
  }
  /** Turns two agents go on for after one has answered the other. */
  pingPongTurns(): number
  /** Where the message tool may send besides the chat at hand. */
  messageRule(): MessageRule
  /** What of messages is put into words in a session; undefined for nothing. */
  understanding(
    agent: string,
    at: { readonly session: string; readonly channel: string; readonly kind: InboundMessage['kind'] },
  ): UnderstandingRule | undefined
  /** Which answers are spoken, and by whom. */
  speech(): SpeechRule
  /** The models that look at pictures for an agent. Throws a Fault that says how to set one up. */
  imageCandidates(agent: string, ref: string | undefined): readonly Candidate[]
  /** Who searches the web. */
  webSearch(): WebSearch | undefined
  webFetch(): WebFetch
  /** When programs go to the background, how long ended ones are remembered (ms), and of which ends a session is told. */
  backgroundRule(agent: string): {
    readonly yieldMs: number
    readonly keepMs: number
    readonly tell: boolean
    readonly tellEmpty: boolean
  }
  /** Names that may command the assistant beyond its allowlists; undefined leaves it to those. */
  owners(): readonly string[] | undefined
  responsePrefix(): string | undefined
  /** Whether a chat is told of a tool that failed when nothing else is said. */
  toolWarnings(): boolean
  timezone(): string
}
