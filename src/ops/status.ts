// Operations that say how the gateway is.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import * as inbox from '../store/inbox.ts'
import * as outbox from '../store/outbox.ts'
import * as sessions from '../store/sessions.ts'
import { health, heartbeatOf } from './health.ts'
import type { Services } from './services.ts'
import { sessionRow } from './session-row.ts'
import { usualModel } from './find-session.ts'
import { span } from './table.ts'

const Loose = z.record(z.string(), z.unknown())

export const healthOp = defineOp({
  id: 'health',
  summary: 'Says whether the gateway and its channels are well.',
  scope: 'read',
  params: z.strictObject({ probe: z.boolean().optional().describe('look again instead of answering from memory') }),
  result: Loose,
  cli: {
    path: 'health',
    aliases: ['gateway health'],
    print: (r) => {
      const lines = Object.entries(
        (r['channels'] ?? {}) as Record<string, { connected?: boolean; lastError?: string | null }>,
      ).map(([id, c]) => `  ${c.connected ? '✓' : '✗'} ${id}${c.lastError ? `: ${c.lastError}` : ''}`)
      return [
        'Gateway: ok',
        `Sessions: ${(r['sessions'] as { count: number }).count}`,
        'Channels:',
        ...(lines.length ? lines : ['  none']),
      ].join('\n')
    },
  },
  examples: [{ params: {} }, { params: { probe: true } }],
  handler: ({ params }, s: Pick<Services, 'engine' | 'clock' | 'channels'>) => health(s, params.probe === true),
})

export const status = defineOp({
  id: 'status',
  summary: 'Reports on the gateway: model, sessions, queues, deliveries.',
  scope: 'read',
  params: z.strictObject({ all: z.boolean().optional().describe('everything there is') }),
  result: Loose,
  cli: {
    path: 'status',
    print: (r) => {
      const s = r['sessions'] as { count: number; defaults: { model: string | null } }
      const g = r['gateway'] as { version: string; port: number; uptimeMs: number }
      const messages = r['messages'] as { inbox: Record<string, number>; outbox: Record<string, number> }
      const channels = r['channelSummary'] as string[]
      return [
        `oclaw ${g.version} on port ${g.port}, up ${span(g.uptimeMs)}`,
        `Model: ${s.defaults.model ?? 'none'}`,
        `Sessions: ${s.count}`,
        `Channels: ${channels.length ? channels.join(', ') : 'none'}`,
        `Waiting: ${messages.inbox['new'] ?? 0} in, ${messages.outbox['ready'] ?? 0} out; undelivered: ${messages.outbox['unknown'] ?? 0} unknown, ${messages.outbox['failed'] ?? 0} failed`,
      ].join('\n')
    },
  },
  examples: [{ params: {} }],
  handler: (
    { caller },
    { engine: e, clock, channels, gateway }: Pick<Services, 'engine' | 'clock' | 'channels' | 'gateway'>,
  ) => {
    const { db, settings } = e.world
    const admin = caller.scopes.has('admin')
    const agentId = settings.defaultAgent()
    const usual = usualModel(e, agentId)
    const now = clock.now()
    const recent = admin
      ? sessions.list(db, { limit: 10, includeGlobal: true, includeUnknown: false }).map((s) => ({
          ...sessionRow(s, usual),
          age: now - s.updatedAt,
          totalTokens: s.contextTokens || null,
          remainingTokens: usual ? Math.max(0, usual.info.contextWindow - s.contextTokens) : null,
          percentUsed: usual ? Math.round((s.contextTokens / usual.info.contextWindow) * 100) : null,
          flags: [],
        }))
      : []
    const count = sessions.count(db)
    return {
      heartbeat: {
        defaultAgentId: agentId,
        agents: settings.agents().map((id) => {
          const { enabled, every, everyMs, stopped } = heartbeatOf(e, id)
          return { agentId: id, enabled, every, everyMs, ...(stopped === undefined ? {} : { stopped }) }
        }),
      },
      channelSummary: channels
        .status()
        .map((a) => `${a.label} ${a.accountId}: ${a.connected ? 'connected' : (a.lastError ?? 'stopped')}`),
      queuedSystemEvents: [],
      sessions: {
        paths: admin ? [db.path] : [],
        count,
        defaults: {
          model: admin ? (usual?.ref ?? null) : null,
          contextTokens: admin ? (usual?.info.contextWindow ?? null) : null,
        },
        recent,
        byAgent: [{ agentId, path: admin ? db.path : '[redacted]', count, recent }],
      },
      gateway: {
        version: gateway.version,
        port: gateway.port(),
        uptimeMs: now - gateway.startedAt,
        clients: gateway.clients(),
      },
      runs: e.runs.all().map((r) => ({ run: r.run, session: r.session, startedAt: r.startedAt })),
      messages: { inbox: inbox.tally(db), outbox: outbox.tally(db) },
    }
  },
})

export const gatewayInfo = defineOp({
  id: 'gateway.info',
  summary: 'Says what this gateway is and where it listens.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({
    name: z.string(),
    version: z.string(),
    commit: z.string().optional(),
    protocol: z.number(),
    uptime: z.number(),
    uptimeMs: z.number(),
    startedAt: z.number(),
    pid: z.number(),
    host: z.string(),
    port: z.number(),
    bind: z.string(),
    bindHost: z.string(),
    mode: z.string(),
    authMode: z.string(),
    configPath: z.string(),
    stateDir: z.string(),
    channels: z.number(),
    sessions: z.number(),
    activeSessions: z.number(),
    clients: z.number(),
  }),
  cli: {
    path: 'gateway status',
    print: (r) =>
      [
        'Gateway Status',
        '--------------',
        'Running: Yes',
        `PID: ${r.pid}`,
        `Uptime: ${span(r.uptimeMs)}`,
        `Port: ${r.port}`,
        `Bind: ${r.bind}`,
        `Channels: ${r.channels} connected`,
        `Sessions: ${r.activeSessions} active`,
      ].join('\n'),
  },
  examples: [{ params: {} }],
  handler: (
    _call,
    { engine: e, clock, channels, gateway: g }: Pick<Services, 'engine' | 'clock' | 'channels' | 'gateway'>,
  ) => {
    const uptimeMs = clock.now() - g.startedAt
    return {
      name: 'oclaw',
      version: g.version,
      ...(g.commit === undefined ? {} : { commit: g.commit }),
      protocol: 3,
      uptime: Math.floor(uptimeMs / 1000),
      uptimeMs,
      startedAt: g.startedAt,
      pid: g.pid,
      host: g.host,
      port: g.port(),
      bind: g.bind(),
      bindHost: g.bindHost(),
      mode: 'local',
      authMode: g.authMode(),
      configPath: g.configPath,
      stateDir: g.stateDir,
      channels: channels.status().filter((a) => a.connected).length,
      sessions: sessions.count(e.world.db),
      activeSessions: sessions.count(e.world.db, clock.now() - 86_400_000),
      clients: g.clients(),
    }
  },
})

export const gatewayStop = defineOp({
  id: 'gateway.stop',
  summary: 'Ends the gateway after what is going on has had ten seconds.',
  scope: 'admin',
  params: z.strictObject({
    reason: z.string().max(120).default('stopped by command').describe('told to connected clients'),
  }),
  result: z.object({ ok: z.literal(true), pid: z.number() }),
  cli: { path: 'gateway stop', print: (r) => `The gateway (pid ${r.pid}) is stopping.` },
  examples: [{ params: {}, note: 'ends the gateway' }],
  handler: ({ params }, { gateway }: Pick<Services, 'gateway'>) => {
    gateway.stop({ reason: params.reason, restart: false })
    return { ok: true as const, pid: gateway.pid }
  },
})

export const gatewayRestart = defineOp({
  id: 'gateway.restart',
  summary: 'Starts the gateway anew in the same process.',
  scope: 'admin',
  params: z.strictObject({
    reason: z.string().max(120).default('restarted by command').describe('told to connected clients'),
  }),
  result: z.object({ ok: z.literal(true), pid: z.number() }),
  cli: { path: 'gateway restart', print: (r) => `The gateway (pid ${r.pid}) is restarting.` },
  examples: [{ params: {}, note: 'restarts the gateway' }],
  handler: ({ params }, { gateway }: Pick<Services, 'gateway'>) => {
    gateway.stop({ reason: params.reason, restart: true })
    return { ok: true as const, pid: gateway.pid }
  },
})
