// Changes to the text of a config that leave every comment, the order of keys and everything else as it was.
import { Fault } from '../lib/fault.ts'
import { isForbiddenKey, withPath, withoutPath } from './path.ts'
import { asRecord, isRecord } from './section.ts'
import { parseJson5, treeOf } from './tree.ts'
import type { Member, Node } from './tree.ts'

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

const identifier = /^[$_\p{ID_Start}][$_\p{ID_Continue}]*$/u

/** How new entries are written: keys without quotes, and the line break in use. */
interface Style {
  readonly unquoted: boolean
  readonly eol: string
}

function print(value: unknown, indent: string | undefined, style: Style): string {
  const inner = indent === undefined ? undefined : `${indent}  `
  const wrap = (open: string, items: string[], close: string) => {
    if (!items.length) return open + close
    if (inner === undefined) return open + items.join(', ') + close
    return `${open}${style.eol}${inner}${items.join(`,${style.eol}${inner}`)}${style.eol}${indent}${close}`
  }
  if (Array.isArray(value)) {
    const items = value.map((v: unknown) => print(v, inner, style))
    return wrap('[', items, ']')
  }
  if (isRecord(value)) {
    const items = Object.entries(value).map(([k, v]) => `${printKey(k, style)}: ${print(v, inner, style)}`)
    return wrap('{', items, '}')
  }
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  return JSON.stringify(value)
}

const printKey = (key: string, style: Style) => (style.unquoted && identifier.test(key) ? key : JSON.stringify(key))

const indentAt = (text: string, at: number) => /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))?.[0] ?? ''

/** Whether two values are alike enough to be the same entry of a list: equal, or objects with the same id. */
function alike(a: unknown, b: unknown): boolean {
  const id = asRecord(a)['id']
  return id === undefined ? Bun.deepEquals(a, b, true) : id === asRecord(b)['id']
}

/** Collects the edits that turn the value at `node` from `old` into `next`. */
function compare(text: string, node: Node, old: unknown, next: unknown, style: Style, edits: Edit[]): void {
  if (Bun.deepEquals(old, next, true)) return
  if (node.kind === 'object' && isRecord(next)) return compareObject(text, node, asRecord(old), next, style, edits)
  if (node.kind === 'list' && Array.isArray(next) && Array.isArray(old))
    return compareList(text, node, old, next, style, edits)
  const lines = !Array.isArray(next) || next.some((v) => typeof v === 'object' && v !== null)
  const indent = lines ? indentAt(text, node.start) : undefined
  edits.push({ start: node.start, end: node.end, text: print(next, indent, style) })
}

function compareObject(
  text: string,
  node: Node,
  old: Record<string, unknown>,
  next: Record<string, unknown>,
  style: Style,
  edits: Edit[],
) {
  const kept: Member[] = []
  for (const member of node.members) {
    if (!Object.hasOwn(next, member.key)) continue
    kept.push(member)
    const last = node.members.findLast((m) => m.key === member.key)
    if (member === last) compare(text, member.node, old[member.key], next[member.key], style, edits)
  }
  const added = Object.entries(next).filter(([key]) => !node.members.some((m) => m.key === key))
  settle(text, node, kept, added, style, edits)
}

function compareList(
  text: string,
  node: Node,
  old: readonly unknown[],
  next: readonly unknown[],
  style: Style,
  edits: Edit[],
) {
  let tail = 0
  if (next.length < old.length)
    while (tail < next.length && alike(old[old.length - 1 - tail], next[next.length - 1 - tail])) tail++
  let head = 0
  while (head < next.length - tail && alike(old[head], next[head])) head++
  const spare = Math.max(0, old.length - next.length)
  const kept = node.members.filter((_, i) => i < next.length - tail || i >= next.length - tail + spare)
  kept.forEach((member, i) => compare(text, member.node, old[node.members.indexOf(member)], next[i], style, edits))
  settle(
    text,
    node,
    kept,
    next.slice(old.length).map((v) => ['', v] as const),
    style,
    edits,
  )
}

/** Takes out the members that are not kept, and puts the added ones at the end. */
function settle(
  text: string,
  node: Node,
  kept: readonly Member[],
  added: readonly (readonly [string, unknown])[],
  style: Style,
  edits: Edit[],
) {
  for (const member of node.members) if (!kept.includes(member)) edits.push(...removal(text, member))
  const last = kept.at(-1)
  const trailing = node.members.at(-1)?.comma !== undefined
  if (last?.comma !== undefined && !trailing && !added.length && last !== node.members.at(-1))
    edits.push({ start: last.comma, end: last.comma + 1, text: '' })
  if (!added.length) return
  const entry = ([key, value]: readonly [string, unknown], indent: string | undefined) =>
    (node.kind === 'object' ? `${printKey(key, style)}: ` : '') + print(value, indent, style)
  const first = node.members[0]
  const lines = text.slice(node.start, first?.start ?? node.end).includes('\n')
  if (last && lines) {
    const indent = indentAt(text, first?.start ?? 0)
    const items = added.map((a) => `${style.eol}${indent}${entry(a, indent)}`)
    if (last.comma === undefined) edits.push({ start: last.node.end, end: last.node.end, text: ',' })
    const at = endOfLine(text, last.comma === undefined ? last.node.end : last.comma + 1)
    edits.push({ start: at, end: at, text: items.join(',') + (trailing ? ',' : '') })
  } else if (last) {
    const items = added.map((a) => entry(a, undefined)).join(', ')
    const at = last.comma === undefined ? last.node.end : last.comma + 1
    edits.push({
      start: at,
      end: at,
      text: last.comma === undefined ? `, ${items}` : ` ${items}${trailing ? ',' : ''}`,
    })
  } else {
    const outer = indentAt(text, node.start)
    const indent = `${outer}  `
    const items = added.map((a) => `${style.eol}${indent}${entry(a, indent)}`).join(',')
    const before = /[ \t]*$/.exec(text.slice(0, node.end - 1))?.[0].length ?? 0
    const fresh = /[\r\n]$/.test(text.slice(0, node.end - 1 - before))
    const inside = fresh ? items.slice(style.eol.length) : items
    edits.push({ start: node.end - 1 - before, end: node.end - 1, text: `${inside}${style.eol}${outer}` })
  }
}

/** Where a line ends after what stands at `at`: behind comments on the same line, before the line break or bracket. */
function endOfLine(text: string, at: number): number {
  const rest = /^(?:[ \t]*\/\*(?:[^*\n]|\*(?!\/))*\*\/)*(?:[ \t]*\/\/[^\r\n\u2028\u2029]*)?/.exec(text.slice(at))
  return at + (rest?.[0].length ?? 0)
}

/** Takes a member out; its line goes too when nothing else stands there. */
function removal(text: string, member: Member): Edit[] {
  const lineStart = text.lastIndexOf('\n', member.start - 1) + 1
  const between = member.comma === undefined ? '' : text.slice(member.node.end, member.comma)
  const end = member.comma === undefined || between.trim() ? member.node.end : member.comma + 1
  const comma =
    member.comma !== undefined && between.trim() ? [{ start: member.comma, end: member.comma + 1, text: '' }] : []
  const alone = !text.slice(lineStart, member.start).trim()
  const after = /^[ \t]*(\r?\n)/.exec(text.slice(end))
  if (alone && after && lineStart > 0) return [{ start: lineStart, end: end + after[0].length, text: '' }, ...comma]
  const gap = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0
  return [{ start: member.start, end: end + (alone ? 0 : gap), text: '' }, ...comma]
}

/** Applies edits that do not overlap; those at the same place keep their order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let out = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    out += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return out + text.slice(at)
}

/** The text changed so that it means `next`. Throws INVALID_REQUEST when that cannot be done without re-printing. */
export function rewrite(raw: string, next: unknown): string {
  const text = raw.trim() ? raw : '{}\n'
  const old = parseJson5(text, 'the config')
  const root = treeOf(text)
  const keys = text.slice(root.start, root.members[0]?.node.start ?? root.end)
  const style = {
    unquoted: root.members.length > 0 && !/["']\s*:\s*$/.test(keys),
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
  const edits: Edit[] = []
  compare(text, root, old, next, style, edits)
  const out = applyEdits(text, edits)
  if (!Bun.deepEquals(Bun.JSON5.parse(out), next, true))
    throw new Fault('INVALID_REQUEST', 'the config cannot be changed without losing its layout; change it by hand')
  return out
}

const current = (raw: string) => (raw.trim() ? parseJson5(raw, 'the config') : {})

/** The text with `value` at the path. */
export const setPath = (raw: string, path: readonly string[], value: unknown): string =>
  rewrite(raw, withPath(current(raw), path, value))

/** The text without what is at the path. Throws NOT_FOUND when nothing is there. */
export const unsetPath = (raw: string, path: readonly string[]): string => rewrite(raw, withoutPath(current(raw), path))

const hasId = (v: unknown): v is { readonly id: unknown } => isRecord(v) && v['id'] !== undefined

/** A value with a merge patch applied: null deletes, lists of objects with ids merge by id, other lists are replaced. */
export function merged(value: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) {
    const add = patch as unknown[]
    const now: unknown[] = Array.isArray(value) ? value : []
    if (!add.length || !add.every(hasId) || !now.every(hasId)) return add
    const known = now.map((v) => merged(v, add.find((p) => asRecord(p)['id'] === v.id) ?? {}))
    return [...known, ...add.filter((p) => !now.some((v) => v.id === asRecord(p)['id'])).map((p) => merged({}, p))]
  }
  if (!isRecord(patch)) return patch
  const out: Record<string, unknown> = { ...asRecord(value) }
  for (const [key, change] of Object.entries(patch)) {
    if (isForbiddenKey(key)) throw new Fault('INVALID_REQUEST', `the patch must not contain the key ${key}`)
    if (change === null) delete out[key]
    else out[key] = merged(out[key], change)
  }
  return out
}

/** The text with a merge patch (https://www.rfc-editor.org/rfc/rfc7386) applied. Throws when the patch is no object. */
export function mergePatch(raw: string, patch: unknown): string {
  if (!isRecord(patch)) throw new Fault('INVALID_REQUEST', 'a config patch must be an object')
  return rewrite(raw, merged(current(raw), patch))
}
