// What changed between two texts, line by line: pure.

/** A line that stayed, went or came. */
export interface Line {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

/** Most lines compared; longer texts are shown as all gone and all new. */
const maxLines = 3000

/** The lines of both texts in order. */
export function diff(before: string, after: string): Line[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const same = (lines: readonly string[]) => lines.map((text): Line => ({ kind: 'same', text }))
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  return [...same(a.slice(0, start)), ...middle(x, y), ...same(end ? a.slice(-end) : [])]
}

function middle(x: readonly string[], y: readonly string[]): Line[] {
  const gone = (text: string): Line => ({ kind: 'gone', text })
  const fresh = (text: string): Line => ({ kind: 'new', text })
  if (x.length > maxLines || y.length > maxLines) return [...x.map(gone), ...y.map(fresh)]
  // How long the longest common part of what follows is, for each pair of places.
  const width = y.length + 1
  const long = new Uint16Array((x.length + 1) * width)
  const at = (i: number, j: number) => long[i * width + j] as number
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--)
      long[i * width + j] = x[i] === y[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const out: Line[] = []
  let [i, j] = [0, 0]
  while (i < x.length || j < y.length) {
    const [one, two] = [x[i], y[j]]
    if (one !== undefined && one === two) {
      out.push({ kind: 'same', text: one })
      i++
      j++
    } else if (two === undefined || (one !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      out.push(gone(one ?? ''))
      i++
    } else {
      out.push(fresh(two))
      j++
    }
  }
  return out
}

/** The changed lines with a few around them; a gap stands for what is left out. */
export function hunks(lines: readonly Line[], around = 2): (Line | 'gap')[] {
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - around), i + around + 1).some((l) => l.kind !== 'same'))
  return lines.flatMap((line, i): (Line | 'gap')[] => (near[i] ? [line] : near[i - 1] ? ['gap'] : []))
}
