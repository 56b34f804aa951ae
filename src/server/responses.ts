// POST /v1/responses: an agent behind OpenAI's newer API.
import type { Context } from 'hono'
import { Fault, toErrorShape, type ErrorShape } from '../lib/fault.ts'
import { untrusted } from '../domain/untrusted.ts'
import type { ClientAnswer, ClientRun } from '../define/client-ask.ts'
import type { Env } from './context.ts'
import { inputFile, textOfFile } from './input-files.ts'
import { admitted, argumentsOf, askOf, imagesOf, inputTokens, noRetry, statusOf, thrown, type Api } from './openai.ts'
import { responsesRequest, type ResponsesRequest } from './responses-request.ts'
import { sse } from './sse.ts'

/** What all versions of one response share. */
interface About {
  readonly id: string
  readonly object: 'response'
  readonly created_at: number
  readonly model: string
}

const noUsage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 }

const messageItem = (id: string, text: string | undefined) => ({
  type: 'message',
  id,
  role: 'assistant',
  status: text === undefined ? 'in_progress' : 'completed',
  content: text === undefined ? [] : [textPart(text)],
})

const textPart = (text: string) => ({ type: 'output_text', text, annotations: [] })

const callItems = (answer: ClientAnswer) =>
  answer.calls.map((call) => ({
    type: 'function_call',
    id: `fc_${crypto.randomUUID()}`,
    call_id: call.id,
    name: call.tool,
    arguments: argumentsOf(call.input),
    status: 'completed',
  }))

/** A response that has ended. Calls left to the program make it incomplete, as the original documents it. */
function ended(about: About, answer: ClientAnswer, output: readonly object[]) {
  const { usage: u, stop } = answer
  const cut = stop === 'length'
  return {
    ...about,
    status: answer.calls.length || cut ? 'incomplete' : 'completed',
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    error: null,
    output,
    usage: {
      input_tokens: inputTokens(u),
      input_tokens_details: { cached_tokens: u.cacheRead },
      output_tokens: u.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens(u) + u.output,
    },
  }
}

const broken = (about: About, error: ErrorShape) => ({
  ...about,
  status: 'failed',
  output: [],
  usage: noUsage,
  error: { code: 'api_error', message: error.message },
})

function whole(c: Context, about: About, answer: ClientAnswer): Response {
  if (answer.error) return c.json(broken(about, answer.error), statusOf(answer.error) as 500, noRetry(answer.error))
  const text = answer.text || !answer.calls.length ? [messageItem(`msg_${crypto.randomUUID()}`, answer.text)] : []
  return c.json(ended(about, answer, [...text, ...callItems(answer)]))
}

/** The response as events, in the order OpenAI's libraries build it up from. */
async function streamed(about: About, ask: (hear: (delta: string) => void) => Promise<ClientRun>): Promise<Response> {
  const open: { run?: ClientRun; text: string; message: boolean } = { text: '', message: false }
  const out = sse(() => open.run?.leave())
  let sequence_number = 0
  const send = (type: string, more: object) => out.send({ type, sequence_number: sequence_number++, ...more }, type)
  const item_id = `msg_${crypto.randomUUID()}`
  const at = { item_id, output_index: 0, content_index: 0 }
  const started = { ...about, status: 'in_progress', output: [], usage: noUsage, error: null }
  /** Opens the message; an answer that is nothing but calls has none. */
  const begin = () => {
    if (open.message) return
    open.message = true
    send('response.output_item.added', { output_index: 0, item: messageItem(item_id, undefined) })
    send('response.content_part.added', { ...at, part: textPart('') })
  }
  send('response.created', { response: started })
  send('response.in_progress', { response: started })
  const hear = (delta: string) => {
    begin()
    open.text += delta
    send('response.output_text.delta', { ...at, delta })
  }
  open.run = await ask(hear)
  const end = (answer: ClientAnswer) => {
    if (answer.error) return send('response.failed', { response: broken(about, answer.error) })
    if (!open.text && answer.text) hear(answer.text)
    const calls = callItems(answer)
    if (!calls.length) begin()
    const { text, message } = open
    const said = message ? [messageItem(item_id, text)] : []
    for (const item of said) {
      send('response.output_text.done', { ...at, text })
      send('response.content_part.done', { ...at, part: textPart(text) })
      send('response.output_item.done', { output_index: 0, item })
    }
    calls.forEach((item, i) => {
      const output_index = said.length + i
      const place = { item_id: item.id, output_index }
      send('response.output_item.added', {
        output_index,
        item: { ...item, arguments: '', status: 'in_progress' },
      })
      send('response.function_call_arguments.delta', { ...place, delta: item.arguments })
      send('response.function_call_arguments.done', { ...place, name: item.name, arguments: item.arguments })
      send('response.output_item.done', { output_index, item })
    })
    return send('response.completed', { response: ended(about, answer, [...said, ...calls]) })
  }
  void open.run.done
    .then(end, (error: unknown) => send('response.failed', { response: broken(about, toErrorShape(error)) }))
    .finally(() => {
      out.send('[DONE]')
      out.close()
    })
  return out.response
}

/** The texts of a request's files, marked as not the person's own words. */
async function fileTexts(r: ResponsesRequest, { parts }: Api): Promise<string[]> {
  const rule = parts.api().responses
  const byUrl = [...r.files, ...r.said.images].filter((s) => s.type === 'url').length
  if (byUrl > rule.maxUrlParts)
    throw new Fault('INVALID_REQUEST', `at most ${rule.maxUrlParts} files may be given by address`)
  return Promise.all(
    r.files.map(async (source) => {
      const file = await inputFile(source, rule.files, parts.clock)
      return untrusted(`the file ${file.name ?? 'without a name'}`, textOfFile(file, rule.files.maxChars))
    }),
  )
}

/** Answers a request for a response. */
export async function responses(c: Context<Env>, api: Api): Promise<Response> {
  const { clients, clock } = api.parts
  const body = await admitted(c, api, { name: 'responses', maxBytes: api.parts.api().responses.maxBodyBytes })
  if (!body.ok) return body.answer
  try {
    const r = responsesRequest(body.value)
    const id = `resp_${crypto.randomUUID()}`
    const created_at = Math.floor(clock.now() / 1000)
    const about = { id, object: 'response' as const, created_at, model: r.model }
    const texts = r.files.length ? await fileTexts(r, api) : []
    const files = r.said.images.length ? await imagesOf(api, r.said.images) : []
    const said = texts.length ? { ...r.said, text: [...texts, r.said.text].filter(Boolean).join('\n\n') } : r.said
    const ask = askOf(c, said, r, { run: id, prefix: 'openresponses', files })
    c.env.patience()
    if (r.stream) return await streamed(about, (hear) => clients.ask(ask, hear))
    const run = await clients.ask(ask)
    c.req.raw.signal.addEventListener('abort', run.leave, { once: true })
    return whole(c, about, await run.done)
  } catch (error) {
    return thrown(c, api, error)
  }
}
