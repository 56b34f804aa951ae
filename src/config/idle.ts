// Keys that older programs knew and this one takes no notice of: their descriptions say so, for every reader alike.
import { visit, type JsonSchema } from './describe.ts'
import { asRecord } from './section.ts'

/** `of no effect` is said of a key, `<value> is of no effect` of one of its values. */
const mark = /(?:(\S+) is )?of no effect/

/** The dotted paths of a value that fit a pattern; `*` stands for any name, `[]` for any entry of a list. */
function fitting(value: unknown, pattern: readonly string[], at: readonly string[] = []): [string, unknown][] {
  const [key, ...rest] = pattern
  if (key === undefined) return value === undefined ? [] : [[at.join('.'), value]]
  const parts = asRecord(value)
  const names = key === '*' ? Object.keys(parts) : [key]
  if (key !== '[]') return names.flatMap((name) => fitting(parts[name], rest, [...at, name]))
  return (Array.isArray(value) ? value : []).flatMap((v: unknown, i) => fitting(v, rest, [...at, String(i)]))
}

/** The dotted paths a config sets without any effect, by what its schema says; none below another one. */
export function idleKeys(schema: JsonSchema, config: unknown): string[] {
  const found = new Set<string>()
  visit(schema, (path, field) => {
    const about = field['description']
    const said = typeof about === 'string' ? mark.exec(about) : null
    if (!said) return
    for (const [at, value] of fitting(config, path)) if (said[1] === undefined || said[1] === value) found.add(at)
  })
  return [...found].filter((at) => ![...found].some((other) => at.startsWith(`${other}.`))).sort()
}
