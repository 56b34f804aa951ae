// Events as clients hear them: their shape, and those that are the same in both dialects.
import type { GatewayEvent } from '../domain/agent-event.ts'
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

/** Tokens with their sum. */
export const usageOf = (u: Usage) => ({ ...u, total: u.input + u.output + u.cacheRead + u.cacheWrite })

/** A text as content. */
export const said = (text: string) => ({ content: [{ type: 'text', text }] })

/** A text as an assistant's message; `at` in ms. */
export const message = (text: string, at: number) => ({ role: 'assistant', ...said(text), timestamp: at })

/** Events with the same name and data in both dialects. */
export function common(n: GatewayEvent, facts: WireFacts): WireEvent[] {
  switch (n.type) {
    case 'approval.requested': {
      const { id, command, cwd, agent, session, createdAt, expiresAt, host, security, ask, resolvedPath } = n.request
      const request = {
        command,
        cwd: cwd || null,
        host: host ?? 'gateway',
        security: security ?? null,
        ask: ask ?? null,
        agentId: agent || null,
        resolvedPath: resolvedPath ?? null,
        sessionKey: session || null,
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
    case 'node.requested':
      return [{ name: 'node.pair.requested', scope: 'pairing', draft: true, data: n.request }]
    case 'node.resolved': {
      const data = { requestId: n.request, nodeId: n.node, decision: n.decision, ts: facts.now() }
      return [{ name: 'node.pair.resolved', scope: 'pairing', draft: true, data }]
    }
    case 'cron':
      return [{ name: 'cron', draft: true, data: { jobId: n.job, action: n.action, ...n.data } }]
    case 'heartbeat':
      return [{ name: 'heartbeat', draft: true, data: { ...n.beat } }]
    case 'talk':
      return [{ name: 'talk.mode', draft: true, data: { enabled: n.enabled, phase: n.phase, ts: n.at } }]
    case 'voicewake':
      return [{ name: 'voicewake.changed', draft: true, data: { triggers: n.triggers } }]
    case 'update': {
      const updateAvailable = { currentVersion: n.current, latestVersion: n.latest, channel: n.channel }
      return [{ name: 'update.available', draft: true, data: { updateAvailable } }]
    }
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
