// The regular turns of agents, as the config says: none unless it says how often, or an agent has its own.
import { canonicalKey, normalizeAgentId } from '../../domain/session-key.ts'
import { spanMs, type HeartbeatRule } from '../../domain/heartbeat.ts'
import type { Config } from '../catalog.ts'

/** A time zone that exists, or the other one. */
function zoneOf(wanted: string | undefined, user: string, host: string): string {
  if (wanted === undefined || wanted === 'user') return user
  if (wanted === 'local') return host
  try {
    return new Intl.DateTimeFormat('en', { timeZone: wanted }).resolvedOptions().timeZone
  } catch {
    return user // an unknown zone: that of the user
  }
}

/** The rule of an agent's regular turns; undefined when it takes none. */
export function heartbeatRule(
  c: Config,
  id: string,
  about: { readonly isDefault: boolean; readonly user: string; readonly host: () => string },
): HeartbeatRule | undefined {
  const usual = c.agents.defaults.heartbeat
  const own = c.agents.list.find((a) => normalizeAgentId(a.id) === id)?.heartbeat
  const chosen = c.agents.list.some((a) => a.heartbeat)
  if (chosen ? !own : !about.isDefault || usual.every === undefined) return undefined
  const all = { ...usual, ...Object.fromEntries(Object.entries(own ?? {}).filter(([, v]) => v !== undefined)) }
  const every = all.every ?? '30m'
  const everyMs = spanMs(every)
  if (!everyMs) return undefined
  const { activeHours: hours } = all
  return {
    every,
    everyMs: Math.max(1000, everyMs),
    session: canonicalKey(all.session, id),
    target: all.target,
    ackMaxChars: all.ackMaxChars,
    ...(all.includeReasoning ? { reasoning: true } : {}),
    ...(all.suppressToolErrorWarnings ? { quietTools: true } : {}),
    ...(all.model === undefined ? {} : { model: all.model }),
    ...(all.to === undefined ? {} : { to: all.to }),
    ...(all.accountId === undefined ? {} : { account: all.accountId }),
    ...(all.prompt?.trim() ? { prompt: all.prompt } : {}),
    ...(hours
      ? { hours: { start: hours.start, end: hours.end, timezone: zoneOf(hours.timezone, about.user, about.host()) } }
      : {}),
  }
}
