// Hides secrets of the config from whoever reads it, and puts them back into what comes from there.
import { Fault } from '../lib/fault.ts'
import { Secret } from '../lib/secret.ts'
import { applyEdits } from './change.ts'
import { asRecord, isRecord } from './section.ts'
import { parseJson5, treeOf } from './tree.ts'
import type { Node } from './tree.ts'

/** What stands in place of a secret. */
export const redacted = '__OPENCLAW_REDACTED__'

const secretKey = /token$|password|secret|api.?key|private.?key|^authorization$/i
const plainKey = /^max.*tokens?$|file$/i

/** Whether a key names something secret. */
export const namesSecret = (key: string): boolean => secretKey.test(key) && !plainKey.test(key)

/** Whether what is at a path is secret; the default goes by the name of the last key. */
export type SecretRule = (path: readonly string[]) => boolean

const byName: SecretRule = (path) => namesSecret(path.findLast((key) => !/^\d+$/.test(key)) ?? '')

/** Whether a text only points to its secret: `${NAME}`. */
const pointer = (value: unknown) => typeof value === 'string' && /^\$\{[A-Z_][A-Z0-9_]*\}$/.test(value)

const hides = (value: unknown, path: readonly string[], rule: SecretRule) =>
  ((typeof value === 'string' && value !== '') || typeof value === 'number') && !pointer(value) && rule(path)

/** A copy of a value whose secrets are hidden. */
export function redact(value: unknown, rule: SecretRule = byName, path: readonly string[] = []): unknown {
  if (value instanceof Secret) return redacted
  if (Array.isArray(value)) return value.map((v: unknown, i) => redact(v, rule, [...path, String(i)]))
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, redact(v, rule, [...path, k])]))
  return hides(value, path, rule) ? redacted : value
}

function leaves(node: Node, path: readonly string[], see: (node: Node, path: readonly string[]) => void): void {
  if (node.kind === 'plain') see(node, path)
  for (const member of node.members) leaves(member.node, [...path, member.key], see)
}

/** The text with its secrets hidden; a text that cannot be read is hidden as a whole. */
export function redactText(raw: string, rule: SecretRule = byName): string {
  const edits: { start: number; end: number; text: string }[] = []
  try {
    leaves(treeOf(raw), [], (node, path) => {
      const value: unknown = Bun.JSON5.parse(raw.slice(node.start, node.end))
      if (hides(value, path, rule)) edits.push({ start: node.start, end: node.end, text: JSON.stringify(redacted) })
    })
  } catch (error) {
    if (error instanceof Fault) return ''
    throw error
  }
  return applyEdits(raw, edits)
}

/** A copy of a value of the wire whose secrets are hidden, also those of a config that is in it as a text (`raw`). */
export function redactFrame(value: unknown): unknown {
  const inside = (v: unknown, key = ''): unknown => {
    if (Array.isArray(v)) return v.map((one) => inside(one))
    if (isRecord(v)) return Object.fromEntries(Object.entries(v).map(([k, one]) => [k, inside(one, k)]))
    return key === 'raw' && typeof v === 'string' ? redactText(v) : v
  }
  return inside(redact(value))
}

/** The node of `now` that stands for what is at `path` in `next`; list entries are matched by id, else by index. */
function counterpart(now: Node, next: Node, nowText: string, nextText: string, path: readonly string[]) {
  let a: Node | undefined = now
  let b: Node | undefined = next
  for (const key of path) {
    const from: Node | undefined = a
    const inside: Node | undefined = b?.members.findLast((m) => m.key === key)?.node
    if (from?.kind === 'list') {
      const idOf = (node: Node | undefined, text: string) =>
        node && asRecord(Bun.JSON5.parse(text.slice(node.start, node.end)))['id']
      const id = idOf(inside, nextText)
      const same: boolean = from.members.length === b?.members.length
      a = from.members.find((m) => (id === undefined ? same && m.key === key : idOf(m.node, nowText) === id))?.node
    } else a = from?.members.findLast((m) => m.key === key)?.node
    b = inside
  }
  return a?.kind === 'plain' ? a : undefined
}

/** The new text with hidden secrets put back from the current one. Throws INVALID_REQUEST where there is none. */
export function restoreRedacted(nextText: string, currentText: string): string {
  if (!nextText.includes(redacted)) return nextText
  parseJson5(nextText, 'the new config')
  const next = treeOf(nextText)
  const now = currentText.trim() ? treeOf(currentText) : undefined
  const edits: { start: number; end: number; text: string }[] = []
  leaves(next, [], (node, path) => {
    if (Bun.JSON5.parse(nextText.slice(node.start, node.end)) !== redacted) return
    const kept = now && counterpart(now, next, currentText, nextText, path)
    const text = kept && currentText.slice(kept.start, kept.end)
    if (!text || text.includes(redacted))
      throw new Fault(
        'INVALID_REQUEST',
        `${path.join('.')} is ${redacted}, but no value is stored there; write the value`,
      )
    edits.push({ start: node.start, end: node.end, text })
  })
  return refuseRedacted(applyEdits(nextText, edits))
}

/** The text itself. Throws INVALID_REQUEST when a hidden secret is still in it, which must never be written. */
export function refuseRedacted(text: string): string {
  if (text.includes(redacted))
    throw new Fault('INVALID_REQUEST', `${redacted} stands for a hidden value and cannot be stored; write the value`)
  return text
}
