// What was used and what it cost: by session, by day, over time.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import * as store from '../store/usage.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'
import { splitRef } from './session-row.ts'
import { table } from './table.ts'
import * as sums from './usage-sums.ts'

const dayMs = 86_400_000

const date = (what: string) =>
  z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date like 2026-01-31')
    .optional()
    .describe(what)

const range = {
  startDate: date('the first day (UTC); 30 days ago when absent'),
  endDate: date('the last day (UTC); today when absent'),
}

/** The days meant, as dates and as a span in ms. Throws INVALID_REQUEST when there is no such day. */
function spanOf(now: number, p: { startDate?: string | undefined; endDate?: string | undefined }, days = 30) {
  const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  const endDate = p.endDate ?? dateOf(now)
  const last = Date.parse(endDate)
  const startDate = p.startDate ?? dateOf(last - (days - 1) * dayMs)
  const from = Date.parse(startDate)
  if (Number.isNaN(from) || Number.isNaN(last)) throw new Fault('INVALID_REQUEST', 'there is no such day')
  return { startDate, endDate, from, to: last + dayMs, days: Math.max(0, Math.round((last - from) / dayMs) + 1) }
}

const Amounts = {
  input: z.number(),
  output: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  totalTokens: z.number(),
  totalCost: z.number(),
  inputCost: z.number(),
  outputCost: z.number(),
  cacheReadCost: z.number(),
  cacheWriteCost: z.number(),
  missingCostEntries: z.number(),
}
const Totals = z.object(Amounts)

const sessionsUsage = defineOp({
  id: 'sessions.usage',
  summary: 'Adds up tokens, costs, messages and tools by session.',
  scope: 'read',
  params: z.strictObject({
    ...range,
    key: z.string().optional().describe('only this session'),
    limit: z.number().int().min(1).default(50).describe('at most so many sessions'),
    includeContextWeight: z.boolean().optional().describe('kept for older clients'),
  }),
  result: z.object({
    updatedAt: z.number(),
    startDate: z.string(),
    endDate: z.string(),
    sessions: z.array(z.record(z.string(), z.unknown())),
    totals: Totals,
    aggregates: z.record(z.string(), z.unknown()),
  }),
  examples: [{ params: {} }, { params: { startDate: '2026-01-01', endDate: '2026-01-31', limit: 1000 } }],
  handler: ({ params: p }, { engine: e, models, clock }: Pick<Services, 'engine' | 'models' | 'clock'>) => {
    const { db } = e.world
    const { startDate, endDate, ...span } = spanOf(clock.now(), p)
    const prices = sums.pricesOf(models.list())
    const shown = store.used(db, span, p.key === undefined ? undefined : keyOf(e, p.key))
    const ids = new Set(shown.map((s) => s.id))
    const mine = <T extends { session: string }>(rows: T[]) => rows.filter((r) => ids.has(r.session))
    const rows = mine(store.tokens(db, span))
    const said = mine(store.messages(db, span))
    const tools = mine(store.tools(db, span))
    const times = mine(store.turnTimes(db, span))
    const of = {
      rows: sums.groups(rows, (r) => r.session),
      said: sums.groups(said, (r) => r.session),
      tools: sums.groups(tools, (r) => r.session),
      times: sums.groups(times, (r) => r.session),
    }
    const total = (list: readonly store.UsedSession[]) =>
      sums.totals(
        list.flatMap((s) => of.rows.get(s.id) ?? []),
        prices,
      )
    const all = sums.latency(times)
    return {
      updatedAt: clock.now(),
      startDate,
      endDate,
      sessions: shown.slice(0, p.limit).map((s) =>
        sessionOf(s, prices, {
          rows: of.rows.get(s.id) ?? [],
          said: of.said.get(s.id) ?? [],
          tools: of.tools.get(s.id) ?? [],
          times: of.times.get(s.id) ?? [],
        }),
      ),
      totals: sums.totals(rows, prices),
      aggregates: {
        messages: sums.messageCounts(said),
        tools: sums.toolUse(tools),
        byModel: sums.byModel(rows, prices),
        byProvider: [...sums.groups(rows, (r) => splitRef(r.model).provider)].map(([provider, list]) => ({
          provider,
          count: list.reduce((n, r) => n + r.count, 0),
          totals: sums.totals(list, prices),
        })),
        byAgent: [...sums.groups(shown, (s) => s.agent)].map(([agentId, l]) => ({ agentId, totals: total(l) })),
        byChannel: [...sums.groups(shown, channelOf)].map(([channel, l]) => ({ channel, totals: total(l) })),
        ...(all ? { latency: all } : {}),
        dailyLatency: sums.dailyLatency(times),
        modelDaily: sums.modelDaily(rows),
        daily: sums.daily(rows, said),
      },
    }
  },
})

const channelOf = (s: store.UsedSession): string =>
  (s.origin['to'] as { channel?: string } | undefined)?.channel ?? 'webchat'

interface Parts {
  readonly rows: readonly store.UsageRow[]
  readonly said: readonly store.MessageRow[]
  readonly tools: readonly store.ToolRow[]
  readonly times: readonly store.TurnTime[]
}

/** One session with what it used. */
function sessionOf(s: store.UsedSession, prices: sums.Prices, { rows, said, tools, times }: Parts) {
  const models = sums.byModel(rows, prices)
  const first = Math.min(...said.map((m) => m.first))
  const last = Math.max(...said.map((m) => m.last))
  const found = sums.latency(times)
  const override = typeof s.settings['model'] === 'string' ? splitRef(s.settings['model']) : undefined
  return {
    key: s.key,
    ...(s.label === undefined ? {} : { label: s.label }),
    sessionId: s.id,
    updatedAt: s.updatedAt,
    agentId: s.agent,
    channel: channelOf(s),
    ...(typeof s.origin['kind'] === 'string' ? { chatType: s.origin['kind'] } : {}),
    ...(override ? { modelOverride: override.model, providerOverride: override.provider } : {}),
    ...(models[0] ? { modelProvider: models[0].provider, model: models[0].model } : {}),
    usage: {
      ...sums.totals(rows, prices),
      sessionId: s.id,
      ...(said.length ? { firstActivity: first, lastActivity: last, durationMs: last - first } : {}),
      activityDates: [...new Set(said.map((m) => m.date))],
      dailyBreakdown: sums.dailyTokens(rows),
      dailyMessageCounts: said.map((m) => ({ date: m.date, ...sums.messageCounts([m]) })),
      dailyLatency: sums.dailyLatency(times),
      dailyModelUsage: sums.modelDaily(rows),
      messageCounts: sums.messageCounts(said),
      toolUsage: sums.toolUse(tools),
      modelUsage: models,
      ...(found ? { latency: found } : {}),
    },
    contextWeight: null,
  }
}

const usageCost = defineOp({
  id: 'usage.cost',
  summary: 'Adds up tokens and costs by day.',
  scope: 'read',
  params: z.strictObject({
    days: z.number().int().min(1).max(3650).default(30).describe('how many days, today being the last'),
    ...range,
  }),
  result: z.object({
    updatedAt: z.number(),
    days: z.number(),
    daily: z.array(z.object({ date: z.string(), ...Amounts })),
    totals: Totals,
  }),
  cli: {
    path: 'gateway usage-cost',
    print: (r) => {
      const money = (t: { totalCost: number; missingCostEntries: number }) =>
        `$${t.totalCost.toFixed(4)}${t.missingCostEntries ? ` + ${t.missingCostEntries} of unknown price` : ''}`
      return [
        table(
          ['Day', 'Tokens', 'Cost'],
          r.daily.map((d) => [d.date, String(d.totalTokens), money(d)]),
        ),
        `In ${r.days} days: ${r.totals.totalTokens} tokens, ${money(r.totals)}`,
      ].join('\n')
    },
  },
  examples: [{ params: {} }, { params: { days: 7 } }],
  handler: ({ params: p }, { engine: e, models, clock }: Pick<Services, 'engine' | 'models' | 'clock'>) => {
    const span = spanOf(clock.now(), p, p.days)
    const prices = sums.pricesOf(models.list())
    const rows = store.tokens(e.world.db, { from: span.from, to: span.to })
    return {
      updatedAt: clock.now(),
      days: span.days,
      daily: [...sums.groups(rows, (r) => r.date)].map(([day, list]) => ({ date: day, ...sums.totals(list, prices) })),
      totals: sums.totals(rows, prices),
    }
  },
})

const usageStatus = defineOp({
  id: 'usage.status',
  summary: 'Shows what providers say is left of subscriptions.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({ updatedAt: z.number(), providers: z.array(z.record(z.string(), z.unknown())) }),
  examples: [{ params: {} }],
  handler: (_call, { clock }: Pick<Services, 'clock'>) => ({ updatedAt: clock.now(), providers: [] }),
})

export const usageOps = [sessionsUsage, usageCost, usageStatus] as const
