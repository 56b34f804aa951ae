// The JSON of a question to a model. Tools are most of it and the same each time: their part is made once for each tool.
import type { ToolSpec } from './provider.ts'

/** The headers of a body that is JSON already. */
export const jsonHeaders = { 'content-type': 'application/json' }

/** Makes the JSON of a body and of its `tools`, each in the shape a protocol wants. */
export function requestJson(shape: (tool: ToolSpec) => object): (body: object, tools: readonly ToolSpec[]) => string {
  const known = new WeakMap<ToolSpec, string>()
  function jsonOf(tool: ToolSpec): string {
    const made = known.get(tool) ?? JSON.stringify(shape(tool))
    known.set(tool, made)
    return made
  }
  return (body, tools) => {
    const text = JSON.stringify(body)
    return tools.length ? `${text.slice(0, -1)},"tools":[${tools.map(jsonOf).join(',')}]}` : text
  }
}
