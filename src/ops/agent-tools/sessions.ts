// The tools by which an agent sees other sessions and talks to them, as far as the config lets it.
import { z } from 'zod'
import { deadline } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { AnyTool, ToolContext } from '../../define/tool.ts'
import { agentOf, canonicalKey, kindOf, mainKey } from '../../domain/session-key.ts'
import type { Session } from '../../domain/session.ts'
import { begin, goOn } from '../../engine/subagents/talk.ts'
import * as entries from '../../store/entries.ts'
import * as sessions from '../../store/sessions.ts'
import { chatMessages, type ChatMessage } from '../chat-message.ts'
import type { Services } from '../services.ts'
import { told, tool } from './calls.ts'

const maxText = 4000
const maxBytes = 80_000
const maxReply = 20_000

/** Whether one of the patterns, in which `*` stands for anything, names an agent. */
const names = (patterns: readonly string[], agent: string) =>
  patterns.some(
    (p) =>
      p === '*' ||
      p === agent ||
      (p.includes('*') &&
        new RegExp(
          `^${p
            .split('*')
            .map((x) => x.replaceAll(/\W/g, '\\$&'))
            .join('.*')}$`,
        ).test(agent)),
  )

/** Whether a session comes, through any number of sub-agents, from another. */
function below(s: Services, found: Session, ancestor: string): boolean {
  let up = found.settings.spawnedBy
  for (let i = 0; up !== undefined && i < 10; i++) {
    if (up === ancestor) return true
    up = sessions.byKey(s.engine.world.db, up)?.settings.spawnedBy
  }
  return false
}

/** Whether the agent of a session may see another. */
export function maySee(s: Services, from: string, other: Session): boolean {
  const { settings } = s.engine.world
  const { visibility, talk } = settings.sessionTools(from)
  if (other.key === from) return true
  const [mine, theirs] = [from, other.key].map((k) => agentOf(k, settings.defaultAgent())) as [string, string]
  if (visibility === 'self') return false
  if (visibility === 'tree') return below(s, other, from)
  if (mine === theirs) return true
  return visibility === 'all' && talk.enabled && names(talk.allow, mine) && names(talk.allow, theirs)
}

/** The session an agent means, if it may see it. Throws NOT_FOUND for any other: what is hidden is not there. */
function visible(
  s: Services,
  ctx: ToolContext,
  by: { sessionKey?: string | undefined; label?: string | undefined },
): Session {
  const { db, settings } = s.engine.world
  const own = agentOf(ctx.session, settings.defaultAgent())
  const found =
    by.sessionKey === undefined
      ? sessions.byLabel(db, by.label ?? '')
      : (sessions.byKey(db, canonicalKey(by.sessionKey, own)) ?? sessions.byId(db, by.sessionKey))
  if (found && maySee(s, ctx.session, found)) return found
  throw new Fault(
    'NOT_FOUND',
    `there is no session "${by.sessionKey ?? by.label ?? ''}" you may see (tools.sessions.visibility); sessions_list shows those`,
  )
}

function kindOfSession(s: Session, defaultAgent: string): string {
  if (s.key === mainKey(agentOf(s.key, defaultAgent)) || s.key === 'global') return 'main'
  if (s.settings.spawnDepth !== undefined) return 'subagent'
  if (/:cron:/.test(s.key)) return 'cron'
  if (/:hook:/.test(s.key)) return 'hook'
  return kindOf(s.key) === 'group' ? 'group' : 'other'
}

const shortened = (m: ChatMessage): ChatMessage => ({
  ...m,
  content: m.content.map((c) =>
    c.type === 'text' && c.text.length > maxText ? { ...c, text: `${c.text.slice(0, maxText)}…` } : c,
  ),
})

/** The newest messages that fit. */
function fitting(list: readonly ChatMessage[]): ChatMessage[] {
  const out: ChatMessage[] = []
  let room = maxBytes
  for (const m of [...list].reverse().map(shortened)) {
    room -= JSON.stringify(m).length
    if (room < 0) break
    out.unshift(m)
  }
  return out
}

/** What came of a question to another session. */
async function answerOf(s: Services, run: string, seconds: number, signal: AbortSignal) {
  const late = new Fault('TIMEOUT', 'it has not answered yet')
  const limit = deadline(s.clock, seconds * 1000, late, signal)
  try {
    const r = await s.engine.runs.wait(run, limit.signal)
    if (r?.status === 'ok') return { status: 'ok', runId: run, reply: r.text.slice(0, maxReply) }
    return { status: 'error', runId: run, error: r?.error?.message ?? 'the turn was stopped' }
  } catch (error) {
    if (signal.aborted || limit.signal.reason !== late) throw error
    return { status: 'timeout', runId: run, error: late.message }
  } finally {
    limit.done()
  }
}

/** The tools. */
export function sessionTools(s: Services): AnyTool[] {
  const { engine: e, clock } = s
  const { db, settings } = e.world
  const which = {
    sessionKey: z.string().optional().describe('its key, as sessions_list shows it'),
    label: z.string().optional().describe('or its label'),
  }
  return [
    tool({
      id: 'sessions_list',
      summary: 'Lists the sessions you may see, most recently used first.',
      risk: 'read',
      params: z.strictObject({
        kinds: z
          .array(z.enum(['main', 'group', 'cron', 'hook', 'subagent', 'other']))
          .optional()
          .describe('only these'),
        limit: z.number().int().min(1).max(200).default(50).describe('at most this many'),
        activeMinutes: z.number().int().min(1).optional().describe('only those used in the last minutes'),
        messageLimit: z.number().int().min(0).max(20).default(0).describe('last messages of each'),
      }),
      async run(p, ctx) {
        const all = sessions.list(db, {
          limit: 1000,
          includeGlobal: true,
          includeUnknown: false,
          ...(p.activeMinutes === undefined ? {} : { activeSince: clock.now() - p.activeMinutes * 60_000 }),
        })
        const rows = all
          .filter((x) => maySee(s, ctx.session, x))
          .map((x) => ({ session: x, kind: kindOfSession(x, settings.defaultAgent()) }))
          .filter((x) => !p.kinds || (p.kinds as string[]).includes(x.kind))
          .slice(0, p.limit)
          .map(({ session: x, kind }) => ({
            key: x.key,
            kind,
            ...(x.label === undefined ? {} : { label: x.label }),
            ...(x.origin.to ? { channel: x.origin.to.channel } : {}),
            ...(x.origin.title === undefined ? {} : { displayName: x.origin.title }),
            sessionId: x.id,
            updatedAt: x.updatedAt,
            messages: x.messages,
            contextTokens: x.contextTokens,
            ...(x.model === undefined ? {} : { model: x.model }),
            running: e.runs.ofSession(x.key) !== undefined,
            ...(p.messageLimit ? { last: fitting(chatMessages(entries.latest(db, x.id, p.messageLimit))) } : {}),
          }))
        return told({ count: rows.length, sessions: rows })
      },
    }),
    tool({
      id: 'sessions_history',
      summary: 'Shows the last messages of a session you may see.',
      risk: 'read',
      params: z.strictObject({
        sessionKey: z.string().min(1).describe('its key'),
        limit: z.number().int().min(1).max(500).default(50).describe('messages, newest last'),
        includeTools: z.boolean().default(false).describe('also the results of tools'),
      }),
      async run(p, ctx) {
        const found = visible(s, ctx, p)
        const list = chatMessages(entries.latest(db, found.id, p.limit)).filter(
          (m) => p.includeTools || m.role !== 'toolResult',
        )
        return told({ sessionKey: found.key, messages: fitting(list) })
      },
    }),
    tool({
      id: 'sessions_send',
      summary: 'Says something to another session’s agent and waits for its answer.',
      risk: 'write',
      timeoutMs: 700_000,
      params: z.strictObject({
        ...which,
        agentId: z.string().optional().describe('or the main session of this agent'),
        message: z.string().min(1).describe('what is said'),
        timeoutSeconds: z.number().int().min(0).max(600).default(30).describe('how long to wait; 0 not at all'),
      }),
      async run(p, ctx) {
        const key = p.sessionKey ?? (p.label === undefined && p.agentId !== undefined ? mainKey(p.agentId) : undefined)
        const found = visible(s, ctx, { sessionKey: key, label: p.label })
        if (found.key === ctx.session)
          return { ok: false, text: 'That is this session itself; answer the person instead.' }
        const talk = {
          from: ctx.session,
          to: found.key,
          message: p.message,
          owner: ctx.owner ?? false,
          within: ctx.limits ?? { tools: [] },
        }
        const run = await begin(e, talk)
        goOn(e, talk, run)
        if (!p.timeoutSeconds) return told({ status: 'accepted', runId: run, sessionKey: found.key })
        return told({ sessionKey: found.key, ...(await answerOf(s, run, p.timeoutSeconds, ctx.signal)) })
      },
    }),
    tool({
      id: 'agents_list',
      summary: 'Lists the agents you may start sub-agents of.',
      risk: 'read',
      params: z.strictObject({}),
      async run(_p, ctx) {
        const own = agentOf(ctx.session, settings.defaultAgent())
        const { allowAgents } = settings.subagents(own)
        const agents = settings
          .agents()
          .filter((id) => id === own || names(allowAgents, id))
          .map((id) => ({ id, name: settings.agent(id)?.name ?? id, self: id === own }))
        return told({ requester: own, allowAny: allowAgents.includes('*'), agents })
      },
    }),
  ]
}
