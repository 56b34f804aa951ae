// Letting people in who wrote to us.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { approvePairing, pendingPairings, rejectPairing } from '../engine/people/pairing.ts'
import type { Services } from './services.ts'
import { span, table } from './table.ts'

export const pairingList = defineOp({
  id: 'pairing.list',
  summary: 'Lists people who asked to be let in.',
  scope: 'pairing',
  params: z.strictObject({
    channel: z.string().optional().describe('only this channel'),
    account: z.string().optional().describe('only this account'),
  }),
  result: z.object({
    ts: z.number(),
    requests: z.array(
      z.object({
        channel: z.string(),
        account: z.string(),
        id: z.string(),
        code: z.string(),
        name: z.string().optional(),
        createdAt: z.number(),
        lastSeenAt: z.number(),
      }),
    ),
  }),
  cli: {
    path: 'pairing list',
    args: ['channel'],
    print: (r) =>
      r.requests.length
        ? table(
            ['Channel', 'Account', 'Person', 'Code', 'Asked'],
            r.requests.map((p) => [
              p.channel,
              p.account,
              p.name ? `${p.name} (${p.id})` : p.id,
              p.code,
              `${span(r.ts - p.createdAt)} ago`,
            ]),
          )
        : 'Nobody is waiting to be let in.',
  },
  examples: [{ params: {} }],
  handler: ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => ({
    ts: clock.now(),
    requests: pendingPairings(e.world, p.channel, p.account).map((x) => ({
      channel: x.channel,
      account: x.account,
      id: x.user,
      code: x.code ?? '',
      ...(x.person.name === undefined ? {} : { name: x.person.name }),
      createdAt: x.at,
      lastSeenAt: x.seenAt,
    })),
  }),
})

export const pairingApprove = defineOp({
  id: 'pairing.approve',
  summary: 'Lets the person in who has this code, and tells them.',
  scope: 'pairing',
  params: z.strictObject({
    channel: z.string().min(1).describe('the channel, or the code alone when only one channel has it'),
    code: z.string().optional().describe('the code they were given'),
    account: z.string().optional().describe('the account they wrote to'),
    notify: z.boolean().default(true).describe('tell them'),
  }),
  result: z.object({ ok: z.literal(true), channel: z.string(), account: z.string(), id: z.string() }),
  cli: { path: 'pairing approve', args: ['channel', 'code'], print: (r) => `${r.id} may now write on ${r.channel}.` },
  examples: [{ params: { channel: 'telegram', code: 'ABCD2345' }, note: 'a code that is waiting' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const all = pendingPairings(e.world)
    const code = p.code ?? p.channel
    const channel = p.code === undefined ? all.find((x) => x.code === code.trim().toUpperCase())?.channel : p.channel
    if (channel === undefined)
      throw new Fault('NOT_FOUND', `no pending pairing has the code ${code}; see \`oclaw pairing list\``)
    const done = await approvePairing(e.world, channel, code, p.notify)
    return { ok: true as const, channel: done.channel, account: done.account, id: done.user }
  },
})

export const pairingReject = defineOp({
  id: 'pairing.reject',
  summary: 'Turns away the person who has this code; they are told nothing.',
  scope: 'pairing',
  params: z.strictObject({
    channel: z.string().min(1).describe('the channel'),
    code: z.string().min(1).describe('the code they were given'),
  }),
  result: z.object({ ok: z.literal(true), channel: z.string(), account: z.string(), id: z.string() }),
  cli: { path: 'pairing reject', args: ['channel', 'code'], print: (r) => `${r.id} is turned away on ${r.channel}.` },
  examples: [{ params: { channel: 'telegram', code: 'ABCD2345' }, note: 'a code that is waiting' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const done = await rejectPairing(e.world, p.channel, p.code)
    return { ok: true as const, channel: done.channel, account: done.account, id: done.user }
  },
})
