// Values for the keys of a config by the types a list gives them, and what a schema says to each.
import type { z } from 'zod'

/** Values of a type from the list, and values it excludes. */
export function samples(type: string): { good: unknown[]; bad: unknown[] } {
  const words = [...type.replace(/ default=.*/, '').matchAll(/"([^"]*)"/g)].map((m) => m[1])
  if (type.startsWith('string pattern')) return { good: ['#ff4500'], bad: ['red', 5] }
  if (type.startsWith('"')) return { good: words, bad: ['no such word', {}] }
  if (type.startsWith('object')) return { good: [{}], bad: [5] }
  if (type.startsWith('array<string|number>')) return { good: [['a', 5]], bad: [5] }
  if (type.startsWith('array<')) return { good: [['a']], bad: [5, [{}]] }
  if (type.startsWith('array')) return { good: [[]], bad: [5, {}] }
  if (type.startsWith('boolean')) return { good: [true, false, ...words], bad: [5, 'x'] }
  const good: unknown[] = type.includes('string') ? ['text'] : []
  const number = /(?:^|[|R ])(integer|number)/.exec(type)?.[1]
  if (!number) return { good, bad: [[]] }
  const [, min] = /minimum=([\d.]+)/.exec(type) ?? []
  const [, max] = /maximum=([\d.]+)/.exec(type) ?? []
  const bad: unknown[] = [[], ...(number === 'integer' ? [1.5] : [])]
  if (min !== undefined) bad.push(Number(min) - 1)
  if (max !== undefined) bad.push(Number(max) + 1)
  if (type.includes('>0')) bad.push(0)
  good.push(min === undefined ? 5 : Number(min), ...(max === undefined ? [] : [Number(max)]))
  return { good, bad }
}

const put = (path: readonly string[], value: unknown): unknown => {
  const [head, ...rest] = path
  if (head === undefined) return value
  return head === '[]' ? [put(rest, value)] : { [head === '*' ? 'name' : head]: put(rest, value) }
}

/** The complaints of a section's schema about the key itself; what lacks beside it does not count. */
export function complaintsIn(schema: z.ZodType, path: string, value: unknown, deeper = false): string[] {
  const steps = path.replaceAll('[]', '.[]').split('.')
  const result = schema.safeParse(put(steps.slice(1), value))
  if (result.success) return []
  const at = steps.slice(1).map((s) => (s === '[]' ? '0' : s === '*' ? 'name' : s))
  const about = (issue: z.core.$ZodIssue, from: readonly PropertyKey[]): string[] => {
    const place = [...from, ...issue.path].map(String)
    if (issue.code === 'invalid_union') {
      const below = issue.errors.map((errors) => errors.flatMap((e) => about(e, place)))
      return below.some((b) => !b.length) ? [] : below.flat()
    }
    const unknown = issue.code === 'unrecognized_keys'
    const lacking = issue.code === 'invalid_type' && place.join('.') !== at.join('.')
    const upward = place.every((step, i) => at[i] === step)
    const downward = deeper && at.every((step, i) => place[i] === step)
    return unknown || (!lacking && upward) || downward ? [`${path}: ${place.join('.')} ${issue.message}`] : []
  }
  return result.error.issues.flatMap((issue) => about(issue, []))
}
