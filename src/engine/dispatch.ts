// Puts accepted messages before the agent: one turn at a time per session, by the session's queue rule.
import { describeError, toErrorShape } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { lanes } from '../lib/lanes.ts'
import { backoff } from '../lib/retry.ts'
import type { Session } from '../domain/session.ts'
import { isSubagentKey } from '../domain/session-key.ts'
import type { Part } from '../domain/turn.ts'
import * as inbox from '../store/inbox.ts'
import type { InboxRow } from '../store/inbox.ts'
import * as sessions from '../store/sessions.ts'
import type { TurnRow } from '../store/turns.ts'
import { begin, hear, overhear } from './begin.ts'
import { diskBackoff, ofDisk, persist } from './persist.ts'
import { keepLine } from './overflow.ts'
import { queueRule } from './commands/queue-words.ts'
import type { QueueRule } from './settings.ts'
import { dockOf } from './commands/dock.ts'
import { placeOf, rightsOf } from './rights.ts'
import { runTurn } from './turn.ts'
import type { TurnKit, TurnOptions } from './turn-kit.ts'

/** A message that waits for its session. */
interface Waiting {
  readonly row: InboxRow
  readonly durable: Promise<void>
  /** Whether it came while a turn was going on. */
  readonly late: boolean
  /** Whether the turn before its own has heard it already. */
  steered?: boolean
}

/** What waits for one session. */
interface Line {
  readonly waiting: Waiting[]
  running: boolean
  /** How often in a row a turn could not begin. */
  failures: number
}

/** Dispatch as the rest of the engine sees it. */
export interface Dispatch {
  /** Takes a routed message; `durable` is when its acceptance is on the disk. Answers whether it has to wait. */
  offer(row: InboxRow, durable: Promise<void>): 'runs' | 'waits'
  /** Takes up a turn that was cut off. */
  resume(key: string, turn: TurnRow, rows: readonly InboxRow[]): void
  /** Runs something while no turn of the session is going on. */
  alone<T>(key: string, task: () => Promise<T>): Promise<T>
  /** Drops what waits for a session, with a reason; answers how many. */
  clear(key: string, reason: string): number
  /** Whether something of the session is going on or waits. */
  busy(key: string): boolean
  /** How many messages wait. */
  waiting(key: string): number
  /** Resolves when no turn is going on. */
  idle(): Promise<void>
  /** Takes the limit on turns at a time from the settings anew. */
  refresh(): void
}

/** Whether callers of this message want a turn of its own. */
const own = (row: InboxRow) => row.options['own'] === true
const chatOf = (row: InboxRow) => row.message.to

/** Makes dispatch. */
export function dispatch(kit: TurnKit): Dispatch {
  const { world } = kit
  const { db, clock } = world
  const lines = new Map<string, Line>()
  const main = lanes(world.settings.maxConcurrent())
  const subagents = lanes(world.settings.subagentsAtOnce())
  /** Sub-agents have a limit of their own, so that they never keep people waiting. */
  const laneOf = (key: string) => (isSubagentKey(key) ? subagents : main)
  const going = new Set<Promise<unknown>>()

  const lineOf = (key: string): Line => {
    const found = lines.get(key)
    if (found) return found
    const line: Line = { waiting: [], running: false, failures: 0 }
    lines.set(key, line)
    return line
  }

  function ruleOf(key: string, row: InboxRow): QueueRule {
    const set = sessions.byKey(db, key)?.settings ?? {}
    const rule = queueRule(world.settings.queue(chatOf(row).channel), set, row.options)
    return own(row) ? { ...rule, mode: 'followup' } : rule
  }

  /** Drops messages; with `keep`, a line of each goes into the next turn of that session. */
  function drop(waiting: readonly Waiting[], reason: string, keep?: string) {
    if (!waiting.length) return
    persist(world, () => {
      for (const { row } of waiting) {
        inbox.settle(db, row.id, 'dropped', reason)
        if (keep !== undefined) keepLine(world, keep, row)
      }
    }).catch((error: unknown) => world.log.error('dropped messages were not noted', { error: describeError(error) }))
    for (const { row } of waiting) kit.runs.ended({ run: row.run, sessionId: '', status: 'aborted', text: '' })
  }

  /** Puts messages back whose turn could not begin; those that are not on the disk come again by themselves. */
  async function back(line: Line, batch: readonly Waiting[], error: unknown) {
    const kept: Waiting[] = []
    for (const w of batch) {
      const durable = await w.durable.then(
        () => true,
        () => false,
      )
      if (durable) kept.push(w)
      else kit.runs.ended({ run: w.row.run, sessionId: '', status: 'error', text: '', error: toErrorShape(error) })
    }
    if (!kept.length) return
    world.log.error('a turn could not begin', { error: describeError(error) })
    if (!ofDisk(error)) return drop(kept, 'its turn could not begin')
    line.waiting.unshift(...kept)
    await clock.sleep(backoff(line.failures++, diskBackoff), world.scope.signal).catch(() => undefined)
  }

  function go(key: string, line: Line) {
    if (!line.running && !world.scope.signal.aborted) occupy(key, line, () => one(key, line))
  }

  /** Has the session to itself for a task; what waits for it goes on afterwards. */
  function occupy(key: string, line: Line, task: () => Promise<unknown>) {
    line.running = true
    const done = laneOf(key)
      .run(key, task)
      .catch((error: unknown) => world.log.error('a session stumbled', { session: key, error: describeError(error) }))
      .finally(() => {
        line.running = false
        going.delete(done)
        if (line.waiting.length) go(key, line)
        else if (lines.get(key) === line) lines.delete(key)
      })
    going.add(done)
  }

  /** One turn; the session then queues again, so that busy sessions do not keep others waiting. */
  async function one(key: string, line: Line) {
    if (!line.waiting.length || world.scope.signal.aborted) return
    const batch = await next(key, line)
    if (batch.length) await turnOf(key, line, batch)
  }

  /** The messages of the next turn: one, or with `collect` all of one place, once they stop coming. */
  async function next(key: string, line: Line): Promise<Waiting[]> {
    const first = line.waiting[0] as Waiting
    const { mode, debounceMs } = ruleOf(key, first.row)
    const { channel, account } = chatOf(first.row)
    const usual = world.settings.account(channel, account)?.common.debounceMs || world.settings.debounceMs(channel)
    const quiet = first.row.message.media.length ? 0 : usual
    const collects = mode === 'collect' && first.late
    if (own(first.row) || (!collects && quiet === 0)) return line.waiting.splice(0, 1)
    const wait = collects ? Math.max(debounceMs, quiet) : quiet
    for (let seen = -1; seen !== line.waiting.length;) {
      seen = line.waiting.length
      await clock.sleep(wait, world.scope.signal)
    }
    const place = placeOf(world, first.row)
    const until = line.waiting.findIndex((w) => own(w.row) || placeOf(world, w.row) !== place)
    return line.waiting.splice(0, until < 0 ? line.waiting.length : until)
  }

  async function turnOf(key: string, line: Line, batch: readonly Waiting[]) {
    const rows = batch.map((w) => w.row)
    const last = rows.at(-1) as InboxRow
    const fresh = rows.length === 1 && !(batch[0]?.late && chatOf(last).channel === 'webchat' && !own(last))
    const run = fresh ? last.run : newId('run', clock)
    const programs = chatOf(last).channel === 'webchat'
    const { hook, beat } = last.options as TurnOptions
    const program =
      hook === undefined ? { kind: 'call' as const, client: last.message.from.id } : { kind: 'hook' as const, hook }
    const cause = beat ? { kind: 'heartbeat' as const } : programs ? program : { kind: 'message' as const }
    try {
      const { value, durable } = db.stage(() => begin(world, key, rows, { run, cause }), 'patient')
      const both = Promise.all([durable, ...batch.map((w) => w.durable)]).then(() => undefined)
      both.catch(() => undefined)
      const result = await runTurn(kit, start(key, value.session, value.turn, rows, both))
      if (!result) await both
      line.failures = 0
      if (result) for (const row of rows) kit.runs.ended({ ...result, run: row.run })
    } catch (error) {
      await back(line, batch, error)
    }
  }

  function start(key: string, session: Session, turn: TurnRow, rows: readonly InboxRow[], durable: Promise<void>) {
    const last = rows.at(-1)
    const message = last?.message
    const { deliver, to: wanted } = turn.options as TurnOptions
    const docked = message?.kind === 'direct' ? dockOf(session) : undefined
    const here = message && message.to.channel !== 'webchat' ? (docked ?? message.to) : undefined
    const to = here ?? wanted ?? (deliver ? (dockOf(session) ?? session.origin.to) : undefined)
    return {
      session,
      turn,
      durable,
      to,
      kind: message?.kind ?? session.origin.kind ?? ('direct' as const),
      message: message && message.to.channel !== 'webchat' ? message : undefined,
      replyTo: message && message.to.channel !== 'webchat' && !docked ? message.id : undefined,
      heard: () => (last ? steered(key, { session: session.id, turn: turn.id, first: last }) : Promise.resolve([])),
    }
  }

  /**
   * Moves waiting `steer` messages into the running turn: those of its own chat and with its rights, the others wait. Those
   * of `steer-backlog` are heard there and wait for a turn of their own too.
   */
  async function steered(
    key: string,
    into: { readonly session: string; readonly turn: string; readonly first: InboxRow },
  ): Promise<readonly Part[]> {
    const line = lines.get(key)
    const rights = rightsOf(world, into.first)
    const joins = (mode: QueueRule['mode']) => (w: Waiting) =>
      !w.steered && ruleOf(key, w.row).mode === mode && rightsOf(world, w.row) === rights
    const taken = line?.waiting.filter(joins('steer')) ?? []
    const told = line?.waiting.filter(joins('steer-backlog')) ?? []
    if (!line || !(taken.length + told.length)) return []
    for (const w of taken) line.waiting.splice(line.waiting.indexOf(w), 1)
    for (const w of told) w.steered = true
    try {
      await Promise.all([...taken, ...told].map((w) => w.durable))
      const rows = (list: readonly Waiting[]) => list.map((w) => w.row)
      return await db.write(() => [
        ...(taken.length ? hear(world, into.session, into.turn, rows(taken)) : []),
        ...(told.length ? overhear(world, into.session, into.turn, rows(told)) : []),
      ])
    } catch (error) {
      line.waiting.unshift(...taken)
      for (const w of told) w.steered = false
      world.log.warn('what was said meanwhile waits for the next turn', { error: describeError(error) })
      return []
    }
  }

  return {
    offer(row, durable) {
      const key = row.session as string
      const line = lineOf(key)
      const rule = ruleOf(key, row)
      const late = line.running
      if (late && rule.mode === 'interrupt') {
        drop(line.waiting.splice(0), 'superseded by a newer message')
        kit.runs.ofSession(key)?.stop('stop')
      }
      if (late && line.waiting.length >= rule.cap && !own(row)) {
        if (rule.drop === 'new') {
          drop([{ row, durable, late }], 'queue full')
          return 'waits'
        }
        drop(line.waiting.splice(0, 1), 'queue full', rule.drop === 'summarize' ? key : undefined)
      }
      line.waiting.push({ row, durable, late })
      go(key, line)
      return late ? 'waits' : 'runs'
    },
    resume(key, turn, rows) {
      const session = sessions.byId(db, turn.session)
      if (!session) return
      occupy(key, lineOf(key), () => runTurn(kit, start(key, session, turn, rows, Promise.resolve())))
    },
    alone: (key, task) => laneOf(key).run(key, task),
    clear(key, reason) {
      const waiting = lines.get(key)?.waiting.splice(0) ?? []
      drop(waiting, reason)
      return waiting.length
    },
    busy: (key) => lines.get(key)?.running === true || (lines.get(key)?.waiting.length ?? 0) > 0,
    waiting: (key) => lines.get(key)?.waiting.length ?? 0,
    async idle() {
      while (going.size) await Promise.all(going)
    },
    refresh() {
      main.widen(world.settings.maxConcurrent())
      subagents.widen(world.settings.subagentsAtOnce())
    },
  }
}
