// Reads the body of POST /v1/responses: strictly, so that a program learns what is not understood.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { once } from '../lib/once.ts'
import type { ModelRequest, ToolSpec } from '../define/provider.ts'
import { choiceOf, toolOf } from './chat-request.ts'
import { conversation, type ApiMessage, type Conversation } from './conversation.ts'
import { sourceOf, type Source } from './input-files.ts'

/** What a body asks for; the texts of `files` are put before what is said. */
export interface ResponsesRequest {
  readonly model: string
  readonly said: Conversation
  readonly files: readonly Source[]
  readonly stream: boolean
  readonly tools: readonly ToolSpec[]
  readonly user?: string
  readonly toolChoice?: ModelRequest['toolChoice']
  readonly maxTokens?: number
}

/** The schema, made when it is first needed. */
const schema = once(() => {
  const source = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('url'), url: z.string().min(1) }),
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.string().min(1),
      data: z.string().min(1),
      filename: z.string().optional(),
    }),
  ])
  const ignored = z.unknown().optional()
  const part = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('input_text'), text: z.string() }),
    z.strictObject({
      type: z.literal('output_text'),
      text: z.string(),
      annotations: ignored,
      logprobs: ignored,
      parsed: ignored, // OpenAI's library leaves it in what programs send back
    }),
    z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
    z.strictObject({
      type: z.literal('input_image'),
      source: source.optional(),
      image_url: z.string().nullish(),
      detail: ignored,
      file_id: z.null().optional(),
    }),
    z.strictObject({
      type: z.literal('input_file'),
      source: source.optional(),
      filename: z.string().optional(),
      file_data: z.string().optional(),
      file_url: z.string().optional(),
      detail: ignored,
      file_id: z.null().optional(),
    }),
  ])
  const item = z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('message'),
      role: z.enum(['system', 'developer', 'user', 'assistant']),
      content: z.union([z.string(), z.array(part)]),
      id: ignored,
      status: ignored,
      phase: ignored,
    }),
    z.strictObject({
      type: z.literal('function_call'),
      id: z.string().optional(),
      call_id: z.string().optional(),
      name: z.string().min(1),
      arguments: z.string(),
      status: ignored,
      parsed_arguments: ignored, // as `parsed` above
      async: ignored,
      caller: ignored,
      namespace: ignored,
    }),
    z.strictObject({
      type: z.literal('function_call_output'),
      call_id: z.string().min(1),
      output: z.union([z.string(), z.array(part)]),
      id: ignored,
      status: ignored,
    }),
    z.looseObject({ type: z.literal('reasoning') }),
    z.strictObject({ type: z.literal('item_reference'), id: z.string() }),
  ])
  const fn = {
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: ignored,
  }
  const tool = z.union([
    z.strictObject({ type: z.literal('function'), function: z.strictObject(fn) }),
    z.strictObject({ type: z.literal('function'), ...fn }),
  ])
  const choice = z.union([
    z.enum(['auto', 'none', 'required']),
    z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string().min(1) }) }),
    z.strictObject({ type: z.literal('function'), name: z.string().min(1) }),
  ])
  const message = (v: unknown) =>
    typeof v === 'object' && v !== null && !('type' in v) && 'role' in v ? { ...v, type: 'message' } : v
  return z.strictObject({
    model: z.string(),
    input: z.union([z.string(), z.array(z.preprocess(message, item))]),
    instructions: z.string().nullish(),
    tools: z.array(tool).nullish(),
    tool_choice: choice.nullish(),
    stream: z.boolean().nullish(),
    user: z.string().optional(),
    max_output_tokens: z.number().int().positive().nullish(),
    max_tool_calls: z.number().int().positive().nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    metadata: z.record(z.string(), z.string()).nullish(),
    store: z.boolean().nullish(),
    previous_response_id: z.string().nullish(),
    reasoning: z.strictObject({ effort: ignored, summary: ignored, generate_summary: ignored }).nullish(),
    truncation: z.enum(['auto', 'disabled']).nullish(),
    parallel_tool_calls: ignored,
    include: ignored,
    text: ignored,
    service_tier: ignored,
    stream_options: ignored,
    prompt_cache_key: ignored,
    prompt_cache_retention: ignored,
    safety_identifier: ignored,
  })
})

type Body = z.output<ReturnType<typeof schema>>
type Item = Exclude<Body['input'], string>[number]
type Part = Exclude<Extract<Item, { type: 'message' }>['content'], string>[number]

/** The first problem, as `<dotted path>: <what>`; of a choice, the one that came nearest. */
function problem(issue: z.core.$ZodIssue, path: readonly PropertyKey[] = []): string {
  const at = [...path, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length) {
    const deep = (list: readonly z.core.$ZodIssue[]) => Math.max(...list.map((i) => i.path.length))
    const nearest = [...issue.errors].sort((a, b) => deep(b) - deep(a))[0]?.[0]
    if (nearest) return problem(nearest, at)
  }
  return `${at.map(String).join('.')}: ${issue.message}`
}

const textOf = (content: string | readonly Part[]): string =>
  typeof content === 'string'
    ? content.trim()
    : content
        .map((p) =>
          p.type === 'input_text' || p.type === 'output_text' ? p.text : p.type === 'refusal' ? p.refusal : '',
        )
        .filter(Boolean)
        .join('\n')
        .trim()

type FilePart = Extract<Part, { type: 'input_image' | 'input_file' }>

function sourceIn(p: FilePart): Source[] {
  if (p.source?.type === 'url') return [p.source]
  if (p.source)
    return [
      {
        type: 'base64',
        mime: p.source.media_type,
        data: p.source.data,
        ...(p.source.filename === undefined ? {} : { name: p.source.filename }),
      },
    ]
  const address = p.type === 'input_image' ? p.image_url : (p.file_data ?? p.file_url)
  return address ? [sourceOf(address, p.type === 'input_file' ? p.filename : undefined)] : []
}

const filesIn = (item: Item, type: FilePart['type']): Source[] =>
  item.type === 'message' && typeof item.content !== 'string'
    ? item.content.flatMap((p) => (p.type === type ? sourceIn(p) : []))
    : []

function messageOf(item: Item): ApiMessage[] {
  const nothing = { text: '', images: [], calls: [] }
  switch (item.type) {
    case 'message': {
      const role = item.role === 'developer' ? 'system' : item.role
      const images = role === 'user' ? filesIn(item, 'input_image') : []
      return [{ ...nothing, role, text: textOf(item.content), images }]
    }
    case 'function_call':
      return [{ ...nothing, role: 'assistant', calls: [{ name: item.name, input: item.arguments }] }]
    case 'function_call_output':
      return [{ ...nothing, role: 'tool', callId: item.call_id, text: textOf(item.output) }]
    default:
      return []
  }
}

/** Reads a body. Throws INVALID_REQUEST that names what is wrong by its path. */
export function responsesRequest(body: unknown): ResponsesRequest {
  const parsed = schema().safeParse(body)
  if (!parsed.success) throw new Fault('INVALID_REQUEST', problem(parsed.error.issues[0] as z.core.$ZodIssue))
  const b = parsed.data
  const items: readonly Item[] =
    typeof b.input === 'string' ? [{ type: 'message', role: 'user', content: b.input }] : b.input
  const instructions: ApiMessage[] = b.instructions
    ? [{ role: 'system', text: b.instructions, images: [], calls: [] }]
    : []
  const files = items.flatMap((i) => filesIn(i, 'input_file'))
  const said = conversation([...instructions, ...items.flatMap(messageOf)])
  if (!said && !files.length) throw new Fault('INVALID_REQUEST', 'Missing user message in `input`.')
  const tools = (b.tools ?? []).map((t, i) => toolOf('function' in t ? t.function : t, `tools.${i}`))
  return {
    model: b.model,
    said: said ?? { system: b.instructions ?? '', text: '', images: [], history: [], results: [] },
    files,
    stream: b.stream === true,
    ...choiceOf(tools, b.tool_choice),
    ...(b.user === undefined ? {} : { user: b.user }),
    ...(b.max_output_tokens ? { maxTokens: b.max_output_tokens } : {}),
  }
}
