// What the gateway said, kept by question: shown at once when a page comes back, asked again when news make it stale.
import { signal, type Signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { systemClock } from '../src/lib/clock.ts'
import { Fault } from '../src/lib/fault.ts'
import { era, listen, ops, standing, type Answer } from './gateway.ts'
import { t } from './words.ts'

type Operations = typeof ops
type Params<K extends keyof Operations> = Parameters<Operations[K]>[0]

/** One question and its newest answer. */
export interface Resource<T> {
  readonly data: T | undefined
  readonly error: string | undefined
  readonly loading: boolean
  reload(): void
}

interface Cell {
  readonly data: Signal<unknown>
  readonly error: Signal<string | undefined>
  readonly loading: Signal<boolean>
  era: number
  asked: number
}

const cells = new Map<string, Cell>()
/** Answers kept of pages that are not shown. */
const maxCells = 80

function cellOf(key: string): Cell {
  const known = cells.get(key)
  if (known) return known
  const made = {
    data: signal<unknown>(undefined),
    error: signal<string | undefined>(undefined),
    loading: signal(false),
  }
  const cell = { ...made, era: -1, asked: 0 }
  cells.set(key, cell)
  if (cells.size > maxCells) cells.delete(cells.keys().next().value as string)
  return cell
}

/** What went wrong, as a sentence for the reader. */
export const reasonOf = (error: unknown): string =>
  error instanceof Fault ? error.message : error instanceof Error ? error.message : String(error)

async function ask(cell: Cell, op: keyof Operations, params: unknown): Promise<void> {
  const mine = ++cell.asked
  cell.era = era.value
  cell.loading.value = true
  try {
    const data = await (ops[op] as (p: unknown) => Promise<unknown>)(params)
    if (mine !== cell.asked) return
    cell.data.value = data
    cell.error.value = undefined
  } catch (error) {
    if (mine === cell.asked) cell.error.value = reasonOf(error)
  } finally {
    if (mine === cell.asked) cell.loading.value = false
  }
}

/** When a question is asked again: at these events (a name that ends in a dot means all that begin so), or by time. */
export interface Refresh {
  readonly on?: readonly string[]
  readonly everyMs?: number
  /** Do not ask at all. */
  readonly off?: boolean
}

/** Asks an operation, and again whenever its answer may have changed. */
export function useOp<K extends keyof Operations>(op: K, params: Params<K>, again: Refresh = {}): Resource<Answer<K>> {
  const key = `${op} ${JSON.stringify(params)}`
  const cell = useMemo(() => cellOf(key), [key])
  const connected = standing.value.kind === 'open'
  const now = era.value
  const { on, everyMs, off } = again
  const reload = () => void ask(cell, op, params)
  useEffect(() => {
    if (off || !connected) return
    // What happened while nobody looked at it is not known: it is shown as it was, and asked anew.
    reload()
  }, [cell, connected, now, off])
  useEffect(() => {
    if (!on?.length || off) return
    let waiting = false
    return listen((e) => {
      if (waiting || !on.some((name) => (name.endsWith('.') ? e.event.startsWith(name) : e.event === name))) return
      waiting = true
      // Several events of one moment are one change.
      void systemClock.sleep(60).then(() => {
        waiting = false
        reload()
      })
    })
  }, [cell, off])
  useEffect(() => {
    if (!everyMs || off || !connected) return
    const stop = new AbortController()
    const beat = async () => {
      for (;;) {
        await systemClock.sleep(everyMs, stop.signal)
        if (document.visibilityState === 'visible') reload()
      }
    }
    beat().catch(() => undefined)
    return () => stop.abort()
  }, [cell, connected, everyMs, off])
  return {
    data: cell.data.value as Answer<K> | undefined,
    error: cell.error.value,
    loading: cell.loading.value,
    reload,
  }
}

/** One short message at the edge of the page; `undo` is a way back. */
export interface Toast {
  readonly id: number
  readonly text: string
  readonly kind: 'good' | 'bad'
  readonly undo?: () => void
}

export const toasts = signal<readonly Toast[]>([])
let count = 0

/** Takes a message away. */
export const dismiss = (id: number): void => void (toasts.value = toasts.value.filter((x) => x.id !== id))

/** Says something at the edge of the page for a while. */
export function say(text: string, kind: Toast['kind'] = 'good', undo?: () => void): void {
  const id = ++count
  toasts.value = [...toasts.value.slice(-3), { id, text, kind, ...(undo ? { undo } : {}) }]
  void systemClock.sleep(undo ? 12_000 : kind === 'bad' ? 10_000 : 4000).then(() => dismiss(id))
}

/** Does something and says what came of it; answers undefined when it failed. */
export async function act<T>(work: Promise<T>, done?: string | ((result: T) => string)): Promise<T | undefined> {
  try {
    const result = await work
    const text = typeof done === 'function' ? done(result) : done
    if (text) say(text)
    return result
  } catch (error) {
    say(reasonOf(error) || t('failed'), 'bad')
    return undefined
  }
}
