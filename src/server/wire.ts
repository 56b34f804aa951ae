// Translates the gateway's own news into the events of both dialects. Nothing inside knows these names.
import type { AgentEvent, GatewayEvent, RunRef } from '../domain/agent-event.ts'
import type { Usage } from '../domain/turn.ts'
import type { OpScope } from '../define/op.ts'

/** One event for one dialect. */
export interface WireEvent {
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
  /** The scope needed to hear it; `read` unless said otherwise. */
  readonly scope?: OpScope
  /** May be skipped for a slow reader. */
  readonly draft?: boolean
  /** Only for connections that declared `tool-events` and started a run in this session; without `seq`. */
  readonly toolOf?: string
  /** Carries the versions of presence and health. */
  readonly versioned?: boolean
  /** The session whose key is to be spelled as the reader spells it. */
  readonly spelled?: string
}

/** What translation needs to know that the news do not say. */
export interface WireFacts {
  health(): unknown
  presence(): readonly unknown[]
  /** Whether tool results are shown in full in this session. */
  now(): number
}

const usageOf = (u: Usage) => ({ ...u, total: u.input + u.output + u.cacheRead + u.cacheWrite })
const message = (text: string, at: number) => ({ role: 'assistant', content: [{ type: 'text', text }], timestamp: at })

/** Translates for strict (v3) connections. Keeps, per run, when the last chat draft went out: at most one in 150 ms. */
export function strictWire(facts: WireFacts) {
  const drafts = new Map<string, number>()

  function ofRun(run: RunRef, e: AgentEvent): WireEvent[] {
    const agent = (stream: string, data: Record<string, unknown>): WireEvent => ({
      name: 'agent',
      data: { runId: run.run, seq: run.seq, stream, ts: run.at, sessionKey: run.session, data },
      draft: stream === 'assistant' || stream === 'thinking',
    })
    const chat = (state: string, more: Record<string, unknown>): WireEvent => ({
      name: 'chat',
      data: { runId: run.run, sessionKey: run.session, seq: run.seq, state, ...more },
      draft: state === 'delta',
    })
    const tool = (data: Record<string, unknown>): WireEvent => ({ ...agent('tool', data), toolOf: run.session })
    switch (e.type) {
      case 'started':
        return [agent('lifecycle', { phase: 'start', startedAt: run.at })]
      case 'text': {
        const out = [agent('assistant', { text: e.text, delta: e.delta })]
        if (run.at - (drafts.get(run.run) ?? -Infinity) < 150) return out
        drafts.set(run.run, run.at)
        return [...out, chat('delta', { message: message(e.text, run.at) })]
      }
      case 'thinking':
      case 'entry':
        return []
      case 'tool.started':
        return [tool({ phase: 'start', name: e.tool, toolCallId: e.id, args: e.input })]
      case 'tool.progress':
        return [tool({ phase: 'update', name: e.tool, toolCallId: e.id })]
      case 'tool.finished':
        return [tool({ phase: 'result', name: e.tool, toolCallId: e.id, isError: !e.ok })]
      case 'compaction':
        return [agent('compaction', e.phase === 'start' ? { phase: 'start' } : { phase: 'end', willRetry: false })]
      case 'finished':
        drafts.delete(run.run)
        return [
          agent('lifecycle', { phase: 'end', endedAt: run.at }),
          chat('final', {
            ...(e.text ? { message: message(e.text, run.at) } : {}),
            usage: usageOf(e.usage),
            stopReason: 'stop',
          }),
        ]
      case 'cancelled':
        drafts.delete(run.run)
        return [
          agent('lifecycle', { phase: 'end', endedAt: run.at, aborted: true }),
          chat('aborted', { ...(e.text ? { message: message(e.text, run.at) } : {}), stopReason: e.by }),
        ]
      case 'failed':
        drafts.delete(run.run)
        return [
          agent('lifecycle', { phase: 'error', error: e.error.message, endedAt: run.at }),
          chat('error', { errorMessage: e.error.message }),
        ]
    }
  }

  return (n: GatewayEvent): WireEvent[] => {
    switch (n.type) {
      case 'agent':
        return ofRun(n.run, n.event)
      case 'chat':
        return [
          {
            name: 'chat',
            data: {
              runId: n.run,
              sessionKey: n.session,
              seq: n.run.startsWith('inject-') ? 0 : 1,
              state: 'final',
              message: {
                ...message(n.text, n.at),
                stopReason: 'stop',
                provider: 'openclaw',
                model: 'gateway-injected',
              },
            },
          },
        ]
      default:
        return common(n, facts)
    }
  }
}

/** Events with the same name and data in both dialects. */
function common(n: GatewayEvent, facts: WireFacts): WireEvent[] {
  switch (n.type) {
    case 'approval.requested': {
      const { id, command, cwd, agent, session, createdAt, expiresAt } = n.request
      const request = {
        command,
        cwd,
        host: 'gateway',
        security: null,
        ask: null,
        agentId: agent,
        resolvedPath: null,
        sessionKey: session,
      }
      return [
        {
          name: 'exec.approval.requested',
          scope: 'approvals',
          draft: true,
          data: { id, request, createdAtMs: createdAt, expiresAtMs: expiresAt },
        },
      ]
    }
    case 'approval.resolved':
      return [
        {
          name: 'exec.approval.resolved',
          scope: 'approvals',
          draft: true,
          data: { id: n.id, decision: n.decision, resolvedBy: n.by, ts: facts.now() },
        },
      ]
    case 'device.requested':
      return [
        {
          name: 'device.pair.requested',
          scope: 'pairing',
          draft: true,
          data: { requestId: n.request, ts: facts.now() },
        },
      ]
    case 'device.resolved':
      return [
        {
          name: 'device.pair.resolved',
          scope: 'pairing',
          draft: true,
          data: { requestId: n.request, deviceId: n.device, decision: n.decision, ts: facts.now() },
        },
      ]
    case 'health':
      return [{ name: 'health', data: facts.health() as Record<string, unknown>, versioned: true }]
    case 'presence':
      return [{ name: 'presence', data: { presence: facts.presence() }, versioned: true, draft: true }]
    case 'shutdown':
      return [{ name: 'shutdown', scope: 'public', data: { reason: n.reason, restartExpectedMs: n.restartExpectedMs } }]
    default:
      return []
  }
}

/** Translates for simple connections: the seeds' own events beside the raw ones. */
export function simpleWire(facts: WireFacts) {
  function ofRun(run: RunRef, e: AgentEvent): WireEvent[] {
    const about = { runId: run.run, sessionKey: run.session }
    const spelled = run.session
    const done = (status: string, more: Record<string, unknown>): WireEvent => ({
      name: 'agent.done',
      data: { ...about, status, ...more },
      spelled,
    })
    switch (e.type) {
      case 'text':
        return [
          { name: 'agent.text', data: { ...about, text: e.text, delta: e.delta, seq: run.seq }, draft: true, spelled },
        ]
      case 'thinking':
        return [
          {
            name: 'agent.thinking',
            data: { ...about, text: e.text, delta: e.delta, seq: run.seq },
            draft: true,
            spelled,
          },
        ]
      case 'tool.started':
        return [
          { name: 'agent.tool.start', data: { ...about, toolCallId: e.id, name: e.tool, args: e.input }, spelled },
        ]
      case 'tool.progress':
        return [
          {
            name: 'agent.tool.update',
            data: { ...about, toolCallId: e.id, name: e.tool, note: e.note },
            draft: true,
            spelled,
          },
        ]
      case 'tool.finished':
        return [
          {
            name: 'agent.tool.result',
            data: { ...about, toolCallId: e.id, name: e.tool, isError: !e.ok, result: e.text },
            spelled,
          },
        ]
      case 'finished':
        return [done('ok', { text: e.text, usage: usageOf(e.usage), stopReason: e.stop, model: e.model })]
      case 'cancelled':
        return [done('aborted', { text: e.text, stopReason: e.by })]
      case 'failed':
        return [done('error', { text: '', error: e.error })]
      default:
        return []
    }
  }

  function own(n: GatewayEvent): WireEvent[] {
    switch (n.type) {
      case 'agent':
        return ofRun(n.run, n.event)
      case 'message': {
        const { message: m, session } = n
        const data = {
          channel: m.to.channel,
          accountId: m.to.account,
          from: m.from.id,
          sessionKey: session,
          text: m.text,
          messageId: m.id,
          ts: m.at,
        }
        return [{ name: 'message', data, spelled: session }]
      }
      case 'typing':
        return [
          {
            name: 'typing',
            data: { ...n, type: undefined, accountId: n.account, sessionKey: n.session, ts: facts.now() },
            draft: true,
          },
        ]
      case 'channel': {
        const status = n.online ? 'online' : 'offline'
        return [
          {
            name: 'presence',
            data: {
              kind: 'channel',
              channel: n.channel,
              accountId: n.account,
              status,
              connected: n.online,
              ts: facts.now(),
            },
          },
        ]
      }
      case 'session': {
        const about = { key: n.key, sessionId: n.sessionId, agentId: n.agent }
        if (n.change === 'created') return [{ name: 'session.created', data: about }]
        if (n.change === 'pruned' || n.change === 'reset')
          return [
            {
              name: 'session.pruned',
              data: {
                ...about,
                kept: n.kept ?? 0,
                removed: n.removed ?? 0,
                reason: n.change === 'reset' ? 'reset' : 'compact',
              },
            },
          ]
        return [
          {
            name: 'session.updated',
            data: { ...about, changed: n.change === 'deleted' ? ['deleted'] : n.fields, updatedAt: facts.now() },
          },
        ]
      }
      case 'config':
        return [{ name: 'config.changed', data: { paths: n.paths, valid: n.valid, issues: n.issues } }]
      case 'delivery':
        return [
          {
            name: 'delivery',
            data: { id: n.out, state: n.state, ...(n.error === undefined ? {} : { error: n.error }) },
          },
        ]
      default:
        return []
    }
  }

  return (n: GatewayEvent, strict: readonly WireEvent[]): WireEvent[] => {
    const raw = strict.map(({ toolOf: _toolOf, ...e }) => e)
    const mine = own(n)
    const ends = n.type === 'agent' && ['finished', 'cancelled', 'failed'].includes(n.event.type)
    return ends ? [...mine, ...raw] : [...raw, ...mine]
  }
}
