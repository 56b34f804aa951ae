// One sample, or more, of every kind of news: what the dialects make of them shows what clients hear.
import type { z } from 'zod'
import type { ErrorShape } from '../lib/fault.ts'
import type { AgentEvent, ApprovalRequest, GatewayEvent, RunRef } from '../domain/agent-event.ts'
import type { InboundMessage } from '../domain/message.ts'

type OfType<U, K> = Extract<U, { readonly type: K }>
type Samples<U extends { readonly type: string }> = {
  readonly [K in U['type']]: readonly [OfType<U, K>, ...OfType<U, K>[]]
}

/** Stands in a sample for a value whose shape is known by its schema. */
export class Known {
  constructor(readonly schema: z.ZodType | Readonly<Record<string, unknown>>) {}
}

/** Begins every text of a sample, so that it is told apart from words the dialects put in themselves. */
export const mark = '\u{f8ff}'

const text = `${mark}text`
const at = 1_750_000_000_000

const runRef: RunRef = { run: text, turn: text, session: text, seq: 1, at }
const anything = new Known({})

const errors: ErrorShape[] = [
  { code: text as ErrorShape['code'], message: text },
  { code: text as ErrorShape['code'], message: text, details: anything, retryable: true, retryAfterMs: 1 },
]

const agentSamples: Samples<AgentEvent> = {
  started: [{ type: 'started' }],
  text: [{ type: 'text', delta: text, text }],
  thinking: [{ type: 'thinking', delta: text, text }],
  'tool.started': [{ type: 'tool.started', id: text, tool: text, input: anything }],
  'tool.progress': [
    { type: 'tool.progress', id: text, tool: text, note: text, full: false },
    { type: 'tool.progress', id: text, tool: text, note: text, full: true },
  ],
  'tool.finished': [
    { type: 'tool.finished', id: text, tool: text, ok: true, text, full: false },
    { type: 'tool.finished', id: text, tool: text, ok: true, text, full: true },
  ],
  compaction: [
    { type: 'compaction', phase: 'start' },
    { type: 'compaction', phase: 'end' },
  ],
  entry: [
    {
      type: 'entry',
      entry: { id: 1, session: text, turn: text, role: 'user', parts: [], at, tokens: 1 },
    },
  ],
  finished: ([{ cost: 1 }, {}] as const).flatMap((cost) =>
    [text, ''].map((answer) => ({
      type: 'finished' as const,
      stop: text as 'end',
      usage: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1, ...cost },
      model: text,
      text: answer,
    })),
  ) as unknown as Samples<AgentEvent>['finished'],
  cancelled: (['rpc', 'stop', 'timeout', 'shutdown'] as const).flatMap((by) =>
    [text, ''].map((said) => ({ type: 'cancelled' as const, by, text: said })),
  ) as unknown as Samples<AgentEvent>['cancelled'],
  failed: errors.map((error) => ({ type: 'failed' as const, error })) as unknown as Samples<AgentEvent>['failed'],
}

const message: InboundMessage = {
  id: text,
  at,
  to: { channel: text, account: text, chat: text },
  kind: 'direct',
  from: { id: text },
  text,
  media: [],
  addressed: true,
}

const request: ApprovalRequest = {
  id: text,
  session: text,
  agent: text,
  command: text,
  argv: [text],
  cwd: text,
  hash: text,
  createdAt: at,
  expiresAt: at,
}

const session = (change: OfType<GatewayEvent, 'session'>['change'], more: object = {}) =>
  ({ type: 'session', change, key: text, sessionId: text, agent: text, fields: [text], ...more }) as const

/** Samples of everything the gateway tells, by kind. A new kind of news needs one here. */
export const samples: Samples<Exclude<GatewayEvent, { type: 'agent' }>> = {
  chat: [
    { type: 'chat', run: text, session: text, text, at },
    { type: 'chat', run: `inject-${text}`, session: text, text, at },
  ],
  deferred: [{ type: 'deferred', run: text, session: text }],
  message: [{ type: 'message', message, session: text }],
  command: [{ type: 'command', name: text, args: text, session: text, message }],
  typing: [{ type: 'typing', channel: text, account: text, to: text, session: text, active: true }],
  channel: [
    { type: 'channel', channel: text, account: text, online: true },
    { type: 'channel', channel: text, account: text, online: false, why: text },
  ],
  session: [
    session('created'),
    session('updated'),
    session('deleted'),
    session('reset'),
    session('pruned', { kept: 1, removed: 1 }),
  ],
  'approval.requested': [{ type: 'approval.requested', request }],
  'approval.resolved': [
    { type: 'approval.resolved', id: text, decision: 'allow-once', by: text },
    { type: 'approval.resolved', id: text, decision: 'allow-always', by: text },
    { type: 'approval.resolved', id: text, decision: 'deny', by: text },
  ],
  config: [{ type: 'config', paths: [text], valid: true, issues: [text] }],
  delivery: [
    { type: 'delivery', out: text, state: 'sent' },
    { type: 'delivery', out: text, state: 'unknown', error: text },
    { type: 'delivery', out: text, state: 'failed', error: text },
    { type: 'delivery', out: text, state: 'expired', error: text },
  ],
  'device.requested': [{ type: 'device.requested', request: text }],
  'device.resolved': [
    { type: 'device.resolved', request: text, device: text, decision: 'approved' },
    { type: 'device.resolved', request: text, device: text, decision: 'rejected' },
  ],
  'device.closed': [{ type: 'device.closed', device: text, why: text }],
  'node.requested': [{ type: 'node.requested', request: { requestId: text, nodeId: text, isRepair: true, ts: at } }],
  'node.resolved': [
    { type: 'node.resolved', request: text, node: text, decision: 'approved' },
    { type: 'node.resolved', request: text, node: text, decision: 'rejected' },
  ],
  cron: [
    { type: 'cron', job: text, action: 'added', data: { nextRunAtMs: at } },
    {
      type: 'cron',
      job: text,
      action: 'finished',
      data: { runAtMs: at, durationMs: 1, status: 'ok', summary: text, sessionId: text, sessionKey: text },
    },
  ],
  heartbeat: [
    { type: 'heartbeat', beat: { ts: at, status: 'skipped', agentId: text, reason: text } },
    {
      type: 'heartbeat',
      beat: {
        ts: at,
        status: 'sent',
        agentId: text,
        preview: text,
        durationMs: 1,
        hasMedia: true,
        channel: text,
        to: text,
        accountId: text,
        silent: true,
        indicatorType: 'alert',
      },
    },
  ],
  talk: [
    { type: 'talk', enabled: true, phase: text, at },
    { type: 'talk', enabled: false, phase: null, at },
  ],
  voicewake: [{ type: 'voicewake', triggers: [text] }],
  update: [{ type: 'update', current: text, latest: text, channel: text }],
  presence: [{ type: 'presence' }],
  health: [{ type: 'health' }],
  shutdown: [
    { type: 'shutdown', reason: text, restartExpectedMs: 1 },
    { type: 'shutdown', reason: text, restartExpectedMs: null },
  ],
}

/** Every sample, those of one kind together: the kinds of a run each by themselves. */
export function groups(): (readonly GatewayEvent[])[] {
  const runs = Object.values(agentSamples).map((kinds: readonly AgentEvent[]) =>
    kinds.map((event) => ({ type: 'agent' as const, run: runRef, event })),
  )
  return [...runs, ...Object.values(samples)]
}
