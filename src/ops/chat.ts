// Operations of a chat window: send, read, stop, inject.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import { stopWord } from '../engine/commands/index.ts'
import { stopSession } from '../engine/stop.ts'
import * as entries from '../store/entries.ts'
import * as inbox from '../store/inbox.ts'
import * as sessions from '../store/sessions.ts'
import { Attachment, saveAttachments } from './attachments.ts'
import { checkCommand } from './command-scope.ts'
import { ChatMessage, chatMessages, maxText } from './chat-message.ts'
import type { Services } from './services.ts'
import { writeInto } from '../engine/webchat.ts'
import { keyOf } from './find-session.ts'

const sessionKey = z.string().min(1).describe('the session’s key')

/** A text as it is taken in: normalised, without control characters. Throws INVALID_REQUEST for a NUL. */
export function cleanText(text: string): string {
  if (text.includes('\0')) throw new Fault('INVALID_REQUEST', 'message must not contain null bytes')
  return text.normalize('NFC').replaceAll(/[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
}

export const chatSend = defineOp({
  id: 'chat.send',
  summary: 'Sends a message to a session; the answer comes as events.',
  scope: 'write',
  params: z.strictObject({
    sessionKey,
    message: z.string().describe('the text; may be empty with attachments'),
    thinking: z.string().optional().describe('how much to think, for this turn'),
    deliver: z.boolean().optional().describe('also send the answer to the session’s chat'),
    attachments: z.array(Attachment).optional().describe('files as base64'),
    timeoutMs: z.number().int().min(0).optional().describe('longest time for the answer, in ms'),
    idempotencyKey: z.string().min(1).describe('an id of the caller’s; the same one is taken once'),
  }),
  result: z.union([
    z.object({
      runId: z.string(),
      status: z.enum(['started', 'in_flight', 'ok', 'error']),
      summary: z.string().optional(),
    }),
    z.object({ ok: z.literal(true), aborted: z.boolean(), runIds: z.array(z.string()) }),
  ]),
  examples: [{ params: { sessionKey: 'main', message: 'hello', idempotencyKey: 'example-1' } }],
  handler: async ({ params: p, caller }, { engine: e }: Pick<Services, 'engine'>) => {
    const key = keyOf(e, p.sessionKey)
    const text = cleanText(p.message)
    if (!text.trim() && !p.attachments?.length) throw new Fault('INVALID_REQUEST', 'message or attachment required')
    if (sessions.byKey(e.world.db, key)?.settings.sendPolicy === 'deny')
      throw new Fault('INVALID_REQUEST', 'send blocked by session policy')
    if (stopWord(text) || text.trim().toLowerCase() === '/stop') {
      const { runs } = stopSession(e.kit, e.dispatch, key, 'stopped', 'stop')
      return { ok: true as const, aborted: runs.length > 0, runIds: runs }
    }
    checkCommand(text, caller)
    const media = await saveAttachments(e.world, p.attachments ?? [])
    const { state } = await e.intake.submit({
      session: key,
      text,
      media,
      run: p.idempotencyKey,
      client: caller.id,
      own: false,
      options: {
        owner: caller.scopes.has('admin'),
        approver: caller.scopes.has('approvals'),
        ...(p.thinking === undefined ? {} : { thinking: p.thinking }),
        ...(p.deliver === undefined ? {} : { deliver: p.deliver }),
        ...(p.timeoutMs === undefined ? {} : { timeoutMs: p.timeoutMs }),
      },
    })
    if (state === 'known') return known(e, p.idempotencyKey)
    if (state === 'waits') e.world.news.publish({ type: 'deferred', run: p.idempotencyKey, session: key })
    return { runId: p.idempotencyKey, status: 'started' as const }
  },
})

/** The state of a run that was sent before. */
async function known(e: Services['engine'], run: string) {
  const row = inbox.byRun(e.world.db, run)
  if (e.runs.get(run) || row?.state === 'new' || row?.state === 'taken')
    return { runId: run, status: 'in_flight' as const }
  const result = await e.runs.wait(run, e.world.scope.signal)
  if (result?.status === 'error')
    return { runId: run, status: 'error' as const, summary: result.error?.message ?? 'failed' }
  return { runId: run, status: 'ok' as const }
}

export const chatHistory = defineOp({
  id: 'chat.history',
  summary: 'Reads the newest messages of a session, oldest first.',
  scope: 'read',
  params: z.strictObject({
    sessionKey,
    limit: z.number().int().min(1).max(1000).default(200).describe('at most this many'),
    before: z.number().int().optional().describe('only messages before this id'),
    maxChars: z.number().int().min(1).max(500_000).default(maxText).describe('longer texts are cut'),
  }),
  simpleOnly: ['before', 'maxChars'],
  result: z.object({
    sessionKey: z.string(),
    sessionId: z.string().optional(),
    messages: z.array(ChatMessage),
    thinkingLevel: z.string(),
    verboseLevel: z.string().optional(),
  }),
  examples: [{ params: { sessionKey: 'main', limit: 2 } }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const found = sessions.byKey(e.world.db, keyOf(e, p.sessionKey))
    if (!found) return { sessionKey: p.sessionKey, messages: [], thinkingLevel: 'off' }
    const list = chatMessages(entries.latest(e.world.db, found.id, p.limit, p.before), p.maxChars).slice(-p.limit)
    return {
      sessionKey: p.sessionKey,
      sessionId: found.id,
      messages: list,
      thinkingLevel: found.settings.thinkingLevel ?? 'off',
      ...(found.settings.verboseLevel === undefined ? {} : { verboseLevel: found.settings.verboseLevel }),
    }
  },
})

export const chatAbort = defineOp({
  id: 'chat.abort',
  summary: 'Stops the run of a session, at once.',
  scope: 'write',
  params: z.strictObject({ sessionKey, runId: z.string().optional().describe('only this run') }),
  result: z.object({ ok: z.literal(true), aborted: z.boolean(), runIds: z.array(z.string()) }),
  cli: {
    path: 'chat abort',
    args: ['sessionKey'],
    print: (r) => (r.aborted ? `Stopped ${r.runIds.join(', ')}.` : 'Nothing is going on there.'),
  },
  examples: [{ params: { sessionKey: 'main' } }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const key = keyOf(e, p.sessionKey)
    if (p.runId === undefined) {
      const { runs } = stopSession(e.kit, e.dispatch, key, 'stopped', 'rpc')
      return { ok: true as const, aborted: runs.length > 0, runIds: runs }
    }
    const run = e.runs.get(p.runId)
    if (!run) return { ok: true as const, aborted: false, runIds: [] }
    if (run.session !== key) throw new Fault('INVALID_REQUEST', 'runId does not match sessionKey')
    run.stop('rpc')
    return { ok: true as const, aborted: true, runIds: [p.runId] }
  },
})

export const chatInject = defineOp({
  id: 'chat.inject',
  summary: 'Adds a message to a session as if the assistant had said it.',
  scope: 'admin',
  params: z.strictObject({
    sessionKey,
    message: z.string().min(1).describe('the text'),
    label: z.string().max(100).optional().describe('shown in brackets above it'),
  }),
  result: z.object({ ok: z.literal(true), messageId: z.string() }),
  examples: [{ params: { sessionKey: 'main', message: 'The backup is done.' }, note: 'a session that is there' }],
  handler: async ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const { db } = e.world
    const found = sessions.byKey(db, keyOf(e, p.sessionKey))
    if (!found) throw new Fault('INVALID_REQUEST', 'session not found')
    const text = p.label ? `[${p.label}]\n${cleanText(p.message)}` : cleanText(p.message)
    const parts = [{ type: 'text' as const, text }]
    const messageId = newId('msg', clock)
    const into = { session: found.id, key: found.key, run: `inject-${messageId}` }
    await db.write(() => void writeInto(e.world, into, parts))
    return { ok: true as const, messageId }
  },
})
