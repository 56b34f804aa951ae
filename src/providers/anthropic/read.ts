// Puts the events of a Messages stream together to an answer.
import type Anthropic from '@anthropic-ai/sdk'
import type { AnswerReader } from '../../define/answer.ts'
import { parseInput } from '../../define/transcript.ts'
import { noUsage, type Part, type StopReason, type Usage } from '../../domain/turn.ts'

type Event = Anthropic.RawMessageStreamEvent

/** A block while it grows. */
type Growing =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string; signature: string }
  | { type: 'redacted'; data: string }
  | { type: 'call'; id: string; name: string; json: string; whole: boolean }

const stops: Record<Anthropic.StopReason, StopReason> = {
  end_turn: 'end',
  stop_sequence: 'end',
  pause_turn: 'end',
  tool_use: 'tools',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refusal',
}

function begin(block: Anthropic.RawContentBlockStartEvent['content_block']): Growing | undefined {
  if (block.type === 'text') return { type: 'text', text: block.text }
  if (block.type === 'thinking') return { type: 'thinking', text: block.thinking, signature: block.signature ?? '' }
  if (block.type === 'redacted_thinking') return { type: 'redacted', data: block.data }
  if (block.type === 'tool_use') return { type: 'call', id: block.id, name: block.name, json: '', whole: false }
  return undefined
}

function partOf(b: Growing): Part[] {
  if (b.type === 'text') return b.text ? [{ type: 'text', text: b.text }] : []
  if (b.type === 'thinking')
    return [{ type: 'thinking', text: b.text, ...(b.signature ? { signature: b.signature } : {}) }]
  if (b.type === 'redacted') return [{ type: 'thinking', text: '', signature: b.data, redacted: true }]
  return b.whole ? [{ type: 'call', id: b.id, tool: b.name, input: parseInput(b.json) }] : []
}

/** A reader of one stream. */
export function anthropicReader(): AnswerReader<Event> {
  const blocks = new Map<number, Growing>()
  let usage: Usage = noUsage
  let stop: StopReason | undefined
  let done = false

  function count(u: Partial<Anthropic.MessageDeltaUsage> | Anthropic.Usage) {
    usage = {
      input: u.input_tokens ?? usage.input,
      output: u.output_tokens ?? usage.output,
      cacheRead: u.cache_read_input_tokens ?? usage.cacheRead,
      cacheWrite: u.cache_creation_input_tokens ?? usage.cacheWrite,
    }
  }

  function grow(event: Anthropic.RawContentBlockDeltaEvent): ReturnType<AnswerReader<Event>['take']> {
    const block = blocks.get(event.index)
    const { delta } = event
    if (delta.type === 'text_delta' && block?.type === 'text') {
      block.text += delta.text
      return { type: 'text', delta: delta.text }
    }
    if (delta.type === 'thinking_delta' && block?.type === 'thinking') {
      block.text += delta.thinking
      return { type: 'thinking', delta: delta.thinking }
    }
    if (delta.type === 'signature_delta' && block?.type === 'thinking') block.signature += delta.signature
    if (delta.type === 'input_json_delta' && block?.type === 'call') block.json += delta.partial_json
    return undefined
  }

  return {
    take(event) {
      if (event.type === 'message_start') count(event.message.usage)
      else if (event.type === 'content_block_start') {
        const block = begin(event.content_block)
        if (block) blocks.set(event.index, block)
        if (block?.type === 'text' && block.text) return { type: 'text', delta: block.text }
      } else if (event.type === 'content_block_delta') return grow(event)
      else if (event.type === 'content_block_stop') {
        const block = blocks.get(event.index)
        if (block?.type === 'call') block.whole = true
      } else if (event.type === 'message_delta') {
        if (event.usage) count(event.usage)
        if (event.delta.stop_reason) stop = stops[event.delta.stop_reason] ?? 'end'
      } else if (event.type === 'message_stop') done = true
      return undefined
    },
    parts: () => [...blocks.values()].flatMap(partOf),
    usage: () => usage,
    stop: () => (done ? (stop ?? 'end') : undefined),
  }
}
