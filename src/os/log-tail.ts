// The end of a log file, or what came after a cursor; never more than asked for.
import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Lines of a log file. `cursor` is a byte offset to go on from; `reset` says that the asked-for one was no good. */
export interface Tail {
  readonly file: string
  readonly cursor: number
  readonly size: number
  readonly lines: readonly string[]
  readonly truncated: boolean
  readonly reset: boolean
}

/** Reads at most `maxBytes` and `limit` lines; a partial first line is left out. */
export function tailFile(
  file: string,
  q: { readonly cursor?: number; readonly limit: number; readonly maxBytes: number },
): Tail {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (!size) return { file, cursor: 0, size: 0, lines: [], truncated: false, reset: (q.cursor ?? 0) > 0 }
  const reset = q.cursor !== undefined && (q.cursor > size || size - q.cursor > q.maxBytes)
  const from = q.cursor === undefined || reset ? Math.max(0, size - q.maxBytes) : q.cursor
  const bytes = Buffer.alloc(size - from)
  const fd = openSync(file, 'r')
  try {
    readSync(fd, bytes, 0, bytes.length, from)
  } finally {
    closeSync(fd)
  }
  const text = bytes.toString('utf8')
  const whole = from > 0 && (q.cursor === undefined || reset) ? text.slice(text.indexOf('\n') + 1) : text
  const lines = whole.split('\n').filter(Boolean)
  return { file, cursor: size, size, lines: lines.slice(-q.limit), truncated: lines.length > q.limit, reset }
}
