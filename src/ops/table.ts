// Tables for people: columns as wide as they need, drawn with lines.

/** Draws rows under headings. Cells are text already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] ?? '').length)))
  const line = (left: string, mid: string, right: string) =>
    left + width.map((w) => '─'.repeat(w + 2)).join(mid) + right
  const cells = (r: readonly string[]) => `│${width.map((w, i) => ` ${(r[i] ?? '').padEnd(w)} `).join('│')}│`
  return [line('┌', '┬', '┐'), cells(head), line('├', '┼', '┤'), ...rows.map(cells), line('└', '┴', '┘')].join('\n')
}

/** A span in words: `2h 34m`, `5m 3s`, `12s`. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const [d, h, m] = [Math.floor(s / 86400), Math.floor((s % 86400) / 3600), Math.floor((s % 3600) / 60)]
  if (d) return `${d}d ${h}h`
  if (h) return `${h}h ${m}m`
  if (m) return `${m}m ${s % 60}s`
  return `${s}s`
}
