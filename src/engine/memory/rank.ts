// Weighs what was found by words and by meaning. Pure.
import { queryWords, type MemoryHit, type MemoryQueryRule } from '../../domain/memory.ts'

/** A piece that may be shown, with its figures from 0 to 1. */
export interface Candidate {
  readonly id: number
  readonly hit: Omit<MemoryHit, 'score'>
  /** How well its words fit; undefined when none does. */
  readonly text: number | undefined
  /** How near its meaning is; undefined without vectors. */
  readonly vector: number | undefined
}

/** The cosine of two vectors; 0 when they cannot be compared. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0
  let [dot, x, y] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i] as number, b[i] as number]
    dot += p * q
    x += p * p
    y += q * q
  }
  return x && y ? dot / Math.sqrt(x * y) : 0
}

/** How well words fit: half by weight beside the best, half by how many of them are there at all. */
export function textScore(words: readonly string[], text: string, weight: number, best: number): number {
  const body = text.toLowerCase()
  const there = words.filter((w) => body.includes(w.length > 5 ? w.slice(0, -2) : w)).length
  const share = words.length ? there / words.length : 0
  return 0.5 * (best > 0 ? Math.max(0, weight) / best : 0) + 0.5 * share
}

const dayMs = 86_400_000

/** What age leaves of a score: files named by a day count less with each half-life. */
function faded(path: string, score: number, halfLifeDays: number | undefined, now: number): number {
  const day = /(\d{4}-\d{2}-\d{2})[^/]*\.md$/.exec(path)?.[1]
  const at = day === undefined ? Number.NaN : Date.parse(day)
  if (halfLifeDays === undefined || Number.isNaN(at)) return score
  return score * 0.5 ** (Math.max(0, now - at) / dayMs / halfLifeDays)
}

const alike = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => {
  let both = 0
  for (const w of a) if (b.has(w)) both++
  const all = a.size + b.size - both
  return all ? both / all : 0
}

/** The best ones that differ from one another. */
function varied(list: readonly MemoryHit[], lambda: number, count: number): MemoryHit[] {
  const words = new Map(list.map((h) => [h, new Set(queryWords(h.text))]))
  const none = new Set<string>()
  const left = [...list]
  const out: MemoryHit[] = []
  while (left.length && out.length < count) {
    const worth = (h: MemoryHit) =>
      lambda * h.score -
      (1 - lambda) * Math.max(0, ...out.map((o) => alike(words.get(h) ?? none, words.get(o) ?? none)))
    let best = 0
    for (let i = 1; i < left.length; i++) if (worth(left[i] as MemoryHit) > worth(left[best] as MemoryHit)) best = i
    out.push(...left.splice(best, 1))
  }
  return out
}

/** The pieces that are shown, best first. Without vectors, words alone decide; with `hybrid` off, meaning alone. */
export function rank(list: readonly Candidate[], rule: MemoryQueryRule, now: number): MemoryHit[] {
  const meaning = list.some((c) => c.vector !== undefined)
  const total = rule.vectorWeight + rule.textWeight || 1
  const score = (c: Candidate): number => {
    if (!meaning) return c.text ?? 0
    if (!rule.hybrid) return Math.max(0, c.vector ?? 0)
    return (rule.vectorWeight * Math.max(0, c.vector ?? 0) + rule.textWeight * (c.text ?? 0)) / total
  }
  const hits = list
    .map((c) => ({ ...c.hit, score: faded(c.hit.path, score(c), rule.halfLifeDays, now) }))
    .filter((h) => h.score >= rule.minScore)
    .sort((a, b) => b.score - a.score)
  return rule.mmrLambda === undefined ? hits.slice(0, rule.maxResults) : varied(hits, rule.mmrLambda, rule.maxResults)
}
