// Puts the chunks of a Chat Completions stream together to an answer.
import type { OpenAI } from 'openai'
import type { AnswerReader } from '../../define/answer.ts'
import { parseInput } from '../../define/transcript.ts'
import { noUsage, type Part, type StopReason, type Usage } from '../../domain/turn.ts'

type Chunk = OpenAI.ChatCompletionChunk

const stops: Record<string, StopReason> = {
  stop: 'end',
  length: 'length',
  tool_calls: 'tools',
  function_call: 'tools',
  content_filter: 'refusal',
}

/** Fields in which local servers and gateways stream thinking. */
const thinkingFields = ['reasoning_content', 'reasoning'] as const

/** A reader of one stream. */
export function completionsReader(): AnswerReader<Chunk> {
  const calls = new Map<number, { id: string; name: string; json: string }>()
  let thought = ''
  let field: string | undefined
  let text = ''
  let refused = false
  let usage: Usage = noUsage
  let stop: StopReason | undefined

  function count(u: OpenAI.CompletionUsage) {
    const cacheRead = u.prompt_tokens_details?.cached_tokens ?? 0
    usage = {
      input: Math.max(0, (u.prompt_tokens ?? 0) - cacheRead),
      output: u.completion_tokens ?? 0,
      cacheRead,
      cacheWrite: 0,
    }
  }

  function call(c: OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall) {
    const index = c.index ?? calls.size
    const known = calls.get(index) ?? { id: '', name: '', json: '' }
    known.id ||= c.id ?? ''
    known.name += c.function?.name ?? ''
    known.json += c.function?.arguments ?? ''
    calls.set(index, known)
  }

  function thinking(delta: object): string {
    for (const name of thinkingFields) {
      const value: unknown = Reflect.get(delta, name)
      if (typeof value !== 'string' || !value) continue
      field ??= name
      return value
    }
    return ''
  }

  return {
    take(chunk) {
      if (typeof chunk !== 'object' || chunk === null) throw new SyntaxError('a chunk that is not an object')
      if (chunk.usage) count(chunk.usage)
      const choice = chunk.choices?.[0]
      if (!choice) return undefined
      if (choice.finish_reason) stop = stops[choice.finish_reason] ?? 'end'
      const { delta } = choice
      if (!delta) return undefined
      for (const c of delta.tool_calls ?? []) call(c)
      if (delta.refusal) refused = true
      const said = delta.content || delta.refusal
      if (said) {
        text += said
        return { type: 'text', delta: said }
      }
      const more = thinking(delta)
      thought += more
      return more ? { type: 'thinking', delta: more } : undefined
    },
    parts(): Part[] {
      const whole = stop ? [...calls.values()].filter((c) => c.name) : []
      return [
        ...(thought ? [{ type: 'thinking' as const, text: thought, signature: `field:${field}` }] : []),
        ...(text ? [{ type: 'text' as const, text }] : []),
        ...whole.map((c, i) => ({
          type: 'call' as const,
          id: c.id || `call_${i}_${crypto.randomUUID().slice(0, 8)}`,
          tool: c.name,
          input: parseInput(c.json),
        })),
      ]
    },
    usage: () => usage,
    stop: () => (stop === 'end' && calls.size ? 'tools' : stop === 'end' && refused ? 'refusal' : stop),
  }
}
