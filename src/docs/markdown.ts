// Markdown: tables laid out as a formatter leaves them, and words that mean themselves.

/** A text as code; in a table its bars are escaped. */
export const code = (text: string): string => (text ? `\`${text}\`` : '')

const cell = (text: string) => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')

/** A table with columns as wide as they need; beyond `widest`, longer cells stand out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], widest = Infinity): string {
  const cells = [head, ...rows].map((row) => head.map((_, i) => cell(row[i] ?? '')))
  const width = head.map((_, i) => Math.min(widest, Math.max(3, ...cells.map((row) => (row[i] as string).length))))
  const line = (row: readonly string[]) => `| ${row.map((text, i) => text.padEnd(width[i] as number)).join(' | ')} |`
  const [first = [], ...rest] = cells.map(line)
  return [first, line(width.map((w) => '-'.repeat(w))), ...rest].join('\n')
}

/** Blocks with an empty line between them; empty ones fall away. */
export const blocks = (...parts: readonly string[]): string => parts.filter(Boolean).join('\n\n')

/** By the code points of the names, so that the order is the same everywhere. */
export const byName = <T>(list: readonly T[], name: (one: T) => string): T[] =>
  [...list].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0))
