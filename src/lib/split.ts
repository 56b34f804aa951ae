// Cuts text into pieces a platform accepts, at the kindest place, without breaking code fences.

/** Limits of one piece: UTF-16 units, and optionally lines. */
export interface PieceLimit {
  readonly chars: number
  readonly lines?: number
  /** Whether each paragraph is a piece of its own. */
  readonly paragraphs?: boolean
}

const fence = /^ {0,3}(```+|~~~+)(.*)$/

/** The fence left open at the end of `text`, if any: its marker and its info string. */
export function openFence(text: string): { marker: string; info: string } | undefined {
  let open: { marker: string; info: string } | undefined
  for (const line of text.split('\n')) {
    const m = fence.exec(line)
    if (!m) continue
    const marker = m[1] as string
    if (!open) open = { marker, info: m[2] ?? '' }
    else if (marker.startsWith(open.marker[0] as string) && marker.length >= open.marker.length && !(m[2] ?? '').trim())
      open = undefined
  }
  return open
}

/** Where to cut `text` so that the first part has at most `max` units: paragraph, line, sentence, space, then anywhere. */
function cutAt(text: string, max: number): number {
  const head = text.slice(0, max)
  for (const mark of ['\n\n', '\n', '. ', ' ']) {
    const at = head.lastIndexOf(mark)
    if (at >= max * 0.4) return at + mark.length
  }
  const last = text.charCodeAt(max - 1)
  return last >= 0xd800 && last <= 0xdbff ? max - 1 : max
}

/** Where the line after the first `lines` lines begins; the length of `text` when it has fewer. */
function lineEnd(text: string, lines: number): number {
  let at = 0
  for (let n = 0; n < lines; n++) {
    const next = text.indexOf('\n', at)
    if (next < 0) return text.length
    at = next + 1
  }
  return at
}

/** The paragraphs of a text; blank lines inside a fence part nothing. */
function paragraphs(text: string): string[] {
  const out: string[] = []
  let held = ''
  for (const part of text.split(/\n[ \t]*\n/)) {
    held = held ? `${held}\n\n${part}` : part
    if (openFence(held)) continue
    if (held.trim()) out.push(held)
    held = ''
  }
  return held.trim() ? [...out, held] : out
}

/** Cuts `text` into pieces within `limit`; a fence that is cut is closed and opened again. Never answers an empty piece. */
export function splitText(text: string, limit: PieceLimit): string[] {
  if (limit.paragraphs) return paragraphs(text).flatMap((p) => splitText(p, { ...limit, paragraphs: false }))
  const pieces: string[] = []
  let rest = text.trim()
  let carry = ''
  while (rest) {
    const whole = carry + rest
    if (whole.length <= limit.chars && lineEnd(whole, limit.lines ?? Infinity) >= whole.length) {
      pieces.push(whole.trimEnd())
      break
    }
    const room = limit.chars - carry.length - 8
    const byLines = limit.lines ? lineEnd(rest, Math.max(1, limit.lines - (carry ? 2 : 1))) : rest.length
    const at = Math.max(1, Math.min(cutAt(rest, Math.max(1, room)), byLines))
    const body = (carry + rest.slice(0, at)).trimEnd()
    const open = openFence(body)
    if (body) pieces.push(open ? `${body}\n${open.marker}` : body)
    carry = open ? `${open.marker}${open.info}\n` : ''
    rest = open ? rest.slice(at) : rest.slice(at).trimStart()
  }
  return pieces
}
