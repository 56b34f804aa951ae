// Operations on channels.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import { byChannel, labelOf } from './health.ts'
import type { AccountStatus, Services } from './services.ts'
import { table } from './table.ts'

const Account = z.object({
  channel: z.string(),
  label: z.string(),
  accountId: z.string(),
  name: z.string().optional(),
  enabled: z.boolean(),
  configured: z.boolean(),
  running: z.boolean(),
  connected: z.boolean(),
  reconnectAttempts: z.number(),
  lastConnectedAt: z.number().nullable(),
  lastStartAt: z.number().nullable(),
  lastStopAt: z.number().nullable(),
  lastInboundAt: z.number().nullable(),
  lastOutboundAt: z.number().nullable(),
  lastEventAt: z.number().nullable(),
  lastError: z.string().nullable(),
  tokenSource: z.string(),
  mode: z.string().optional(),
  dmPolicy: z.string().optional(),
  allowFrom: z.array(z.string()).readonly().optional(),
  probe: z.object({ ok: z.boolean(), text: z.string() }).optional(),
})

const Status = z.object({
  ts: z.number(),
  channelOrder: z.array(z.string()),
  channelLabels: z.record(z.string(), z.string()),
  channelDetailLabels: z.record(z.string(), z.string()),
  channelSystemImages: z.record(z.string(), z.string()),
  channelMeta: z.array(
    z.object({ id: z.string(), label: z.string(), detailLabel: z.string(), systemImage: z.string().optional() }),
  ),
  channels: z.record(z.string(), z.unknown()),
  channelAccounts: z.record(z.string(), z.array(Account)),
  channelDefaultAccountId: z.record(z.string(), z.string()),
  list: z.array(Account),
})

const image = 'paperplane'

type Seen = z.output<typeof Account>

function report(ts: number, list: readonly Seen[]): z.output<typeof Status> {
  const grouped = byChannel(list as AccountStatus[]) as Map<string, Seen[]>
  const ids = [...grouped.keys()]
  const each = <T>(value: (id: string) => T) => Object.fromEntries(ids.map((id) => [id, value(id)]))
  return {
    ts,
    channelOrder: ids,
    channelLabels: each(labelOf),
    channelDetailLabels: each(labelOf),
    channelSystemImages: each(() => image),
    channelMeta: ids.map((id) => ({ id, label: labelOf(id), detailLabel: labelOf(id), systemImage: image })),
    channels: each((id) => grouped.get(id)?.[0]),
    channelAccounts: each((id) => grouped.get(id) ?? []),
    channelDefaultAccountId: each((id) => grouped.get(id)?.[0]?.accountId ?? 'default'),
    list: [...list],
  }
}

export const channelsStatus = defineOp({
  id: 'channels.status',
  summary: 'Shows every account of every channel, and with probe asks the platforms.',
  scope: 'read',
  params: z.strictObject({
    probe: z.boolean().default(false).describe('ask each platform whether all is well'),
    timeoutMs: z.number().int().min(0).default(10_000).describe('how long a platform may take, in ms'),
  }),
  result: Status,
  cli: {
    path: 'channels status',
    print: (r) =>
      r.list.length
        ? table(
            ['Channel', 'Status', 'Account', 'Last Error'],
            r.list.map((a) => [
              a.channel,
              a.running ? '✓ running' : '✗ stopped',
              a.accountId,
              [
                a.lastError ?? '-',
                ...(a.probe ? [a.probe.ok ? `works: ${a.probe.text}` : `probe failed: ${a.probe.text}`] : []),
              ].join(' | '),
            ]),
          )
        : 'No channels are set up. For Telegram: oclaw config set channels.telegram.botToken <token>',
  },
  examples: [{ params: {} }, { params: { probe: true, timeoutMs: 1000 } }],
  handler: async ({ params: p }, { channels, clock }: Pick<Services, 'channels' | 'clock'>) => {
    const list: readonly AccountStatus[] = channels.status()
    if (!p.probe) return report(clock.now(), list)
    const probes = await channels.probe(Math.max(1000, p.timeoutMs))
    const seen = list.map((a) => {
      const probe = probes.get(`${a.channel}:${a.accountId}`)
      return probe ? { ...a, probe } : a
    })
    return report(clock.now(), seen)
  },
})

const which = {
  channel: z.string().min(1).describe('the channel, such as telegram'),
  accountId: z.string().optional().describe('one account; all of them when absent'),
}
const Started = z.object({
  ok: z.literal(true),
  channel: z.string(),
  accountId: z.string().optional(),
  running: z.boolean(),
  accounts: z.array(Account),
})

const told = (channel: string, accountId: string | undefined, list: readonly AccountStatus[]) => ({
  ok: true as const,
  channel,
  ...(accountId === undefined ? {} : { accountId }),
  running: list.some((a) => a.running),
  accounts: list as Seen[],
})

export const channelsStart = defineOp({
  id: 'channels.start',
  summary: 'Starts a channel or one of its accounts.',
  scope: 'admin',
  params: z.strictObject(which),
  result: Started,
  cli: {
    path: 'channels start',
    args: ['channel'],
    print: (r) => `${r.channel} is ${r.running ? 'running' : 'not running'}.`,
  },
  examples: [{ params: { channel: 'telegram' }, note: 'a channel that is set up' }],
  handler: async ({ params: p }, { channels }: Pick<Services, 'channels'>) =>
    told(p.channel, p.accountId, await channels.start(p.channel, p.accountId)),
})

export const channelsStop = defineOp({
  id: 'channels.stop',
  summary: 'Stops a channel or one of its accounts until it is started or its config changes.',
  scope: 'admin',
  params: z.strictObject(which),
  result: Started,
  cli: {
    path: 'channels stop',
    args: ['channel'],
    print: (r) => `${r.channel} is ${r.running ? 'still running' : 'stopped'}.`,
  },
  examples: [{ params: { channel: 'telegram' }, note: 'a channel that is set up' }],
  handler: async ({ params: p }, { channels }: Pick<Services, 'channels'>) =>
    told(p.channel, p.accountId, await channels.stop(p.channel, p.accountId)),
})

export const channelsLogout = defineOp({
  id: 'channels.logout',
  summary: 'Stops an account of a channel for good; its credentials stay in the config.',
  scope: 'admin',
  params: z.strictObject(which),
  result: z.object({ channel: z.string(), accountId: z.string(), cleared: z.boolean(), loggedOut: z.boolean() }),
  cli: { path: 'channels logout', args: ['channel'], print: (r) => `${r.channel} ${r.accountId} is off.` },
  examples: [{ params: { channel: 'telegram' } }],
  handler: async ({ params: p, caller }, { channels, config }: Pick<Services, 'channels' | 'config'>) => {
    const accounts = channels.status().filter((a) => a.channel === p.channel)
    const account = accounts.find((a) => a.accountId === (p.accountId ?? accounts[0]?.accountId))
    if (!account) throw new Fault('INVALID_REQUEST', 'invalid channels.logout channel')
    await channels.stop(account.channel, account.accountId)
    const own = getPath((await config.snapshot()).parsed, ['channels', account.channel, 'accounts', account.accountId])
    const path = ['channels', account.channel, ...(own === undefined ? [] : ['accounts', account.accountId]), 'enabled']
    await config.change(
      { kind: 'set', path: path.map((segment) => `["${segment}"]`).join(''), value: false },
      { needsHash: false, who: caller.id },
    )
    return { channel: account.channel, accountId: account.accountId, cleared: false, loggedOut: true }
  },
})
