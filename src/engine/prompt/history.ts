// Turns a session's log into what a model may be shown: paired tool calls, a token budget, nothing half said.
import type { ModelMessage } from '../../define/provider.ts'
import type { Entry, Part } from '../../domain/turn.ts'

/** A rough count of tokens: four characters each, images 1,500. */
export function estimateTokens(parts: readonly Part[]): number {
  let chars = 0
  for (const p of parts) {
    if (p.type === 'text' || p.type === 'thinking') chars += p.text.length
    else if (p.type === 'call') chars += JSON.stringify(p.input ?? null).length + p.tool.length
    else if (p.type === 'result') chars += p.text.length + (p.media?.length ?? 0) * 6000
    else chars += p.ref.mime.startsWith('image/') ? 6000 : 200
  }
  return Math.ceil(chars / 4) + 4
}

const lost = 'The tool was interrupted and gave no result.'

/**
 * Messages in which every tool call has exactly one result right after it, and roles never repeat. Computed, never stored.
 * `when` makes the head of what people say of its time, and of the time of the entry before it where it came by a platform.
 */
export function render(
  entries: readonly Entry[],
  when: (at: number, before?: number) => string = () => '',
): ModelMessage[] {
  const out: ModelMessage[] = []
  let open = new Map<string, Extract<Part, { type: 'call' }>>()
  const close = () => {
    if (!open.size) return
    const parts = [...open.values()].map((c) => ({
      type: 'result' as const,
      id: c.id,
      tool: c.tool,
      ok: false,
      text: lost,
    }))
    merge(out, { role: 'tool', parts })
    open = new Map()
  }
  for (const [i, entry] of entries.entries()) {
    const before = entries[i - 1]?.at
    const named = entry.parts.some((p) => p.type === 'text' && p.message !== undefined)
    if (entry.role === 'tool') {
      const parts = entry.parts.filter((p) => p.type === 'result' && open.delete(p.id))
      if (parts.length) merge(out, { role: 'tool', parts })
      continue
    }
    close()
    if (entry.role === 'assistant') {
      const seen = new Set<string>()
      const parts = entry.parts.filter(
        (p) => p.type !== 'media' && (p.type !== 'call' || (!seen.has(p.id) && seen.add(p.id))),
      )
      if (!parts.some((p) => p.type === 'call' || (p.type === 'text' && p.text.trim()))) continue
      if (!out.length) out.push({ role: 'user', parts: [{ type: 'text', text: '(the conversation begins here)' }] })
      merge(out, { role: 'assistant', parts })
      for (const p of parts) if (p.type === 'call') open.set(p.id, p)
    } else if (entry.role === 'summary') {
      const text = entry.parts.flatMap((p) => (p.type === 'text' ? [p.text] : [])).join('\n')
      merge(out, { role: 'user', parts: [{ type: 'text', text: `[Summary of the conversation so far]\n${text}` }] })
    } else merge(out, { role: 'user', parts: stamped(entry.parts, when(entry.at, named ? before : undefined)) })
  }
  close()
  return out
}

/** What people said, each message with the id it can be named by before it, and the first words with their time. */
export const stamped = (parts: readonly Part[], when = ''): readonly Part[] =>
  parts.map((p, i) => {
    if (p.type !== 'text') return p
    const id = p.message === undefined ? '' : `message_id: ${p.message}`
    const about = [i === 0 ? when : '', id].filter(Boolean).join(', ')
    return { type: 'text', text: about ? `[${about}]${p.text && ` ${p.text}`}` : p.text }
  })

/** Adds a message, joining it to the last one of the same role. */
function merge(out: ModelMessage[], message: ModelMessage) {
  const last = out.at(-1)
  if (last?.role === message.role && message.role !== 'assistant')
    out[out.length - 1] = { role: last.role, parts: [...last.parts, ...message.parts] }
  else if (last?.role === message.role) {
    out.push({ role: 'user', parts: [{ type: 'text', text: '(go on)' }] }, message)
  } else out.push(message)
}

/** Whether a history may begin here: what was said to the model, by a person or by the gateway. */
const begins = (e: Entry) => e.role === 'user' || e.role === 'system'

/** The newest entries that fit `budget` tokens, cut only before something a person said; a summary always stays. */
export function fit(entries: readonly Entry[], budget: number): { kept: readonly Entry[]; cut: boolean } {
  let sum = 0
  let from = entries.length
  const head = entries[0]?.role === 'summary' ? 1 : 0
  if (entries.slice(head).reduce((all, e) => all + e.tokens, 0) <= budget) return { kept: entries, cut: false }
  for (let i = entries.length - 1; i >= head; i--) {
    sum += (entries[i] as Entry).tokens
    if (sum > budget) break
    if (begins(entries[i] as Entry)) from = i
  }
  if (from >= entries.length) from = entries.findLastIndex(begins)
  if (from <= head) return { kept: entries, cut: false }
  return { kept: [...entries.slice(0, head), ...entries.slice(from)], cut: true }
}

/** The entries of the last `turns` things a person said, a summary before them; all of them without a limit. */
export function lastTurns(entries: readonly Entry[], turns: number | undefined): readonly Entry[] {
  if (turns === undefined) return entries
  const starts = entries.flatMap((e, i) => (e.role === 'user' ? [i] : []))
  const from = starts.at(-Math.max(1, turns)) ?? 0
  const head = entries[0]?.role === 'summary' && from > 0 ? 1 : 0
  return from <= head ? entries : [...entries.slice(0, head), ...entries.slice(from)]
}

/** Tool results longer than `max` characters, cut in the middle; for a last try when a prompt is too long. */
export function shorten(messages: readonly ModelMessage[], max: number): ModelMessage[] {
  const cut = (text: string) =>
    text.length <= max
      ? text
      : `${text.slice(0, max / 2)}\n… (${text.length - max} characters left out) …\n${text.slice(-max / 2)}`
  return messages.map((m) => ({
    role: m.role,
    parts: m.parts.map((p) =>
      p.type === 'result' || (p.type === 'text' && m.role === 'user') ? { ...p, text: cut(p.text) } : p,
    ),
  }))
}
