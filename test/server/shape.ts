// Compares what this gateway says with what was recorded of the original.

/** Where an answer lacks something that was recorded, or has another type. What was null may be anything. */
export function differences(was: unknown, is: unknown, at: string): string[] {
  if (was === null) return is === undefined ? [`${at} is missing`] : []
  const kind = (x: unknown) => (Array.isArray(x) ? 'list' : x === null ? 'null' : typeof x)
  if (kind(was) !== kind(is)) return [`${at} is ${kind(is)}, not ${kind(was)}`]
  if (Array.isArray(was) && Array.isArray(is))
    return was.length && is.length ? differences(was[0], is[0], `${at}[0]`) : []
  if (typeof was !== 'object') return []
  return Object.entries(was).flatMap(([key, value]) =>
    differences(value, (is as Record<string, unknown>)[key], `${at}.${key}`),
  )
}
