// What the engine is told by the config: each function reads the config as it is at that moment.
import { approvalChats } from './approvals.ts'
import { resolveAccounts, type ResolvedAccount } from '../../define/accounts.ts'
import type { CommonAccount } from '../../define/account-fields.ts'
import type { AnyChannel } from '../../define/channel.ts'
import { once } from '../../lib/once.ts'
import { remember } from '../../lib/remember.ts'
import { spanMs } from '../../domain/heartbeat.ts'
import { ExecApprovals, approvalsFile } from '../../domain/exec-approvals.ts'
import { agentOf, normalizeAgentId } from '../../domain/session-key.ts'
import { mainAgentId } from '../../config/agent-list.ts'
import { expandHome, type Env, type Paths } from '../../config/paths.ts'
import type { AccountRule, AgentRule, EngineSettings, QueueMode } from '../../engine/settings.ts'
import { readText } from '../../os/files.ts'
import { channels } from '../../channels/index.ts'
import type { Config } from '../catalog.ts'
import type { Models } from '../models/index.ts'
import { blockSettings } from './blocks.ts'
import { boxRule, boxedView, notElevated } from './exec.ts'
import { heartbeatRule } from './heartbeat.ts'
import { hookSettings } from './hooks.ts'
import { memorySettings } from './memory.ts'
import { scopeMatches } from './scope-match.ts'
import { heard } from '../raw-stream.ts'
import { skillSettings } from './skills.ts'
import { speechSettings } from './speech.ts'
import { draftChunk, mentionPatterns, talkSettings } from './talk.ts'
import {
  backgroundRule,
  budgetRule,
  messageRule,
  pruneRule,
  subagentRule,
  toolRule,
  webFetchOf,
  webSearchOf,
} from './tools.ts'
import { understandingSettings } from './understanding.ts'

/** How long sessions of runs are kept when the config does not say it well, in ms. */
const dayMs = 86_400_000

type ChannelAccount = ResolvedAccount<Record<string, unknown>> & { readonly channel: AnyChannel }

/** Every account of every channel that the config or the environment names. */
export function accountsOf(config: Config, env: Env): ChannelAccount[] {
  return channels.all.flatMap((channel) => {
    const section = (config.channels as Record<string, unknown>)[channel.id] as Parameters<typeof resolveAccounts>[1]
    const d = channel as unknown as AnyChannel
    const found = resolveAccounts(d, section, env)
    if (!found.length) return [] // a channel nobody speaks of has its schema not even made
    const { messagePrefix } = config.messages // of the channels that know such a thing
    const more = {
      ...(d.section === undefined ? {} : { [d.section]: (config as Record<string, unknown>)[d.section] }),
      ...('messagePrefix' in d.account.shape && messagePrefix !== undefined ? { messagePrefix } : {}),
    }
    const usual = () => ({ native: config.commands.native, nativeSkills: config.commands.nativeSkills })
    const menus = ({ commands }: (typeof found)[number]['account']) =>
      'commands' in d.account.shape ? { commands: { ...usual(), ...(commands as object | undefined) } } : {}
    return found.map((a) => ({ ...a, account: { ...more, ...a.account, ...menus(a.account) }, channel: d }))
  })
}

/** The file of standing permissions. One that cannot be understood allows nothing, rather than everything. */
async function readApprovals({ stateDir }: Pick<Paths, 'stateDir'>): Promise<ExecApprovals | undefined> {
  const text = await readText(approvalsFile(stateDir))
  if (text === undefined) return undefined
  try {
    return ExecApprovals.parse(JSON.parse(text))
  } catch {
    return { version: 1, defaults: { security: 'deny' } } // `oclaw approvals get` says what is wrong with it
  }
}

/** This machine's time zone; asking for it costs as much as a database write. */
const hostZone = once(() => Intl.DateTimeFormat().resolvedOptions().timeZone)

/** The older words for queue modes. */
const modeOf = (mode: Config['messages']['queue']['mode']): QueueMode =>
  mode === 'queue' ? 'steer' : mode === 'steer+backlog' ? 'steer-backlog' : mode

/** Settings over the config of the moment. */
export function settingsOf(config: () => Config, env: () => Env, paths: Paths, models: Models): EngineSettings {
  const accounts = remember<Config, Map<string, AccountRule>>()
  const agents = remember<Config, AgentRule | undefined>()
  const memoryRule = memorySettings(config, env, paths)
  const skillRule = skillSettings(config, env, paths)

  const rules = (c: Config): Map<string, AccountRule> =>
    accounts(
      c,
      'all',
      () => new Map(accountsOf(c, env()).map((a) => [`${a.channel.id}:${a.accountId}`, accountRule(a)])),
    )

  const accountRule = ({ channel, account, source }: ChannelAccount): AccountRule => ({
    common: shown(channel.common?.(account as never, source) ?? (account as unknown as CommonAccount)),
    limits: channel.limits,
    idempotent: channel.idempotent,
    preview: account['streamMode'] !== 'off' && account['streaming'] !== false,
    draftChunk: draftChunk(account),
    buttons: channel.can.includes('buttons'),
    group: (place) => channel.group?.(account as never, place),
  })

  /** With what the config says for all channels of how regular turns are shown. */
  const shown = (common: CommonAccount): CommonAccount => {
    const all = config().channels.defaults?.heartbeat
    return all ? { ...common, heartbeat: { ...all, ...common.heartbeat } } : common
  }

  const defaultAgent = () => {
    const { list } = config().agents
    return mainAgentId(list)
  }

  function agentRule(c: Config, id: string): AgentRule | undefined {
    const own = c.agents.list.find((a) => normalizeAgentId(a.id) === id)
    const isDefault = id === defaultAgent()
    if (!own && !isDefault) return undefined
    const workspace = own?.workspace ?? (isDefault ? c.agents.defaults.workspace : undefined)
    const usual = workspace === '~/.openclaw/workspace' || workspace === undefined
    const ours = isDefault ? paths.workspaceDir : `${paths.stateDir}/workspace-${id}`
    const name = own?.identity?.name ?? own?.name ?? c.ui.assistant?.name
    return {
      id,
      workspace: usual ? ours : expandHome(workspace, paths.home),
      tools: toolRule(c, id, env()),
      mentionPatterns: mentionPatterns(c, own),
      historyLimit: own?.groupChat?.historyLimit,
      repo: c.agents.defaults.repoRoot && expandHome(c.agents.defaults.repoRoot, paths.home),
      ...(name === undefined ? {} : { name }),
      ...(own?.identity?.emoji === undefined ? {} : { emoji: own.identity.emoji }),
      ...(own?.identity?.name ? { speaksAs: { name: own.identity.name, emoji: own.identity.emoji } } : {}),
      verbose: c.agents.defaults.verboseDefault,
      ...(c.agents.defaults.thinkingDefault === undefined ? {} : { thinking: c.agents.defaults.thinkingDefault }),
    }
  }

  const agent = (id: string) => agents(config(), id, () => agentRule(config(), id))

  return {
    ...talkSettings(config, models, hostZone),
    defaultAgent,
    agent,
    agents: () => [...new Set([defaultAgent(), ...config().agents.list.map((a) => normalizeAgentId(a.id))])],
    heartbeat: (id) => {
      const user = config().agents.defaults.userTimezone ?? hostZone()
      return heartbeatRule(config(), id, { isDefault: id === defaultAgent(), user, host: hostZone })
    },
    backgroundRule: (id) => backgroundRule(config(), id),
    box: (id, session) => boxRule(config(), id, session, paths),
    notElevated: (id, message) => notElevated(config(), id, message),
    blocks: (id, channel) => blockSettings(config(), id, channel),
    bash: () => ({ enabled: config().commands.bash, foregroundMs: config().commands.bashForegroundMs }),
    budget: (id) => budgetRule(config(), id),
    memory: memoryRule,
    memoryFlush: () => {
      const { enabled, softThresholdTokens, prompt, systemPrompt } = config().agents.defaults.compaction.memoryFlush
      if (!enabled) return undefined
      return {
        softTokens: softThresholdTokens,
        ...(prompt === undefined ? {} : { prompt }),
        ...(systemPrompt === undefined ? {} : { system: systemPrompt }),
      }
    },
    subagents: (id) => subagentRule(config(), id),
    sessionTools(session) {
      const { sessions, agentToAgent } = config().tools
      const spawned = boxedView(config(), agentOf(session, defaultAgent()), session, paths) === 'spawned'
      const visibility = spawned && sessions.visibility !== 'self' ? 'tree' : sessions.visibility
      return { visibility, talk: agentToAgent }
    },
    pingPongTurns: () => config().session.agentToAgent.maxPingPongTurns,
    messageRule: () => messageRule(config()),
    imageCandidates: models.imageCandidates,
    understanding: understandingSettings(config, env, models),
    speech: speechSettings(config, env, models),
    webSearch: () => webSearchOf(config(), env(), globalThis.fetch),
    webFetch: () => webFetchOf(config()),
    hooks: hookSettings(config, env, paths, () => agent(defaultAgent())?.workspace),
    skills: (id) => skillRule(id, agent(id)?.workspace ?? paths.workspaceDir),
    bindings: () =>
      config().bindings.map((b) => ({
        agent: normalizeAgentId(b.agentId),
        channel: b.match.channel,
        ...(b.match.accountId === undefined ? {} : { account: b.match.accountId }),
        ...(b.match.guildId === undefined ? {} : { guild: b.match.guildId }),
        ...(b.match.teamId === undefined ? {} : { team: b.match.teamId }),
        ...(b.match.roles ? { roles: b.match.roles } : {}),
        ...(b.match.peer
          ? { peer: { kind: b.match.peer.kind === 'dm' ? 'direct' : b.match.peer.kind, id: b.match.peer.id } }
          : {}),
      })),
    restRule(provider) {
      const c = config().auth.cooldowns
      const hours = c.billingBackoffHoursByProvider[provider] ?? c.billingBackoffHours
      return {
        billingMs: hours * 3_600_000,
        billingMaxMs: c.billingMaxHours * 3_600_000,
        forgetMs: c.failureWindowHours * 3_600_000,
      }
    },
    broadcastInTurn: () => config().broadcast.strategy === 'sequential',
    broadcast: () => {
      const { strategy: _strategy, ...peers } = config().broadcast
      return peers
    },
    ack(channel, account, agent) {
      const { ackReaction, ackReactionScope: scope, removeAckAfterReply: remove } = config().messages
      const own = rules(config()).get(`${channel}:${account}`)?.common
      const emoji =
        own?.ackReaction ?? ackReaction ?? agents(config(), agent, () => agentRule(config(), agent))?.emoji ?? '👀'
      const usual = {
        direct: scope === 'direct' || scope === 'all',
        group: ({ 'group-mentions': 'mentions', 'group-all': 'always', direct: 'never', all: 'always' } as const)[
          scope
        ],
      }
      return { emoji: emoji || undefined, remove, ...(own?.ackScope ?? usual) }
    },
    commandRule: () => {
      const { allowFrom, useAccessGroups, text } = config().commands
      return { allowFrom, accessGroups: useAccessGroups, text: text ?? true }
    },
    approvalChats: (agent, session) => approvalChats(config(), accountsOf(config(), env()), agent, session),
    cron: () => {
      const { enabled, maxConcurrentRuns, webhook, webhookToken, sessionRetention } = config().cron
      const retentionMs = sessionRetention === false ? undefined : (spanMs(sessionRetention) ?? dayMs)
      return {
        enabled,
        maxConcurrent: maxConcurrentRuns,
        ...(webhook ? { webhook } : {}),
        ...(webhookToken?.resolved ? { webhookToken } : {}),
        ...(retentionMs === undefined ? {} : { retentionMs }),
      }
    },
    historyLimit: () => config().messages.groupChat.historyLimit,
    pictures: () => {
      const { imageMaxDimensionPx, mediaMaxMb } = config().agents.defaults
      return { side: imageMaxDimensionPx, sentBytes: mediaMaxMb * 1_000_000 }
    },
    account: (channel, account) => rules(config()).get(`${channel}:${account}`),
    queue(channel) {
      const q = config().messages.queue
      return {
        mode: modeOf(q.byChannel[channel] ?? q.mode),
        debounceMs: q.debounceMsByChannel[channel] ?? q.debounceMs,
        cap: q.cap,
        drop: q.drop,
      }
    },
    debounceMs: (channel) => config().messages.inbound.byChannel[channel] ?? config().messages.inbound.debounceMs,
    dmScope: () => config().session.dmScope,
    identityLinks: () => config().session.identityLinks,
    resetTriggers: () => config().session.resetTriggers,
    reset(channel, kind) {
      const s = config().session
      const found =
        s.resetByChannel[channel] ??
        s.resetByType?.[kind] ??
        (kind === 'direct' ? s.resetByType?.dm : undefined) ??
        s.reset
      if (!found && s.idleMinutes !== undefined) return { mode: 'idle', atHour: 4, idleMinutes: s.idleMinutes }
      return {
        mode: found?.mode ?? (found?.idleMinutes !== undefined && found.atHour === undefined ? 'idle' : 'daily'),
        atHour: found?.atHour ?? 4,
        ...(found?.idleMinutes === undefined ? {} : { idleMinutes: found.idleMinutes }),
      }
    },
    sendAllowed(key, channel, kind) {
      const policy = config().session.sendPolicy
      if (!policy) return true
      const hits = (policy.rules ?? []).filter(({ match }) => scopeMatches(match, { session: key, channel, kind }))
      if (hits.some((r) => r.action === 'deny')) return false
      return hits.length > 0 || policy.default !== 'deny'
    },
    candidates: (id, ref) => heard(models.candidates(id, ref), env(), paths),
    turnTimeoutMs: () => config().agents.defaults.timeoutSeconds * 1000,
    subagentsAtOnce: () => config().agents.defaults.subagents.maxConcurrent,
    maxConcurrent: () => config().agents.defaults.maxConcurrent,
    contextTokens: () => config().agents.defaults.contextTokens,
    pruning: () => pruneRule(config()),
    maxSteps: () => 50,
    bootstrap: () => ({
      maxChars: config().agents.defaults.bootstrapMaxChars,
      totalMaxChars: config().agents.defaults.bootstrapTotalMaxChars,
      starters: !config().agents.defaults.skipBootstrap,
    }),
    execApprovals: () => readApprovals(paths),
    owners: () => config().commands.ownerAllowFrom,
    responsePrefix: () => config().messages.responsePrefix,
    toolWarnings: () => !config().messages.suppressToolErrors,
    timezone: () => config().agents.defaults.userTimezone ?? hostZone(),
  }
}
