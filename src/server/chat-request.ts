// Reads the body of a chat completion: what is honoured of it, leniently, as programs send all kinds of things.
import { Fault } from '../lib/fault.ts'
import type { ModelRequest, ToolSpec } from '../define/provider.ts'
import { conversation, type ApiMessage, type Conversation } from './conversation.ts'
import { sourceOf, type Source } from './input-files.ts'

/** What a body asks for. */
export interface ChatRequest {
  readonly model: string
  readonly said: Conversation
  readonly stream: boolean
  readonly withUsage: boolean
  readonly tools: readonly ToolSpec[]
  readonly user?: string
  readonly toolChoice?: ModelRequest['toolChoice']
  readonly maxTokens?: number
}

type Fields = Readonly<Record<string, unknown>>

const fields = (v: unknown): Fields => (typeof v === 'object' && v !== null && !Array.isArray(v) ? { ...v } : {})
const list = (v: unknown): readonly unknown[] => (Array.isArray(v) ? v : [])
const text = (v: unknown): string | undefined => (typeof v === 'string' && v ? v : undefined)
const bad = (message: string) => new Fault('INVALID_REQUEST', message)

function textOf(content: unknown): string {
  if (typeof content === 'string') return content.trim()
  const parts = list(content).map(fields)
  const texts = parts.flatMap((p) =>
    p['type'] === 'text' || p['type'] === 'input_text' ? (text(p['text']) ?? []) : [],
  )
  return texts.join('\n').trim()
}

function imagesIn(content: unknown): Source[] {
  return list(content)
    .map(fields)
    .flatMap((p) => {
      const url = p['type'] === 'image_url' ? (text(fields(p['image_url'])['url']) ?? text(p['image_url'])) : undefined
      return url === undefined ? [] : [sourceOf(url)]
    })
}

const roles: Readonly<Record<string, ApiMessage['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

function messageOf(value: unknown): ApiMessage[] {
  const m = fields(value)
  const role = roles[text(m['role']) ?? '']
  if (!role) return []
  const calls = list(m['tool_calls']).map((call) => fields(fields(call)['function']))
  const name = text(m['name'])
  const callId = role === 'tool' ? text(m['tool_call_id']) : undefined
  return [
    {
      role,
      text: textOf(m['content']),
      images: role === 'user' ? imagesIn(m['content']) : [],
      calls: calls.map((f) => ({ name: text(f['name']) ?? '', input: text(f['arguments']) ?? '{}' })),
      ...(name === undefined ? {} : { name }),
      ...(callId === undefined ? {} : { callId }),
    },
  ]
}

/** A tool of the caller's. Throws INVALID_REQUEST for a name no model takes. */
export function toolOf(f: Fields, at: string): ToolSpec {
  const name = text(f['name']) ?? ''
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) throw bad(`${at}.name: expected 1 to 64 letters, digits, - or _`)
  const params = fields(f['parameters'])
  return {
    name,
    description: text(f['description']) ?? '',
    params: 'type' in params ? params : { type: 'object', properties: {}, ...params },
  }
}

/** Which tools are offered, and whether one must be used. Throws INVALID_REQUEST for a choice that cannot be met. */
export function choiceOf(tools: readonly ToolSpec[], choice: unknown): Pick<ChatRequest, 'tools' | 'toolChoice'> {
  if (choice === 'none') return { tools: [] }
  if (choice === undefined || choice === null || choice === 'auto') return { tools }
  const f = fields(choice)
  const name = text(fields(f['function'])['name']) ?? text(f['name'])
  const known = choice === 'required' ? tools.length > 0 : tools.some((t) => t.name === name)
  if (!known) throw bad('invalid tool configuration: tool_choice names no tool of this request')
  return { tools, toolChoice: choice === 'required' ? 'required' : { name: name as string } }
}

/** Reads a body. Throws INVALID_REQUEST that says what is missing. */
export function chatRequest(body: unknown): ChatRequest {
  const b = fields(body)
  const said = conversation(list(b['messages']).flatMap(messageOf))
  if (!said) throw bad('Missing user message in `messages`.')
  const tools = list(b['tools']).map((t, i) => toolOf(fields(fields(t)['function']), `tools.${i}.function`))
  const user = text(b['user'])
  const max = b['max_completion_tokens'] ?? b['max_tokens']
  return {
    model: text(b['model']) ?? 'openclaw',
    said,
    stream: b['stream'] === true,
    withUsage: fields(b['stream_options'])['include_usage'] === true,
    ...choiceOf(tools, b['tool_choice']),
    ...(user === undefined ? {} : { user }),
    ...(typeof max === 'number' && max >= 1 ? { maxTokens: Math.floor(max) } : {}),
  }
}
