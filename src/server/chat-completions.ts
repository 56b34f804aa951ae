// POST /v1/chat/completions: an agent behind OpenAI's older API.
import type { Context } from 'hono'
import { toErrorShape } from '../lib/fault.ts'
import type { ClientAnswer, ClientRun } from '../define/client-ask.ts'
import type { StopReason, Usage } from '../domain/turn.ts'
import { chatRequest, type ChatRequest } from './chat-request.ts'
import type { Env } from './context.ts'
import {
  admitted,
  apiError,
  argumentsOf,
  askOf,
  failed,
  imagesOf,
  inputTokens,
  noRetry,
  statusOf,
  thrown,
  type Api,
} from './openai.ts'
import { sse } from './sse.ts'

/** Largest body, in bytes; the original's limit. */
const maxBytes = 1_048_576

const reasons: Readonly<Partial<Record<StopReason, string>>> = {
  length: 'length',
  tools: 'tool_calls',
  refusal: 'content_filter',
}

const usageOf = (u: Usage) => ({
  prompt_tokens: inputTokens(u),
  completion_tokens: u.output,
  total_tokens: inputTokens(u) + u.output,
  prompt_tokens_details: { cached_tokens: u.cacheRead },
})

const callsOf = (answer: ClientAnswer) =>
  answer.calls.map((call) => ({
    id: call.id,
    type: 'function' as const,
    function: { name: call.tool, arguments: argumentsOf(call.input) },
  }))

const finishOf = (answer: ClientAnswer) => (answer.calls.length ? 'tool_calls' : (reasons[answer.stop] ?? 'stop'))

/**
 * The whole answer. A run that failed is an HTTP error, not a 200 with the error as its content as the original has it:
 * OpenAI's libraries then throw it to the program, instead of passing it off as what the assistant said.
 */
function whole(c: Context, about: { id: string; created: number; model: string }, answer: ClientAnswer): Response {
  if (answer.error) return failed(c, statusOf(answer.error), answer.error.message, null, noRetry(answer.error))
  const message = {
    role: 'assistant',
    content: answer.calls.length && !answer.text ? null : answer.text,
    refusal: null,
    ...(answer.calls.length ? { tool_calls: callsOf(answer) } : {}),
  }
  const choices = [{ index: 0, message, finish_reason: finishOf(answer), logprobs: null }]
  return c.json({ ...about, object: 'chat.completion', choices, usage: usageOf(answer.usage) })
}

/** The answer piece by piece; a failure comes as a chunk with `error`, which OpenAI's libraries throw. */
async function streamed(
  about: { id: string; created: number; model: string },
  r: ChatRequest,
  ask: (hear: (delta: string) => void) => Promise<ClientRun>,
): Promise<Response> {
  const open: { run?: ClientRun } = {}
  const out = sse(() => open.run?.leave())
  const chunk = (delta: object, finish_reason?: string | null) =>
    out.send({
      ...about,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, ...(finish_reason === undefined ? {} : { finish_reason }) }],
    })
  const said = { length: 0 }
  chunk({ role: 'assistant' })
  open.run = await ask((content) => {
    said.length += content.length
    chunk({ content }, null)
  })
  const end = (answer: ClientAnswer) => {
    if (answer.error) out.send({ error: apiError(statusOf(answer.error), answer.error.message) })
    else {
      if (!said.length && answer.text) chunk({ content: answer.text }, null)
      const calls = callsOf(answer).map((call, index) => ({ index, ...call }))
      if (calls.length) chunk({ tool_calls: calls }, null)
      chunk({}, finishOf(answer))
      if (r.withUsage)
        out.send({ ...about, object: 'chat.completion.chunk', choices: [], usage: usageOf(answer.usage) })
    }
  }
  void open.run.done
    .then(end, (error: unknown) => out.send({ error: apiError(500, toErrorShape(error).message) }))
    .finally(() => {
      out.send('[DONE]')
      out.close()
    })
  return out.response
}

/** Answers a chat completion. */
export async function chatCompletions(c: Context<Env>, api: Api): Promise<Response> {
  const body = await admitted(c, api, { name: 'chatCompletions', maxBytes })
  if (!body.ok) return body.answer
  const { clients, clock } = api.parts
  try {
    const r = chatRequest(body.value)
    const about = { id: `chatcmpl_${crypto.randomUUID()}`, created: Math.floor(clock.now() / 1000), model: r.model }
    const files = r.said.images.length ? await imagesOf(api, r.said.images) : []
    const ask = askOf(c, r.said, r, { run: about.id, prefix: 'openai', files })
    c.env.patience()
    if (r.stream) return await streamed(about, r, (hear) => clients.ask(ask, hear))
    const run = await clients.ask(ask)
    c.req.raw.signal.addEventListener('abort', run.leave, { once: true })
    return whole(c, about, await run.done)
  } catch (error) {
    return thrown(c, api, error)
  }
}
