// What a form needs to know of a JSON Schema, and the changes between two values: pure.

/** The part of a JSON Schema forms go by. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  /** The values of `enum` as people say them. */
  readonly names?: readonly string[]
  readonly const?: unknown
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  /** Never shown once it is set. */
  readonly secret?: boolean
  /** Text of several lines. */
  readonly long?: boolean
}

/** How a field is shown. */
export type Kind = 'choice' | 'toggle' | 'number' | 'secret' | 'text' | 'list' | 'group' | 'record' | 'groups' | 'json'

/** What stands for a secret that is set. */
export const redacted = '__OPENCLAW_REDACTED__'

export type Fields = Readonly<Record<string, unknown>>

/** Whether a value has named parts. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The schema without what only allows null; of several, the one that fits the value, else the plainest. */
export function plain(schema: Schema, value: unknown): Schema {
  const all = (schema.anyOf ?? schema.oneOf)?.filter((s) => s.type !== 'null')
  if (!all?.length) return schema
  const about = { description: schema.description ?? '', ...(schema.secret ? { secret: true } : {}) }
  if (all.every((s) => s.const !== undefined || s.enum))
    return { ...about, enum: all.flatMap((s) => s.enum ?? [s.const]) }
  const fits =
    all.find((s) => value !== undefined && s.type === typeOf(value)) ?? (all.length === 1 ? all[0] : undefined)
  const text = all.find((s) => s.type === 'string')
  return { ...about, ...(fits ?? (value === undefined ? (text ?? all[0]) : {})) }
}

const typeOf = (value: unknown) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)

const simple = (schema: Schema | undefined) =>
  schema !== undefined && ['string', 'number', 'integer'].includes(String(plain(schema, '').type))

/** How a schema is shown. */
export function kindOf(schema: Schema, secret = false): Kind {
  if (schema.enum) return 'choice'
  switch (schema.type) {
    case 'boolean':
      return 'toggle'
    case 'number':
    case 'integer':
      return 'number'
    case 'string':
      return secret || schema.secret ? 'secret' : 'text'
    case 'array':
      return simple(schema.items) ? 'list' : schema.items?.properties ? 'groups' : 'json'
    case 'object':
      if (schema.properties && Object.keys(schema.properties).length) return 'group'
      return isFields(schema.additionalProperties) ? 'record' : 'json'
    default:
      return 'json'
  }
}

/** What is wrong with a value before anybody is asked; undefined when nothing is. */
export function wrongOf(schema: Schema, value: unknown, required: boolean): WrongWord | undefined {
  const nothing = value === undefined || value === ''
  if (nothing) return required ? { word: 'form.needed' } : undefined
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return { word: 'form.number' }
    if (schema.minimum !== undefined && value < schema.minimum) return { word: 'form.min', n: schema.minimum }
    if (schema.maximum !== undefined && value > schema.maximum) return { word: 'form.max', n: schema.maximum }
    if (schema.type === 'integer' && !Number.isInteger(value)) return { word: 'form.whole' }
  }
  if (typeof value === 'string' && value !== redacted) {
    if (schema.minLength !== undefined && value.length < schema.minLength)
      return { word: 'form.short', n: schema.minLength }
    if (schema.maxLength !== undefined && value.length > schema.maxLength)
      return { word: 'form.long', n: schema.maxLength }
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) return { word: 'form.pattern' }
  }
  return undefined
}

/** The name of what is wrong, and the number it speaks of. */
export interface WrongWord {
  readonly word:
    'form.needed' | 'form.number' | 'form.min' | 'form.max' | 'form.whole' | 'form.short' | 'form.long' | 'form.pattern'
  readonly n?: number
}

/** The value with one part changed; undefined takes it out. */
export function changed(value: Fields | undefined, key: string, next: unknown): Fields {
  const { [key]: _old, ...rest } = value ?? {}
  if (next === undefined) return rest
  // A part keeps its place among the others.
  return value && key in value ? { ...value, [key]: next } : { ...rest, [key]: next }
}

/** The merge patch that makes `after` of `before`; undefined when they are the same. Null takes a part out. */
export function patchOf(before: unknown, after: unknown): unknown {
  if (!isFields(before) || !isFields(after)) return JSON.stringify(before) === JSON.stringify(after) ? undefined : after
  const out: Record<string, unknown> = {}
  for (const key of Object.keys(before)) if (!(key in after)) out[key] = null
  for (const [key, value] of Object.entries(after)) {
    const part = key in before ? patchOf(before[key], value) : value
    if (part !== undefined) out[key] = part
  }
  return Object.keys(out).length ? out : undefined
}

/** The value with a merge patch put into it. */
export function patched(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch
  const out: Record<string, unknown> = isFields(value) ? { ...value } : {}
  for (const [key, part] of Object.entries(patch)) {
    if (part === null) delete out[key]
    else out[key] = patched(out[key], part)
  }
  return out
}
