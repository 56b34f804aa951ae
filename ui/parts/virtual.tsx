// A long list of which only what can be seen is in the page: rows of any height, held at the bottom while it grows.
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

interface VirtualProps<T> {
  readonly label: string
  readonly rows: readonly T[]
  readonly show: (row: T) => ComponentChildren
  /** Called when the reader comes near the top. */
  onTop?(): void
  /** Called when the reader leaves the bottom or comes back to it. */
  onHeld?(held: boolean): void
  /** When it changes, the list goes to its bottom. */
  readonly toEnd?: unknown
  /** The key of a row: when it changes, the list goes there, and marks it. */
  readonly goTo?: string | undefined
  /** Stands before the first row and after the last. */
  readonly head?: ComponentChildren
  readonly foot?: ComponentChildren
}

/** Height of a row nobody has seen yet, in pixels. */
const guess = 90
/** How far beyond what can be seen rows are drawn, in pixels. */
const beyond = 700
/** Most rows in the page at a time. */
const maxRows = 120

/** Where each row begins, and where the last one ends. */
function offsetsOf(rows: readonly { readonly key: string }[], heights: ReadonlyMap<string, number>): Float64Array {
  const out = new Float64Array(rows.length + 1)
  rows.forEach((row, i) => (out[i + 1] = (out[i] as number) + (heights.get(row.key) ?? guess)))
  return out
}

/** The last row that begins at or before `y`. */
function rowAt(offsets: Float64Array, y: number): number {
  let [low, high] = [0, offsets.length - 1]
  while (low < high) {
    const mid = (low + high + 1) >> 1
    if ((offsets[mid] as number) <= y) low = mid
    else high = mid - 1
  }
  return Math.min(low, Math.max(0, offsets.length - 2))
}

/** What the list remembers between drawings. */
const memory = () => ({
  heights: new Map<string, number>(),
  /** Whether it is held at the bottom. */
  held: true,
  /** The first row that is seen, and how far above the edge it begins. */
  anchor: undefined as { key: string; over: number } | undefined,
  drawing: false,
  watch: undefined as ResizeObserver | undefined,
})

/** Shows rows. Each must have a key of its own. */
export function VirtualList<T extends { readonly key: string }>(p: VirtualProps<T>) {
  const box = useRef<HTMLDivElement>(null)
  const start = useRef<HTMLDivElement>(null)
  const kept = useRef(memory()).current
  const [, draw] = useState(0)
  const end = useRef(p.toEnd)
  if (end.current !== p.toEnd) {
    end.current = p.toEnd
    kept.held = true
    p.onHeld?.(true)
  }
  const went = useRef<string>(undefined)
  if (went.current !== p.goTo) {
    went.current = p.goTo
    if (p.goTo !== undefined) {
      kept.held = false
      kept.anchor = { key: p.goTo, over: 0 }
      p.onHeld?.(false)
    }
  }
  const redraw = () => {
    if (kept.drawing) return
    kept.drawing = true
    requestAnimationFrame(() => {
      kept.drawing = false
      draw((n) => n + 1)
    })
  }
  const offsets = offsetsOf(p.rows, kept.heights)
  const total = offsets[p.rows.length] as number
  const size = box.current?.clientHeight ?? 800
  const lead = start.current?.offsetTop ?? 0
  const top = kept.held ? total - size : (box.current?.scrollTop ?? 0) - lead
  const first = Math.max(rowAt(offsets, top - beyond), kept.held ? p.rows.length - maxRows : 0)
  const last = Math.min(rowAt(offsets, top + size + beyond) + 1, first + maxRows, p.rows.length)

  useLayoutEffect(() => {
    kept.watch = new ResizeObserver((entries) => {
      let changed = false
      for (const { target } of entries) {
        const key = (target as HTMLElement).dataset['key'] ?? ''
        const height = (target as HTMLElement).offsetHeight
        if (!height || kept.heights.get(key) === height) continue
        kept.heights.set(key, height)
        changed = true
      }
      if (changed) redraw()
    })
    const inner = new ResizeObserver(redraw)
    if (box.current) inner.observe(box.current)
    p.onHeld?.(true)
    return () => {
      kept.watch?.disconnect()
      inner.disconnect()
    }
  }, [])

  useLayoutEffect(() => {
    const list = box.current
    if (!list) return
    kept.watch?.disconnect()
    for (const row of list.querySelectorAll<HTMLElement>('[data-key]')) kept.watch?.observe(row)
    if (kept.heights.size > 2 * p.rows.length + maxRows) {
      const here = new Set(p.rows.map((r) => r.key))
      for (const key of kept.heights.keys()) if (!here.has(key)) kept.heights.delete(key)
    }
    if (kept.held) {
      list.scrollTop = list.scrollHeight
      return
    }
    const { anchor } = kept
    const at = anchor ? p.rows.findIndex((r) => r.key === anchor.key) : -1
    if (!anchor || at < 0) return
    const wanted = (offsets[at] as number) + anchor.over + lead
    if (Math.abs(wanted - list.scrollTop) > 1) list.scrollTop = wanted
  })

  const scrolled = () => {
    const list = box.current
    if (!list) return
    const held = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    if (held !== kept.held) p.onHeld?.(held)
    kept.held = held
    const at = rowAt(offsets, list.scrollTop - lead)
    const row = p.rows[at]
    kept.anchor = row ? { key: row.key, over: list.scrollTop - lead - (offsets[at] as number) } : undefined
    if (list.scrollTop < 600) p.onTop?.()
    redraw()
  }

  return (
    // The list scrolls by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={box} class="virtual" role="log" aria-label={p.label} tabIndex={0} onScroll={scrolled}>
      {p.head}
      <div ref={start} style={{ height: `${offsets[first] ?? 0}px` }} />
      {p.rows.slice(first, last).map((row) => (
        <div
          key={row.key}
          data-key={row.key}
          class={row.key === p.goTo ? 'row found' : 'row'}
          aria-current={row.key === p.goTo || undefined}
        >
          {p.show(row)}
        </div>
      ))}
      <div style={{ height: `${total - (offsets[last] ?? total)}px` }} />
      {p.foot}
    </div>
  )
}
