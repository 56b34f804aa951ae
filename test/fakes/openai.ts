// OpenAI's Chat Completions and Responses on loopback, refusing what the real ones refuse.
import { checkChat, checkResponses } from './openai-check.ts'
import { deltas, record, Refused, scriptText, streamed, toScript } from './model-script.ts'
import type { FakeModel, Reply, Script, Sse } from './model-script.ts'

/** The last text a user wrote, in a body of either protocol. */
export function lastUserText(body: Record<string, unknown>): string {
  const said = (body['messages'] ?? body['input'] ?? []) as { role?: string; content: string | { text?: string }[] }[]
  for (const m of said.toReversed()) {
    if (m.role !== 'user') continue
    const text = typeof m.content === 'string' ? m.content : m.content.findLast((p) => p.text)?.text
    if (text) return text
  }
  return ''
}

const pieces = (s: Script) => (s.tokens ? scriptText(s).split(/(?<= )/) : deltas(scriptText(s)))

function chatEvents(body: Record<string, unknown>, s: Script, nth: number): Sse[] {
  const out: Sse[] = []
  const push = (delta: object, finish_reason: string | null = null) =>
    out.push([
      undefined,
      {
        id: `chatcmpl-${nth}`,
        object: 'chat.completion.chunk',
        created: 1,
        model: body['model'],
        choices: [{ index: 0, delta, finish_reason }],
      },
    ])
  push({ role: 'assistant', content: '' })
  for (const reasoning_content of deltas(s.thinking ?? '')) push({ reasoning_content })
  for (const content of pieces(s)) push({ content })
  const calls = s.calls ?? []
  const start = (c: (typeof calls)[number], index: number) =>
    push({
      tool_calls: [
        { index, id: c.id ?? `call_${nth}_${index}`, type: 'function', function: { name: c.name, arguments: '' } },
      ],
    })
  calls.forEach(start)
  const args = calls.map((c) => deltas(JSON.stringify(c.input)))
  // Parallel calls grow in turns, so that only their index tells them apart.
  for (let i = 0; args.some((a) => i < a.length); i++)
    args.forEach((a, index) => {
      if (i < a.length) push({ tool_calls: [{ index, function: { arguments: a[i] } }] })
    })
  const stop = s.stop === 'refusal' ? 'content_filter' : (s.stop ?? (calls.length ? 'tool_calls' : 'stop'))
  push({}, stop)
  const options = body['stream_options'] as { include_usage?: boolean } | undefined
  if (options?.include_usage) {
    const cached = s.usage?.cacheRead ?? 0
    const usage = {
      prompt_tokens: (s.usage?.input ?? 10) + cached,
      completion_tokens: s.usage?.output ?? 5,
      prompt_tokens_details: { cached_tokens: cached },
    }
    out.push([undefined, { id: `chatcmpl-${nth}`, object: 'chat.completion.chunk', choices: [], usage }])
  }
  out.push([undefined, '[DONE]'])
  return out
}

function responseEvents(body: Record<string, unknown>, s: Script, nth: number, issued: Set<string>): Sse[] {
  const out: Sse[] = []
  const output: object[] = []
  const push = (type: string, more: object) => out.push([type, { type, sequence_number: out.length, ...more }])
  const base = { id: `resp_${nth}`, object: 'response', model: body['model'], status: 'in_progress', output: [] }
  push('response.created', { response: base })
  const item = (started: object, done: object, body: (output_index: number) => void) => {
    const output_index = output.length
    push('response.output_item.added', { output_index, item: started })
    body(output_index)
    output.push(done)
    push('response.output_item.done', { output_index, item: done })
  }
  if (s.thinking !== undefined) {
    const encrypted_content = `gAAA${btoa(s.thinking)}${nth}`
    issued.add(encrypted_content)
    const id = `rs_${nth}`
    const done = { id, type: 'reasoning', summary: [{ type: 'summary_text', text: s.thinking }], encrypted_content }
    item({ id, type: 'reasoning', summary: [] }, done, (output_index) => {
      push('response.reasoning_summary_part.added', { item_id: id, output_index, summary_index: 0 })
      for (const delta of deltas(s.thinking ?? ''))
        push('response.reasoning_summary_text.delta', { item_id: id, output_index, summary_index: 0, delta })
    })
  }
  const text = scriptText(s)
  if (text) {
    const id = `msg_${nth}`
    const content = [{ type: 'output_text', text, annotations: [] }]
    item({ id, type: 'message', content: [] }, { id, type: 'message', role: 'assistant', content }, (output_index) => {
      for (const delta of pieces(s))
        push('response.output_text.delta', { item_id: id, output_index, content_index: 0, delta })
    })
  }
  for (const [i, c] of (s.calls ?? []).entries()) {
    const call = { id: `fc_${nth}_${i}`, type: 'function_call', call_id: c.id ?? `call_${nth}_${i}`, name: c.name }
    const args = JSON.stringify(c.input)
    item({ ...call, arguments: '' }, { ...call, arguments: args }, (output_index) => {
      for (const delta of deltas(args)) push('response.function_call_arguments.delta', { output_index, delta })
    })
  }
  const cached = s.usage?.cacheRead ?? 0
  const usage = {
    input_tokens: (s.usage?.input ?? 10) + cached,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: s.usage?.output ?? 5,
  }
  const reason = s.stop === 'length' ? 'max_output_tokens' : 'content_filter'
  const end = s.stop ? { status: 'incomplete', incomplete_details: { reason } } : { status: 'completed' }
  push(s.stop ? 'response.incomplete' : 'response.completed', { response: { ...base, output, usage, ...end } })
  return out
}

function fail(status: number, message: string, code: string | null, retryAfter?: string): Response {
  const error = { message, type: status === 429 ? 'rate_limit_exceeded' : 'invalid_request_error', param: null, code }
  return Response.json({ error }, { status, ...(retryAfter ? { headers: { 'retry-after': retryAfter } } : {}) })
}

/** Starts the fake. It takes the key `sk-test`; by default it echoes the last user text. Its base URL ends in `/v1`. */
export function fakeOpenai(opts: { readonly reply?: Reply; readonly models?: readonly string[] } = {}): FakeModel {
  const requests: FakeModel['requests'] = []
  const refused: string[] = []
  const dropped = { count: 0 }
  const issued = new Set<string>()
  const post = (kind: 'chat' | 'responses') => async (request: Request) => {
    const body = record(await request.json(), 'body')
    requests.push({ path: new URL(request.url).pathname, headers: request.headers, body })
    if (request.headers.get('authorization') !== 'Bearer sk-test')
      return fail(401, 'Incorrect API key provided.', 'invalid_api_key')
    try {
      if (kind === 'chat') checkChat(body, issued)
      else checkResponses(body, issued)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refused.push(error.message)
      return fail(400, error.message, null)
    }
    const nth = requests.length - 1
    const script = toScript(opts.reply?.(body, nth) ?? `echo: ${lastUserText(body)}`)
    if (script.status) return fail(script.status, script.error ?? 'scripted failure', null, script.retryAfter)
    if (kind === 'chat' && script.thinking !== undefined) issued.add(script.thinking)
    const events = kind === 'chat' ? chatEvents(body, script, nth) : responseEvents(body, script, nth, issued)
    return streamed(events, script, dropped)
  }
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    development: false,
    reusePort: false,
    error: () => new Response(null, { status: 500 }),
    routes: {
      '/v1/chat/completions': { POST: post('chat') },
      '/v1/responses': { POST: post('responses') },
      '/v1/models': () =>
        Response.json({ object: 'list', data: (opts.models ?? ['gpt-x']).map((id) => ({ id, object: 'model' })) }),
    },
    fetch: () => fail(404, 'Not found', null),
  })
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    requests,
    refused,
    dropped,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
