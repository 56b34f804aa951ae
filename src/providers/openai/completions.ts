// The Chat Completions protocol, as OpenAI and the many servers that imitate it speak it.
import type { OpenAI } from 'openai'
import { answer } from '../../define/answer.ts'
import { failureOf } from '../../define/model-failure.ts'
import { defineProvider, type ModelMessage, type ModelRequest, type ProviderContext } from '../../define/provider.ts'
import { jsonHeaders, requestJson } from '../../define/request-json.ts'
import { inputObject, showMedia, toolIds } from '../../define/transcript.ts'
import type { MediaRef } from '../../domain/media.ts'
import { textOf } from '../../domain/turn.ts'
import { clientOf, compatOf, effortOf, listModels } from './client.ts'
import { completionsReader } from './read-completions.ts'

type Chat = OpenAI.ChatCompletionMessageParam
type Compat = ReturnType<typeof compatOf>
type Body = OpenAI.ChatCompletionCreateParamsStreaming
type Chunk = OpenAI.ChatCompletionChunk

async function mediaPart(ref: MediaRef, req: ModelRequest, ctx: ProviderContext) {
  const shown = await showMedia(ref, req.model, ctx)
  if ('note' in shown) return { type: 'text' as const, text: shown.note }
  return { type: 'image_url' as const, image_url: { url: `data:${shown.mime};base64,${shown.base64}` } }
}

async function userMessage(m: ModelMessage, req: ModelRequest, ctx: ProviderContext): Promise<Chat[]> {
  if (m.parts.every((p) => p.type === 'text')) return [{ role: 'user', content: textOf(m.parts) || '(nothing)' }]
  const content: OpenAI.ChatCompletionContentPart[] = []
  for (const p of m.parts) {
    if (p.type === 'text' && p.text) content.push({ type: 'text', text: p.text })
    if (p.type === 'media') content.push(await mediaPart(p.ref, req, ctx))
  }
  return content.length ? [{ role: 'user', content }] : []
}

function assistantMessage(m: ModelMessage, compat: Compat, id: (id: string) => string): Chat[] {
  const calls = m.parts.flatMap((p) =>
    p.type === 'call'
      ? [
          {
            type: 'function' as const,
            id: id(p.id),
            function: { name: p.tool, arguments: JSON.stringify(inputObject(p.input)) },
          },
        ]
      : [],
  )
  const asText = compat.thinkingAsText
    ? m.parts.flatMap((p) => (p.type === 'thinking' && p.text ? [{ type: 'text' as const, text: p.text }] : []))
    : []
  const text = textOf([...asText, ...m.parts])
  if (!text && !calls.length) return []
  const own = m.parts.flatMap((p) =>
    p.type === 'thinking' && p.signature?.startsWith('field:') ? [[p.signature.slice(6), p.text] as const] : [],
  )
  return [
    {
      role: 'assistant',
      content: text || null,
      ...(calls.length ? { tool_calls: calls } : {}),
      ...Object.fromEntries(own),
    },
  ]
}

/** Results, then the images among them in a user message, since a result can only be text here. */
async function resultMessages(
  m: ModelMessage,
  how: { readonly req: ModelRequest; readonly ctx: ProviderContext; readonly compat: Compat },
  id: (id: string) => string,
): Promise<Chat[]> {
  const results = m.parts.filter((p) => p.type === 'result')
  const out: Chat[] = results.map((p) => ({
    role: 'tool',
    tool_call_id: id(p.id),
    content: p.text || '(nothing)',
    ...(how.compat.resultName ? { name: p.tool } : {}),
  }))
  const media = await Promise.all(results.flatMap((p) => p.media ?? []).map((r) => mediaPart(r, how.req, how.ctx)))
  if (media.length) out.push({ role: 'user', content: media })
  return out
}

async function messagesOf(req: ModelRequest, compat: Compat, ctx: ProviderContext): Promise<Chat[]> {
  const id = toolIds(compat.mistralIds ? { digits: 9 } : { max: 40 })
  const out: Chat[] = []
  if (req.system.trim())
    out.push({ role: compat.developer && req.model.reasoning ? 'developer' : 'system', content: req.system })
  for (const m of req.messages) {
    if (m.role === 'user') {
      if (compat.assistantAfterResult && out.at(-1)?.role === 'tool') out.push({ role: 'assistant', content: '(done)' })
      out.push(...(await userMessage(m, req, ctx)))
    } else if (m.role === 'assistant') out.push(...assistantMessage(m, compat, id))
    else out.push(...(await resultMessages(m, { req, ctx, compat }, id)))
  }
  return out
}

/** What says how much to think: OpenAI's effort, or the switches of other families. */
function thinkingFields(req: ModelRequest, compat: Compat): Record<string, unknown> {
  if (!req.model.reasoning) return {}
  if (compat.thinking === 'zai') return { thinking: { type: req.thinking === 'off' ? 'disabled' : 'enabled' } }
  if (compat.thinking === 'qwen') return { enable_thinking: req.thinking !== 'off' }
  const effort = compat.effort ? effortOf(req) : undefined
  return effort ? { reasoning_effort: effort } : {}
}

function toolChoice(req: ModelRequest): OpenAI.ChatCompletionToolChoiceOption | undefined {
  const choice = req.toolChoice ?? 'auto'
  if (!req.tools.length || choice === 'auto') return undefined
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } }
}

const json = requestJson(({ name, description, params }) => ({
  type: 'function',
  function: { name, description, parameters: params },
}))

async function bodyOf(req: ModelRequest, compat: Compat, ctx: ProviderContext): Promise<Body> {
  const choice = toolChoice(req)
  return {
    model: req.model.id,
    stream: true,
    messages: await messagesOf(req, compat, ctx),
    [compat.maxTokens]: req.maxTokens ?? req.model.maxTokens,
    ...(compat.usage ? { stream_options: { include_usage: true } } : {}),
    ...(compat.store ? { store: false } : {}),
    ...(choice ? { tool_choice: choice } : {}),
    ...(req.temperature === undefined || req.model.reasoning ? {} : { temperature: req.temperature }),
    ...thinkingFields(req, compat),
  }
}

/** The protocol `openai-completions`. */
export const openaiCompletions = defineProvider({
  id: 'openai-completions',
  summary: 'Speaks Chat Completions, as OpenAI and compatible servers do.',
  stream: (req, endpoint, ctx) =>
    answer({
      req,
      endpoint,
      ctx,
      reader: completionsReader(),
      understand: failureOf,
      async open() {
        const compat = compatOf(endpoint)
        const [client, about] = await Promise.all([clientOf(endpoint, ctx), bodyOf(req, compat, ctx)])
        const how = { body: json(about, req.tools), headers: jsonHeaders, stream: true, signal: ctx.signal }
        return client.post<AsyncIterable<Chunk>>('/chat/completions', how)
      },
    }),
  list: listModels,
})
