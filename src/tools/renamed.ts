// Lets models use the parameter names they learnt elsewhere, without showing those names in the schema.
import type { z } from 'zod'

/**
 * The same schema, which first renames keys of its input; the name in the schema wins when both are there.
 * `z.preprocess` would do it too, but its JSON schema says nothing and it is no object schema any more.
 */
export function renamed<S extends z.ZodObject>(schema: S, names: Readonly<Record<string, string>>): S {
  const run = schema._zod.run.bind(schema._zod)
  schema._zod.run = (payload, ctx) => {
    const { value } = payload
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const entries = Object.entries(value).filter(([k]) => !(names[k] !== undefined && names[k] in value))
      payload.value = Object.fromEntries(entries.map(([k, v]) => [names[k] ?? k, v]))
    }
    return run(payload, ctx)
  }
  return schema
}
