// Builds the body of a Messages request: history, tools, thinking and where the prompt cache ends.
import type Anthropic from '@anthropic-ai/sdk'
import type { ModelMessage, ModelRequest, ProviderContext, ThinkingLevel } from '../../define/provider.ts'
import { requestJson } from '../../define/request-json.ts'
import { inputObject, showMedia, toolIds } from '../../define/transcript.ts'
import type { MediaRef } from '../../domain/media.ts'
import type { Part } from '../../domain/turn.ts'

type Body = Anthropic.MessageCreateParamsStreaming
type Block = Anthropic.ContentBlockParam
type ShownBlock = Anthropic.TextBlockParam | Anthropic.ImageBlockParam
type ImageType = Anthropic.Base64ImageSource['media_type']

/** The mark up to which a prompt is kept: five minutes, or an hour. https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
const cached = ({ cache = 'short' }: ModelRequest) =>
  cache === 'none'
    ? {}
    : { cache_control: { type: 'ephemeral' as const, ...(cache === 'long' ? { ttl: '1h' as const } : {}) } }

/** Signatures of this API are base64; those of others carry a scheme and a colon. */
const ours = (p: Part): p is Part & { readonly type: 'thinking'; readonly signature: string } =>
  p.type === 'thinking' && p.signature !== undefined && /^[A-Za-z0-9+/=_-]+$/.test(p.signature)

async function mediaBlock(ref: MediaRef, req: ModelRequest, ctx: ProviderContext): Promise<ShownBlock> {
  const shown = await showMedia(ref, req.model, ctx)
  if ('note' in shown) return { type: 'text', text: shown.note }
  const source = { type: 'base64' as const, media_type: shown.mime as ImageType, data: shown.base64 }
  return { type: 'image', source }
}

async function blocksOf(m: ModelMessage, req: ModelRequest, ctx: ProviderContext, id: (id: string) => string) {
  const blocks: Block[] = []
  for (const p of m.parts) {
    if (p.type === 'text') {
      if (p.text.trim()) blocks.push({ type: 'text', text: p.text })
    } else if (p.type === 'media') blocks.push(await mediaBlock(p.ref, req, ctx))
    else if (p.type === 'call')
      blocks.push({ type: 'tool_use', id: id(p.id), name: p.tool, input: inputObject(p.input) })
    else if (p.type === 'result') {
      const media = await Promise.all((p.media ?? []).map((ref) => mediaBlock(ref, req, ctx)))
      const content: ShownBlock[] = [{ type: 'text', text: p.text.trim() ? p.text : '(nothing)' }, ...media]
      blocks.push({ type: 'tool_result', tool_use_id: id(p.id), content, ...(p.ok ? {} : { is_error: true }) })
    } else if (ours(p))
      blocks.push(
        p.redacted
          ? { type: 'redacted_thinking', data: p.signature }
          : { type: 'thinking', thinking: p.text, signature: p.signature },
      )
  }
  return blocks
}

/** The history with alternating roles; results stand first in their message, as the API wants them. */
async function messagesOf(req: ModelRequest, ctx: ProviderContext): Promise<Anthropic.MessageParam[]> {
  const id = toolIds({ max: 64 })
  const out: { role: 'user' | 'assistant'; content: Block[] }[] = []
  for (const m of req.messages) {
    const role = m.role === 'assistant' ? 'assistant' : 'user'
    const blocks = await blocksOf(m, req, ctx, id)
    if (!blocks.length) continue
    const last = out.at(-1)
    if (last?.role === role) last.content.push(...blocks)
    else out.push({ role, content: blocks })
  }
  for (const m of out)
    if (m.role === 'user') m.content.sort((a, b) => Number(b.type === 'tool_result') - Number(a.type === 'tool_result'))
  if (out[0]?.role === 'assistant') out.unshift({ role: 'user', content: [{ type: 'text', text: '(continued)' }] })
  const mark = out.at(-1)?.content.at(-1)
  if (mark && mark.type !== 'thinking' && mark.type !== 'redacted_thinking') Object.assign(mark, cached(req))
  return out
}

const budgets: Record<ThinkingLevel, number> = {
  off: 0,
  minimal: 1024,
  low: 4096,
  medium: 10_240,
  high: 20_480,
  xhigh: 32_768,
}

/** Models up to the 4.5 family take a budget of tokens; later ones decide themselves and take an effort. */
const takesBudget = (id: string): boolean =>
  !id.includes('claude') || /claude-(2|3|(opus|sonnet|haiku)-4(-[015]|-20\d{6})?(-\d{8})?($|[^\d-]))/.test(id)

/** Whether the turn in progress has a tool call whose thinking is lost; then a thinking budget is refused. */
function thinkingLost(req: ModelRequest): boolean {
  const last = req.messages.findLast((m) => m.role === 'assistant')
  const open = req.messages.at(-1)?.role === 'tool'
  return open && !!last?.parts.some((p) => p.type === 'call') && !last.parts.some(ours)
}

function thinkingOf(req: ModelRequest, maxTokens: number): Pick<Body, 'thinking' | 'output_config' | 'max_tokens'> {
  const level = req.thinking
  const forced = req.toolChoice === 'required' || typeof req.toolChoice === 'object'
  if (!req.model.reasoning || level === 'off' || forced) return { max_tokens: maxTokens }
  if (!takesBudget(req.model.id)) {
    const top = /opus-4-6/.test(req.model.id) ? 'max' : /-4-6/.test(req.model.id) ? 'high' : 'xhigh'
    const effort = level === 'minimal' ? 'low' : level === 'xhigh' ? top : level
    return {
      max_tokens: maxTokens,
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort },
    }
  }
  if (thinkingLost(req)) return { max_tokens: maxTokens }
  const room = Math.max(maxTokens, Math.min(req.model.maxTokens, budgets[level] + maxTokens))
  const budget = Math.min(budgets[level], room - 1024)
  if (budget < 1024) return { max_tokens: maxTokens }
  return { max_tokens: room, thinking: { type: 'enabled', budget_tokens: budget } }
}

function toolChoice(req: ModelRequest): Anthropic.ToolChoice | undefined {
  const choice = req.toolChoice ?? 'auto'
  if (!req.tools.length || choice === 'auto') return undefined
  if (choice === 'none') return { type: 'none' }
  return choice === 'required' ? { type: 'any' } : { type: 'tool', name: choice.name }
}

/** The request body but for its tools; reads the bytes of images it shows. */
export async function anthropicBody(req: ModelRequest, ctx: ProviderContext): Promise<Body> {
  const limits = thinkingOf(req, req.maxTokens ?? req.model.maxTokens)
  const choice = toolChoice(req)
  return {
    model: req.model.id,
    stream: true,
    messages: await messagesOf(req, ctx),
    ...limits,
    ...(req.system.trim() ? { system: [{ type: 'text', text: req.system, ...cached(req) }] } : {}),
    ...(choice ? { tool_choice: choice } : {}),
    ...(req.temperature === undefined || limits.thinking ? {} : { temperature: req.temperature }),
  }
}

/** The JSON of a body, and of its tools. */
export const anthropicJson = requestJson(({ name, description, params }) => ({
  name,
  description,
  input_schema: { ...params, type: 'object' },
}))
