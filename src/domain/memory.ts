// What an agent remembers: pieces of its notes, what was found in them, and how they are searched.

/** A file of notes. Times in ms. */
export interface MemoryFile {
  /** As it is shown: of the workspace when it is inside, else whole. */
  readonly path: string
  readonly file: string
  readonly mtimeMs: number
  readonly size: number
}

/** A piece of a file, by its lines from 1. */
export interface MemoryChunk {
  readonly startLine: number
  readonly endLine: number
  readonly text: string
}

/** A piece that was found; scores from 0 to 1. */
export interface MemoryHit extends MemoryChunk {
  readonly path: string
  readonly score: number
}

/** Who makes vectors of texts. */
export interface Embedder {
  readonly provider: string
  readonly model: string
  /** Changes when vectors of before no longer fit. */
  readonly key: string
  /** One vector per text. Throws a Fault that says who failed and why. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>
}

/** How an agent's notes are kept and searched. */
export interface MemoryRule {
  readonly enabled: boolean
  /** The file of the index. */
  readonly index: string
  readonly extraPaths: readonly string[]
  /** Sessions are searched, too: taken up again after so many new things said, or bytes of them. */
  readonly sessions?: { readonly messages: number; readonly bytes: number } | undefined
  /** Whether the files of notes are searched; false leaves sessions alone. */
  readonly files?: boolean
  readonly embedder?: Embedder | undefined
  readonly fallback?: Embedder | undefined
  readonly chunkChars: number
  readonly overlapChars: number
  readonly onSearch: boolean
  readonly onSessionStart: boolean
  readonly cacheEntries: number
  readonly query: MemoryQueryRule
  readonly citations: boolean
}

/** How results are weighed. */
export interface MemoryQueryRule {
  readonly maxResults: number
  readonly minScore: number
  readonly hybrid: boolean
  readonly vectorWeight: number
  readonly textWeight: number
  readonly candidates: number
  /** 1 for fit, 0 for variety; undefined for no care. */
  readonly mmrLambda?: number | undefined
  readonly halfLifeDays?: number | undefined
}

const cjk = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]/g

/** A text as it is indexed: letters of languages without spaces stand alone. */
export const indexText = (text: string): string => text.replaceAll(cjk, ' $& ')

const stops = new Set(
  'a an and are as at be been but by can could did do does for from had has have he her his how i if in is it its let me my not of on or our she should so that the their them then there they this to us was we were what when where which who why will with would you your der die das und ist ein eine el la los las de que y en un una le les et est des du'.split(
    ' ',
  ),
)

/** The words of a question that are worth looking for; all of them when none is. */
export function queryWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
  const all = words.flatMap((w) => {
    const chars = w.match(cjk)
    if (!chars) return [w]
    return chars.length === 1 ? [w] : chars.slice(1).map((c, i) => `${chars[i]}${c}`)
  })
  const kept = [...new Set(all)].filter((w) => !stops.has(w))
  return (kept.length ? kept : [...new Set(all)]).slice(0, 32)
}

/** A text cut into pieces at line ends; each begins with the last lines of the one before it. */
export function chunks(text: string, maxChars: number, overlapChars: number): MemoryChunk[] {
  const lines = text.split('\n')
  const out: MemoryChunk[] = []
  let held: { n: number; text: string }[] = []
  let size = 0
  let fresh = 0
  const flush = () => {
    const first = held[0]
    const last = held.at(-1)
    const body = held.map((l) => l.text).join('\n')
    if (first && last && fresh > 0 && body.trim()) out.push({ startLine: first.n, endLine: last.n, text: body })
    const tail: typeof held = []
    let room = overlapChars
    for (let i = held.length - 1; i > 0; i--) {
      const line = held[i] as (typeof held)[number]
      room -= line.text.length + 1
      if (room < 0) break
      tail.unshift(line)
    }
    held = tail
    size = tail.reduce((sum, l) => sum + l.text.length + 1, 0)
    fresh = 0
  }
  for (const [i, whole] of lines.entries())
    for (let at = 0; at === 0 || at < whole.length; at += maxChars) {
      const line = whole.slice(at, at + maxChars)
      if (size + line.length + 1 > maxChars && held.length) flush()
      held.push({ n: i + 1, text: line })
      size += line.length + 1
      fresh++
    }
  flush()
  return out
}
