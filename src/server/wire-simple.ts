// Translates the gateway's own news into the events of the simple dialect: the seeds' own names beside the raw ones.
import type { AgentEvent, GatewayEvent, RunRef } from '../domain/agent-event.ts'
import { usageOf, type WireEvent, type WireFacts } from './wire.ts'

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
