// Fills `{{path.to[0].field}}` in texts of the config with values of a call.

/** What templates may name: whole values by name; other names are looked up in `payload`. */
export type TemplateRoots = Readonly<Record<string, unknown>> & { readonly payload: unknown }

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null

/** The value at a path; undefined where there is none. Only what the value itself has counts. */
function lookUp(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((v, key) => (isRecord(v) && Object.hasOwn(v, key) ? v[key] : undefined), value)
}

function valueOf(expression: string, roots: TemplateRoots): unknown {
  const path = expression.split(/[.[\]]+/).filter(Boolean)
  const [root = ''] = path
  if (!Object.hasOwn(roots, root)) return lookUp(roots.payload, path)
  return lookUp(roots, root === 'headers' ? path.map((p) => p.toLowerCase()) : path)
}

/** The text with its expressions replaced once: missing values are empty, objects become JSON. */
export function fillTemplate(text: string, roots: TemplateRoots): string {
  return text.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, expression: string) => {
    const value = valueOf(expression, roots)
    if (value === undefined || value === null) return ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}
