// A transcript of the original, one JSON value per line, as entries of ours: the branch that was in use, in order.
import { z } from 'zod'
import type { MediaRef } from '../../domain/media.ts'
import type { Part, Role, StopReason, Usage } from '../../domain/turn.ts'
import type { Pictures } from './pictures.ts'

/** One entry to be. `keepsFrom`, for a summary: the line from which on the log still counts. */
export interface Line {
  readonly ref: string
  readonly role: Role
  readonly parts: readonly Part[]
  readonly at: number
  readonly model?: string
  readonly usage?: Usage
  readonly stop?: StopReason
  readonly keepsFrom?: string
}

/** What a transcript says. */
export interface Transcript {
  /** When it was begun, in ms; undefined when it does not say. */
  readonly startedAt: number | undefined
  readonly lines: readonly Line[]
  /** Lines that are no JSON or of no known kind. */
  readonly unread: number
  /** Pictures that were left out: what is there is none. */
  readonly pictures: number
}

const Time = z.union([z.number(), z.string()]).optional()
const Raw = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  parentId: z.string().nullish(),
  timestamp: Time,
  message: z.looseObject({ role: z.string(), content: z.unknown(), timestamp: Time }).optional(),
  summary: z.string().optional(),
  firstKeptEntryId: z.string().optional(),
  content: z.unknown().optional(),
})
type Raw = z.output<typeof Raw>

const timeOf = (t: unknown): number | undefined => {
  const at = typeof t === 'number' ? t : typeof t === 'string' ? Date.parse(t) : Number.NaN
  return Number.isFinite(at) ? Math.floor(at) : undefined
}

const stops: Readonly<Record<string, StopReason>> = {
  stop: 'end',
  toolUse: 'tools',
  length: 'length',
  aborted: 'aborted',
  error: 'error',
}

/** The branch that ends with the last entry, from its root on; everything, when entries name no parents. */
function branch(entries: readonly Raw[]): Raw[] {
  const byId = new Map(entries.flatMap((e) => (e.id === undefined ? [] : [[e.id, e] as const])))
  const last = entries.at(-1)
  if (!last || !entries.some((e) => typeof e.parentId === 'string')) return [...entries]
  const out: Raw[] = []
  const seen = new Set<Raw>()
  for (let e: Raw | undefined = last; e && !seen.has(e); e = byId.get(e.parentId ?? '')) {
    seen.add(e)
    out.push(e)
  }
  return out.reverse()
}

const text = (v: unknown): string => (typeof v === 'string' ? v : '')
const count = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) && v > 0 ? Math.round(v) : 0)

/** Who takes pictures, and what time the line has. */
interface Taking {
  readonly pictures: Pick<Pictures, 'inline' | 'named'>
  readonly at: number
}

/** A line that names a file that came with a message: `[media attached: <path> (<type>) | <address>]`. */
const attached = /^\[media attached(?: \d+\/\d+)?: ([^|\]]+?)(?: \(([\w.+/-]+)\))?(?: \| [^\]]*)?\]$/gm

/** A text and the files it names; the lines that name them stay when they are not there. */
function textParts(said: string, t: Taking): Part[] {
  const refs: MediaRef[] = []
  const left = said.replaceAll(attached, (line, path: string, mime: string | undefined) => {
    const ref = t.pictures.named(path, mime, t.at)
    if (!ref) return line
    refs.push(ref)
    return ''
  })
  const plain = refs.length ? left.trim() : said
  return [
    ...(plain ? [{ type: 'text' as const, text: plain }] : []),
    ...refs.map((ref) => ({ type: 'media' as const, ref })),
  ]
}

function partOf(block: unknown, t: Taking): Part[] | 'picture' | undefined {
  const b = z.looseObject({ type: z.string() }).safeParse(block)
  if (!b.success) return undefined
  const { type, ...rest } = b.data
  if (type === 'text') return textParts(text(rest['text']), t)
  if (type === 'image') {
    const ref = t.pictures.inline(rest['data'], t.at)
    return ref ? [{ type: 'media', ref }] : 'picture'
  }
  if (type === 'thinking') {
    const signature = text(rest['thinkingSignature'])
    return [{ type: 'thinking', text: text(rest['thinking']), ...(signature ? { signature } : {}) }]
  }
  if (type === 'toolCall')
    return [{ type: 'call', id: text(rest['id']), tool: text(rest['name']), input: rest['arguments'] ?? {} }]
  return undefined
}

function partsOf(content: unknown, t: Taking): { parts: Part[]; pictures: number } {
  if (typeof content === 'string') return { parts: content ? textParts(content, t) : [], pictures: 0 }
  const found = (Array.isArray(content) ? content : []).map((block) => partOf(block, t))
  const pictures = found.filter((p) => p === 'picture').length
  const parts = found.flatMap((p): Part[] => (p === 'picture' ? [{ type: 'text', text: '[picture]' }] : (p ?? [])))
  return { parts, pictures }
}

function usageOf(raw: unknown): Usage | undefined {
  const u = z.record(z.string(), z.unknown()).safeParse(raw)
  if (!u.success) return undefined
  const cost = z.looseObject({ total: z.number() }).safeParse(u.data['cost'])
  return {
    input: count(u.data['input']),
    output: count(u.data['output']),
    cacheRead: count(u.data['cacheRead']),
    cacheWrite: count(u.data['cacheWrite']),
    ...(cost.success && cost.data.total > 0 ? { cost: cost.data.total } : {}),
  }
}

function lineOf(e: Raw, t: Taking): { line?: Line; pictures: number } {
  const { at } = t
  const ref = e.id ?? ''
  if (e.type === 'compaction' || e.type === 'branch_summary') {
    const keepsFrom = e.firstKeptEntryId === undefined ? {} : { keepsFrom: e.firstKeptEntryId }
    const parts: Part[] = [{ type: 'text', text: e.summary ?? '' }]
    return { line: { ref, role: e.type === 'compaction' ? 'summary' : 'system', parts, at, ...keepsFrom }, pictures: 0 }
  }
  if (e.type === 'custom_message') {
    const { parts, pictures } = partsOf(e.content, t)
    return { line: { ref, role: 'system', parts, at }, pictures }
  }
  const m = e.message
  if (e.type !== 'message' || !m) return { pictures: 0 }
  const { parts, pictures } = partsOf(m.content, t)
  if (m.role === 'user') return { line: { ref, role: 'user', parts, at }, pictures }
  if (m.role === 'toolResult') {
    const said = parts.flatMap((p) => (p.type === 'text' ? [p.text] : [])).join('\n')
    const [id, tool] = [text(m['toolCallId']), text(m['toolName'])]
    const media = parts.flatMap((p) => (p.type === 'media' ? [p.ref] : []))
    const more = media.length ? { media } : {}
    const result: Part = { type: 'result', id, tool, ok: m['isError'] !== true, text: said, ...more }
    return { line: { ref, role: 'tool', parts: [result], at }, pictures }
  }
  if (m.role !== 'assistant') return { pictures: 0 }
  const usage = usageOf(m['usage'])
  const stop = stops[text(m['stopReason'])]
  const model = text(m['model']) ? `${text(m['provider']) || 'unknown'}/${text(m['model'])}` : undefined
  const more = {
    ...(model === undefined ? {} : { model }),
    ...(usage ? { usage } : {}),
    ...(stop ? { stop } : {}),
  }
  return { line: { ref, role: 'assistant', parts, at, ...more }, pictures }
}

/** Reads a transcript. Lines that cannot be read are counted, never guessed at. */
export function readTranscript(jsonl: string, taking: Taking['pictures']): Transcript {
  let unread = 0
  const raws = jsonl.split('\n').flatMap((line): Raw[] => {
    if (!line.trim()) return []
    try {
      return [Raw.parse(JSON.parse(line))]
    } catch {
      unread++
      return []
    }
  })
  const header = raws.find((r) => r.type === 'session')
  const startedAt = timeOf(header?.timestamp)
  let at = startedAt ?? 0
  let pictures = 0
  const lines = branch(raws.filter((r) => r.type !== 'session')).flatMap((e) => {
    at = Math.max(at, timeOf(e.message?.timestamp) ?? timeOf(e.timestamp) ?? at)
    const read = lineOf(e, { pictures: taking, at })
    pictures += read.pictures
    return read.line?.parts.length ? [read.line] : []
  })
  return { startedAt, lines, unread, pictures }
}
