// The runs that are going on, how to stop them, and how to wait for one.
import { Fault, type ErrorShape } from '../lib/fault.ts'
import type { Part, StopReason, Usage } from '../domain/turn.ts'
import * as inbox from '../store/inbox.ts'
import * as turns from '../store/turns.ts'
import type { TurnRow } from '../store/turns.ts'
import { orAbort } from './race.ts'
import type { World } from './world.ts'

/** Who stopped a run. */
export type StoppedBy = 'rpc' | 'stop' | 'timeout' | 'shutdown'

/** Why a run's signal aborted. */
export class Stopped extends Fault {
  constructor(readonly by: StoppedBy) {
    super(
      by === 'timeout' ? 'TIMEOUT' : 'CANCELLED',
      by === 'timeout' ? 'the turn took too long and was ended' : 'stopped',
    )
  }
}

/** A run while it goes on. */
export interface ActiveRun {
  readonly run: string
  readonly turn: string
  /** The session's key. */
  readonly session: string
  readonly sessionId: string
  readonly startedAt: number
  /** The answer as far as it is written. */
  text: string
  stop(by: StoppedBy): void
  readonly signal: AbortSignal
}

/** What came of a run. Times in ms. */
export interface RunResult {
  readonly run: string
  readonly sessionId: string
  readonly status: 'ok' | 'error' | 'aborted'
  readonly text: string
  readonly stop?: StopReason
  readonly usage?: Usage
  readonly model?: string
  /** Calls of the caller's own tools, which it has to run. */
  readonly calls?: readonly Extract<Part, { type: 'call' }>[]
  readonly error?: ErrorShape
  readonly startedAt?: number
  readonly endedAt?: number
}

/** The runs of this process. */
export interface Runs {
  /** Enters a run; call `leave` when it has ended, without a result when it never began. */
  enter(run: Omit<ActiveRun, 'stop' | 'signal' | 'text'>): { active: ActiveRun; leave(result?: RunResult): void }
  get(run: string): ActiveRun | undefined
  ofSession(key: string): ActiveRun | undefined
  all(): ActiveRun[]
  count(): number
  /** Resolves with what came of a run, now or later; undefined when nobody knows it. Rejects when the signal aborts. */
  wait(run: string, signal: AbortSignal): Promise<RunResult | undefined>
  /** Says that a run will come, so that `wait` can wait for it. */
  expect(run: string): void
  /** Tells those who wait for a run what came of it: a part of another turn, a command, a message that was dropped. */
  ended(result: RunResult): void
}

/** What a stored turn came to. */
export function resultOf(turn: TurnRow): RunResult | undefined {
  const status = {
    done: 'ok',
    failed: 'error',
    cancelled: 'aborted',
    interrupted: 'error',
    queued: undefined,
    running: undefined,
  }[turn.state] as RunResult['status'] | undefined
  if (!status) return undefined
  return {
    run: turn.run,
    sessionId: turn.session,
    status,
    text: turn.text ?? '',
    ...(turn.stop === undefined ? {} : { stop: turn.stop }),
    ...(turn.usage === undefined ? {} : { usage: turn.usage }),
    ...(turn.model === undefined ? {} : { model: turn.model }),
    ...(turn.error === undefined ? {} : { error: turn.error }),
    ...(turn.startedAt === undefined ? {} : { startedAt: turn.startedAt }),
    ...(turn.endedAt === undefined ? {} : { endedAt: turn.endedAt }),
  }
}

/** Keeps the runs. */
export function runs(world: World): Runs {
  const active = new Map<string, ActiveRun>()
  const bySession = new Map<string, ActiveRun>()
  const coming = new Map<string, PromiseWithResolvers<RunResult>>()

  const expect = (run: string) => {
    if (!coming.has(run)) coming.set(run, Promise.withResolvers<RunResult>())
    return coming.get(run) as PromiseWithResolvers<RunResult>
  }

  function ended(result: RunResult) {
    coming.get(result.run)?.resolve(result)
    coming.delete(result.run)
  }

  return {
    enter(about) {
      const controller = new AbortController()
      const run: ActiveRun = {
        ...about,
        text: '',
        signal: controller.signal,
        stop: (by) => controller.abort(new Stopped(by)),
      }
      active.set(run.run, run)
      bySession.set(run.session, run)
      expect(run.run)
      return {
        active: run,
        leave(result) {
          active.delete(run.run)
          if (bySession.get(run.session) === run) bySession.delete(run.session)
          if (result) ended(result)
        },
      }
    },
    get: (run) => active.get(run),
    ofSession: (key) => bySession.get(key),
    all: () => [...active.values()],
    count: () => active.size,
    async wait(run, signal) {
      const pending = coming.get(run)
      if (pending) return orAbort(pending.promise, signal)
      const row = inbox.byRun(world.db, run)
      const turn = turns.byRun(world.db, run) ?? (row?.turn === undefined ? undefined : turns.byId(world.db, row.turn))
      if (!turn) return undefined
      const later = coming.get(turn.run)
      return later && turn.run !== run ? orAbort(later.promise, signal) : resultOf(turn)
    },
    expect: (run) => void expect(run),
    ended,
  }
}
