// What the engine is told by the config of sessions that are kept apart, and of people who may reach beyond that.
import { createHash } from 'node:crypto'
import { mainKey, normalizeAgentId } from '../../domain/session-key.ts'
import type { ContainerAge, ContainerRule } from '../../define/box.ts'
import { expandHome, type Paths } from '../../config/paths.ts'
import type { Config } from '../catalog.ts'
import { listed } from '../../engine/gate.ts'
import type { EngineSettings } from '../../engine/settings.ts'
import type { BoxRule } from '../../engine/tools/rule.ts'

const own = (c: Config, id: string) => c.agents.list.find((a) => normalizeAgentId(a.id) === id)

/** The tools of a session that is kept apart, unless the config says otherwise. */
const usualTools = {
  allow: ['group:runtime', 'group:fs', 'group:sessions', 'image'],
  deny: ['browser', 'canvas', 'nodes', 'cron', 'gateway', '*_login'],
}

/** Fields with those of another part over them that says something. */
const over = <T extends object>(base: T, part: object | undefined): T => ({
  ...base,
  ...Object.fromEntries(Object.entries(part ?? {}).filter(([, v]) => v !== undefined)),
})

type Limit = string | number | { readonly soft?: number | undefined; readonly hard?: number | undefined }

/** Limits of which one half may have been left out: it is the other one. */
function whole(limits: Readonly<Record<string, Limit | undefined>>): ContainerRule['ulimits'] {
  const out: Record<string, ContainerRule['ulimits'][string]> = {}
  for (const [name, v] of Object.entries(limits))
    if (typeof v === 'object') out[name] = { soft: v.soft ?? v.hard ?? 0, hard: v.hard ?? v.soft ?? 0 }
    else if (v !== undefined) out[name] = v
  return out
}

/** How a session of an agent is kept apart (`sandbox`); undefined when it is not. */
export function boxRule(c: Config, id: string, session: string, paths: Paths): BoxRule | undefined {
  const agent = own(c, id)
  const box = over(c.agents.defaults.sandbox, agent?.sandbox)
  if (box.mode === 'off' || (box.mode === 'non-main' && [mainKey(id), 'global'].includes(session))) return undefined
  const docker = over(c.agents.defaults.sandbox.docker, box.docker)
  const scope = box.perSession === true ? 'session' : box.scope
  const name = { shared: 'shared', agent: id, session: createHash('sha256').update(session).digest('hex').slice(0, 16) }
  const lists = [c.tools.sandbox?.tools, agent?.tools?.sandbox?.tools].flatMap((l) => (l ? [l] : []))
  const allow = lists.findLast((l) => l.allow)?.allow ?? usualTools.allow
  return {
    ...(box.workspaceAccess === 'none'
      ? { folder: `${expandHome(box.workspaceRoot, paths.home)}/${name[scope]}` }
      : {}),
    name: name[scope],
    readOnly: box.workspaceAccess === 'ro',
    container: { ...docker, ulimits: whole(docker.ulimits ?? {}) },
    tools: {
      allow,
      alsoAllow: lists.flatMap((l) => l.alsoAllow ?? []),
      deny: lists.some((l) => l.deny) ? lists.flatMap((l) => l.deny ?? []) : usualTools.deny,
    },
  }
}

/**
 * How long containers are kept, by the most patient of the agents that may have any: a container does not say whose it is.
 * Undefined when none has.
 */
export function containerAge(c: Config): ContainerAge | undefined {
  const usual = c.agents.defaults.sandbox
  const all = [undefined, ...c.agents.list.map((a) => a.sandbox)].map((own) => over(usual, own))
  const rules = all.filter((box) => box.mode !== 'off').map((box) => over(usual.prune, box.prune))
  if (!rules.length) return undefined
  const most = (spans: readonly number[]) => (spans.includes(0) ? 0 : Math.max(...spans))
  return {
    idleMs: most(rules.map((r) => r.idleHours)) * 3_600_000,
    maxMs: most(rules.map((r) => r.maxAgeDays)) * 86_400_000,
  }
}

/** Which sessions one that is kept apart sees: those it began, or all it may; undefined for one that is not. */
export function boxedView(c: Config, id: string, session: string, paths: Paths): 'spawned' | 'all' | undefined {
  const view = over(c.agents.defaults.sandbox, own(c, id)?.sandbox).sessionToolsVisibility
  return boxRule(c, id, session, paths) ? view : undefined
}

/** Why a person may not have commands elevated: each gate is one key of the config. Undefined when they may. */
export function notElevated(
  c: Config,
  id: string,
  message: Parameters<EngineSettings['notElevated']>[1],
): string | undefined {
  const { channel } = message.to
  const mine = own(c, id)?.tools?.elevated
  if (!c.tools.elevated.enabled) return 'elevated commands are off (tools.elevated.enabled)'
  if (mine?.enabled === false) return `they are off for the agent "${id}" (agents.list[].tools.elevated.enabled)`
  if (!listed(c.tools.elevated.allowFrom[channel], message))
    return `${channel}:${message.from.id} is not on tools.elevated.allowFrom.${channel}`
  const lists = mine?.allowFrom
  if (lists && Object.keys(lists).length && !listed(lists[channel], message))
    return `${channel}:${message.from.id} is not on agents.list[].tools.elevated.allowFrom.${channel} of "${id}"`
  return undefined
}
