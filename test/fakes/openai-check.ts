// The rules OpenAI holds the bodies of its two protocols to.
import { demand, known, list, record } from './model-script.ts'

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh']
const text = (v: unknown) => (typeof v === 'string' ? v : JSON.stringify(v))
const reasons = (model: unknown) => /^(o\d|gpt-5)/.test(String(model))

function checkCommon(body: Record<string, unknown>): void {
  demand(typeof body['model'] === 'string' && body['model'], 'you must provide a model parameter')
  demand(!reasons(body['model']) || body['temperature'] === undefined, "Unsupported parameter: 'temperature'")
}

function checkCall(call: Record<string, unknown>, fn: Record<string, unknown>, max: number, id: string): void {
  const value = String(call[id])
  demand(value.length <= max, `${id}: string too long. Expected ${max} characters`)
  demand(/^[a-zA-Z0-9_-]{1,64}$/.test(String(fn['name'])), 'function.name: does not match pattern')
  demand(typeof fn['arguments'] === 'string', 'function.arguments: expected a string')
  record(JSON.parse(fn['arguments']), 'function.arguments')
}

function checkChatMessage(m: Record<string, unknown>, where: string, issued: ReadonlySet<string>): string[] {
  const role = String(m['role'])
  if (role === 'tool') known(m, ['role', 'content', 'tool_call_id'], where)
  else if (role === 'assistant') known(m, ['role', 'content', 'tool_calls', 'reasoning_content'], where)
  else known(m, ['role', 'content'], where)
  demand(['system', 'developer', 'user', 'assistant', 'tool'].includes(role), `${where}.role: invalid value`)
  const calls = m['tool_calls'] === undefined ? [] : list(m['tool_calls'], where).map((c) => record(c, where))
  demand(m['tool_calls'] === undefined || calls.length, `${where}.tool_calls: empty array`)
  demand(m['content'] != null || calls.length, `${where}.content: expected a string, got null`)
  const thought = m['reasoning_content']
  if (thought !== undefined) demand(issued.has(text(thought)), `${where}.reasoning_content: not ours`)
  for (const c of calls) {
    known(c, ['id', 'type', 'function'], where)
    demand(c['type'] === 'function', `${where}.tool_calls.type: must be function`)
    checkCall(c, record(c['function'], where), 40, 'id')
  }
  if (Array.isArray(m['content'])) {
    demand(m['content'].length, `${where}.content: empty array`)
    for (const p of m['content'].map((p) => record(p, where))) {
      demand(
        p['type'] === 'text' || (p['type'] === 'image_url' && role === 'user'),
        `${where}: bad part ${text(p['type'])}`,
      )
      if (p['type'] === 'image_url')
        demand(/^data:image\/\w+;base64,\S+$/.test(String(record(p['image_url'], where)['url'])), `${where}: bad image`)
    }
  }
  return calls.map((c) => String(c['id']))
}

/** Refuses a Chat Completions body the real server would refuse. */
export function checkChat(body: Record<string, unknown>, issued: ReadonlySet<string>): void {
  // prettier-ignore
  known(body, ['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'tools', 'tool_choice', 'temperature', 'reasoning_effort', 'store', 'parallel_tool_calls'], 'body')
  checkCommon(body)
  demand(!reasons(body['model']) || body['max_tokens'] === undefined, "Unsupported parameter: 'max_tokens'")
  const effort = body['reasoning_effort']
  demand(effort === undefined || efforts.includes(text(effort)), 'reasoning_effort: invalid value')
  let open: string[] = []
  for (const [i, value] of list(body['messages'], 'messages').entries()) {
    const m = record(value, `messages[${i}]`)
    const calls = checkChatMessage(m, `messages[${i}]`, issued)
    if (m['role'] === 'tool') {
      const id = String(m['tool_call_id'])
      demand(
        open.includes(id),
        `messages[${i}]: role 'tool' must be a response to a preceding message with 'tool_calls'`,
      )
      open = open.filter((o) => o !== id)
      continue
    }
    demand(!open.length, `tool_call_ids did not have response messages: ${open}`)
    demand(new Set(calls).size === calls.length, `messages[${i}]: tool call ids are not unique`)
    open = calls
  }
  demand(!open.length, `tool_call_ids did not have response messages: ${open}`)
  for (const t of list(body['tools'] ?? [], 'tools'))
    demand(record(record(t, 'tools')['function'], 'function')['parameters'], 'tools.function.parameters: required')
}

function checkItem(item: Record<string, unknown>, open: Set<string>, issued: ReadonlySet<string>, i: number): void {
  const where = `input[${i}]`
  const type = item['type'] ?? 'message'
  if (type === 'function_call') {
    known(item, ['type', 'call_id', 'name', 'arguments', 'id'], where)
    checkCall(item, item, 64, 'call_id')
    demand(!open.has(String(item['call_id'])), `${where}: duplicate call_id`)
    open.add(String(item['call_id']))
  } else if (type === 'function_call_output') {
    known(item, ['type', 'call_id', 'output'], where)
    demand(open.delete(String(item['call_id'])), `No tool call found for function call output ${item['call_id']}.`)
  } else if (type === 'reasoning') {
    known(item, ['type', 'id', 'summary', 'encrypted_content'], where)
    demand(issued.has(String(item['encrypted_content'])), `${where}: The encrypted content could not be verified.`)
  } else {
    demand(type === 'message', `${where}.type: invalid value ${text(type)}`)
    known(item, ['type', 'role', 'content'], where)
    demand(['user', 'assistant', 'system', 'developer'].includes(String(item['role'])), `${where}.role: invalid`)
    demand(item['content'], `${where}.content: required`)
    demand(!open.size, `No tool output found for function call ${[...open][0]}.`)
  }
}

/** Refuses a Responses body the real server would refuse. */
export function checkResponses(body: Record<string, unknown>, issued: ReadonlySet<string>): void {
  // prettier-ignore
  known(body, ['model', 'input', 'instructions', 'stream', 'store', 'max_output_tokens', 'tools', 'tool_choice', 'temperature', 'reasoning', 'include', 'prompt_cache_key'], 'body')
  checkCommon(body)
  demand(Number(body['max_output_tokens'] ?? 16) >= 16, 'max_output_tokens: minimum value is 16')
  const effort = body['reasoning'] === undefined ? undefined : record(body['reasoning'], 'reasoning')['effort']
  demand(effort === undefined || efforts.includes(text(effort)), 'reasoning.effort: invalid value')
  const open = new Set<string>()
  const items = list(body['input'], 'input').map((v, i) => record(v, `input[${i}]`))
  for (const [i, item] of items.entries()) {
    checkItem(item, open, issued, i)
    const next = items[i + 1]
    const follows =
      next?.['type'] === 'function_call' || next?.['role'] === 'assistant' || next?.['type'] === 'reasoning'
    demand(
      item['type'] !== 'reasoning' || follows,
      `Item ${item['id']} was provided without its required following item.`,
    )
  }
  demand(!open.size, `No tool output found for function call ${[...open][0]}.`)
  for (const t of list(body['tools'] ?? [], 'tools')) demand(record(t, 'tools')['name'], 'tools.name: required')
}
