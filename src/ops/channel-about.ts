// What channels can do, whom they know, and what they wrote into the log.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { addressOf, connectionFor, readyAccount } from './address.ts'
import { definitionOf } from './channel-accounts.ts'
import type { Services } from './services.ts'

const optional = (what: string) => z.string().optional().describe(what)

const capabilities = defineOp({
  id: 'channels.capabilities',
  summary: 'Says what channels can do, and with a target whether it names a chat.',
  scope: 'read',
  params: z.strictObject({
    channel: optional('only this channel'),
    account: optional('an account, to see what its own settings allow'),
    target: optional('a chat to look up'),
  }),
  result: z.object({
    channels: z.array(
      z.object({
        id: z.string(),
        label: z.string(),
        can: z.array(z.string()),
        limits: z.object({
          text: z.number(),
          lines: z.number().optional(),
          caption: z.number(),
          media: z.number(),
        }),
        polls: z
          .object({
            options: z.number(),
            multiple: z.boolean(),
            minOpenMs: z.number().optional(),
            maxOpenMs: z.number().optional(),
          })
          .optional(),
        target: z.string(),
        found: z.object({ chat: z.string(), thread: z.string().optional() }).nullable().optional(),
        actions: z.array(z.object({ name: z.string(), summary: z.string(), changes: z.boolean() })),
      }),
    ),
  }),
  cli: {
    path: 'channels capabilities',
    args: ['channel'],
    print: (r) =>
      r.channels
        .map((c) =>
          [
            `${c.label} (${c.id})`,
            `  can: ${c.can.join(', ')}`,
            `  limits: ${c.limits.text} characters${c.limits.lines ? `, ${c.limits.lines} lines` : ''}, files of ${Math.round(c.limits.media / 1_000_000)} MB`,
            ...(c.polls ? [`  polls: up to ${c.polls.options} answers`] : []),
            `  target: ${c.target}${c.found === undefined ? '' : c.found ? ` -> ${c.found.chat}${c.found.thread ? ` thread ${c.found.thread}` : ''}` : ' -> no such chat'}`,
            ...(c.actions.length ? [`  actions: ${c.actions.map((a) => a.name).join(', ')}`] : []),
          ].join('\n'),
        )
        .join('\n'),
  },
  examples: [{ params: {} }, { params: { channel: 'telegram', target: '@someone' } }],
  handler: ({ params: p }, s: Pick<Services, 'channels' | 'engine'>) => {
    const chosen = p.channel === undefined ? s.channels.definitions : [definitionOf(s, p.channel)]
    return {
      channels: chosen.map((d) => {
        const ready = s.channels
          .status()
          .find((a) => a.channel === d.id && (p.account === undefined || a.accountId === p.account))
        const connection = ready && s.engine.world.connection({ channel: d.id, account: ready.accountId })
        return {
          id: d.id,
          label: d.label,
          can: [...d.can, ...(d.polls ? ['polls'] : [])],
          limits: { ...d.limits },
          ...(d.polls ? { polls: d.polls } : {}),
          target: d.targetHint,
          ...(p.target === undefined ? {} : { found: d.target(p.target) ?? null }),
          actions: Object.entries(connection?.actions ?? {}).map(([name, a]) => ({
            name,
            summary: a.summary,
            changes: a.changes,
          })),
        }
      }),
    }
  },
})

const Found = z.object({
  kind: z.enum(['user', 'group']),
  id: z.string(),
  name: z.string().optional(),
  handle: z.string().optional(),
  target: z.string(),
})

const resolve = defineOp({
  id: 'channels.resolve',
  summary: 'Finds the people and chats that names mean on a channel.',
  scope: 'read',
  params: z.strictObject({
    entries: z.array(z.string().min(1)).min(1).describe('names, handles or ids'),
    channel: optional('the channel; may be left out when only one is set up'),
    account: optional('the account'),
    kind: z.enum(['auto', 'user', 'group']).default('auto').describe('look for people, for groups, or for both'),
  }),
  result: z.object({ channel: z.string(), entries: z.array(z.object({ input: z.string(), found: z.array(Found) })) }),
  cli: {
    path: 'channels resolve',
    args: ['entries'],
    print: (r) =>
      r.entries
        .map(
          (e) =>
            `${e.input}: ${e.found.map((f) => `${f.target}${f.name ? ` (${f.name})` : ''}`).join(', ') || 'nobody found'}`,
        )
        .join('\n'),
  },
  examples: [{ params: { entries: ['@ann'] }, note: 'a channel that knows its people' }],
  handler: async ({ params: p }, s: Pick<Services, 'channels' | 'engine'>) => {
    const at = readyAccount(s, { channel: p.channel, accountId: p.account }, 'channel')
    const find = finder(s, at)
    const kinds = p.kind === 'auto' ? (['user', 'group'] as const) : ([p.kind] as const)
    const entries = await Promise.all(
      p.entries.map(async (input) => ({
        input,
        found: (await Promise.all(kinds.map((kind) => find(input, kind, 10)))).flat(),
      })),
    )
    return { channel: at.channel, entries }
  },
})

/** The directory of an account. Throws UNAVAILABLE when the channel keeps none. */
function finder(s: Pick<Services, 'engine' | 'channels'>, at: { channel: string; account: string }) {
  const connection = connectionFor(s, at)
  if (!connection.find)
    throw new Fault(
      'UNAVAILABLE',
      `${at.channel} lets bots look nobody up; name chats as ${definitionOf(s, at.channel).targetHint}`,
    )
  return connection.find.bind(connection)
}

const directory = (kind: 'user' | 'group', id: string, summary: string, path: string) =>
  defineOp({
    id,
    summary,
    scope: 'read',
    params: z.strictObject({
      channel: optional('the channel; may be left out when only one is set up'),
      account: optional('the account'),
      query: z.string().default('').describe('only those that fit this text'),
      limit: z.number().int().min(1).max(1000).default(50).describe('at most this many'),
    }),
    result: z.array(Found),
    cli: { path, print: (r) => r.map((f) => `${f.target}\t${f.name ?? f.handle ?? ''}`).join('\n') || 'Nobody found.' },
    examples: [{ params: {}, note: 'a channel that knows its people' }],
    handler: async ({ params: p }, s: Pick<Services, 'channels' | 'engine'>) => {
      const at = readyAccount(s, { channel: p.channel, accountId: p.account }, 'channel')
      return [...(await finder(s, at)(p.query, kind, p.limit))]
    },
  })

const peers = directory('user', 'directory.peers', 'Lists the people a channel knows.', 'directory peers list')
const groups = directory('group', 'directory.groups', 'Lists the groups a channel knows.', 'directory groups list')

const members = defineOp({
  id: 'directory.members',
  summary: 'Lists who is in a group.',
  scope: 'read',
  params: z.strictObject({
    groupId: z.string().min(1).describe('the group, as the channel names it'),
    channel: optional('the channel; may be left out when only one is set up'),
    account: optional('the account'),
    limit: z.number().int().min(1).max(1000).default(200).describe('at most this many'),
  }),
  result: z.array(z.object({ id: z.string(), name: z.string().optional(), handle: z.string().optional() })),
  cli: {
    path: 'directory groups members',
    args: ['groupId'],
    print: (r) => r.map((m) => `${m.id}\t${m.name ?? m.handle ?? ''}`).join('\n') || 'Nobody.',
  },
  examples: [{ params: { groupId: 'C0GENERAL1' }, note: 'a channel that tells who is in its groups' }],
  handler: async ({ params: p, signal }, s: Pick<Services, 'channels' | 'engine' | 'clock'>) => {
    const at = await addressOf(s, { to: p.groupId, channel: p.channel, accountId: p.account }, 'channel')
    const connection = connectionFor(s, at)
    if (!connection.members) throw new Fault('UNAVAILABLE', `${at.channel} does not tell bots who is in a group`)
    return [...(await connection.members(at, p.limit, signal))]
  },
})

const self = defineOp({
  id: 'directory.self',
  summary: 'Says who we are on a channel.',
  scope: 'read',
  params: z.strictObject({
    channel: optional('the channel; may be left out when only one is set up'),
    account: optional('the account'),
  }),
  result: z.object({
    channel: z.string(),
    account: z.string(),
    id: z.string(),
    handle: z.string().optional(),
    name: z.string().optional(),
  }),
  cli: { path: 'directory self', print: (r) => `${r.name ?? r.handle ?? r.id} (${r.id})` },
  examples: [{ params: {}, note: 'a channel that is connected' }],
  handler: ({ params: p }, s: Pick<Services, 'channels' | 'engine'>) => {
    const at = readyAccount(s, { channel: p.channel, accountId: p.account }, 'channel')
    return { ...at, ...connectionFor(s, at).me }
  },
})

const logs = defineOp({
  id: 'channels.logs',
  summary: 'Shows what channels wrote into the log.',
  scope: 'read',
  params: z.strictObject({
    channel: z.string().default('all').describe('only this channel'),
    lines: z.number().int().min(1).max(5000).default(200).describe('at most this many lines'),
  }),
  result: z.object({ file: z.string(), channel: z.string(), lines: z.array(z.string()) }),
  cli: { path: 'channels logs', print: (r) => r.lines.join('\n') || 'The log says nothing about it.' },
  examples: [{ params: {} }],
  handler: ({ params: p }, { logs: log }: Pick<Services, 'logs'>) => {
    const { file, lines } = log.tail({ limit: 50_000, maxBytes: 5_000_000 })
    const about = p.channel === 'all' ? 'channels/' : `channels/${p.channel}`
    const mine = lines.filter(
      (line) => line.includes(about) || (p.channel !== 'all' && line.includes(`channel:${p.channel}`)),
    )
    return { file, channel: p.channel, lines: mine.slice(-p.lines) }
  },
})

export const channelAboutOps = [capabilities, resolve, peers, groups, members, self, logs] as const
