// What the engine is told of tools by the config: which an agent has, how programs go on, who searches the web.
import { Secret } from '../../lib/secret.ts'
import { stricter } from '../../domain/exec-approvals.ts'
import { spanMs } from '../../domain/heartbeat.ts'
import type { PruneRule } from '../../domain/pruning.ts'
import { normalizeAgentId } from '../../domain/session-key.ts'
import type { WebFetch, WebSearch } from '../../define/tool.ts'
import type { Env } from '../../config/paths.ts'
import type { Config } from '../catalog.ts'
import type { LoopRule } from '../../engine/tools/loop-guard.ts'
import type { BudgetRule, MessageRule, SubagentRule } from '../../engine/settings.ts'
import type { ToolRule, ToolStep } from '../../engine/tools/rule.ts'
import { canSpeak } from './speech.ts'

type Agent = Config['agents']['list'][number]

const own = (c: Config, id: string): Agent | undefined => c.agents.list.find((a) => normalizeAgentId(a.id) === id)

/** Whether an agent's notes are searched. */
const memoryOn = (c: Config, agent: Agent | undefined): boolean =>
  (agent?.memorySearch?.enabled ?? c.agents.defaults.memorySearch.enabled) && c.plugins.slots.memory !== 'none'

/** Tools that are there only when the config says so. */
function switchedOff(c: Config, agent: Agent | undefined, env: Env): string[] {
  const patch = agent?.tools?.exec?.applyPatch?.enabled ?? c.tools.exec.applyPatch.enabled
  return [
    ...(patch ? [] : ['apply_patch']),
    ...(webSearchOf(c, env, globalThis.fetch) ? [] : ['web_search']),
    ...(memoryOn(c, agent) ? [] : ['memory_search', 'memory_get']),
    ...(c.tools.web.fetch.enabled ? [] : ['web_fetch']),
    ...(c.browser.enabled ? [] : ['browser']),
    ...(canSpeak(c, env) ? [] : ['tts']),
  ]
}

/** When an agent is said to go in circles. */
function circles(c: Config, agent: Agent | undefined): LoopRule {
  const { detectors: own, ...mine } = agent?.tools?.loopDetection ?? {}
  const said = Object.fromEntries(Object.entries(mine).filter(([, v]) => v !== undefined))
  const { detectors, ...all } = { ...c.tools.loopDetection, ...said }
  return {
    enabled: all.enabled,
    history: all.historySize,
    warn: all.warningThreshold,
    refuse: all.criticalThreshold,
    breaker: all.globalCircuitBreakerThreshold,
    detectors: {
      repeat: own?.genericRepeat ?? detectors.genericRepeat,
      poll: own?.knownPollNoProgress ?? detectors.knownPollNoProgress,
      pingPong: own?.pingPong ?? detectors.pingPong,
    },
  }
}

type ByName = Readonly<Record<string, ToolStep | undefined>> | undefined
const lower = (lists: ByName): Readonly<Record<string, ToolStep>>[] =>
  lists && Object.keys(lists).length
    ? [Object.fromEntries(Object.entries(lists).flatMap(([key, step]) => (step ? [[key.toLowerCase(), step]] : [])))]
    : []

/** Which tools an agent has, and how programs are guarded. An agent's own profile goes before that of all; its lists only narrow. */
export function toolRule(c: Config, id: string, env: Env): ToolRule {
  const agent = own(c, id)
  const { tools: all } = c
  const mine = agent?.tools
  const exec = { ...all.exec, ...mine?.exec }
  const base = all.exec.security ?? 'allowlist'
  const patchModels = mine?.exec?.applyPatch?.allowModels ?? all.exec.applyPatch.allowModels
  return {
    profile: mine?.profile ?? all.profile ?? 'full',
    alsoAllow: mine?.alsoAllow ?? all.alsoAllow ?? [],
    deny: switchedOff(c, agent, env),
    steps: [
      { allow: all.allow, deny: all.deny },
      { allow: mine?.allow, deny: mine?.deny },
    ],
    byModel: [...lower(all.byProvider), ...lower(mine?.byProvider)],
    ...(patchModels ? { patchModels } : {}),
    execSecurity: stricter('security', base, exec.security),
    execAsk: exec.ask ?? 'on-miss',
    exec: {
      host: exec.host ?? 'sandbox',
      node: exec.node,
      pathPrepend: exec.pathPrepend ?? [],
      seconds: exec.timeoutSec ?? 1800,
      elevated: c.agents.defaults.elevatedDefault,
    },
    circles: circles(c, agent),
    confined: mine?.fs?.workspaceOnly ?? all.fs.workspaceOnly,
  }
}

/** How programs of an agent go on in the background. */
export function backgroundRule(c: Config, id: string) {
  const exec = { ...c.tools.exec, ...own(c, id)?.tools?.exec }
  return {
    yieldMs: exec.backgroundMs ?? 10_000,
    keepMs: exec.cleanupMs ?? 1_800_000,
    tell: exec.notifyOnExit ?? true,
    tellEmpty: exec.notifyOnExitEmptySuccess ?? false,
  }
}

const keyOf = (said: Secret | undefined, env: Env, names: readonly string[]): Secret | undefined => {
  if (said?.resolved) return said
  const found = names.map((n) => env[n]?.trim()).find(Boolean)
  return found ? new Secret(found) : undefined
}

/** How pages are fetched. */
export function webFetchOf(c: Config): WebFetch {
  const { maxChars, maxCharsCap, cacheTtlMinutes, timeoutSeconds, maxRedirects, userAgent } = c.tools.web.fetch
  return {
    maxChars,
    maxCharsCap,
    cacheMs: cacheTtlMinutes * 60_000,
    timeoutMs: timeoutSeconds * 1000,
    maxRedirects,
    ...(userAgent === undefined ? {} : { userAgent }),
  }
}

/** Who searches the web; undefined when nobody is set up. */
export function webSearchOf(c: Config, env: Env, fetch: typeof globalThis.fetch): WebSearch | undefined {
  const s = c.tools.web.search
  if (s.enabled === false) return undefined
  const common = {
    maxResults: s.maxResults,
    cacheMs: s.cacheTtlMinutes * 60_000,
    timeoutMs: s.timeoutSeconds * 1000,
    fetch,
  }
  const braveKey = keyOf(s.apiKey, env, ['BRAVE_API_KEY'])
  const perplexityKey = keyOf(s.perplexity.apiKey, env, ['PERPLEXITY_API_KEY', 'OPENROUTER_API_KEY'])
  const { baseUrl } = s.searxng
  if ((s.provider === 'searxng' || s.provider === undefined) && baseUrl !== undefined)
    return { ...common, provider: 'searxng', baseUrl }
  if (s.provider === 'duckduckgo') {
    const own = s.duckduckgo.baseUrl
    return { ...common, provider: 'duckduckgo', ...(own === undefined ? {} : { baseUrl: own }) }
  }
  if ((s.provider === 'brave' || s.provider === undefined) && braveKey)
    return { ...common, provider: 'brave', key: braveKey }
  if (s.provider === 'perplexity' && perplexityKey) {
    const direct = s.perplexity.baseUrl ?? (env['PERPLEXITY_API_KEY'] ? 'https://api.perplexity.ai' : undefined)
    return {
      ...common,
      provider: 'perplexity',
      key: perplexityKey,
      model: s.perplexity.model,
      ...(direct === undefined ? {} : { baseUrl: direct }),
    }
  }
  const grokKey = keyOf(s.grok.apiKey, env, ['XAI_API_KEY'])
  if (s.provider === 'grok' && grokKey)
    return { ...common, provider: 'grok', key: grokKey, model: s.grok.model, inline: s.grok.inlineCitations }
  return undefined
}

const refOf = (m: { readonly primary?: string | undefined } | undefined) => m?.primary

/** The limits of an agent's sub-agents. */
export function subagentRule(c: Config, id: string): SubagentRule {
  const all = c.agents.defaults.subagents
  const mine = own(c, id)?.subagents
  const model = refOf(mine?.model) ?? refOf(all.model)
  const thinking = mine?.thinking ?? all.thinking
  return {
    maxDepth: all.maxSpawnDepth,
    maxChildren: all.maxChildrenPerAgent,
    archiveMs: all.archiveAfterMinutes * 60_000,
    allowAgents: mine?.allowAgents ?? [],
    tools: c.tools.subagents?.tools ?? {},
    ...(model === undefined ? {} : { model }),
    ...(thinking === undefined ? {} : { thinking }),
  }
}

/** Which chats the message tool may reach. */
export function messageRule(c: Config): MessageRule {
  const { crossContext, allowCrossContextSend, broadcast } = c.tools.message
  const { marker } = crossContext
  return {
    sameChannel: crossContext.allowWithinProvider,
    otherChannels: allowCrossContextSend ?? crossContext.allowAcrossProviders,
    prefix: marker.enabled ? marker.prefix : '',
    suffix: marker.enabled ? (marker.suffix ?? '') : '',
    broadcast: broadcast.enabled,
  }
}

/** What an agent may spend; undefined when nothing is capped. */
export function budgetRule(c: Config, id: string): BudgetRule | undefined {
  const all = c.agents.defaults.budget
  const mine = own(c, id)?.budget
  const rule = {
    agent: { ...all.agent, ...mine?.agent },
    session: { ...all.session, ...mine?.session },
    job: { ...all.job, ...mine?.job },
  }
  const capped = Object.values(rule).some((cap) => cap.perDay !== undefined || cap.perMonth !== undefined)
  return capped ? { ...rule, unknown: mine?.unknownPrice ?? all.unknownPrice } : undefined
}

/** How old tool results are shortened before a question; undefined for not at all. A span nobody can read is five minutes. */
export function pruneRule(c: Config): PruneRule | undefined {
  const { mode, ttl, tools, ...rule } = c.agents.defaults.contextPruning
  return mode === 'cache-ttl' ? { ...rule, ttlMs: spanMs(ttl) ?? 300_000, tools: tools ?? {} } : undefined
}
