// The gateway's health: a snapshot made at most once a minute, shared by every transport.
import type { GatewayEvent } from '../domain/agent-event.ts'
import { usualPrompt, type HeartbeatRule } from '../domain/heartbeat.ts'
import * as sessions from '../store/sessions.ts'
import type { AccountStatus, Services } from './services.ts'

/** Age at which a snapshot is made anew, in ms. */
export const healthMs = 60_000

/** The accounts of each channel, in the order they came. */
export function byChannel(list: readonly AccountStatus[]): Map<string, AccountStatus[]> {
  const out = new Map<string, AccountStatus[]>()
  for (const a of list) out.set(a.channel, [...(out.get(a.channel) ?? []), a])
  return out
}

/** What of an account is shown in health. */
const brief = (a: AccountStatus) => ({
  accountId: a.accountId,
  configured: a.configured,
  running: a.running,
  connected: a.connected,
  lastError: a.lastError,
  tokenSource: a.tokenSource,
})

/** An agent's regular turns as programs see them. */
interface HeartbeatState extends Pick<HeartbeatRule, 'every' | 'target' | 'ackMaxChars' | 'model'> {
  readonly enabled: boolean
  readonly everyMs: number | null
  readonly prompt: string
  readonly stopped?: string
}

/** How an agent's regular turns are; `stopped` says why they stand still. */
export function heartbeatOf(e: Services['engine'], agent: string): HeartbeatState {
  const rule = e.world.settings.heartbeat(agent)
  if (!rule) return { enabled: false, every: '0m', everyMs: null, prompt: '', target: 'none', ackMaxChars: 300 }
  const { every, everyMs, target, ackMaxChars, model, prompt = usualPrompt } = rule
  const stopped = e.heartbeat.brake(agent)
  return {
    enabled: stopped !== 'disabled',
    every,
    everyMs,
    prompt,
    target,
    ackMaxChars,
    ...(model === undefined ? {} : { model }),
    ...(stopped === undefined ? {} : { stopped }),
  }
}

/** Makes a snapshot. Spans in ms. */
export function healthOf({
  engine: e,
  clock,
  channels,
}: Pick<Services, 'engine' | 'clock' | 'channels'>): Record<string, unknown> {
  const started = clock.monotonic()
  const { db, settings } = e.world
  const now = clock.now()
  const id = settings.defaultAgent()
  const storeOf = (agent?: string) => ({
    path: db.path,
    count: sessions.count(db, 0, agent ?? null),
    recent: sessions
      .list(db, { limit: 5, includeGlobal: true, includeUnknown: false, ...(agent === undefined ? {} : { agent }) })
      .map((s) => ({ key: s.key, updatedAt: s.updatedAt, age: now - s.updatedAt })),
  })
  const store = storeOf()
  const accounts = byChannel(channels.status())
  return {
    ok: true,
    ts: now,
    durationMs: Math.round(clock.monotonic() - started),
    channels: Object.fromEntries(
      [...accounts].map(([channel, list]) => {
        const first = list[0] as AccountStatus
        return [channel, { ...brief(first), accounts: Object.fromEntries(list.map((a) => [a.accountId, brief(a)])) }]
      }),
    ),
    channelOrder: [...accounts.keys()],
    channelLabels: Object.fromEntries(channels.definitions.map((d) => [d.id, d.label])),
    heartbeatSeconds: Math.round((settings.heartbeat(id)?.everyMs ?? 0) / 1000),
    defaultAgentId: id,
    agents: settings.agents().map((agentId) => ({
      agentId,
      isDefault: agentId === id,
      heartbeat: heartbeatOf(e, agentId),
      sessions: agentId === id ? store : storeOf(agentId),
    })),
    sessions: store,
  }
}

const caches = new WeakMap<object, { at: number; value: Record<string, unknown> }>()

/** The snapshot in force; made anew when it is old or when asked for. News of it go out then. */
export function health(
  services: Pick<Services, 'engine' | 'clock' | 'channels'>,
  fresh = false,
): Record<string, unknown> {
  const known = caches.get(services.engine)
  const now = services.clock.now()
  if (known && !fresh && now - known.at < healthMs) return known.value
  const value = healthOf(services)
  caches.set(services.engine, { at: now, value })
  const news: GatewayEvent = { type: 'health' }
  services.engine.world.news.publish(news)
  return value
}
