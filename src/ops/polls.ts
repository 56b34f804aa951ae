// Questions with answers to choose from.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import { say } from '../engine/say.ts'
import * as outbox from '../store/outbox.ts'
import { addressOf } from './address.ts'
import { settled, where } from './send.ts'
import type { Services } from './services.ts'

const poll = defineOp({
  id: 'poll',
  summary: 'Puts a question with answers to choose from to a chat.',
  scope: 'write',
  params: z.strictObject({
    ...where,
    question: z.string().trim().min(1).describe('the question'),
    options: z.array(z.string().trim().min(1)).min(2).max(12).describe('the answers'),
    maxSelections: z.number().int().min(1).max(12).optional().describe('how many may be chosen; one when absent'),
    durationSeconds: z.number().int().min(1).max(604_800).optional().describe('how long it is open, in seconds'),
    durationHours: z.number().int().min(1).optional().describe('the same in hours'),
    silent: z.boolean().optional().describe('without a sound'),
    isAnonymous: z.boolean().optional().describe('whether nobody sees who chose what'),
    dryRun: z.boolean().optional().describe('check everything and send nothing'),
  }),
  result: z.object({
    runId: z.string(),
    messageId: z.string(),
    channel: z.string(),
    pollId: z.string().optional(),
    dryRun: z.boolean().optional(),
  }),
  cli: {
    path: 'message poll',
    short: { to: 't' },
    also: {
      to: ['target'],
      accountId: ['account'],
      question: ['poll-question'],
      options: ['poll-option'],
      durationSeconds: ['poll-duration-seconds'],
      durationHours: ['poll-duration-hours'],
      isAnonymous: ['poll-anonymous'],
    },
    print: (r) => (r.dryRun ? 'It could be asked so.' : `Asked (${r.messageId}).`),
  },
  examples: [{ params: { to: '42', question: 'Pizza?', options: ['yes', 'no'] }, note: 'a channel with polls' }],
  handler: async ({ params: p, signal }, s: Pick<Services, 'engine' | 'channels' | 'clock'>) => {
    const { engine: e, clock } = s
    const to = await addressOf(s, p, 'poll channel')
    const d = s.channels.definitions.find((one) => one.id === to.channel)
    if (!d?.polls) throw new Fault('INVALID_REQUEST', `${d?.label ?? to.channel} has no polls; send a question instead`)
    const openMs =
      p.durationSeconds === undefined ? p.durationHours && p.durationHours * 3_600_000 : p.durationSeconds * 1000
    const { polls } = d
    if (p.options.length > polls.options)
      throw new Fault('INVALID_REQUEST', `a poll on ${d.label} has at most ${polls.options} answers`)
    const choices = Math.min(p.maxSelections ?? 1, p.options.length)
    if (choices > 1 && !polls.multiple) throw new Fault('INVALID_REQUEST', `a poll on ${d.label} takes one answer only`)
    if (openMs !== undefined && (openMs < (polls.minOpenMs ?? 0) || openMs > (polls.maxOpenMs ?? Infinity)))
      throw new Fault(
        'INVALID_REQUEST',
        `a poll on ${d.label} is open between ${(polls.minOpenMs ?? 0) / 1000} and ${(polls.maxOpenMs ?? Infinity) / 1000} seconds`,
      )
    if (p.dryRun) return { runId: '', messageId: '', channel: to.channel, dryRun: true }
    const runId = p.idempotencyKey ?? newId('run', clock)
    const key = `send:${runId}`
    const asked = {
      question: p.question,
      options: p.options,
      choices,
      ...(openMs === undefined ? {} : { openMs }),
      ...(p.isAnonymous === undefined ? {} : { anonymous: p.isAnonymous }),
    }
    if (!outbox.byKey(e.world.db, key).length)
      await e.world.db.write(
        () => void say(e.world, to, '', { key, poll: asked, ...(p.silent ? { silent: true } : {}) }),
      )
    const [row] = await settled(e, clock, key, signal)
    if (row && ['failed', 'expired', 'unknown'].includes(row.state))
      throw new Fault('UNAVAILABLE', `it was not delivered: ${row.error ?? row.state}; see \`oclaw messages\``)
    return { runId, messageId: row?.platformId ?? row?.id ?? '', channel: to.channel }
  },
})

export const pollOps = [poll] as const
