// A conversation as a program sends it, sorted into what is said now and what only the program says was said before.
import type { ClientLine, ClientResult } from '../define/client-ask.ts'
import type { Source } from './input-files.ts'

/** One message of either API. */
export interface ApiMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly text: string
  readonly name?: string
  /** For a tool's result: the call it belongs to. */
  readonly callId?: string
  readonly images: readonly Source[]
  /** Calls an assistant made. */
  readonly calls: readonly { readonly name: string; readonly input: string }[]
}

/** What is asked, and what goes with it. */
export interface Conversation {
  readonly system: string
  readonly text: string
  readonly images: readonly Source[]
  readonly history: readonly ClientLine[]
  readonly results: readonly ClientResult[]
}

const joined = (messages: readonly ApiMessage[]) =>
  messages
    .map((m) => m.text)
    .filter(Boolean)
    .join('\n\n')

function lineOf(m: ApiMessage): ClientLine[] {
  if (m.role === 'system') return []
  const calls = m.calls.map((c) => `[called ${c.name} with ${c.input}]`)
  const text = [m.text, ...m.images.map(() => '[image]'), ...calls].filter(Boolean).join('\n')
  return text ? [{ role: m.role, text, ...(m.name === undefined ? {} : { name: m.name }) }] : []
}

/** Sorts messages; undefined when nobody asks anything. Results count as now when no answer follows them. */
export function conversation(messages: readonly ApiMessage[]): Conversation | undefined {
  const system = joined(messages.filter((m) => m.role === 'system'))
  const spoken = messages.filter(
    (m) => m.role !== 'system' && (m.text || m.images.length || m.calls.length || m.callId),
  )
  const end = spoken.findLastIndex((m) => m.role !== 'assistant')
  if (end < 0) return undefined
  const start = spoken.slice(0, end).findLastIndex((m) => m.role === 'assistant') + 1
  const tail = spoken.slice(start, end + 1)
  const users = tail.slice(tail.findLastIndex((m) => m.role === 'tool') + 1)
  const results = tail.flatMap((m) =>
    m.role === 'tool' && m.callId !== undefined
      ? [{ id: m.callId, text: m.text, ...(m.name === undefined ? {} : { name: m.name }) }]
      : [],
  )
  const before = [...spoken.slice(0, start), ...tail.filter((m) => m.callId === undefined && !users.includes(m))]
  return {
    system,
    text: joined(users),
    images: users.flatMap((m) => m.images),
    history: before.flatMap(lineOf),
    results,
  }
}
