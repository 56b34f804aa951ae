// The end of a regular turn: whether its answer is worth anybody's time, and what stays of it.
import type { Address } from '../../domain/address.ts'
import { withoutAck, type HeartbeatNews } from '../../domain/heartbeat.ts'
import type { MediaRef } from '../../domain/media.ts'
import { contextChanged } from '../../store/context.ts'
import * as entries from '../../store/entries.ts'
import * as kv from '../../store/kv.ts'
import * as sessions from '../../store/sessions.ts'
import { count } from './brakes.ts'
import type { TurnOptions, TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** The same words are not said again for so long, in ms. */
const repeatMs = 24 * 3_600_000
/** Characters of an answer that are shown in the news of it. */
const previewChars = 200
/** Tools that change nothing: a turn that used others stays in the log, so that its doings are remembered. */
const looking = new Set([
  'read',
  'ls',
  'grep',
  'find',
  'memory_search',
  'memory_get',
  'session_status',
  'sessions_list',
])

/** What is to become of a regular turn. */
export interface BeatEnd {
  readonly news: Omit<HeartbeatNews, 'ts' | 'durationMs'>
  /** What is to be said; empty for nothing. */
  readonly text: string
  /** Where; undefined for nowhere. */
  readonly to: Address | undefined
  /** Whether the turn is taken out of the log. */
  readonly forgotten: boolean
}

const saidBefore = (world: World, session: string) =>
  JSON.parse(kv.get(world.db, 'heartbeat', `said:${session}`) ?? 'null') as { text: string; at: number } | null

/** What becomes of a turn's answer; undefined when it was no regular turn. */
export function judgeBeat(
  world: World,
  start: TurnStart,
  e: { readonly text: string; readonly media: readonly MediaRef[]; readonly error?: string | undefined },
): BeatEnd | undefined {
  const { beat } = start.turn.options as TurnOptions
  if (!beat) return undefined
  const { to, session } = start
  const agentId = session.agent
  const where = to ? { channel: to.channel, to: to.chat, accountId: to.account } : {}
  const show = to && world.settings.account(to.channel, to.account)?.common.heartbeat
  const sign = (indicatorType: 'ok' | 'alert' | 'error') => (show?.useIndicator === false ? {} : { indicatorType })
  if (e.error !== undefined)
    return {
      news: { agentId, status: 'failed', reason: e.error, ...where, ...sign('error') },
      text: '',
      to: undefined,
      forgotten: false,
    }
  const log = entries.ofTurn(world.db, start.turn.id)
  const spoken = log.filter((x) => x.role === 'user').length > 1 // a person said something meanwhile
  const acted = log.some((x) => x.parts.some((p) => p.type === 'call' && !looking.has(p.tool)))
  const { had, rest } = withoutAck(e.text)
  const well = !e.media.length && (had ? rest.length <= beat.ackMaxChars : !e.text.trim())
  if (well) {
    const shown = show?.showOk === true && to !== undefined
    const status = had ? ('ok-token' as const) : ('ok-empty' as const)
    return {
      news: { agentId, status, ...where, silent: !shown, ...sign('ok') },
      text: shown ? 'HEARTBEAT_OK' : spoken ? rest : '',
      to: shown || spoken ? to : undefined,
      forgotten: !spoken && !acted,
    }
  }
  const text = had ? rest : e.text
  const news = {
    agentId,
    preview: text.slice(0, previewChars),
    hasMedia: e.media.length > 0,
    ...where,
    ...sign('alert'),
  }
  const passed = (reason: string): BeatEnd => ({
    news: { ...news, status: 'skipped', reason, silent: true },
    text,
    to: undefined,
    forgotten: false,
  })
  const before = saidBefore(world, session.key)
  if (!spoken && !e.media.length && before?.text === text && world.clock.now() - before.at < repeatMs)
    return passed('duplicate')
  if (show?.showAlerts === false) return passed('alerts-disabled')
  if (beat.target === 'none') return passed('no-target')
  const home = to ? {} : { channel: 'webchat', to: session.key }
  return { news: { ...news, ...home, status: 'sent' }, text, to, forgotten: false }
}

/** Writes down what came of a regular turn and tells it; inside the transaction that ends the turn. */
export function settleBeat(
  world: World,
  start: TurnStart,
  end: BeatEnd,
  e: { error: unknown; messages: number; at: number; startedAt: number },
) {
  const { db } = world
  const { session, turn } = start
  const { usedAt } = (turn.options as TurnOptions).beat ?? {}
  const sent = end.news.status === 'sent'
  const first = entries.ofTurn(db, turn.id)[0]?.id ?? 0
  if (e.error === undefined) kv.set(db, 'heartbeat', `seen:${session.key}`, String(first - 1))
  if (end.forgotten) {
    entries.forget(db, session.id, turn.id)
    contextChanged(db, session.id)
  }
  if (!sent && usedAt !== undefined) sessions.untouch(db, session.id, end.forgotten ? e.messages : 0, usedAt)
  if (sent) kv.set(db, 'heartbeat', `said:${session.key}`, JSON.stringify({ text: end.text, at: e.at }))
  count(db, session.agent, e.error, e.at)
  const beat: HeartbeatNews = { ts: e.at, durationMs: e.at - e.startedAt, ...end.news }
  kv.set(db, 'switch', 'heartbeat.last', JSON.stringify(beat))
  db.afterCommit(() => world.news.publish({ type: 'heartbeat', beat }))
}

/** Whether something was noted in a session that its agent has not been shown. */
export function eventsWait(world: World, key: string): boolean {
  const session = sessions.byKey(world.db, key)
  const note = session && entries.unheard(world.db, session.id)
  return note !== undefined && note.id > Number(kv.get(world.db, 'heartbeat', `seen:${key}`) ?? 0)
}
