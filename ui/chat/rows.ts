// What a chat shows, made of what the gateway keeps and of what is going on: pure.
import type { ChatMessage } from '../../src/ops/chat-message.ts'

/** A file that goes with a message. */
export interface FileRef {
  readonly id?: string
  readonly mimeType: string
  readonly name?: string
  readonly bytes: number
  /** The file itself, where this page has it. */
  readonly url?: string
}

/** A tool at work, or done. Times in ms. */
export interface ToolStep {
  readonly kind: 'tool'
  readonly id: string
  readonly name: string
  readonly args: unknown
  readonly startedAt: number
  readonly endedAt?: number
  readonly result?: string
  readonly failed?: boolean
  readonly note?: string
  /** What came of it besides its result. */
  readonly files?: readonly FileRef[]
}

/** A piece of an answer. */
export type Step =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'file'; readonly file: FileRef }
  | ToolStep

/** One row of a chat. `id` is the gateway's number of its first entry. */
export type Row =
  | {
      readonly kind: 'user'
      readonly key: string
      readonly id?: number
      readonly at: number
      readonly text: string
      readonly files: readonly FileRef[]
      readonly state?: 'sending' | 'waiting' | 'failed'
    }
  | {
      readonly kind: 'answer'
      readonly key: string
      readonly id?: number
      readonly at: number
      readonly steps: readonly Step[]
      readonly model?: string
      readonly stop?: string
      readonly live?: boolean
    }
  | {
      readonly kind: 'note'
      readonly key: string
      readonly id?: number
      readonly at: number
      readonly text: string
      readonly bad?: boolean
    }

/** A row that only this page knows: what was just sent, and what commands answered. `after`: the last entry before it. */
export type Local = Extract<Row, { kind: 'user' | 'note' }> & { readonly after: number }

/** A run that is going on. */
export interface Live {
  readonly run: string
  readonly at: number
  readonly steps: readonly Step[]
}

type Content = ChatMessage['content'][number]

const fileOf = (c: Extract<Content, { type: 'image' | 'file' }>): FileRef => ({
  id: c.id,
  mimeType: c.mimeType,
  bytes: c.bytes,
  ...(c.type === 'file' && c.fileName !== undefined ? { name: c.fileName } : {}),
})

const textOf = (m: ChatMessage) => m.content.flatMap((c) => (c.type === 'text' ? [c.text] : [])).join('\n')
const filesOf = (m: ChatMessage) =>
  m.content.flatMap((c) => (c.type === 'image' || c.type === 'file' ? [fileOf(c)] : []))

function stepsOf(m: ChatMessage): Step[] {
  return m.content.map((c): Step => {
    switch (c.type) {
      case 'text':
        return { kind: 'text', text: c.text }
      case 'thinking':
        return { kind: 'thinking', text: c.thinking }
      case 'toolCall':
        return { kind: 'tool', id: c.id, name: c.name, args: c.arguments, startedAt: m.timestamp }
      default:
        return { kind: 'file', file: fileOf(c) }
    }
  })
}

/** The steps with a tool's result put into its call. */
function answered(steps: readonly Step[], m: ChatMessage): Step[] {
  const done = { result: textOf(m), failed: m.isError === true, endedAt: m.timestamp, files: filesOf(m) }
  return steps.map((s) => (s.kind === 'tool' && s.id === m.toolCallId ? { ...s, ...done } : s))
}

/** Messages as rows: what an agent says and does between two messages of a person is one row. */
export function rowsOf(messages: readonly ChatMessage[]): Row[] {
  const rows: Row[] = []
  for (const m of messages) {
    const last = rows.at(-1)
    if (m.role === 'user') {
      rows.push({ kind: 'user', key: `m${m.id}`, id: m.id, at: m.timestamp, text: textOf(m), files: filesOf(m) })
    } else if (m.role === 'system') {
      rows.push({ kind: 'note', key: `m${m.id}`, id: m.id, at: m.timestamp, text: textOf(m) })
    } else if (m.role === 'toolResult') {
      if (last?.kind === 'answer') rows[rows.length - 1] = { ...last, steps: answered(last.steps, m) }
    } else {
      const more = {
        ...(m.model === undefined ? {} : { model: m.model }),
        ...(m.stopReason === undefined ? {} : { stop: m.stopReason }),
      }
      if (last?.kind === 'answer') rows[rows.length - 1] = { ...last, ...more, steps: [...last.steps, ...stepsOf(m)] }
      else rows.push({ kind: 'answer', key: `m${m.id}`, id: m.id, at: m.timestamp, steps: stepsOf(m), ...more })
    }
  }
  return rows
}

/** The rows with those that only this page knows put where they belong, and the run that is going on at the end. */
export function withLocals(rows: readonly Row[], locals: readonly Local[], live: Live | undefined): Row[] {
  const out = [...rows]
  for (const local of locals) {
    const at = out.findLastIndex((r) => r.id === undefined || r.id <= local.after)
    out.splice(at + 1, 0, local)
  }
  if (!live) return out
  const last = out.at(-1)
  const known = last?.kind === 'answer' ? last.steps : []
  // Steps of the run that the gateway has written down already are shown once.
  const tools = new Set(known.flatMap((s) => (s.kind === 'tool' ? [s.id] : [])))
  const texts = new Set(known.flatMap((s) => (s.kind === 'text' || s.kind === 'thinking' ? [s.text.trim()] : [])))
  const fresh = live.steps.filter((s) => {
    if (s.kind === 'tool') return !tools.has(s.id)
    return s.kind === 'file' || !texts.has(s.text.trim())
  })
  if (last?.kind === 'answer' && fresh.length < live.steps.length)
    out[out.length - 1] = { ...last, steps: [...last.steps, ...fresh], live: true }
  else out.push({ kind: 'answer', key: `live-${live.run}`, at: live.at, steps: fresh, live: true })
  return out
}

/** The live steps after a piece of text or thinking: `text` is the whole of the message it belongs to. */
export function grown(steps: readonly Step[], kind: 'text' | 'thinking', text: string): Step[] {
  const at = steps.findLastIndex((s) => s.kind === kind)
  const old = steps[at]
  const toolSince = steps.slice(at + 1).some((s) => s.kind === 'tool')
  if (old?.kind === kind && !toolSince && text.startsWith(old.text.slice(0, 200))) return steps.with(at, { kind, text })
  return [...steps, { kind, text }]
}
