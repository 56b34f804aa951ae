// A session as lists show it, on every wire.
import { z } from 'zod'
import type { Session } from '../domain/session.ts'
import { kindOf } from '../domain/session-key.ts'
import type { Candidate } from '../engine/settings.ts'

/** One session in a list. `updatedAt` in ms, `lastActiveAt` the same as ISO text. */
export const SessionRow = z.object({
  key: z.string(),
  kind: z.enum(['direct', 'group', 'global', 'unknown']),
  sessionId: z.string(),
  agentId: z.string(),
  label: z.string().optional(),
  displayName: z.string().optional(),
  channel: z.string().optional(),
  subject: z.string().optional(),
  chatType: z.string().optional(),
  messageCount: z.number(),
  updatedAt: z.number(),
  lastActiveAt: z.string(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  totalTokens: z.number(),
  totalTokensFresh: z.boolean(),
  contextTokens: z.number().optional(),
  model: z.string().optional(),
  modelProvider: z.string().optional(),
  thinkingLevel: z.string().optional(),
  verboseLevel: z.string().optional(),
  reasoningLevel: z.string().optional(),
  elevatedLevel: z.string().optional(),
  responseUsage: z.string().optional(),
  sendPolicy: z.string().optional(),
  groupActivation: z.string().optional(),
  deliveryContext: z
    .object({ channel: z.string(), to: z.string(), accountId: z.string(), threadId: z.string().optional() })
    .optional(),
  lastChannel: z.string().optional(),
  lastTo: z.string().optional(),
  lastAccountId: z.string().optional(),
  derivedTitle: z.string().optional(),
  lastMessagePreview: z.string().optional(),
})

export type SessionRow = z.output<typeof SessionRow>

/** The parts of `provider/model`. */
export function splitRef(ref: string): { provider: string; model: string } {
  const at = ref.indexOf('/')
  return at < 0 ? { provider: '', model: ref } : { provider: ref.slice(0, at), model: ref.slice(at + 1) }
}

/** A session as a row; `usual` is the model it would use by default. */
export function sessionRow(s: Session, usual: Candidate | undefined): SessionRow {
  const ref = s.settings.model ?? s.model ?? usual?.ref
  const { to } = s.origin
  const { settings } = s
  return {
    key: s.key,
    kind: kindOf(s.key),
    sessionId: s.id,
    agentId: s.agent,
    messageCount: s.messages,
    updatedAt: s.updatedAt,
    lastActiveAt: new Date(s.updatedAt).toISOString(),
    inputTokens: s.inputTokens,
    outputTokens: s.outputTokens,
    totalTokens: s.contextTokens,
    totalTokensFresh: s.contextTokens > 0,
    ...(usual ? { contextTokens: usual.info.contextWindow } : {}),
    ...(s.label === undefined ? {} : { label: s.label }),
    ...((s.origin.title ?? s.origin.name) ? { displayName: s.origin.title ?? s.origin.name } : {}),
    ...(s.origin.title === undefined ? {} : { subject: s.origin.title }),
    ...(s.origin.kind === undefined ? {} : { chatType: s.origin.kind }),
    ...(ref === undefined ? {} : { model: splitRef(ref).model, modelProvider: splitRef(ref).provider }),
    ...(settings.thinkingLevel === undefined ? {} : { thinkingLevel: settings.thinkingLevel }),
    ...(settings.verboseLevel === undefined ? {} : { verboseLevel: settings.verboseLevel }),
    ...(settings.reasoningLevel === undefined ? {} : { reasoningLevel: settings.reasoningLevel }),
    ...(settings.elevatedLevel === undefined ? {} : { elevatedLevel: settings.elevatedLevel }),
    ...(settings.responseUsage === undefined ? {} : { responseUsage: settings.responseUsage }),
    ...(settings.sendPolicy === undefined ? {} : { sendPolicy: settings.sendPolicy }),
    ...(settings.groupActivation === undefined ? {} : { groupActivation: settings.groupActivation }),
    ...(to === undefined
      ? {}
      : {
          channel: to.channel,
          deliveryContext: {
            channel: to.channel,
            to: to.chat,
            accountId: to.account,
            ...(to.thread === undefined ? {} : { threadId: to.thread }),
          },
          lastChannel: to.channel,
          lastTo: to.chat,
          lastAccountId: to.account,
        }),
  }
}
