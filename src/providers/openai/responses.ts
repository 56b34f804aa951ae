// OpenAI's Responses protocol, used without keeping anything on the server: reasoning travels encrypted in the history.
import type { OpenAI } from 'openai'
import { answer } from '../../define/answer.ts'
import { failureOf } from '../../define/model-failure.ts'
import { defineProvider, type ModelRequest, type ProviderContext } from '../../define/provider.ts'
import { jsonHeaders, requestJson } from '../../define/request-json.ts'
import { inputObject, showMedia, toolIds } from '../../define/transcript.ts'
import type { MediaRef } from '../../domain/media.ts'
import type { Part } from '../../domain/turn.ts'
import { clientOf, compatOf, effortOf, listModels } from './client.ts'
import { readReasoning, responsesReader } from './read-responses.ts'

type Item = OpenAI.Responses.ResponseInputItem
type Shown = OpenAI.Responses.ResponseInputText | OpenAI.Responses.ResponseInputImage
type Body = OpenAI.Responses.ResponseCreateParamsStreaming

async function mediaPart(ref: MediaRef, req: ModelRequest, ctx: ProviderContext): Promise<Shown> {
  const shown = await showMedia(ref, req.model, ctx)
  if ('note' in shown) return { type: 'input_text', text: shown.note }
  return { type: 'input_image', detail: 'auto', image_url: `data:${shown.mime};base64,${shown.base64}` }
}

type Ids = (id: string) => string

function assistantItem(p: Part, id: Ids): Item[] {
  if (p.type === 'text') return p.text ? [{ role: 'assistant', content: p.text }] : []
  if (p.type === 'call')
    return [
      {
        type: 'function_call',
        call_id: id(p.id),
        name: p.tool,
        arguments: JSON.stringify(inputObject(p.input)),
      },
    ]
  if (p.type !== 'thinking' || !p.signature) return []
  const reasoning = readReasoning(p.signature)
  return reasoning ? [reasoning] : []
}

/** A reasoning item that nothing follows is refused; such is left of an answer that broke off. */
function assistantItems(parts: readonly Part[], id: Ids): Item[] {
  const items = parts.flatMap((p) => assistantItem(p, id))
  while (items.at(-1)?.type === 'reasoning') items.pop()
  return items
}

async function inputOf(req: ModelRequest, ctx: ProviderContext): Promise<Item[]> {
  const id = toolIds({ max: 64 })
  const out: Item[] = []
  for (const m of req.messages) {
    if (m.role === 'assistant') {
      out.push(...assistantItems(m.parts, id))
      continue
    }
    const content: Shown[] = []
    for (const p of m.parts) {
      if (p.type === 'text' && p.text) content.push({ type: 'input_text', text: p.text })
      if (p.type === 'media') content.push(await mediaPart(p.ref, req, ctx))
      if (p.type !== 'result') continue
      const media = await Promise.all((p.media ?? []).map((ref) => mediaPart(ref, req, ctx)))
      const text = p.text || '(nothing)'
      const output = media.length ? [{ type: 'input_text' as const, text }, ...media] : text
      out.push({ type: 'function_call_output', call_id: id(p.id), output })
    }
    if (content.length) out.push({ role: 'user', content })
  }
  return out
}

function toolChoice(req: ModelRequest): Body['tool_choice'] | undefined {
  const choice = req.toolChoice ?? 'auto'
  if (!req.tools.length || choice === 'auto') return undefined
  return typeof choice === 'string' ? choice : { type: 'function', name: choice.name }
}

const json = requestJson(({ name, description, params }) => ({
  type: 'function',
  name,
  description,
  parameters: params,
  strict: false,
}))

async function bodyOf(req: ModelRequest, own: boolean, ctx: ProviderContext): Promise<Body> {
  const effort = effortOf(req)
  const choice = toolChoice(req)
  return {
    model: req.model.id,
    stream: true,
    store: false,
    input: await inputOf(req, ctx),
    max_output_tokens: Math.max(16, req.maxTokens ?? req.model.maxTokens),
    ...(own ? { prompt_cache_key: req.session.slice(0, 64) } : {}),
    ...(req.system.trim() ? { instructions: req.system } : {}),
    ...(choice ? { tool_choice: choice } : {}),
    ...(req.temperature === undefined || req.model.reasoning ? {} : { temperature: req.temperature }),
    ...(effort ? { reasoning: { effort, summary: 'auto' }, include: ['reasoning.encrypted_content'] } : {}),
  }
}

/** The protocol `openai-responses`. */
export const openaiResponses = defineProvider({
  id: 'openai-responses',
  summary: 'Speaks the Responses API of OpenAI.',
  stream: (req, endpoint, ctx) =>
    answer({
      req,
      endpoint,
      ctx,
      reader: responsesReader(),
      understand: failureOf,
      async open() {
        const [client, about] = await Promise.all([clientOf(endpoint, ctx), bodyOf(req, compatOf(endpoint).store, ctx)])
        const how = { body: json(about, req.tools), headers: jsonHeaders, stream: true, signal: ctx.signal }
        return client.post<AsyncIterable<OpenAI.Responses.ResponseStreamEvent>>('/responses', how)
      },
    }),
  list: listModels,
})
