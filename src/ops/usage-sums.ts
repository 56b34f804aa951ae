// Adding up usage: totals, days, models and times in the shapes clients know.
import type { MessageRow, ToolRow, TurnTime, UsageRow } from '../store/usage.ts'
import type { ListedModel } from './services.ts'
import { splitRef } from './session-row.ts'

/** Sums of tokens and of US dollars. Costs hold what is known; `missingCostEntries` counts answers that have no price. */
export interface Totals {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly totalTokens: number
  readonly totalCost: number
  readonly inputCost: number
  readonly outputCost: number
  readonly cacheReadCost: number
  readonly cacheWriteCost: number
  readonly missingCostEntries: number
}

/** What models cost, by `provider/model`. */
export type Prices = ReadonlyMap<string, NonNullable<ListedModel['price']>>

/** The prices of the models that have one. */
export const pricesOf = (models: readonly ListedModel[]): Prices =>
  new Map(models.flatMap((m) => (m.price ? [[`${m.provider}/${m.id}`, m.price] as const] : [])))

/** Rows in groups of the same name, in the order the names first come. */
export function groups<T>(rows: readonly T[], name: (row: T) => string): Map<string, T[]> {
  const out = new Map<string, T[]>()
  for (const row of rows) {
    const found = out.get(name(row))
    if (found) found.push(row)
    else out.set(name(row), [row])
  }
  return out
}

const sum = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((total, row) => total + of(row), 0)

/** The totals of rows; what each kind of token cost is told by today's prices, the total by what was charged. */
export function totals(rows: readonly UsageRow[], prices: Prices): Totals {
  const cost = (kind: 'input' | 'output' | 'cacheRead' | 'cacheWrite') =>
    sum(rows, (r) => {
      const price = r.missing === r.count ? undefined : prices.get(r.model)
      return price ? (r[kind] * (price[kind] ?? price.input)) / 1e6 : 0
    })
  const [input, output] = [sum(rows, (r) => r.input), sum(rows, (r) => r.output)]
  const [cacheRead, cacheWrite] = [sum(rows, (r) => r.cacheRead), sum(rows, (r) => r.cacheWrite)]
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    totalTokens: input + output + cacheRead + cacheWrite,
    totalCost: sum(rows, (r) => r.cost),
    inputCost: cost('input'),
    outputCost: cost('output'),
    cacheReadCost: cost('cacheRead'),
    cacheWriteCost: cost('cacheWrite'),
    missingCostEntries: sum(rows, (r) => r.missing),
  }
}

const tokensOf = (rows: readonly UsageRow[]) => sum(rows, (r) => r.input + r.output + r.cacheRead + r.cacheWrite)

/** Counts of messages. */
export const messageCounts = (rows: readonly MessageRow[]) => ({
  total: sum(rows, (r) => r.user + r.assistant),
  user: sum(rows, (r) => r.user),
  assistant: sum(rows, (r) => r.assistant),
  toolCalls: sum(rows, (r) => r.toolCalls),
  toolResults: sum(rows, (r) => r.toolResults),
  errors: sum(rows, (r) => r.errors),
})

/** How long turns took, in ms; undefined when there were none. */
export function latency(times: readonly TurnTime[]) {
  const ms = times.map((t) => t.ms).sort((a, b) => a - b)
  const [min, max] = [ms[0], ms.at(-1)]
  if (min === undefined || max === undefined) return undefined
  const p95Ms = ms[Math.min(ms.length - 1, Math.ceil(ms.length * 0.95) - 1)] ?? max
  return { count: ms.length, avgMs: sum(ms, (x) => x) / ms.length, p95Ms, minMs: min, maxMs: max }
}

/** The same for each day. */
export const dailyLatency = (times: readonly TurnTime[]) =>
  [...groups(times, (t) => t.date)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([date, list]) => {
      const found = latency(list)
      return found ? [{ date, ...found }] : []
    })

/** Calls of tools, most used first. */
export function toolUse(rows: readonly ToolRow[]) {
  const tools = [...groups(rows, (r) => r.tool)]
    .map(([name, list]) => ({ name, count: sum(list, (r) => r.count) }))
    .sort((a, b) => b.count - a.count)
  return { totalCalls: sum(tools, (t) => t.count), uniqueTools: tools.length, tools }
}

/** Usage by model, costliest in tokens first. */
export const byModel = (rows: readonly UsageRow[], prices: Prices) =>
  [...groups(rows, (r) => r.model)]
    .map(([ref, list]) => ({ ...splitRef(ref), count: sum(list, (r) => r.count), totals: totals(list, prices) }))
    .sort((a, b) => b.totals.totalTokens - a.totals.totalTokens)

/** Usage by day and model. */
export const modelDaily = (rows: readonly UsageRow[]) =>
  [...groups(rows, (r) => `${r.date} ${r.model}`).values()].map((list) => ({
    date: list[0]?.date ?? '',
    ...splitRef(list[0]?.model ?? ''),
    tokens: tokensOf(list),
    cost: sum(list, (r) => r.cost),
    count: sum(list, (r) => r.count),
  }))

/** Tokens and costs by day. */
export const dailyTokens = (rows: readonly UsageRow[]) =>
  [...groups(rows, (r) => r.date)].map(([date, list]) => ({
    date,
    tokens: tokensOf(list),
    cost: sum(list, (r) => r.cost),
  }))

/** Tokens, costs and messages by day. */
export function daily(rows: readonly UsageRow[], said: readonly MessageRow[]) {
  const spent = new Map(dailyTokens(rows).map((d) => [d.date, d]))
  const talked = groups(said, (m) => m.date)
  return [...new Set([...spent.keys(), ...talked.keys()])].sort().map((date) => {
    const counts = messageCounts(talked.get(date) ?? [])
    return {
      date,
      tokens: spent.get(date)?.tokens ?? 0,
      cost: spent.get(date)?.cost ?? 0,
      messages: counts.total,
      toolCalls: counts.toolCalls,
      errors: counts.errors,
    }
  })
}
