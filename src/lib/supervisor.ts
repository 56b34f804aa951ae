// Makes what runs equal what is wanted: boot, hot reload, start/stop and shutdown are all `reconcile`.
import type { Clock } from './clock.ts'
import { backoff } from './retry.ts'
import type { Scope } from './scope.ts'

/** One thing that runs. Equal fingerprints mean there is nothing to do. */
export interface Unit {
  readonly key: string
  readonly fingerprint: string
  /** Keys of units that must be up before this one starts, when they are wanted at all. */
  readonly needs?: readonly string[]
  /** A critical unit that cannot start undoes the whole change; another is tried again, ever more slowly. */
  readonly critical?: boolean
  /** Resolves when ready; a later breakdown is told by `fail`, and the unit is started anew. */
  start(scope: Scope, fail: (error: unknown) => void): Promise<void>
}

export type UnitState = 'starting' | 'up' | 'failed' | 'stopped'

/** Hears how units fare; `error` is there when the state is `failed`. */
export type OnUnitState = (key: string, state: UnitState, error?: unknown) => void

interface Slot {
  readonly unit: Unit
  readonly life: Scope
  run: Scope | undefined
  tries: number
}

/** How long a change waits for a unit that is not critical, in ms; it goes on starting afterwards. */
const patienceMs = 10_000

/** What keeps the running units equal to the wanted ones. */
export interface Supervisor {
  /** Resolves when all is up or being retried; rejects, with the old units back, when a critical one cannot start. */
  reconcile(want: readonly Unit[]): Promise<void>
  keys(): string[]
  /** Starts a running unit anew, as if it had broken for this reason. */
  restart(key: string, why: unknown): void
}

/** Units so ordered that each comes after those it needs. Throws when they need each other in a ring. */
export function inOrder(units: readonly Unit[]): Unit[] {
  const byKey = new Map(units.map((u) => [u.key, u]))
  const out = new Set<Unit>()
  const visit = (unit: Unit, path: readonly string[]): void => {
    if (path.includes(unit.key)) throw new Error(`units need each other: ${[...path, unit.key].join(' -> ')}`)
    for (const name of unit.needs ?? []) {
      const needed = byKey.get(name)
      if (needed && !out.has(needed)) visit(needed, [...path, unit.key])
    }
    out.add(unit)
  }
  for (const unit of units) visit(unit, [])
  return [...out]
}

/** A supervisor whose units live in `root`; `onState` must not throw. Calls of `reconcile` queue. */
export function supervisor(root: Scope, clock: Clock, onState: OnUnitState): Supervisor {
  const slots = new Map<string, Slot>()
  let tail: Promise<unknown> = Promise.resolve()
  const same = (unit: Unit) => slots.get(unit.key)?.unit.fingerprint === unit.fingerprint
  const running = () => [...slots.values()].map((s) => s.unit)

  async function attempt(slot: Slot): Promise<void> {
    const run = (slot.run = slot.life.child('run'))
    onState(slot.unit.key, 'starting')
    try {
      await slot.unit.start(run, (error) => {
        if (slot.run === run) void broke(slot, run, error)
      })
      slot.tries = 0
      onState(slot.unit.key, 'up')
    } catch (error) {
      await run.close(error).catch(() => undefined)
      onState(slot.unit.key, 'failed', error)
      throw error
    }
  }

  async function broke(slot: Slot, run: Scope, error: unknown) {
    slot.run = undefined
    await run.close(error).catch(() => undefined)
    onState(slot.unit.key, 'failed', error)
    await again(slot)
  }

  async function again(slot: Slot): Promise<void> {
    for (;;) {
      try {
        await clock.sleep(backoff(slot.tries++), slot.life.signal)
      } catch {
        return // the slot was stopped while it waited
      }
      try {
        return await attempt(slot)
      } catch {
        continue // onState has heard of it
      }
    }
  }

  async function stop(unit: Unit) {
    const slot = slots.get(unit.key)
    if (!slot) return
    slots.delete(unit.key)
    await slot.life
      .close(new Error(`${unit.key} stopped`))
      .catch((error: unknown) => onState(unit.key, 'failed', error))
    onState(unit.key, 'stopped')
  }

  async function start(unit: Unit) {
    const slot: Slot = { unit, life: root.child(unit.key), run: undefined, tries: 0 }
    slots.set(unit.key, slot)
    if (!unit.critical) return patiently(slot)
    try {
      await attempt(slot)
    } catch (error) {
      slots.delete(unit.key)
      await slot.life.close(error)
      throw error
    }
  }

  /** Starts a unit that others do not wait for long; one that cannot start is tried again. */
  async function patiently(slot: Slot) {
    const done = attempt(slot).catch(() => void again(slot))
    const waited = new AbortController()
    const enough = clock.sleep(patienceMs, waited.signal).catch(() => undefined)
    await Promise.race([done, enough])
    waited.abort()
  }

  async function apply(want: readonly Unit[]) {
    const before = running()
    const next = inOrder(want)
    const keep = new Set(next.filter(same).map((u) => u.key))
    for (const unit of inOrder(before).reverse()) if (!keep.has(unit.key)) await stop(unit)
    try {
      const others: Promise<void>[] = []
      for (const unit of next)
        if (!same(unit)) {
          if (unit.needs?.length) await Promise.all(others)
          if (unit.critical || unit.needs?.length) await start(unit)
          else others.push(start(unit)) // side by side: a slow platform holds up nobody else
        }
      await Promise.all(others)
    } catch (error) {
      for (const unit of inOrder(running()).reverse()) if (!before.includes(unit)) await stop(unit)
      for (const unit of inOrder(before)) if (!same(unit)) await start(unit).catch(() => undefined)
      throw error
    }
  }

  return {
    reconcile(want) {
      const done = tail.then(() => apply(want))
      tail = done.catch(() => undefined)
      return done
    },
    keys: () => [...slots.keys()],
    restart(key, why) {
      const slot = slots.get(key)
      if (slot?.run) void broke(slot, slot.run, why)
    },
  }
}
