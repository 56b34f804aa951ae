// What could not be delivered, and what to do about it.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { resend } from '../engine/delivery.ts'
import * as outbox from '../store/outbox.ts'
import type { Services } from './services.ts'
import { span, table } from './table.ts'

export const messagesUndelivered = defineOp({
  id: 'messages.undelivered',
  summary: 'Lists messages that failed, expired, or may not have arrived.',
  scope: 'read',
  params: z.strictObject({
    state: z.enum(['unknown', 'failed', 'expired']).optional().describe('only those in this state'),
    limit: z.number().int().min(1).max(1000).default(100).describe('at most this many'),
  }),
  result: z.object({
    ts: z.number(),
    messages: z.array(
      z.object({
        id: z.string(),
        state: z.string(),
        channel: z.string(),
        account: z.string(),
        chat: z.string(),
        text: z.string(),
        error: z.string().optional(),
        at: z.number(),
      }),
    ),
  }),
  cli: {
    path: 'messages undelivered',
    args: ['state'],
    aliases: ['messages'],
    print: (r) =>
      r.messages.length
        ? table(
            ['Id', 'State', 'Chat', 'Text', 'Error', 'When'],
            r.messages.map((m) => [
              m.id,
              m.state,
              `${m.channel}:${m.chat}`,
              m.text.slice(0, 30),
              (m.error ?? '').slice(0, 40),
              `${span(r.ts - m.at)} ago`,
            ]),
          )
        : 'Every message was delivered.',
  },
  examples: [{ params: {} }],
  handler: ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => ({
    ts: clock.now(),
    messages: outbox.inState(e.world.db, p.state ? [p.state] : ['unknown', 'failed', 'expired'], p.limit).map((m) => ({
      id: m.id,
      state: m.state,
      channel: m.message.to.channel,
      account: m.message.to.account,
      chat: m.message.to.chat,
      text: m.message.text,
      at: m.at,
      ...(m.error === undefined ? {} : { error: m.error }),
    })),
  }),
})

const id = z.string().min(1).describe('the message’s id')

export const messagesResend = defineOp({
  id: 'messages.resend',
  summary: 'Sends an undelivered message again.',
  scope: 'write',
  params: z.strictObject({ id }),
  result: z.object({ ok: z.literal(true) }),
  cli: { path: 'messages resend', args: ['id'], print: () => 'It is on its way again.' },
  examples: [{ params: { id: 'out_example' }, note: 'a message that was not delivered' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    await resend(e.world, p.id)
    return { ok: true as const }
  },
})

export const messagesDismiss = defineOp({
  id: 'messages.dismiss',
  summary: 'Takes an undelivered message off the list.',
  scope: 'write',
  params: z.strictObject({ id }),
  result: z.object({ ok: z.literal(true) }),
  cli: { path: 'messages dismiss', args: ['id'], print: () => 'It is off the list.' },
  examples: [{ params: { id: 'out_example' }, note: 'a message that was not delivered' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const row = outbox.byId(e.world.db, p.id)
    if (!row || !['unknown', 'failed', 'expired'].includes(row.state))
      throw new Fault('NOT_FOUND', `no undelivered message has the id ${p.id}; see \`oclaw messages\``)
    await e.world.db.write(() => outbox.settle(e.world.db, p.id, { state: 'dismissed' }))
    return { ok: true as const }
  },
})
