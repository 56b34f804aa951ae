// Operations that run an agent: ask and wait for the answer.
import { z } from 'zod'
import { deadline } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import type { Address } from '../domain/address.ts'
import { agentOf, formatKey, mainKey, parseKey } from '../domain/session-key.ts'
import { resetSession } from '../engine/sessions/index.ts'
import type { RunResult } from '../engine/runs.ts'
import * as inbox from '../store/inbox.ts'
import * as sessions from '../store/sessions.ts'
import { addressOf } from './address.ts'
import { Attachment, saveAttachments } from './attachments.ts'
import { checkCommand } from './command-scope.ts'
import { cleanText } from './chat.ts'
import type { Services } from './services.ts'
import { splitRef } from './session-row.ts'
import { keyOf } from './find-session.ts'

/** Channel names clients may send even when no such channel is set up. */
const knownChannels = new Set([
  'telegram',
  'whatsapp',
  'discord',
  'irc',
  'googlechat',
  'slack',
  'signal',
  'imessage',
  'webchat',
  'last',
])

const optional = (what: string) => z.string().optional().describe(what)

const AgentResult = z.object({
  payloads: z.array(
    z.object({ text: z.string().optional(), mediaUrl: z.string().nullable(), isError: z.boolean().optional() }),
  ),
  meta: z.object({
    durationMs: z.number(),
    agentMeta: z.object({
      sessionId: z.string(),
      provider: z.string(),
      model: z.string(),
      demo: z.boolean().optional(),
      usage: z
        .object({
          input: z.number(),
          output: z.number(),
          cacheRead: z.number(),
          cacheWrite: z.number(),
          total: z.number(),
          cost: z.number().optional(),
        })
        .optional(),
    }),
    aborted: z.boolean().optional(),
    stopReason: z.string().optional(),
    error: z.unknown().optional(),
  }),
})

export const agent = defineOp({
  id: 'agent',
  summary: 'Asks the agent; answers once when the message is taken in, and again with the answer.',
  scope: 'write',
  params: z.strictObject({
    message: z.string().min(1).describe('what to say'),
    agentId: optional('the agent to ask'),
    to: optional('a person or chat, which names the session'),
    replyTo: optional('the chat the answer is sent to, with deliver'),
    sessionId: optional('the session’s id'),
    sessionKey: optional('the session’s key; the agent’s main session when absent'),
    thinking: optional('how much to think: off, minimal, low, medium, high, xhigh'),
    thinkingLevel: optional('the same as thinking'),
    verbose: z.enum(['on', 'off', 'full']).optional().describe('how much of its tools is shown in this turn'),
    model: optional('provider/model for this turn only'),
    deliver: z.boolean().optional().describe('also send the answer to the session’s chat'),
    attachments: z.array(Attachment).optional().describe('files as base64'),
    channel: optional('the channel the message is from'),
    replyChannel: optional('the channel of that chat'),
    accountId: optional('the account the message is from'),
    replyAccountId: optional('the account the answer goes out by'),
    threadId: optional('the thread the answer goes to'),
    groupId: optional('the group it is about'),
    groupChannel: optional('the group’s channel'),
    groupSpace: optional('the group’s space'),
    timeout: z.number().int().min(0).optional().describe('longest time for the answer, in seconds'),
    lane: optional('kept for older clients'),
    extraSystemPrompt: optional('added to the system prompt of this turn'),
    inputProvenance: z
      .strictObject({
        kind: z.enum(['external_user', 'inter_session', 'internal_system']),
        sourceSessionKey: z.string().optional(),
        sourceChannel: z.string().optional(),
        sourceTool: z.string().optional(),
      })
      .optional()
      .describe('where the message comes from'),
    idempotencyKey: optional('an id of the caller’s; the same one is taken once'),
    label: z.string().min(1).max(64).optional().describe('a label for the session'),
    spawnedBy: optional('the session that made this sub-agent'),
  }),
  simpleOnly: ['model', 'thinkingLevel', 'verbose'],
  accepts: z.object({
    runId: z.string(),
    status: z.literal('accepted'),
    acceptedAt: z.number(),
    sessionKey: z.string(),
  }),
  result: z.object({
    runId: z.string(),
    sessionKey: z.string(),
    status: z.enum(['ok', 'error']),
    summary: z.string(),
    result: AgentResult,
  }),
  cli: {
    path: 'agent',
    short: { message: 'm', to: 't' },
    also: { replyAccountId: ['reply-account'] },
    print: (r) => r.result.payloads.map((p) => p.text ?? '').join('\n\n') || r.summary,
    exitCode: (r) => (r.status === 'ok' && !r.result.payloads.some((p) => p.isError) ? 0 : 1),
  },
  examples: [{ params: { message: 'Hello, what can you help with?' } }],
  handler: async (call, s: Pick<Services, 'engine' | 'clock' | 'channels'>) => {
    const { params: p, caller, signal } = call
    const { engine: e, clock } = s
    const { settings } = e.world
    if (p.channel !== undefined && !knownChannels.has(p.channel))
      throw new Fault('INVALID_REQUEST', `unknown channel: ${p.channel}`)
    if (p.agentId !== undefined && !settings.agent(p.agentId))
      throw new Fault('INVALID_REQUEST', `unknown agent id "${p.agentId}"`)
    const key = sessionFor(e, p)
    if (p.agentId !== undefined && parseKey(key) && agentOf(key, p.agentId) !== p.agentId)
      throw new Fault('INVALID_REQUEST', `agent "${p.agentId}" does not match session key "${key}"`)
    const run = p.idempotencyKey ?? newId('run', clock)
    const { text, fresh } = withoutReset(cleanText(p.message))
    checkCommand(text, caller)
    if (p.model !== undefined) settings.candidates(agentOf(key, settings.defaultAgent()), p.model)
    const to = p.deliver ? await placeOf(s, p) : undefined
    const media = await saveAttachments(e.world, p.attachments ?? [])
    if (fresh && !inbox.byRun(e.world.db, run)) await resetSession(e.world, key)
    await e.intake.submit({
      session: key,
      text,
      media,
      run,
      client: caller.id,
      own: true,
      options: {
        ...optionsOf(p),
        ...(to ? { to } : {}),
        owner: caller.scopes.has('admin'),
        approver: caller.scopes.has('approvals'),
      },
    })
    call.accepted({ runId: run, status: 'accepted', acceptedAt: clock.now(), sessionKey: p.sessionKey ?? key })
    const result = await e.runs.wait(run, signal)
    if (!result) throw new Fault('UNAVAILABLE', `nothing is known of run ${run}`)
    return { runId: run, sessionKey: p.sessionKey ?? key, ...answerOf(result) }
  },
})

type Params = Parameters<(typeof agent)['handler']>[0]['params']

/** The session a call is about; an id nobody has used yet names a session of its own. */
function sessionFor(e: Services['engine'], p: Params): string {
  const { settings } = e.world
  const known = p.sessionId === undefined ? undefined : sessions.byId(e.world.db, p.sessionId)
  if (known) return known.key
  if (p.sessionKey === undefined) {
    const agent = p.agentId ?? settings.defaultAgent()
    return p.sessionId === undefined
      ? mainKey(agent)
      : formatKey({ agent, rest: `session:${p.sessionId.toLowerCase()}` })
  }
  if (/^agent:[^:]*$/i.test(p.sessionKey))
    throw new Fault('INVALID_REQUEST', `malformed session key "${p.sessionKey}"; expected agent:<id>:<rest>`)
  return keyOf(e, p.sessionKey)
}

/** The text after `/new` or `/reset`, which start the session anew. */
function withoutReset(text: string): { text: string; fresh: boolean } {
  const m = /^\/(new|reset)\b\s*(.*)$/is.exec(text)
  return m ? { text: m[2] || 'Greet me briefly; a new session has just begun.', fresh: true } : { text, fresh: false }
}

/** Where the answer is sent, when a chat is named; undefined for the session’s own. Throws INVALID_REQUEST as `send` does. */
async function placeOf(s: Pick<Services, 'engine' | 'channels'>, p: Params): Promise<Address | undefined> {
  const channel = p.replyChannel ?? p.channel
  const to = p.replyTo ?? (channel === undefined ? undefined : p.to)
  if (to === undefined || channel === 'last' || channel === 'webchat') return undefined
  const { replyAccountId: accountId = p.accountId, threadId } = p
  return addressOf(s, { to, channel, accountId, threadId }, 'replyChannel')
}

function optionsOf(p: Params): Record<string, unknown> {
  const thinking = p.thinking ?? p.thinkingLevel
  return {
    ...(thinking === undefined ? {} : { thinking }),
    ...(p.verbose === undefined ? {} : { verbose: p.verbose }),
    ...(p.model === undefined ? {} : { model: p.model }),
    ...(p.deliver === undefined ? {} : { deliver: p.deliver }),
    ...(p.extraSystemPrompt === undefined ? {} : { extraSystemPrompt: p.extraSystemPrompt }),
    ...(p.timeout ? { timeoutMs: p.timeout * 1000 } : {}),
  }
}

/** What came of a run, in the words of the wire. */
export function answerOf(r: RunResult) {
  const failed = r.status === 'error'
  const text = failed ? (r.error?.message ?? 'failed') : r.text
  const model = splitRef(r.model ?? '')
  const usage = r.usage && {
    ...r.usage,
    total: r.usage.input + r.usage.output + r.usage.cacheRead + r.usage.cacheWrite,
  }
  return {
    status: 'ok' as const,
    summary: r.status === 'aborted' ? 'aborted' : failed ? 'failed' : 'completed',
    result: {
      payloads: text ? [{ text, mediaUrl: null, ...(failed ? { isError: true } : {}) }] : [],
      meta: {
        durationMs: (r.endedAt ?? 0) - (r.startedAt ?? 0),
        agentMeta: {
          sessionId: r.sessionId,
          provider: model.provider,
          model: model.model,
          ...(model.provider === 'demo' ? { demo: true } : {}),
          ...(usage ? { usage } : {}),
        },
        ...(r.status === 'aborted' ? { aborted: true } : {}),
        ...(r.stop === undefined ? {} : { stopReason: r.stop }),
        ...(r.error === undefined ? {} : { error: r.error }),
      },
    },
  }
}

export const agentWait = defineOp({
  id: 'agent.wait',
  summary: 'Waits for a run to end.',
  scope: 'write',
  params: z.strictObject({
    runId: z.string().min(1).describe('the run'),
    timeoutMs: z.number().int().min(0).default(30_000).describe('how long to wait, in ms'),
  }),
  result: z.object({
    runId: z.string(),
    status: z.enum(['ok', 'error', 'timeout']),
    startedAt: z.number().optional(),
    endedAt: z.number().optional(),
    error: z.string().optional(),
    text: z.string().optional(),
  }),
  examples: [{ params: { runId: 'nobody-knows', timeoutMs: 1 } }],
  handler: async ({ params: p, signal }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const late = new Fault('TIMEOUT', 'the run goes on')
    const limit = deadline(clock, p.timeoutMs, late, signal)
    try {
      const r = await e.runs.wait(p.runId, limit.signal)
      if (!r || r.status === 'aborted') return { runId: p.runId, status: 'timeout' as const }
      return {
        runId: p.runId,
        status: r.status,
        ...(r.startedAt === undefined ? {} : { startedAt: r.startedAt }),
        ...(r.endedAt === undefined ? {} : { endedAt: r.endedAt }),
        ...(r.error === undefined ? { text: r.text } : { error: r.error.message }),
      }
    } catch (error) {
      if (error === late) return { runId: p.runId, status: 'timeout' as const }
      throw error
    } finally {
      limit.done()
    }
  },
})
