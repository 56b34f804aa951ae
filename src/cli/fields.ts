// The parameters of a command as the command line sees them: names, kinds, defaults, from their schema.
import { z } from 'zod'

/** How a value is written. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'list' | 'json'

/** One parameter. */
export interface Field {
  /** As the schema calls it. */
  readonly name: string
  /** As people write it, without dashes: `session-key`. */
  readonly flag: string
  readonly short?: string | undefined
  /** Other names of the flag. */
  readonly also?: readonly string[] | undefined
  readonly kind: FieldKind
  /** The words it may be, when there are only some. */
  readonly words?: readonly string[] | undefined
  readonly about: string
  readonly required: boolean
  readonly fallback?: unknown
}

/** `sessionKey` as `session-key`. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

function kindOf(s: Schema): FieldKind {
  if (s.type === 'boolean') return 'boolean'
  if (s.type === 'integer' || s.type === 'number') return 'number'
  // An id that may be text or a number stays as it was typed: as numbers, long ones lose digits.
  if (s.type === 'string' || (s.type?.includes('string') && s.type.includes('number'))) return 'text'
  return s.type === 'array' && s.items?.type === 'string' ? 'list' : 'json'
}

/** The parameters of a schema, in its order. */
export function fieldsOf(
  params: z.ZodObject,
  short: Readonly<Partial<Record<string, string>>> = {},
  also: Readonly<Partial<Record<string, readonly string[]>>> = {},
): Field[] {
  const schema = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' }) as Schema
  return Object.entries(schema.properties ?? {}).map(([name, s]) => ({
    name,
    flag: kebab(name),
    short: short[name],
    also: also[name],
    kind: kindOf(s),
    words: (s.enum ?? s.items?.enum)?.map(String),
    about: s.description ?? '',
    required: schema.required?.includes(name) ?? false,
    fallback: s.default,
  }))
}

/** Flags that every command has; a command’s own flag of the same name takes its place. */
export const globalFields: readonly Field[] = fieldsOf(
  z.strictObject({
    json: z.boolean().default(false).describe('print the result as JSON, and nothing else'),
    url: z.string().optional().describe('the gateway, such as ws://127.0.0.1:18789; then its secret must be given too'),
    token: z.string().optional().describe('the gateway’s token, when it is not found by itself'),
    password: z.string().optional().describe('the gateway’s password, when it is not found by itself'),
    timeout: z.number().int().min(1).optional().describe('longest wait for the gateway, in ms'),
    profile: z.string().optional().describe('another installation beside the usual one, by name'),
    dev: z.boolean().default(false).describe('the profile for development'),
    color: z.boolean().default(true).describe('use colours on a terminal'),
    verbose: z.boolean().default(false).describe('say what the gateway is asked, and how long it took'),
    expectFinal: z
      .boolean()
      .default(false)
      .describe('wait for the last answer of a method that answers twice, such as agent'),
    help: z.boolean().default(false).describe('show this'),
  }),
  { help: 'h' },
  { verbose: ['debug'] },
)
