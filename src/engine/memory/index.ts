// What agents remember: their notes indexed by words and by meaning, brought up to date when they are searched.
import { deadline, nextTick } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { sha256 } from '../../lib/ids.ts'
import { chunks, queryWords, type Embedder, type MemoryHit, type MemoryRule } from '../../domain/memory.ts'
import { memoryIndex, type MemoryIndex } from '../../store/memory-index.ts'
import { cosine, rank, textScore, type Candidate } from './rank.ts'
import { sessionNotes, type Note } from './sessions.ts'
import type { AgentRule } from '../settings.ts'
import type { World } from '../world.ts'

/** Pieces embedded at a time, and time one look may take, in ms. */
const batch = 96
const embedMs = 60_000
const maxSnippet = 700
/** Vectors looked at without a pause. */
const vectorPage = 1000

/** How a search went. */
export interface MemoryFound {
  readonly hits: readonly MemoryHit[]
  readonly mode: 'hybrid' | 'vector' | 'fts-only'
  readonly provider?: string
  readonly model?: string
  /** Why meaning was left out though it should count. */
  readonly fallback?: string
}

/** How an index stands. */
export interface MemoryState {
  readonly enabled: boolean
  readonly path: string
  readonly files: number
  readonly chunks: number
  readonly vectors: number
  readonly provider?: string
  readonly model?: string
  readonly mode: MemoryFound['mode']
  /** Notes whose index is not up to date. */
  readonly stale: number
}

/** What a search may be asked besides. */
export interface MemoryAsk {
  readonly query: string
  readonly maxResults?: number | undefined
  readonly minScore?: number | undefined
}

/** The memories of all agents. */
export interface Memory {
  search(agent: AgentRule, ask: MemoryAsk, signal: AbortSignal): Promise<MemoryFound>
  /** Lines of one of the notes. Throws NOT_FOUND for any other file. */
  get(agent: AgentRule, path: string, from?: number, lines?: number): Promise<{ path: string; text: string }>
  sync(agent: AgentRule, how?: { readonly force?: boolean }): Promise<{ readonly changed: number }>
  state(agent: AgentRule): Promise<MemoryState>
}

/** Keeps one open index per agent, opened when it is first asked. */
export function memory(world: World): Memory {
  const { settings, outside, clock } = world
  const open = new Map<string, { path: string; index: MemoryIndex }>()
  const syncing = new Map<string, Promise<{ changed: number }>>()
  world.scope.defer('memory', () => {
    for (const { index } of open.values()) index.close()
    open.clear()
  })

  async function indexOf(agent: AgentRule, rule: MemoryRule): Promise<MemoryIndex> {
    if (!rule.enabled) throw new Fault('UNAVAILABLE', 'memory search is off (agents.defaults.memorySearch.enabled)')
    const known = open.get(agent.id)
    if (known?.path === rule.index) return known.index
    await outside.makeDir(rule.index.slice(0, rule.index.lastIndexOf('/')))
    world.scope.signal.throwIfAborted()
    known?.index.close()
    const index = memoryIndex(rule.index)
    open.set(agent.id, { path: rule.index, index })
    return index
  }

  const form = (rule: MemoryRule) => JSON.stringify([rule.chunkChars, rule.overlapChars])

  /** The notes of an agent as they are now: its files, and its sessions when those are searched. */
  function notesOf(agent: AgentRule, rule: MemoryRule, known: Parameters<typeof sessionNotes>[3]): Note[] {
    const files = rule.files === false ? [] : outside.memoryFiles(agent.workspace, rule.extraPaths)
    const read = files.map((f) => ({ ...f, text: () => outside.readText(f.file) }))
    return [...read, ...sessionNotes(world.db, agent.id, rule, known)]
  }

  /** Brings the pieces of changed notes up to date; answers how many notes changed. */
  async function read(agent: AgentRule, rule: MemoryRule, index: MemoryIndex, force: boolean): Promise<number> {
    if (force || (index.meta('form') ?? form(rule)) !== form(rule)) index.clear()
    index.setMeta('form', form(rule))
    const known = index.files()
    const now = notesOf(agent, rule, known)
    let changed = 0
    for (const f of now) {
      const old = known.get(f.path)
      known.delete(f.path)
      if (old && old.mtimeMs === f.mtimeMs && old.size === f.size) continue
      const text = await f.text()
      if (text === undefined) continue
      const hash = await sha256(text)
      if (old?.hash === hash) {
        index.touch(f.path, f.mtimeMs, f.size)
        continue
      }
      const pieces = chunks(text, rule.chunkChars, rule.overlapChars)
      const hashed = await Promise.all(pieces.map(async (p) => ({ ...p, hash: await sha256(p.text) })))
      index.put({ path: f.path, hash, mtimeMs: f.mtimeMs, size: f.size }, hashed)
      changed++
    }
    for (const gone of known.keys()) index.forget(gone)
    return changed + known.size
  }

  /** Gives every piece its vector; from memory where its text was seen before. */
  async function embedAll(by: Embedder, rule: MemoryRule, index: MemoryIndex, signal: AbortSignal) {
    if ((index.meta('model') ?? by.key) !== by.key) index.dropVectors()
    index.setMeta('model', by.key)
    for (;;) {
      const rows = index.bare(batch)
      if (!rows.length) break
      const known = index.remembered(
        by.key,
        rows.map((r) => r.hash),
      )
      const fresh = [...new Map(rows.filter((r) => !known.has(r.hash)).map((r) => [r.hash, r.text]))]
      const made = fresh.length
        ? await by.embed(
            fresh.map(([, text]) => text),
            signal,
          )
        : []
      for (const [i, [hash]] of fresh.entries()) known.set(hash, made[i] as Float32Array)
      const done = rows.flatMap((r) => {
        const vector = known.get(r.hash)
        return vector ? [{ id: r.id, hash: r.hash, vector }] : []
      })
      index.embed(by.key, done, clock.now())
    }
    index.trim(rule.cacheEntries)
  }

  function sync(agent: AgentRule, how: { readonly force?: boolean } = {}) {
    const running = syncing.get(agent.id)
    if (running) return running
    const work = (async () => {
      const rule = settings.memory(agent.id)
      const index = await indexOf(agent, rule)
      const changed = await read(agent, rule, index, how.force ?? false)
      return { changed }
    })().finally(() => syncing.delete(agent.id))
    syncing.set(agent.id, work)
    return work
  }

  /** The vector of a question and who made it; a reason when nobody could. */
  async function meaning(rule: MemoryRule, index: MemoryIndex, query: string, signal: AbortSignal) {
    const late = new Fault('TIMEOUT', 'making the vectors took too long')
    const limit = deadline(clock, embedMs, late, signal)
    let why: string | undefined
    for (const by of [rule.embedder, rule.fallback]) {
      if (!by) continue
      try {
        await embedAll(by, rule, index, limit.signal)
        const [vector] = await by.embed([query], limit.signal)
        limit.done()
        return { by, vector, why }
      } catch (error) {
        if (signal.aborted) throw error
        why = limit.signal.aborted ? late.message : error instanceof Fault ? error.message : describeError(error)
        world.log.warn('notes are searched by words only', { error: why })
      }
    }
    limit.done()
    return { by: undefined, vector: undefined, why }
  }

  /** How near every piece is to a vector, nearest first; lets others go on between pages. */
  async function nearest(index: MemoryIndex, to: Float32Array): Promise<{ id: number; near: number }[]> {
    const out: { id: number; near: number }[] = []
    for (let after = 0; ;) {
      const page = index.vectors(after, vectorPage)
      out.push(...page.map((v) => ({ id: v.id, near: cosine(to, v.vector) })))
      if (page.length < vectorPage) return out.sort((a, b) => b.near - a.near)
      after = page.at(-1)?.id ?? 0
      await nextTick()
    }
  }

  async function candidates(
    rule: MemoryRule,
    index: MemoryIndex,
    query: string,
    vector: Float32Array | undefined,
  ): Promise<Candidate[]> {
    const { hybrid, candidates: max } = rule.query
    const words = queryWords(query)
    const byWords = vector && !hybrid ? [] : words.length ? index.words(words, max) : []
    const best = byWords[0]?.weight ?? 0
    const near = vector ? await nearest(index, vector) : []
    const nearById = new Map(near.map((v) => [v.id, v.near]))
    const weights = new Map(byWords.map((w) => [w.id, w.weight]))
    const ids = new Set([...weights.keys(), ...near.slice(0, max).map((v) => v.id)])
    return [...ids].flatMap((id): Candidate[] => {
      const c = index.chunk(id)
      if (!c) return []
      const weight = weights.get(id)
      return [
        {
          id,
          hit: { path: c.path, startLine: c.startLine, endLine: c.endLine, text: c.text },
          text: weight === undefined ? undefined : textScore(words, c.text, weight, best),
          vector: nearById.get(id),
        },
      ]
    })
  }

  return {
    sync,
    async search(agent, ask, signal) {
      const rule = settings.memory(agent.id)
      const index = await indexOf(agent, rule)
      if (rule.onSearch || index.count().files === 0) await sync(agent)
      const { by, vector, why } = await meaning(rule, index, ask.query, signal)
      const maxResults = ask.maxResults ?? rule.query.maxResults
      const query = {
        ...rule.query,
        maxResults,
        minScore: ask.minScore ?? rule.query.minScore,
        candidates: Math.max(1, Math.min(200, Math.max(rule.query.candidates, maxResults))),
      }
      const found = await candidates({ ...rule, query }, index, ask.query, vector)
      const hits = rank(found, query, clock.now()).map((h) => ({ ...h, text: h.text.slice(0, maxSnippet) }))
      return {
        hits,
        mode: vector ? (rule.query.hybrid ? 'hybrid' : 'vector') : 'fts-only',
        ...(by ? { provider: by.provider, model: by.model } : {}),
        ...(why === undefined ? {} : { fallback: why }),
      }
    },
    async get(agent, path, from = 1, lines) {
      const rule = settings.memory(agent.id)
      const all = notesOf(agent, rule, new Map())
      const found = all.find((f) => f.path === path || ('file' in f && f.file === path))
      const text = await found?.text()
      if (!found || text === undefined)
        throw new Fault(
          'NOT_FOUND',
          `${path} is none of your notes; those are MEMORY.md and the .md files below memory/`,
        )
      const shown = text.split('\n').slice(from - 1, lines === undefined ? undefined : from - 1 + lines)
      return { path: found.path, text: shown.join('\n') }
    },
    async state(agent) {
      const rule = settings.memory(agent.id)
      const by = rule.embedder
      const about = {
        enabled: rule.enabled,
        path: rule.index,
        mode: by ? (rule.query.hybrid ? ('hybrid' as const) : ('vector' as const)) : ('fts-only' as const),
        ...(by ? { provider: by.provider, model: by.model } : {}),
      }
      if (!rule.enabled) return { ...about, files: 0, chunks: 0, vectors: 0, stale: 0 }
      const now = notesOf(agent, rule, new Map())
      const there = open.has(agent.id) || outside.exists(rule.index)
      if (!there) return { ...about, files: 0, chunks: 0, vectors: 0, stale: now.length }
      const index = await indexOf(agent, rule)
      const known = index.files()
      const fresh = notesOf(agent, rule, known)
      const stale = fresh.filter((f) => known.get(f.path)?.mtimeMs !== f.mtimeMs).length
      return {
        ...about,
        ...index.count(),
        stale: stale + [...known.keys()].filter((p) => !now.some((f) => f.path === p)).length,
      }
    },
  }
}
