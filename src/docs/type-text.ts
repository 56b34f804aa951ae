// A JSON Schema as people read it: its type in TypeScript's words, and its bounds.

/** A JSON Schema as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>

const isRecord = (v: unknown): v is JsonSchema => typeof v === 'object' && v !== null && !Array.isArray(v)
const record = (v: unknown): JsonSchema => (isRecord(v) ? v : {})
const list = (v: unknown): readonly unknown[] => (Array.isArray(v) ? v : [])

/** How a type is laid out: on one line, or with one field a line. `deep` is how many objects are opened. */
export interface Layout {
  readonly deep?: number
  readonly indent?: string
}

const nameOf = (key: string) => (/^[\w$]+$/.test(key) ? key : JSON.stringify(key))
const unique = (words: readonly string[]) => [...new Set(words)]

function objectText(schema: JsonSchema, how: Layout): string {
  const fields = Object.entries(record(schema['properties']))
  const rest = schema['additionalProperties']
  const deep = how.deep ?? Infinity
  if ((!fields.length && !isRecord(rest)) || deep <= 0) return 'object'
  const { indent } = how
  const inside: Layout = indent === undefined ? { deep: deep - 1 } : { deep: deep - 1, indent: `${indent}  ` }
  const required = list(schema['required'])
  const lines = fields.map(
    ([key, child]) => `${nameOf(key)}${required.includes(key) ? '' : '?'}: ${typeText(record(child), inside)}`,
  )
  if (isRecord(rest)) lines.push(`[name]: ${typeText(rest, inside)}`)
  if (indent === undefined) return `{ ${lines.join('; ')} }`
  return `{\n${lines.map((l) => `${indent}  ${l}\n`).join('')}${indent}}`
}

function listText(schema: JsonSchema, how: Layout): string {
  if (Array.isArray(schema['prefixItems']) || Array.isArray(schema['items']))
    return `[${list(schema['prefixItems'] ?? schema['items'])
      .map((s) => typeText(record(s), how))
      .join(', ')}]`
  const item = typeText(record(schema['items']), how)
  return /^[\w"]+$|^\{[^]*\}$/.test(item) ? `${item}[]` : `(${item})[]`
}

/** The type a schema describes, in TypeScript's words. */
export function typeText(schema: JsonSchema, how: Layout = {}): string {
  if (schema['secret'] === true) return 'secret'
  if (typeof schema['$ref'] === 'string') return schema['$ref'].split('/').at(-1) ?? 'any'
  if ('const' in schema) return JSON.stringify(schema['const'])
  if (Array.isArray(schema['enum'])) return unique(schema['enum'].map((v) => JSON.stringify(v))).join(' | ')
  const branches = [...list(schema['anyOf']), ...list(schema['oneOf'])]
  if (branches.length) return unique(branches.map((b) => typeText(record(b), how))).join(' | ')
  const all = list(schema['allOf'])
  if (all.length) return unique(all.map((b) => typeText(record(b), how))).join(' & ')
  const type = schema['type']
  if (Array.isArray(type)) return type.map((t) => typeText({ ...schema, type: t as unknown }, how)).join(' | ')
  if (type === 'array') return listText(schema, how)
  if (type === 'object') return objectText(schema, how)
  if (typeof type === 'string') return type
  return isRecord(schema['not']) ? 'never' : 'any'
}

const bounds: readonly (readonly [string, string])[] = [
  ['minimum', '≥ '],
  ['exclusiveMinimum', '> '],
  ['maximum', '≤ '],
  ['exclusiveMaximum', '< '],
  ['minLength', 'length ≥ '],
  ['maxLength', 'length ≤ '],
  ['minItems', 'items ≥ '],
  ['maxItems', 'items ≤ '],
  ['pattern', 'like '],
]

/** The bounds of a value, in words; empty when there are none. Those every integer of JavaScript has are left out. */
export function boundsText(schema: JsonSchema): string {
  return bounds
    .flatMap(([key, sign]) => {
      const bound = schema[key]
      if (typeof bound !== 'number' && typeof bound !== 'string') return []
      if (Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER) return []
      return [`${sign}${key === 'pattern' ? `/${bound}/` : bound}`]
    })
    .join(', ')
}

/** The default of a value as JSON; empty when there is none, or when it only says that the fields below have theirs. */
export function defaultText(schema: JsonSchema): string {
  const value = schema['default']
  if (value === undefined || (isRecord(value) && !Object.keys(value).length)) return ''
  return JSON.stringify(value)
}

/** The fields of an object schema: name, schema, and whether it must be there. */
export function fieldsIn(schema: JsonSchema): { name: string; schema: JsonSchema; required: boolean }[] {
  const required = list(schema['required'])
  return Object.entries(record(schema['properties'])).map(([name, child]) => ({
    name,
    schema: record(child),
    required: required.includes(name),
  }))
}
