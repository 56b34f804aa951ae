// Describes the config to programs and people: its JSON schema, hints for forms, defaults, and what is secret.
import { z } from 'zod'
import { spelled } from '../lib/spelled.ts'
import { namesSecret } from './redact.ts'
import type { SecretRule } from './redact.ts'
import { asRecord, isRecord } from './section.ts'
import type { ConfigOf, SectionPart } from './section.ts'

/** How a form shows a field. */
export interface UiHint {
  readonly label: string
  readonly help?: string
  readonly group?: string
  readonly order?: number
  readonly sensitive?: true
}

/** A JSON schema as a plain object. */
export type JsonSchema = Record<string, unknown>

/** The JSON schema (draft 7) of what the config file may hold. */
export function configSchema(parts: readonly SectionPart[]): JsonSchema {
  const shape = Object.fromEntries(parts.map((p) => [p.key, p.schema]))
  const whole = z.strictObject({ $schema: z.string().optional().describe('the schema of this file'), ...shape })
  return { ...z.toJSONSchema(whole, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) }
}

type Visit = (path: readonly string[], schema: JsonSchema) => void

/** Visits every field of a schema; `*` stands for names the user chooses, `[]` for entries of lists. */
export function visit(schema: JsonSchema, see: Visit, path: readonly string[] = []): void {
  if (path.length) see(path, schema)
  for (const [key, child] of Object.entries(asRecord(schema['properties']))) visit(asRecord(child), see, [...path, key])
  if (isRecord(schema['additionalProperties'])) visit(schema['additionalProperties'], see, [...path, '*'])
  if (isRecord(schema['items'])) visit(schema['items'], see, [...path, '[]'])
  for (const word of ['anyOf', 'oneOf', 'allOf'])
    for (const branch of Array.isArray(schema[word]) ? (schema[word] as unknown[]) : []) {
      const { properties, additionalProperties, items } = asRecord(branch)
      if (schema['secret'] !== true)
        visit({ properties, additionalProperties, items }, (p, s) => p.length > path.length && see(p, s), path)
    }
}

const isSecret = (path: readonly string[], schema: JsonSchema) =>
  schema['secret'] === true || (schema['type'] === 'string' && namesSecret(path.at(-1) ?? ''))

/** Hints for forms by dotted path; lists are written `agents.list.[].id`. `schema` is that of the parts. */
export function uiHints(parts: readonly SectionPart[], schema = configSchema(parts)): Record<string, UiHint> {
  const hints: Record<string, UiHint> = {}
  const order = new Map(parts.map((p, i) => [p.key, i]))
  visit(schema, (path, field) => {
    const [top = ''] = path
    const about = field['description']
    hints[path.join('.')] ??= {
      label: spelled(path.at(-1) ?? ''),
      ...(typeof about === 'string' ? { help: about } : {}),
      ...(path.length === 1 && order.has(top) ? { order: order.get(top) ?? 0 } : { group: top }),
      ...(isSecret(path, field) ? { sensitive: true } : {}),
    }
  })
  return hints
}

/** Every section as it is when the file says nothing. */
export function defaults<const P extends readonly SectionPart[]>(parts: P): ConfigOf<P> {
  // One value for each part, by that part's schema.
  return Object.fromEntries(parts.map((p) => [p.key, p.schema.parse(undefined)])) as ConfigOf<P>
}

/** The dotted paths of secret fields, with `*` and `[]` as in `uiHints`. */
export function secretPaths(parts: readonly SectionPart[]): string[] {
  const found: string[] = []
  visit(configSchema(parts), (path, schema) => void (isSecret(path, schema) && found.push(path.join('.'))))
  return [...new Set(found)]
}

/** The rule that hides what the schema or the name of a key calls secret. */
export function secretRule(parts: readonly SectionPart[]): SecretRule {
  const patterns = secretPaths(parts).map((p) => p.split('.'))
  return (path) =>
    namesSecret(path.findLast((key) => !/^\d+$/.test(key)) ?? '') ||
    patterns.some((p) => p.length === path.length && p.every((s, i) => s === '*' || s === '[]' || s === path[i]))
}
