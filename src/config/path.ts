// Paths into the config as people type them: `agents.list[0].id`, `channels.telegram.groups["-100.5"]`.
import { Fault } from '../lib/fault.ts'
import { isRecord } from './section.ts'

const forbidden = new Set(['__proto__', 'prototype', 'constructor'])

/** Whether a key could reach into the prototype of an object, and is therefore refused everywhere. */
export const isForbiddenKey = (key: string): boolean => forbidden.has(key)

const bad = (text: string, why: string) =>
  new Fault('INVALID_REQUEST', `config path ${JSON.stringify(text)}: ${why}; write it like agents.list[0].id`)

/** The segments of a typed path. Throws INVALID_REQUEST when it is empty, unbalanced or reaches into prototypes. */
export function parsePath(text: string): string[] {
  const segments: string[] = []
  let now = ''
  let open = false
  const push = () => {
    if (now.trim()) segments.push(now.trim())
    now = ''
  }
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (char === '\\') now += text[++i] ?? ''
    else if (char === '.') push()
    else if (char === '[') {
      push()
      const [inside, end] = bracket(text, i)
      segments.push(inside)
      i = end
      open = true
    } else now += char
  }
  push()
  if (!segments.length) throw bad(text, open ? 'empty brackets' : 'it is empty')
  const reach = segments.find(isForbiddenKey)
  if (reach !== undefined) throw bad(text, `${reach} is not allowed`)
  return segments
}

function bracket(text: string, at: number): [inside: string, end: number] {
  const quote = /^\[\s*(["'])/.exec(text.slice(at))
  if (quote) {
    const mark = quote[1] as string
    let inside = ''
    let i = at + quote[0].length
    for (; i < text.length && text[i] !== mark; i++)
      inside += text[i] === '\\' ? (text[++i] ?? '') : (text[i] as string)
    const close = /^\s*\]/.exec(text.slice(i + 1))
    if (!close) throw bad(text, 'a ] is missing')
    if (!inside) throw bad(text, 'empty brackets')
    return [inside, i + close[0].length]
  }
  const end = text.indexOf(']', at)
  if (end < 0) throw bad(text, 'a ] is missing')
  const inside = text.slice(at + 1, end).trim()
  if (!inside) throw bad(text, 'empty brackets')
  return [inside, end]
}

const index = (segment: string) => (/^(0|[1-9]\d*)$/.test(segment) ? Number(segment) : undefined)

/** The value at a path, or undefined when there is none. */
export function getPath(value: unknown, path: readonly string[]): unknown {
  let at: unknown = value
  for (const segment of path) {
    if (Array.isArray(at)) at = (at as unknown[])[index(segment) ?? -1]
    else if (isRecord(at) && Object.hasOwn(at, segment)) at = at[segment]
    else return undefined
  }
  return at
}

/** A copy with `next` at the path; missing containers are made, lists when the segment is 0. Throws on a bad index. */
export function withPath(value: unknown, path: readonly string[], next: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return next
  if (isForbiddenKey(head)) throw bad(path.join('.'), `${head} is not allowed`)
  if (Array.isArray(value) || (!isRecord(value) && head === '0')) {
    const list = Array.isArray(value) ? [...(value as unknown[])] : []
    const at = index(head)
    if (at === undefined || at > list.length)
      throw bad(path.join('.'), `${head} is no index of a list of ${list.length}; the next free one is ${list.length}`)
    list[at] = withPath(list[at], rest, next)
    return list
  }
  const record = isRecord(value) ? value : {}
  return { ...record, [head]: withPath(Object.hasOwn(record, head) ? record[head] : undefined, rest, next) }
}

/** A copy without what is at the path. Throws NOT_FOUND when nothing is there. */
export function withoutPath(value: unknown, path: readonly string[]): unknown {
  const [head, ...rest] = path
  if (head === undefined || getPath(value, path) === undefined)
    throw new Fault('NOT_FOUND', `Config path not found: ${path.join('.')}; \`oclaw config get\` shows what is there`)
  if (Array.isArray(value)) {
    const list = value as unknown[]
    return rest.length
      ? list.map((v, i) => (i === Number(head) ? withoutPath(v, rest) : v))
      : list.filter((_, i) => i !== Number(head))
  }
  const record = value as Record<string, unknown>
  if (rest.length) return { ...record, [head]: withoutPath(record[head], rest) }
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== head))
}
