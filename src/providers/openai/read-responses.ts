// Puts the events of a Responses stream together to an answer.
import type { OpenAI } from 'openai'
import { z } from 'zod'
import type { AnswerReader } from '../../define/answer.ts'
import { parseInput } from '../../define/transcript.ts'
import { noUsage, type Part, type StopReason, type Usage } from '../../domain/turn.ts'

type Event = OpenAI.Responses.ResponseStreamEvent
type Item = OpenAI.Responses.ResponseOutputItem

const scheme = 'openai:'

/** A reasoning item as it goes back to the server: its id, and its content encrypted. */
const Reasoning = z.object({
  type: z.literal('reasoning'),
  id: z.string(),
  summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
  encrypted_content: z.string(),
})

/** The reasoning item kept in a signature; undefined when another protocol made it. */
export function readReasoning(signature: string): z.output<typeof Reasoning> | undefined {
  if (!signature.startsWith(scheme)) return undefined
  return Reasoning.safeParse(parseInput(signature.slice(scheme.length))).data
}

function partOf(item: Item): Part[] {
  if (item.type === 'function_call')
    return [{ type: 'call', id: item.call_id, tool: item.name, input: parseInput(item.arguments) }]
  if (item.type === 'message') {
    const text = item.content.map((c) => (c.type === 'output_text' ? c.text : c.refusal)).join('')
    return text ? [{ type: 'text', text }] : []
  }
  if (item.type !== 'reasoning') return []
  const kept = Reasoning.safeParse(item).data
  const text = item.summary.map((s) => s.text).join('\n\n')
  return kept ? [{ type: 'thinking', text, signature: scheme + JSON.stringify(kept) }] : []
}

function stopOf(r: OpenAI.Responses.Response): StopReason {
  if (r.incomplete_details?.reason === 'content_filter') return 'refusal'
  if (r.status === 'incomplete') return 'length'
  if (r.output.some((i) => i.type === 'function_call')) return 'tools'
  return r.output.some((i) => i.type === 'message' && i.content.some((c) => c.type === 'refusal')) ? 'refusal' : 'end'
}

function usageOf(u: OpenAI.Responses.ResponseUsage): Usage {
  const cacheRead = u.input_tokens_details?.cached_tokens ?? 0
  return { input: Math.max(0, u.input_tokens - cacheRead), output: u.output_tokens, cacheRead, cacheWrite: 0 }
}

/** The server's own error in a stream, in the form its HTTP errors have. */
const failed = (code: string | null | undefined, message: string): Error =>
  Object.assign(new Error(message), { status: undefined, error: { code: code ?? 'error', message } })

/** A reader of one stream. */
export function responsesReader(): AnswerReader<Event> {
  const items = new Map<number, Part[]>()
  const growing = new Map<number, string>()
  let usage: Usage = noUsage
  let stop: StopReason | undefined
  let between = ''

  function take(event: Event): ReturnType<AnswerReader<Event>['take']> {
    switch (event.type) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        growing.set(event.output_index, (growing.get(event.output_index) ?? '') + event.delta)
        return { type: 'text', delta: event.delta }
      case 'response.reasoning_summary_part.added':
        between = event.summary_index > 0 ? '\n\n' : ''
        return undefined
      case 'response.reasoning_summary_text.delta': {
        const delta = between + event.delta
        between = ''
        return { type: 'thinking', delta }
      }
      case 'response.output_item.done':
        growing.delete(event.output_index)
        items.set(event.output_index, partOf(event.item))
        return undefined
      case 'response.completed':
      case 'response.incomplete':
        if (event.response.usage) usage = usageOf(event.response.usage)
        stop = stopOf(event.response)
        return undefined
      case 'response.failed':
        throw failed(event.response.error?.code, event.response.error?.message ?? 'the server failed')
      case 'error':
        throw failed(event.code, event.message)
      default:
        return undefined
    }
  }

  return {
    take,
    parts: () => [
      ...[...items].sort(([a], [b]) => a - b).flatMap(([, parts]) => parts),
      ...[...growing.values()].map((text): Part => ({ type: 'text', text })),
    ],
    usage: () => usage,
    stop: () => stop,
  }
}
