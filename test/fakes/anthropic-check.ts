// The rules Anthropic holds a message history to.
import { demand, known, list, record } from './model-script.ts'

/** The signatures a fake gave out, and a counter for its ids. */
export interface Issued {
  count: number
  has(signature: string): boolean
  sign(text: string): string
}

const fields: Record<string, readonly string[]> = {
  text: ['type', 'text', 'cache_control'],
  image: ['type', 'source', 'cache_control'],
  tool_use: ['type', 'id', 'name', 'input', 'cache_control'],
  tool_result: ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'],
  thinking: ['type', 'thinking', 'signature'],
  redacted_thinking: ['type', 'data'],
}

function checkBlock(block: Record<string, unknown>, role: string, where: string, issued: Issued): void {
  const type = String(block['type'])
  demand(fields[type], `${where}.type: unknown block ${type}`)
  known(block, fields[type], where)
  if (type === 'text')
    demand(typeof block['text'] === 'string' && block['text'].trim(), `${where}: text content blocks must be non-empty`)
  if (type === 'image') {
    const source = record(block['source'], `${where}.source`)
    demand(/^image\/(png|jpeg|gif|webp)$/.test(String(source['media_type'])), `${where}: bad media_type`)
    demand(typeof source['data'] === 'string' && source['data'], `${where}: image data required`)
  }
  if (type === 'tool_use') {
    demand(role === 'assistant', `${where}: tool_use only in assistant messages`)
    demand(/^[a-zA-Z0-9_-]{1,64}$/.test(String(block['id'])), `${where}.id: String should match pattern`)
    record(block['input'], `${where}.input`)
  }
  if (type === 'tool_result') demand(role === 'user', `${where}: tool_result only in user messages`)
  if (type === 'thinking')
    demand(issued.has(String(block['signature'])), `${where}: Invalid \`signature\` in \`thinking\` block`)
  if (type === 'redacted_thinking') demand(issued.has(String(block['data'])), `${where}: Invalid \`data\``)
}

const ids = (blocks: readonly Record<string, unknown>[], type: string, key: string) =>
  blocks.filter((b) => b['type'] === type).map((b) => String(b[key]))

/** Refuses a history whose roles do not alternate, whose calls are not answered, or whose blocks are wrong. */
export function checkMessages(messages: readonly unknown[], issued: Issued, budget: boolean): void {
  demand(messages.length > 0, 'messages: at least one message is required')
  let open: string[] = []
  for (const [i, m] of messages.entries()) {
    const where = `messages.${i}`
    const message = record(m, where)
    known(message, ['role', 'content'], where)
    const role = String(message['role'])
    demand(role === (i % 2 ? 'assistant' : 'user'), `messages: roles must alternate between "user" and "assistant"`)
    const content = message['content']
    const blocks = (typeof content === 'string' ? [{ type: 'text', text: content }] : list(content, where)).map((b) =>
      record(b, where),
    )
    demand(blocks.length, `${where}: all messages must have non-empty content`)
    for (const [j, block] of blocks.entries()) checkBlock(block, role, `${where}.content.${j}`, issued)
    if (role === 'user') {
      const results = ids(blocks, 'tool_result', 'tool_use_id')
      const missing = open.filter((id) => !results.includes(id))
      demand(!missing.length, `${where}: \`tool_use\` ids were found without \`tool_result\` blocks: ${missing}`)
      demand(results.length === open.length, `${where}: unexpected \`tool_use_id\` in \`tool_result\``)
      const lead = blocks.slice(0, results.length).every((b) => b['type'] === 'tool_result')
      demand(lead, `${where}: tool_result blocks must come first`)
    }
    open = role === 'assistant' ? ids(blocks, 'tool_use', 'id') : []
    demand(new Set(open).size === open.length, `${where}: \`tool_use\` ids must be unique`)
    const loop = i === messages.length - 2 && open.length > 0
    if (budget && loop)
      demand(
        String(blocks[0]?.['type']).includes('thinking'),
        `${where}: Expected \`thinking\`, but found \`tool_use\``,
      )
  }
  demand(!open.length, 'tool_use at the end of messages')
}
