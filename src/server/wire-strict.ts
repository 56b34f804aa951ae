// Translates the gateway's own news into the events of the strict dialect. Nothing inside knows these names.
import type { AgentEvent, GatewayEvent, RunRef } from '../domain/agent-event.ts'
import { isBeat } from '../domain/heartbeat.ts'
import { common, message, said, usageOf, type WireEvent, type WireFacts } from './wire.ts'

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
        if (isBeat(run.run)) return out // it may come to nothing
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
        return [
          tool({ phase: 'update', name: e.tool, toolCallId: e.id, ...(e.full ? { partialResult: said(e.note) } : {}) }),
        ]
      case 'tool.finished':
        return [
          tool({
            phase: 'result',
            name: e.tool,
            toolCallId: e.id,
            isError: !e.ok,
            ...(e.full ? { result: said(e.text) } : {}),
          }),
        ]
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
        return ofRun(n.run, n.event).filter((e) => e.name !== 'chat' || !isBeat(n.run.run) || 'message' in e.data)
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
                usage: noUsage,
                api: 'openai-responses', // what the original writes for a line no model made
                provider: 'openclaw',
                model: 'gateway-injected',
              },
            },
          },
        ]
      case 'deferred':
        return [{ name: 'chat', data: { runId: n.run, sessionKey: n.session, seq: 0, state: 'final' } }]
      default:
        return common(n, facts)
    }
  }
}

const noTokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
const noUsage = { ...noTokens, totalTokens: 0, cost: { ...noTokens, total: 0 } }
