// What can be done about messages that are already there: react, edit, delete, read, pin, and what a platform has beyond.
import { z } from 'zod'
import { deadline, type Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import type { Connection } from '../define/channel.ts'
import type { Address } from '../domain/address.ts'
import { addressOf, connectionFor, readyAccount } from './address.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

/** How long a platform may take, in ms. */
const patienceMs = 30_000

type Needed = Pick<Services, 'engine' | 'channels' | 'clock'>

const where = {
  to: z.string().trim().min(1).describe('the chat, as the channel names it'),
  channel: z.string().optional().describe('the channel; may be left out when only one is set up'),
  accountId: z.string().optional().describe('the account'),
  threadId: z.union([z.string(), z.number()]).optional().describe('the thread or topic'),
}
const messageId = z.string().min(1).describe('the message, by the platform’s id')
const flags = { to: ['target'], accountId: ['account'] } as const
const done = z.object({ ok: z.literal(true), channel: z.string(), messageId: z.string() })

/** Runs `act` on the connection of the chat meant, for as long as a platform may take. */
async function onChat<T>(
  s: Needed,
  p: z.output<z.ZodObject<typeof where>>,
  signal: AbortSignal,
  act: (c: Connection, at: Address, signal: AbortSignal) => Promise<T>,
): Promise<{ at: Address; value: T }> {
  const at = await addressOf(s, p, 'channel')
  return { at, value: await inTime(s.clock, signal, (life) => act(connectionFor(s, at), at, life)) }
}

async function inTime<T>(clock: Clock, signal: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = deadline(clock, patienceMs, new Fault('TIMEOUT', 'the platform did not answer in time'), signal)
  try {
    return await act(limit.signal)
  } finally {
    limit.done()
  }
}

const cannot = (at: Address, what: string) =>
  new Fault(
    'UNAVAILABLE',
    `${at.channel} cannot ${what}; \`oclaw channels capabilities ${at.channel}\` says what it can`,
  )

const react = defineOp({
  id: 'message.react',
  summary: 'Reacts to a message, or takes the reaction back.',
  scope: 'write',
  params: z.strictObject({
    ...where,
    messageId,
    emoji: z.string().default('').describe('the emoji; empty takes ours back'),
    remove: z.boolean().default(false).describe('take ours back'),
    participant: z.string().min(1).optional().describe('who wrote it, in a group where that is no longer known'),
    fromMe: z.boolean().optional().describe('it is one of ours'),
  }),
  result: done,
  cli: { path: 'message react', short: { to: 't' }, also: flags, print: () => 'Done.' },
  examples: [{ params: { to: '42', messageId: '7', emoji: '👍' }, note: 'a channel with reactions' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { at } = await onChat(s, p, signal, async (c, chat) => {
      if (!c.react) throw cannot(chat, 'react')
      const { participant, fromMe } = p
      await c.react(chat, p.messageId, p.remove ? '' : p.emoji, {
        ...(participant === undefined ? {} : { participant }),
        ...(fromMe === undefined ? {} : { fromMe }),
      })
    })
    return { ok: true as const, channel: at.channel, messageId: p.messageId }
  },
})

const reactions = defineOp({
  id: 'message.reactions',
  summary: 'Lists the reactions to a message.',
  scope: 'read',
  params: z.strictObject({
    ...where,
    messageId,
    limit: z.number().int().min(1).max(100).default(100).describe('at most this many people for each'),
  }),
  result: z.object({
    reactions: z.array(z.object({ emoji: z.string(), count: z.number(), users: z.array(z.string()) })),
  }),
  cli: {
    path: 'message reactions',
    short: { to: 't' },
    also: flags,
    print: (r) => r.reactions.map((x) => `${x.emoji} ${x.count}`).join('\n') || 'Nobody reacted.',
  },
  examples: [{ params: { to: '42', messageId: '7' }, note: 'a channel that tells reactions' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { value } = await onChat(s, p, signal, (c, at) => {
      if (!c.reactions) throw cannot(at, 'list reactions')
      return c.reactions(at, p.messageId)
    })
    return { reactions: value.map((r) => ({ ...r, users: r.users.slice(0, p.limit) })) }
  },
})

const edit = defineOp({
  id: 'message.edit',
  summary: 'Changes the text of a message of ours.',
  scope: 'write',
  params: z.strictObject({
    ...where,
    messageId,
    message: z.string().trim().min(1).describe('the new text, in Markdown'),
  }),
  result: done,
  cli: { path: 'message edit', short: { to: 't', message: 'm' }, also: flags, print: () => 'Changed.' },
  examples: [{ params: { to: '42', messageId: '7', message: 'Better so.' }, note: 'a channel with edits' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { at } = await onChat(s, p, signal, async (c, chat, life) => {
      if (!c.edit) throw cannot(chat, 'edit messages')
      await c.edit(chat, p.messageId, p.message, life)
    })
    return { ok: true as const, channel: at.channel, messageId: p.messageId }
  },
})

const remove = defineOp({
  id: 'message.delete',
  summary: 'Deletes a message, where the platform lets us.',
  scope: 'write',
  params: z.strictObject({ ...where, messageId }),
  result: done,
  cli: { path: 'message delete', short: { to: 't' }, also: flags, print: () => 'Deleted.' },
  examples: [{ params: { to: '42', messageId: '7' }, note: 'a channel that lets us delete' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { at } = await onChat(s, p, signal, async (c, chat) => {
      if (!c.remove) throw cannot(chat, 'delete messages')
      await c.remove(chat, p.messageId)
    })
    return { ok: true as const, channel: at.channel, messageId: p.messageId }
  },
})

const Past = z.object({
  id: z.string(),
  at: z.number(),
  from: z.object({ id: z.string(), name: z.string().optional(), handle: z.string().optional() }),
  text: z.string(),
  media: z.number().optional(),
  replyTo: z.string().optional(),
  thread: z.string().optional(),
})
const Messages = z.object({ messages: z.array(Past) })

const shown = (r: z.output<typeof Messages>) =>
  r.messages.length
    ? table(
        ['Id', 'When', 'Who', 'Text'],
        r.messages.map((m) => [
          m.id,
          new Date(m.at).toISOString().slice(0, 16),
          m.from.name ?? m.from.id,
          m.text.replaceAll(/\s+/g, ' ').slice(0, 70),
        ]),
      )
    : 'No messages.'

const readOp = defineOp({
  id: 'message.read',
  summary: 'Reads the messages of a chat, as the platform remembers them.',
  scope: 'read',
  params: z.strictObject({
    ...where,
    limit: z.number().int().min(1).max(200).default(20).describe('at most this many'),
    before: z.string().optional().describe('only those before this message'),
    after: z.string().optional().describe('only those after it'),
    around: z.string().optional().describe('those around it'),
  }),
  result: Messages,
  cli: { path: 'message read', short: { to: 't' }, also: flags, print: shown },
  examples: [{ params: { to: '42' }, note: 'a channel that lets us read back' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { limit, before, after, around } = p
    const query = {
      limit,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(around === undefined ? {} : { around }),
    }
    const { value } = await onChat(s, p, signal, (c, at, life) => {
      if (!c.read) throw cannot(at, 'read back')
      return c.read(at, query, life)
    })
    return { messages: [...value] }
  },
})

const pinning = (on: boolean) =>
  defineOp({
    id: on ? 'message.pin' : 'message.unpin',
    summary: on ? 'Pins a message.' : 'Takes a pinned message off.',
    scope: 'write',
    params: z.strictObject({ ...where, messageId }),
    result: done,
    cli: { path: on ? 'message pin' : 'message unpin', short: { to: 't' }, also: flags, print: () => 'Done.' },
    examples: [{ params: { to: '42', messageId: '7' }, note: 'a channel with pins' }],
    handler: async ({ params: p, signal }, s: Needed) => {
      const { at } = await onChat(s, p, signal, async (c, chat) => {
        if (!c.pin) throw cannot(chat, 'pin messages')
        await c.pin(chat, p.messageId, on)
      })
      return { ok: true as const, channel: at.channel, messageId: p.messageId }
    },
  })

const pins = defineOp({
  id: 'message.pins',
  summary: 'Lists the pinned messages of a chat.',
  scope: 'read',
  params: z.strictObject({
    ...where,
    limit: z.number().int().min(1).max(200).default(50).describe('at most this many'),
  }),
  result: Messages,
  cli: { path: 'message pins', short: { to: 't' }, also: flags, print: shown },
  examples: [{ params: { to: '42' }, note: 'a channel that lists its pins' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { value } = await onChat(s, p, signal, (c, at) => {
      if (!c.pins) throw cannot(at, 'list pins')
      return c.pins(at)
    })
    return { messages: value.slice(0, p.limit) }
  },
})

const action = defineOp({
  id: 'message.action',
  summary: 'Does what else a platform can: threads, members, roles, events and the like.',
  scope: 'admin',
  params: z.strictObject({
    action: z.string().min(1).describe('its name; `oclaw channels capabilities` lists them'),
    channel: where.channel,
    accountId: where.accountId,
    params: z.record(z.string(), z.unknown()).default({}).describe('what it needs'),
  }),
  result: z.object({ channel: z.string(), action: z.string(), result: z.unknown() }),
  cli: { path: 'message action', args: ['action'], also: { accountId: ['account'] } },
  examples: [{ params: { action: 'channel-list' }, note: 'a channel with such an action' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const at = readyAccount(s, p, 'channel')
    const connection = connectionFor(s, at)
    const found = connection.actions?.[p.action]
    if (!found) {
      const names = Object.keys(connection.actions ?? {})
      throw new Fault('NOT_FOUND', `${at.channel} has no action "${p.action}"; it has: ${names.join(', ') || 'none'}`)
    }
    const input = found.params.safeParse(p.params)
    if (!input.success) throw new Fault('INVALID_REQUEST', `${p.action}: ${z.prettifyError(input.error)}`)
    const result = await inTime(s.clock, signal, (life) => found.run(input.data as never, life))
    return { channel: at.channel, action: p.action, result: result ?? null }
  },
})

export const messageActOps = [
  react,
  reactions,
  edit,
  remove,
  readOp,
  pinning(true),
  pinning(false),
  pins,
  action,
] as const
