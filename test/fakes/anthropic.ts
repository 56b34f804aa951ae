// A Messages API on loopback that refuses what Anthropic's refuses.
import { checkMessages, type Issued } from './anthropic-check.ts'
import { deltas, demand, known, list, record, Refused, scriptText, streamed, toScript } from './model-script.ts'
import type { FakeModel, Reply, Script, Sse } from './model-script.ts'

/** The last text a user wrote in a Messages body. */
export function lastUserText(body: Record<string, unknown>): string {
  const messages = (body['messages'] ?? []) as { role: string; content: string | { type: string; text?: string }[] }[]
  for (const m of messages.toReversed()) {
    if (m.role !== 'user') continue
    const text = typeof m.content === 'string' ? m.content : m.content.findLast((b) => b.type === 'text')?.text
    if (text) return text
  }
  return ''
}

function checkBody(body: Record<string, unknown>, issued: Issued): void {
  known(
    body,
    // prettier-ignore
    ['model', 'messages', 'max_tokens', 'system', 'stream', 'temperature', 'thinking', 'tools', 'tool_choice', 'metadata', 'output_config', 'stop_sequences', 'top_p', 'top_k'],
    'body',
  )
  demand(typeof body['model'] === 'string' && body['model'], 'model: field required')
  const max = body['max_tokens']
  demand(typeof max === 'number' && max >= 1, 'max_tokens: field required')
  const thinking = body['thinking'] === undefined ? undefined : record(body['thinking'], 'thinking')
  if (thinking?.['type'] === 'enabled') {
    const budget = Number(thinking['budget_tokens'])
    demand(budget >= 1024, 'thinking.enabled.budget_tokens: should be at least 1024')
    demand(budget < max, '`max_tokens` must be greater than `thinking.budget_tokens`')
  }
  if (thinking?.['type'] === 'adaptive') known(thinking, ['type', 'display'], 'thinking.adaptive')
  if (thinking)
    demand([1, undefined].includes(body['temperature'] as number), '`temperature` may only be 1 with thinking')
  const choice = body['tool_choice'] === undefined ? undefined : record(body['tool_choice'], 'tool_choice')
  const forced = choice?.['type'] === 'any' || choice?.['type'] === 'tool'
  demand(!thinking || !forced, 'Thinking may not be enabled when tool_choice forces tool use.')
  for (const [i, t] of list(body['tools'] ?? [], 'tools').entries()) {
    const tool = record(t, `tools.${i}`)
    known(tool, ['name', 'description', 'input_schema', 'cache_control'], `tools.${i}`)
    demand(/^[a-zA-Z0-9_-]{1,128}$/.test(String(tool['name'])), `tools.${i}.name: bad pattern`)
    demand(record(tool['input_schema'], 'input_schema')['type'] === 'object', `tools.${i}.input_schema.type: required`)
  }
  const marks = JSON.stringify(body).split('"cache_control":{').length - 1
  demand(marks <= 4, `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.`)
  checkMessages(list(body['messages'], 'messages'), issued, thinking?.['type'] === 'enabled')
}

function events(body: Record<string, unknown>, s: Script, issued: Issued): Sse[] {
  const out: Sse[] = []
  let index = -1
  const push = (type: string, more: object) => out.push([type, { type, ...more }])
  const block = (content_block: object, pieces: readonly object[]) => {
    push('content_block_start', { index: ++index, content_block })
    for (const delta of pieces) push('content_block_delta', { index, delta })
    push('content_block_stop', { index })
  }
  const usage = { input_tokens: s.usage?.input ?? 10, cache_read_input_tokens: s.usage?.cacheRead ?? 0 }
  push('message_start', {
    message: {
      id: `msg_${issued.count++}`,
      type: 'message',
      role: 'assistant',
      model: body['model'],
      content: [],
      stop_reason: null,
      usage: { ...usage, cache_creation_input_tokens: 0, output_tokens: 1 },
    },
  })
  push('ping', {})
  if (s.redacted) block({ type: 'redacted_thinking', data: issued.sign(s.redacted) }, [])
  if (s.thinking !== undefined)
    block({ type: 'thinking', thinking: '', signature: '' }, [
      ...deltas(s.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: issued.sign(s.thinking) },
    ])
  const text = scriptText(s)
  if (text)
    block(
      { type: 'text', text: '' },
      (s.tokens ? text.split(/(?<= )/) : deltas(text)).map((text) => ({ type: 'text_delta', text })),
    )
  for (const c of s.calls ?? [])
    block(
      { type: 'tool_use', id: c.id ?? `toolu_${issued.count++}`, name: c.name, input: {} },
      deltas(JSON.stringify(c.input)).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    )
  const stop_reason = s.stop === 'length' ? 'max_tokens' : (s.stop ?? (s.calls?.length ? 'tool_use' : 'end_turn'))
  push('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: s.usage?.output ?? 5 } })
  push('message_stop', {})
  return out
}

const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

function fail(status: number, message: string, retryAfter?: string): Response {
  const error = { type: types[status] ?? 'api_error', message }
  const headers = retryAfter ? { 'retry-after': retryAfter } : undefined
  return Response.json({ type: 'error', error }, { status, ...(headers ? { headers } : {}) })
}

/** Starts the fake. It takes the key `sk-ant-test` and the token `oat-test`; by default it echoes the last user text. */
export function fakeAnthropic(opts: { readonly reply?: Reply } = {}): FakeModel {
  const requests: FakeModel['requests'] = []
  const refused: string[] = []
  const dropped = { count: 0 }
  const signed = new Set<string>()
  const issued: Issued = {
    count: 1,
    has: (signature) => signed.has(signature),
    sign(text) {
      const signature = `Sig${btoa(String(Bun.hash(text + signed.size)))}==`
      signed.add(signature)
      return signature
    },
  }
  async function post(request: Request): Promise<Response> {
    const body = record(await request.json(), 'body')
    requests.push({ path: new URL(request.url).pathname, headers: request.headers, body })
    const key = request.headers.get('x-api-key')
    const token = request.headers.get('authorization')
    if ((key === null) === (token === null) || (key ?? token) !== (key === null ? 'Bearer oat-test' : 'sk-ant-test'))
      return fail(401, 'invalid x-api-key')
    if (!request.headers.get('anthropic-version')) return fail(400, 'anthropic-version: header is required')
    try {
      checkBody(body, issued)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refused.push(error.message)
      return fail(400, error.message)
    }
    const script = toScript(opts.reply?.(body, requests.length - 1) ?? `echo: ${lastUserText(body)}`)
    if (script.status) return fail(script.status, script.error ?? 'scripted failure', script.retryAfter)
    return streamed(events(body, script, issued), script, dropped)
  }
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    development: false,
    reusePort: false,
    error: () => new Response(null, { status: 500 }),
    routes: {
      '/v1/messages': { POST: post },
      '/v1/models': () =>
        Response.json({ data: [{ type: 'model', id: 'claude-x', display_name: 'X' }], has_more: false }),
    },
    fetch: () => fail(404, 'Not found'),
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    refused,
    dropped,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
