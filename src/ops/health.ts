// The gateway's health: a snapshot made at most once a minute, shared by every transport.
import type { GatewayEvent } from '../domain/agent-event.ts'
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
  const recent = sessions
    .list(db, { limit: 5, includeGlobal: true, includeUnknown: false })
    .map((s) => ({ key: s.key, updatedAt: s.updatedAt, age: now - s.updatedAt }))
  const store = { path: db.path, count: sessions.count(db), recent }
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
    heartbeatSeconds: 0,
    defaultAgentId: id,
    agents: [
      {
        agentId: id,
        isDefault: true,
        heartbeat: { enabled: false, every: '0m', everyMs: null, prompt: '', target: 'none', ackMaxChars: 300 },
        sessions: store,
      },
    ],
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
