// Environment variables in config texts (`${NAME}`), and the variables the config itself sets.
import type { Env } from './paths.ts'
import { asRecord, isRecord } from './section.ts'
import type { Flaw, Step } from './section.ts'

const reference = /\$(\$?)\{([A-Z_][A-Z0-9_]*)\}/g

/** One text with its references replaced; `$${NAME}` stays as `${NAME}`. `missing` hears of the others. */
function fill(text: string, env: Env, missing: (name: string) => void): string {
  return text.replace(reference, (all, escaped: string, name: string) => {
    if (escaped) return `\${${name}}`
    if (env[name]) return env[name]
    missing(name)
    return all
  })
}

/** A value with the references in its texts replaced; a variable that is missing or empty is a flaw at its place. */
export function substitute(value: unknown, env: Env): { readonly value: unknown; readonly flaws: readonly Flaw[] } {
  const flaws: Flaw[] = []
  const walk = (v: unknown, at: readonly Step[]): unknown => {
    if (typeof v === 'string')
      return fill(v, env, (name) =>
        flaws.push({ at, message: `the environment variable ${name} is missing or empty; set it or write the value` }),
      )
    if (Array.isArray(v)) return v.map((item: unknown, i) => walk(item, [...at, i]))
    if (isRecord(v)) return Object.fromEntries(Object.entries(v).map(([k, child]) => [k, walk(child, [...at, k])]))
    return v
  }
  return { value: walk(value, []), flaws }
}

/** The variables that `env.vars` and `env.<NAME>` set where the environment has nothing. */
export function overlay(config: unknown, env: Env): Record<string, string> {
  const section = asRecord(asRecord(config)['env'])
  const { shellEnv: _, vars, ...direct } = section
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...asRecord(vars), ...direct })) {
    if (typeof value !== 'string' || env[name]) continue
    let whole = true
    const filled = fill(value, env, () => void (whole = false))
    if (whole && filled) out[name] = filled
  }
  return out
}
