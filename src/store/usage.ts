// What was used: tokens, costs, messages, tools and times, added up from the entries and turns tables by SQLite.
import type { Db, Row } from './db.ts'

/** A time span in ms, and one session when named. The end is not part of it. */
export interface UsageSpan {
  readonly from: number
  readonly to: number
  readonly session?: string | undefined
}

/** Tokens of one model in one session on one day (UTC). `missing` counts answers whose cost is not known. */
export interface UsageRow {
  readonly session: string
  readonly date: string
  readonly model: string
  readonly count: number
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly cost: number
  readonly missing: number
}

/** Messages of one session on one day (UTC). Times in ms. */
export interface MessageRow {
  readonly session: string
  readonly date: string
  readonly user: number
  readonly assistant: number
  readonly toolCalls: number
  readonly toolResults: number
  readonly errors: number
  readonly first: number
  readonly last: number
}

/** How often a session called a tool. */
export interface ToolRow {
  readonly session: string
  readonly tool: string
  readonly count: number
}

/** How long one turn took, in ms, and on which day (UTC) it began. */
export interface TurnTime {
  readonly session: string
  readonly date: string
  readonly ms: number
}

/** A session that was used, living or put away. */
export interface UsedSession {
  readonly id: string
  readonly key: string
  readonly agent: string
  readonly label: string | undefined
  readonly origin: Readonly<Record<string, unknown>>
  readonly settings: Readonly<Record<string, unknown>>
  readonly updatedAt: number
}

const day = (at: string) => `date(${at} / 1000, 'unixepoch')`
const where = 'e.at >= $from AND e.at < $to AND ($session IS NULL OR e.session = $session)'
const given = (s: UsageSpan) => ({ from: s.from, to: s.to, session: s.session ?? null })
const n = (r: Row, name: string) => Number(r[name] ?? 0)

/** Tokens and costs by session, day and model. */
export function tokens(db: Db, span: UsageSpan): UsageRow[] {
  return db
    .all(
      `SELECT e.session, ${day('e.at')} AS date, coalesce(e.meta ->> '$.model', '') AS model, count(*) AS count,
         sum(e.meta ->> '$.usage.input') AS input, sum(e.meta ->> '$.usage.output') AS output,
         sum(e.meta ->> '$.usage.cacheRead') AS cacheRead, sum(e.meta ->> '$.usage.cacheWrite') AS cacheWrite,
         sum(e.meta ->> '$.usage.cost') AS cost, sum((e.meta ->> '$.usage.cost') IS NULL) AS missing
       FROM entries e WHERE ${where} AND e.meta ->> '$.usage' IS NOT NULL
       GROUP BY e.session, date, model ORDER BY date`,
      given(span),
    )
    .map((r) => ({
      session: String(r['session']),
      date: String(r['date']),
      model: String(r['model']),
      count: n(r, 'count'),
      input: n(r, 'input'),
      output: n(r, 'output'),
      cacheRead: n(r, 'cacheRead'),
      cacheWrite: n(r, 'cacheWrite'),
      cost: n(r, 'cost'),
      missing: n(r, 'missing'),
    }))
}

/** Messages by session and day. */
export function messages(db: Db, span: UsageSpan): MessageRow[] {
  const parts = (what: string) => `(SELECT count(*) FROM json_each(e.parts) p WHERE ${what})`
  return db
    .all(
      `SELECT e.session, ${day('e.at')} AS date, sum(e.role = 'user') AS user, sum(e.role = 'assistant') AS assistant,
         sum(${parts("p.value ->> '$.type' = 'call'")}) AS toolCalls,
         sum(${parts("p.value ->> '$.type' = 'result'")}) AS toolResults,
         sum(${parts("p.value ->> '$.type' = 'result' AND NOT p.value ->> '$.ok'")}
           + coalesce(e.meta ->> '$.stop' = 'error', 0)) AS errors,
         min(e.at) AS first, max(e.at) AS last
       FROM entries e WHERE ${where} AND e.role <> 'summary' GROUP BY e.session, date ORDER BY date`,
      given(span),
    )
    .map((r) => ({
      session: String(r['session']),
      date: String(r['date']),
      user: n(r, 'user'),
      assistant: n(r, 'assistant'),
      toolCalls: n(r, 'toolCalls'),
      toolResults: n(r, 'toolResults'),
      errors: n(r, 'errors'),
      first: n(r, 'first'),
      last: n(r, 'last'),
    }))
}

/** Calls of tools by session, most used first. */
export function tools(db: Db, span: UsageSpan): ToolRow[] {
  return db
    .all(
      `SELECT e.session, p.value ->> '$.tool' AS tool, count(*) AS count
       FROM entries e, json_each(e.parts) p
       WHERE ${where} AND e.role = 'assistant' AND p.value ->> '$.type' = 'call'
       GROUP BY e.session, tool ORDER BY count DESC, tool`,
      given(span),
    )
    .map((r) => ({ session: String(r['session']), tool: String(r['tool']), count: n(r, 'count') }))
}

/** How long each turn took that came to its end. */
export function turnTimes(db: Db, span: UsageSpan): TurnTime[] {
  return db
    .all(
      `SELECT session, ${day('started_at')} AS date, ended_at - started_at AS ms FROM turns
       WHERE state = 'done' AND started_at >= $from AND started_at < $to AND ended_at IS NOT NULL
         AND ($session IS NULL OR session = $session) ORDER BY ms`,
      given(span),
    )
    .map((r) => ({ session: String(r['session']), date: String(r['date']), ms: n(r, 'ms') }))
}

/** The sessions in which something was said, last used first; `key` names one, its earlier lives too. */
export function used(db: Db, span: UsageSpan, key?: string): UsedSession[] {
  return db
    .all(
      `SELECT id, coalesce(key, was) AS key, agent, label, origin, settings, updated_at FROM sessions
       WHERE id IN (SELECT DISTINCT session FROM entries e WHERE ${where}) AND ($key IS NULL OR coalesce(key, was) = $key)
       ORDER BY updated_at DESC`,
      { ...given(span), key: key ?? null },
    )
    .map((r) => ({
      id: String(r['id']),
      key: String(r['key']),
      agent: String(r['agent']),
      label: r['label'] === null ? undefined : String(r['label']),
      origin: JSON.parse(String(r['origin'])) as Record<string, unknown>,
      settings: JSON.parse(String(r['settings'])) as Record<string, unknown>,
      updatedAt: n(r, 'updated_at'),
    }))
}
