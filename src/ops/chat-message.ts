// A session's entries as chat clients read them.
import { z } from 'zod'
import type { Entry, Part } from '../domain/turn.ts'
import { mediaLine } from '../engine/answer/outgoing-media.ts'
import { splitRef } from './session-row.ts'

const Content = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('thinking'), thinking: z.string() }),
  z.object({ type: z.literal('toolCall'), id: z.string(), name: z.string(), arguments: z.unknown() }),
  z.object({
    type: z.literal('image'),
    mimeType: z.string(),
    id: z.string(),
    bytes: z.number(),
    omitted: z.literal(true),
  }),
  z.object({
    type: z.literal('file'),
    mimeType: z.string(),
    id: z.string(),
    bytes: z.number(),
    fileName: z.string().optional(),
  }),
])

/** One message of `chat.history`. `timestamp` in ms. */
export const ChatMessage = z.object({
  id: z.number(),
  role: z.enum(['user', 'assistant', 'toolResult', 'system']),
  content: z.array(Content),
  timestamp: z.number(),
  provider: z.string().optional(),
  model: z.string().optional(),
  stopReason: z.string().optional(),
  toolCallId: z.string().optional(),
  toolName: z.string().optional(),
  isError: z.boolean().optional(),
})

export type ChatMessage = z.output<typeof ChatMessage>

/** Longest text of one part, in characters, unless more is asked for. */
export const maxText = 12_000

function content(p: Part, max: number): z.output<typeof Content>[] {
  const cut = (text: string) => (text.length > max ? `${text.slice(0, max)}…` : text)
  switch (p.type) {
    case 'text':
      return p.text || p.message === undefined ? [{ type: 'text', text: cut(p.text) }] : []
    case 'thinking':
      return p.text ? [{ type: 'thinking', thinking: cut(p.text) }] : []
    case 'call':
      return [{ type: 'toolCall', id: p.id, name: p.tool, arguments: p.input }]
    case 'result':
      return [
        { type: 'text', text: cut(p.text) },
        ...(p.media ?? []).flatMap((ref) => content({ type: 'media', ref }, max)),
      ]
    case 'media': {
      const { ref } = p
      const about = { mimeType: ref.mime, id: ref.id, bytes: ref.bytes }
      if (ref.mime.startsWith('image/')) return [{ type: 'image', ...about, omitted: true }]
      return [{ type: 'file', ...about, ...(ref.name === undefined ? {} : { fileName: ref.name }) }]
    }
  }
}

const stops: Readonly<Record<string, string>> = {
  end: 'stop',
  tools: 'toolUse',
  length: 'length',
  aborted: 'aborted',
  error: 'error',
}

/** An answer's parts; the lines that named its files give way to the files. */
function shownParts({ role, parts }: Entry): readonly Part[] {
  if (role !== 'assistant' || !parts.some((p) => p.type === 'media')) return parts
  return parts.map((p) => (p.type === 'text' ? { ...p, text: p.text.replace(mediaLine, '').trim() } : p))
}

/** Entries as messages: each tool result is a message of its own; texts longer than `max` characters are cut. */
export function chatMessages(list: readonly Entry[], max = maxText): ChatMessage[] {
  return list.flatMap((e): ChatMessage[] => {
    const about = { id: e.id, timestamp: e.at }
    if (e.role === 'tool')
      return e.parts.flatMap((p) =>
        p.type === 'result'
          ? [
              {
                ...about,
                role: 'toolResult' as const,
                content: content(p, max),
                toolCallId: p.id,
                toolName: p.tool,
                isError: !p.ok,
              },
            ]
          : [],
      )
    const role = e.role === 'user' || e.role === 'assistant' ? e.role : ('system' as const)
    return [
      {
        ...about,
        role,
        content: shownParts(e).flatMap((p) => content(p, max)),
        ...(e.model === undefined ? {} : { provider: splitRef(e.model).provider, model: splitRef(e.model).model }),
        ...(e.stop === undefined ? {} : { stopReason: stops[e.stop] ?? e.stop }),
      },
    ]
  })
}
