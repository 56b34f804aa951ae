// The methods of the gateway as schemas: what each takes, and what it answers.
import { z } from 'zod'
import type { AnyOp, OpScope } from '../define/op.ts'
import { byName } from './markdown.ts'
import type { JsonSchema } from './type-text.ts'

/** One method. */
export interface MethodDoc {
  readonly id: string
  readonly scope: OpScope
  readonly summary: string
  readonly params: JsonSchema
  readonly result: JsonSchema
  /** Its first answer, when it answers twice. */
  readonly accepts?: JsonSchema
  readonly simpleOnly: readonly string[]
  readonly cli?: string
  readonly chat?: string
  readonly tool?: string
  readonly examples: readonly { readonly params: unknown; readonly note?: string }[]
}

/** The schema of a value as it comes in or goes out. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

/** Every method that can be called over the wire, by name. */
export function methods(ops: readonly AnyOp[]): MethodDoc[] {
  const wire = ops.filter((op) => op.where !== 'local')
  return byName(wire, (op) => op.id).map((op) => ({
    id: op.id,
    scope: op.scope,
    summary: op.summary,
    params: schemaOf(op.params, 'input'),
    result: schemaOf(op.result, 'output'),
    ...(op.accepts ? { accepts: schemaOf(op.accepts, 'output') } : {}),
    simpleOnly: op.simpleOnly ?? [],
    ...(op.cli ? { cli: op.cli.path } : {}),
    ...(op.chat === undefined ? {} : { chat: op.chat }),
    ...(op.tool === undefined ? {} : { tool: op.tool }),
    examples: op.examples,
  }))
}
