// The schema of values that were seen: what all of them have is required, words the samples did not bring are literal.
import { z } from 'zod'
import { Known, mark } from './samples.ts'
import type { JsonSchema } from './type-text.ts'

type Plain = Readonly<Record<string, unknown>>

const kindOf = (v: unknown) => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v)

function known(k: Known): JsonSchema {
  if (!(k.schema instanceof z.ZodType)) return k.schema
  const { $schema: _dialect, ...schema } = z.toJSONSchema(k.schema, { io: 'output', unrepresentable: 'any' })
  return schema
}

function ofObjects(values: readonly Plain[]): JsonSchema {
  const has = (v: Plain, key: string) => v[key] !== undefined
  const keys = [...new Set(values.flatMap((v) => Object.keys(v).filter((key) => has(v, key))))]
  return {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key, shapeOf(values.map((v) => v[key]))])),
    required: keys.filter((key) => values.every((v) => has(v, key))),
  }
}

function ofKind(kind: string, values: readonly unknown[]): JsonSchema {
  if (kind === 'object') return ofObjects(values as readonly Plain[])
  if (kind === 'array') return { type: 'array', items: shapeOf((values as readonly unknown[][]).flat()) }
  if (kind !== 'string') return { type: kind }
  const words = [...new Set(values as readonly string[])]
  if (words.some((w) => w.includes(mark))) return { type: 'string' }
  return words.length === 1 ? { const: words[0] } : { enum: words }
}

/** The JSON Schema that fits all of these values; `undefined` counts as absent. */
export function shapeOf(values: readonly unknown[]): JsonSchema {
  const there = values.filter((v) => v !== undefined)
  const given = there.find((v) => v instanceof Known)
  if (given) return known(given)
  const kinds = [...new Set(there.map(kindOf))]
  const each = kinds.map((kind) =>
    ofKind(
      kind,
      there.filter((v) => kindOf(v) === kind),
    ),
  )
  return each.length === 1 ? (each[0] as JsonSchema) : each.length ? { anyOf: each } : {}
}
