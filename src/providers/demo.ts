// The built-in demo model: no network, no key, always the same answer to the same question. It can call tools.
import { defineProvider, type ModelEvent, type ModelRequest, type ProviderContext } from '../define/provider.ts'
import { toFault } from '../lib/fault.ts'
import { textOf, type Part, type Usage } from '../domain/turn.ts'

const label =
  '[oclaw demo model: no AI. Put ANTHROPIC_API_KEY in the environment, ' +
  'or: oclaw config set agents.defaults.model.primary <provider/model>]'

/** What a sentence of the user makes it do; the first rule whose tool is offered wins. */
const rules: readonly { readonly when: RegExp; readonly tool: string; input(m: RegExpExecArray): unknown }[] = [
  { when: /\b(?:list|show|what)\s+(?:the\s+|my\s+|all\s+)?files\b/i, tool: 'search', input: () => ({ glob: '**/*' }) },
  { when: /^\s*read\s+(?:the\s+file\s+)?[`"']?([^\s`"']+)/i, tool: 'read', input: (m) => ({ path: m[1] }) },
  {
    when: /^\s*write\s+[`"']?([^\s`"':]+)[`"']?\s*:\s*([\s\S]+)$/i,
    tool: 'write',
    input: (m) => ({ path: m[1], content: m[2] }),
  },
  { when: /^\s*run\s+`?([^`]+?)`?\s*$/i, tool: 'exec', input: (m) => ({ command: m[1] }) },
  { when: /^\s*fetch\s+(https?:\/\/\S+)/i, tool: 'web_fetch', input: (m) => ({ url: m[1] }) },
  { when: /^\s*status\b/i, tool: 'session_status', input: () => ({}) },
]

/** What the model has to answer to: the last thing said, and the tool results since. */
function asked(req: ModelRequest) {
  const at = req.messages.findLastIndex((m) => m.role === 'user')
  const text = textOf(req.messages[at]?.parts ?? []).replace(/^\[\w{3} \d{4}-\d\d-\d\d [^\]]*\] /, '') // the time it was said
  const results = req.messages.slice(at + 1).flatMap((m) => m.parts.filter((p) => p.type === 'result'))
  return { text, results }
}

function callFor(req: ModelRequest, text: string): Part | undefined {
  if (req.toolChoice === 'none') return undefined
  for (const rule of rules) {
    const m = req.tools.some((t) => t.name === rule.tool) ? rule.when.exec(text) : null
    if (m) return { type: 'call', id: `demo_${req.messages.length}`, tool: rule.tool, input: rule.input(m) }
  }
  return undefined
}

function reply(req: ModelRequest): Part[] {
  const { text, results } = asked(req)
  if (!results.length) {
    const call = callFor(req, text)
    if (call) return [call]
    const said = text ? `You said: ${text}` : 'You said nothing.'
    return [{ type: 'text', text: `${said}\n\n${label}` }]
  }
  const told = results.map((r) => `${r.tool} ${r.ok ? 'says' : 'failed'}:\n${r.text.slice(0, 4000)}`)
  return [{ type: 'text', text: `${told.join('\n\n')}\n\n${label}` }]
}

const tokens = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4)

/** Every answer costs nothing: this is the one model whose price is known to be zero. */
function usageOf(req: ModelRequest, parts: readonly Part[]): Usage {
  const input = tokens([req.system, req.messages, req.tools])
  return { input, output: tokens(parts), cacheRead: 0, cacheWrite: 0, cost: 0 }
}

/** The text in a few pieces, cut at spaces. */
const pieces = (text: string): string[] => text.match(/[\s\S]{1,40}(?:\s|$)|[\s\S]{1,40}/g) ?? []

async function* stream(req: ModelRequest, _endpoint: unknown, ctx: ProviderContext): AsyncIterable<ModelEvent> {
  const parts = reply(req)
  const usage = usageOf(req, parts)
  for (const delta of parts.flatMap((p) => (p.type === 'text' ? pieces(p.text) : []))) {
    if (ctx.signal.aborted) break
    yield { type: 'text', delta }
  }
  if (ctx.signal.aborted) yield { type: 'end', stop: 'aborted', parts: [], usage, error: toFault(ctx.signal.reason) }
  else yield { type: 'end', stop: parts.some((p) => p.type === 'call') ? 'tools' : 'end', parts, usage }
}

/** The protocol `demo`. */
export const demo = defineProvider({
  id: 'demo',
  summary: 'Answers without a model, so that a fresh installation can be tried.',
  stream,
})
