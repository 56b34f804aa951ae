// What a program printed: its answer and the tokens it counted, in the forms that programs of models print.
import { noUsage, type Usage } from '../../domain/turn.ts'
import type { ModelProgram } from '../../define/provider.ts'

/** An answer. */
export interface Said {
  readonly text: string
  readonly usage: Usage
  readonly failure?: undefined
}

/** An answer, or why there is none. */
export type Printed = Said | { readonly failure: string }

type Fields = Readonly<Record<string, unknown>>
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
const number = (value: unknown) => (typeof value === 'number' ? value : 0)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The text in a value: itself, that of its blocks, or that of its usual fields. */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) {
    const texts = value.map(textIn).filter((t) => t !== undefined)
    return texts.length ? texts.join('') : undefined
  }
  const f = fields(value)
  for (const key of ['result', 'response', 'text', 'content', 'message']) {
    const found = f[key] === undefined ? undefined : textIn(f[key])
    if (found !== undefined) return found
  }
  return undefined
}

/** Tokens by Anthropic's names, of which those of the cache stand beside, or OpenAI's, where they are among the input. */
function usageIn(value: unknown): Usage | undefined {
  const u = fields(fields(value)['usage'])
  if (!Object.keys(u).length) return undefined
  const among = number(u['cached_input_tokens'])
  return {
    input: number(u['input_tokens']) - among,
    output: number(u['output_tokens']),
    cacheRead: among || number(u['cache_read_input_tokens']),
    cacheWrite: number(u['cache_creation_input_tokens']),
  }
}

/** Why a value is no answer; undefined when it may be one. */
function failureIn(value: unknown): string | undefined {
  const f = fields(value)
  const failed =
    f['is_error'] === true || f['type'] === 'error' || f['type'] === 'turn.failed' || f['error'] !== undefined
  return failed && f['error'] !== null ? (textIn(f['error']) ?? textIn(f) ?? 'an error it does not name') : undefined
}

/** One value: what a program says of itself before it, on lines of its own, is passed over. */
function readJson(output: string): Printed {
  const value = parsed(output) ?? parsed(output.slice(output.indexOf('\n{') + 1))
  const failure = failureIn(value)
  if (failure !== undefined) return { failure }
  return { text: textIn(value) ?? output, usage: usageIn(value) ?? noUsage }
}

/** A value a line: the last thing said counts, as an item, a result or a message. */
function readLines(output: string): Printed {
  const values = output.split('\n').flatMap((line) => parsed(line.trim()) ?? [])
  const failure = values.map(failureIn).findLast((f) => f !== undefined)
  const said = values.flatMap((v) => {
    const { type, item } = fields(v)
    if (item === undefined) return type === 'result' || type === 'assistant' ? (textIn(v) ?? []) : []
    return type === 'item.completed' && fields(item)['type'] === 'agent_message' ? (textIn(item) ?? []) : []
  })
  const text = said.at(-1)
  if (text === undefined) return { failure: failure ?? 'it said nothing' }
  return { text, usage: values.map(usageIn).findLast((u) => u !== undefined) ?? noUsage }
}

/** Reads what a program printed. */
export function printed(output: string, form: ModelProgram['output']): Printed {
  const said = output.trim()
  if (!said) return { failure: 'it said nothing' }
  if (form === 'text') return { text: said, usage: noUsage }
  return form === 'json' ? readJson(said) : readLines(said)
}
