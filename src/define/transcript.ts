// Makes a history fit for a protocol: ids another server coined, files, and tool input that is not an object.
import type { MediaRef } from '../domain/media.ts'
import { Fault } from '../lib/fault.ts'
import type { ModelInfo, ProviderContext } from './provider.ts'

/** What ids of tool calls a server accepts. `digits` is for those that want exactly so many letters or digits. */
export type IdRule = { readonly max: number } | { readonly digits: number }

/** Gives every tool call id the same acceptable name each time it is asked within one history. */
export function toolIds(rule: IdRule): (id: string) => string {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  return (id) => {
    const known = names.get(id)
    if (known !== undefined) return known
    let name =
      'digits' in rule ? numbered(rule.digits, names.size) : id.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, rule.max)
    if (name === '' || taken.has(name)) name = `call_${names.size}`
    while (taken.has(name)) name += '_'
    names.set(id, name)
    taken.add(name)
    return name
  }
}

const numbered = (digits: number, n: number): string => String(n + 1).padStart(digits, '0')

/** Tool input as the object a server wants; what a model wrote as broken JSON is kept under `input`. */
export const inputObject = (input: unknown): Record<string, unknown> =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : { input }

/** The input of a call from its streamed JSON; text that is not JSON stays text, for the tool's schema to refuse. */
export function parseInput(json: string): unknown {
  if (!json.trim()) return {}
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

/** A file as a model can be shown it: an image's bytes in base64, or a sentence in its place. */
export type Shown = { readonly mime: string; readonly base64: string } | { readonly note: string }

/** The name a file came with, marked as somebody's words; the mark is the same each time, so that histories stay the same. */
function nameOf({ id, name = '' }: MediaRef): string {
  const safe = name
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/<(\/?)untrusted/gi, '‹$1untrusted')
    .slice(0, 120)
  return `<untrusted id="${id}" what="its name">${safe}</untrusted id="${id}">`
}

/** Shows a stored file to a model that takes images; anything it cannot take becomes a note. */
export async function showMedia(ref: MediaRef, model: ModelInfo, ctx: ProviderContext): Promise<Shown> {
  const label = `${ref.name ? `${nameOf(ref)}, ` : ''}${ref.mime}, ${ref.bytes} bytes`
  if (!ref.mime.startsWith('image/')) return { note: `[file: ${label}]` }
  if (!model.input.includes('image')) return { note: `[image this model cannot see: ${label}]` }
  try {
    const { mime, bytes } = await ctx.picture(ref)
    return { mime, base64: bytes.toBase64() }
  } catch (error) {
    const gone = error instanceof Fault && error.code === 'NOT_FOUND'
    return { note: `[image ${gone ? 'no longer stored' : 'that cannot be read here'}: ${label}]` }
  }
}
