// Operations on channels.
import { z } from 'zod'
import type { AnyChannel } from '../define/channel.ts'
import { defineOp } from '../define/op.ts'
import type { AccountStatus, Services } from './services.ts'
import { span, table } from './table.ts'

const Account = z.object({
  channel: z.string(),
  label: z.string(),
  accountId: z.string(),
  name: z.string().optional(),
  enabled: z.boolean(),
  configured: z.boolean(),
  running: z.boolean(),
  connected: z.boolean(),
  degraded: z.boolean(),
  linked: z.boolean().optional(),
  reconnectAttempts: z.number(),
  lastConnectedAt: z.number().nullable(),
  lastDisconnect: z.object({ at: z.number(), error: z.string() }).nullable(),
  lastStartAt: z.number().nullable(),
  lastStopAt: z.number().nullable(),
  lastInboundAt: z.number().nullable(),
  lastOutboundAt: z.number().nullable(),
  lastMessageAt: z.number().nullable(),
  lastEventAt: z.number().nullable(),
  lastError: z.string().nullable(),
  tokenSource: z.string(),
  mode: z.string().optional(),
  webhookPath: z.string().optional(),
  dmPolicy: z.string().optional(),
  allowFrom: z.array(z.string()).readonly().optional(),
  probe: z.object({ ok: z.boolean(), text: z.string() }).optional(),
  lastProbeAt: z.number().nullable(),
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
  problems: z
    .array(
      z.object({
        id: z.string(),
        channel: z.string(),
        severity: z.string(),
        text: z.string(),
        fix: z.string().optional(),
      }),
    )
    .optional(),
})

type Seen = z.output<typeof Account>

/** What nobody has asked about yet. */
const unprobed = (list: readonly AccountStatus[]): Seen[] =>
  list.map(({ allowFrom, ...a }) => ({ ...a, lastProbeAt: null, ...(allowFrom ? { allowFrom: [...allowFrom] } : {}) }))

const mark = (a: Seen) => (a.degraded ? '! degraded' : a.running ? '✓ running' : '✗ stopped')

/** When a platform last gave a sign of life. */
const evidence = (a: Seen, ts: number) => (a.lastEventAt === null ? '-' : `${span(ts - a.lastEventAt)} ago`)

/** An account nobody has set up, as older clients expect one of every channel. */
const nobody = (d: AnyChannel): Seen => ({
  channel: d.id,
  label: d.label,
  accountId: 'default',
  enabled: true,
  configured: false,
  running: false,
  connected: false,
  degraded: false,
  reconnectAttempts: 0,
  lastConnectedAt: null,
  lastDisconnect: null,
  lastStartAt: null,
  lastStopAt: null,
  lastInboundAt: null,
  lastOutboundAt: null,
  lastMessageAt: null,
  lastEventAt: null,
  lastError: 'not configured',
  lastProbeAt: null,
  tokenSource: 'none',
})

function report(ts: number, definitions: readonly AnyChannel[], list: readonly Seen[]): z.output<typeof Status> {
  const accountsOf = (id: string) => list.filter((a) => a.channel === id)
  const each = <T>(value: (d: AnyChannel) => T) => Object.fromEntries(definitions.map((d) => [d.id, value(d)]))
  const first = (d: AnyChannel) => accountsOf(d.id)[0] ?? nobody(d)
  const detail = (d: AnyChannel) => d.detailLabel ?? d.label
  const image = (d: AnyChannel) => d.systemImage ?? 'message'
  return {
    ts,
    channelOrder: definitions.map((d) => d.id),
    channelLabels: each((d) => d.label),
    channelDetailLabels: each(detail),
    channelSystemImages: each(image),
    channelMeta: definitions.map((d) => ({ id: d.id, label: d.label, detailLabel: detail(d), systemImage: image(d) })),
    channels: each(first),
    channelAccounts: each((d) => (accountsOf(d.id).length ? accountsOf(d.id) : [nobody(d)])),
    channelDefaultAccountId: each((d) => first(d).accountId),
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
        ? [
            table(
              ['Channel', 'Status', 'Account', 'Last sign', 'Last Error'],
              r.list.map((a) => [
                a.channel,
                mark(a),
                a.accountId,
                evidence(a, r.ts),
                [
                  a.lastError ?? '-',
                  ...(a.probe ? [a.probe.ok ? `works: ${a.probe.text}` : `probe failed: ${a.probe.text}`] : []),
                ].join(' | '),
              ]),
            ),
            ...(r.problems ?? []).map(
              (p) => `${p.severity === 'broken' ? '✗' : '!'} ${p.text}${p.fix ? `\n  ${p.fix}` : ''}`,
            ),
          ].join('\n')
        : 'No channels are set up. For Telegram: oclaw channels add --channel telegram --token <token>',
  },
  examples: [{ params: {} }, { params: { probe: true, timeoutMs: 1000 } }],
  handler: async ({ params: p }, { channels, clock }: Pick<Services, 'channels' | 'clock'>) => {
    const list = unprobed(channels.status())
    if (!p.probe) return report(clock.now(), channels.definitions, list)
    const ms = Math.max(1000, p.timeoutMs)
    const [probes, problems] = await Promise.all([channels.probe(ms), channels.check(ms)])
    const seen = list.map((a) => {
      const probe = probes.get(`${a.channel}:${a.accountId}`)
      return probe ? { ...a, probe, lastProbeAt: clock.now() } : a
    })
    return { ...report(clock.now(), channels.definitions, seen), problems }
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
  accounts: unprobed(list),
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
