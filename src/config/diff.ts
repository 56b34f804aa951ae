// What differs between two configs, as the dotted paths of the leaves.
import { Secret } from '../lib/secret.ts'
import { isRecord } from './section.ts'

const same = (a: unknown, b: unknown) =>
  a instanceof Secret && b instanceof Secret
    ? a.resolved === b.resolved && (!a.resolved || a.reveal() === b.reveal()) && Bun.deepEquals(a.ref, b.ref)
    : Bun.deepEquals(a, b, true)

/** The dotted paths at which two configs differ; lists count as one leaf, secrets are compared by value. */
export function changedPaths(a: unknown, b: unknown, at = ''): string[] {
  const plain = (v: unknown) => isRecord(v) && !(v instanceof Secret)
  if (plain(a) && plain(b)) {
    const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
    return [...new Set([...Object.keys(x), ...Object.keys(y)])].flatMap((key) =>
      changedPaths(x[key], y[key], at ? `${at}.${key}` : key),
    )
  }
  if (plain(a) !== plain(b) && (a === undefined || b === undefined)) return changedPaths(a ?? {}, b ?? {}, at)
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.some((v: unknown, i) => changedPaths(v, b[i]).length) ? [at] : []
  return same(a, b) ? [] : [at]
}
