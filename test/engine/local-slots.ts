// When a line of local time comes due, worked out by arithmetic over a zone's offsets: what the scheduler is held against.

/** A span of UTC in which a zone's clocks are off by the same; all in ms. */
interface Span {
  readonly from: number
  readonly to: number
  readonly offset: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How far a zone's clocks are ahead of UTC at a time, in ms. */
function offsetAt(format: Intl.DateTimeFormat, at: number): number {
  const parts = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, Number(p.value)]))
  const { year = 0, month = 1, day: date = 1, hour: h = 0, minute: m = 0, second: s = 0 } = parts
  return Date.UTC(year, month - 1, date, h % 24, m, s) - at
}

/** The spans of a zone from one time to another. */
export function spans(timeZone: string, from: number, to: number): Span[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const out: Span[] = []
  let start = from
  let offset = offsetAt(format, from)
  for (let at = from; at < to; at += day) {
    const next = offsetAt(format, Math.min(at + day, to))
    if (next === offset) continue
    let [low, high] = [at, Math.min(at + day, to)] // the change is between them
    while (high - low > minute) {
      const middle = low + Math.max(1, Math.floor((high - low) / 2 / minute)) * minute
      if (offsetAt(format, middle) === offset) low = middle
      else high = middle
    }
    out.push({ from: start, to: high, offset })
    start = high
    offset = next
  }
  return [...out, { from: start, to, offset }]
}

/** A line of local time: at an hour and minute of some days; without an hour, at that minute of every hour. */
export interface Line {
  readonly expr: string
  readonly minute: number
  readonly hour?: number
  on(date: Date): boolean
}

/**
 * The times a line is due in these spans, in order. An hour that does not exist is made up for at the first moment after
 * it; one that is there twice counts once. A line of every hour follows the clock on the wall as it turns.
 */
export function dueTimes(line: Line, zone: readonly Span[]): number[] {
  const [first, last] = [zone[0], zone.at(-1)]
  if (!first || !last) return []
  const inside = (at: number) => at >= first.from && at < last.to
  if (line.hour === undefined)
    return zone.flatMap((z) => {
      const out: number[] = []
      const behind = (((z.from + z.offset - line.minute * minute) % hour) + hour) % hour
      for (let at = z.from + (behind ? hour - behind : 0); at < z.to; at += hour) out.push(at)
      return out
    })
  const out: number[] = []
  const startDay = Math.floor((first.from + first.offset) / day) - 1
  for (let d = startDay; d * day < last.to + day; d++) {
    if (!line.on(new Date(d * day))) continue
    const local = d * day + line.hour * hour + line.minute * minute
    const found = zone.find((z) => local - z.offset >= z.from && local - z.offset < z.to)
    const gap = zone.find((z, i) => i > 0 && local - z.offset < z.from && local - (zone[i - 1]?.offset ?? 0) >= z.from)
    const at = found ? local - found.offset : gap?.from
    if (at !== undefined && inside(at)) out.push(at)
  }
  return out
}
