// What a turn says while it runs, and the other news of the gateway.
import type { ErrorShape } from '../lib/fault.ts'
import type { HeartbeatNews } from './heartbeat.ts'
import type { InboundMessage } from './message.ts'
import type { Entry, StopReason, Usage } from './turn.ts'

/** News of one run. `text` and `thinking` may be dropped for a slow reader; the rest may not. */
export type AgentEvent =
  | { readonly type: 'started' }
  | { readonly type: 'text'; readonly delta: string; readonly text: string }
  | { readonly type: 'thinking'; readonly delta: string; readonly text: string }
  | { readonly type: 'tool.started'; readonly id: string; readonly tool: string; readonly input: unknown }
  /** `full`: the session's verbose level says that its readers want the words of its tools, too. */
  | {
      readonly type: 'tool.progress'
      readonly id: string
      readonly tool: string
      readonly note: string
      readonly full: boolean
    }
  | {
      readonly type: 'tool.finished'
      readonly id: string
      readonly tool: string
      readonly ok: boolean
      readonly text: string
      readonly full: boolean
    }
  | { readonly type: 'compaction'; readonly phase: 'start' | 'end' }
  | { readonly type: 'entry'; readonly entry: Entry }
  | {
      readonly type: 'finished'
      readonly stop: StopReason
      readonly usage: Usage
      readonly model: string
      /** The answer as its reader should see it; empty when there is nothing to say. */
      readonly text: string
    }
  | { readonly type: 'cancelled'; readonly by: 'rpc' | 'stop' | 'timeout' | 'shutdown'; readonly text: string }
  | { readonly type: 'failed'; readonly error: ErrorShape }

/** Whose run an event is of. `at` in ms; `seq` counts from 1 within the run. */
export interface RunRef {
  readonly run: string
  readonly turn: string
  readonly session: string
  readonly seq: number
  readonly at: number
}

/** A question to a person before a tool may act. Times in ms. */
export interface ApprovalRequest {
  readonly id: string
  readonly session: string
  readonly agent: string
  readonly command: string
  readonly argv: readonly string[]
  readonly cwd: string
  readonly hash: string
  /** Where it is to be run, and by which policy, when another program asks; this gateway when absent. */
  readonly host?: string
  readonly security?: string
  readonly ask?: string
  readonly resolvedPath?: string
  readonly createdAt: number
  readonly expiresAt: number
}

export type ApprovalDecision = 'allow-once' | 'allow-always' | 'deny'

/** Everything the gateway tells those who listen; `server/wire-*.ts` translates it for each dialect. */
export type GatewayEvent =
  | { readonly type: 'agent'; readonly run: RunRef; readonly event: AgentEvent }
  /** A chat line that no run made: a slash command's answer, an injected message. */
  | {
      readonly type: 'chat'
      readonly run: string
      readonly session: string
      readonly text: string
      readonly at: number
    }
  /** A message that waits: its answer comes under another run. */
  | { readonly type: 'deferred'; readonly run: string; readonly session: string }
  | { readonly type: 'message'; readonly message: InboundMessage; readonly session: string }
  /** Somebody who may has given a command; it is about to be carried out. Inside the process only. */
  | {
      readonly type: 'command'
      readonly name: string
      readonly args: string
      readonly session: string
      readonly message: InboundMessage
    }
  | {
      readonly type: 'typing'
      readonly channel: string
      readonly account: string
      readonly to: string
      readonly session: string
      readonly active: boolean
    }
  | {
      readonly type: 'channel'
      readonly channel: string
      readonly account: string
      readonly online: boolean
      readonly why?: string
    }
  | {
      readonly type: 'session'
      readonly change: 'created' | 'updated' | 'reset' | 'deleted' | 'pruned'
      readonly key: string
      readonly sessionId: string
      readonly agent: string
      readonly fields: readonly string[]
      readonly kept?: number
      readonly removed?: number
    }
  | { readonly type: 'approval.requested'; readonly request: ApprovalRequest }
  | {
      readonly type: 'approval.resolved'
      readonly id: string
      readonly decision: ApprovalDecision
      readonly by: string
    }
  | {
      readonly type: 'config'
      readonly paths: readonly string[]
      readonly valid: boolean
      readonly issues: readonly string[]
    }
  | {
      readonly type: 'delivery'
      readonly out: string
      readonly state: 'sent' | 'unknown' | 'failed' | 'expired'
      readonly error?: string
    }
  | { readonly type: 'device.requested'; readonly request: string }
  | {
      readonly type: 'device.resolved'
      readonly request: string
      readonly device: string
      readonly decision: 'approved' | 'rejected'
    }
  /** A device may no longer be connected with what it has; of one role when named. */
  | { readonly type: 'device.closed'; readonly device: string; readonly role?: string; readonly why: string }
  /** A node asks to be paired; what it said of itself. */
  | { readonly type: 'node.requested'; readonly request: Readonly<Record<string, unknown>> }
  | {
      readonly type: 'node.resolved'
      readonly request: string
      readonly node: string
      readonly decision: 'approved' | 'rejected'
    }
  /** A job was changed, or a run of it began or ended. */
  | {
      readonly type: 'cron'
      readonly job: string
      readonly action: 'added' | 'updated' | 'removed' | 'started' | 'finished'
      readonly data: Readonly<Record<string, unknown>>
    }
  | { readonly type: 'talk'; readonly enabled: boolean; readonly phase: string | null; readonly at: number }
  /** A regular turn of an agent has ended, or was passed over. */
  | { readonly type: 'heartbeat'; readonly beat: HeartbeatNews }
  /** The words that wake voice clients. */
  | { readonly type: 'voicewake'; readonly triggers: readonly string[] }
  /** A newer version of this program was found. */
  | { readonly type: 'update'; readonly current: string; readonly latest: string; readonly channel: string }
  | { readonly type: 'presence' }
  | { readonly type: 'health' }
  | { readonly type: 'shutdown'; readonly reason: string; readonly restartExpectedMs: number | null }
