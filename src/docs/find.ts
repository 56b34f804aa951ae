// Looks words up in the reference.
import { blocks } from './markdown.ts'

/** A piece of the reference: a heading of its own, or a row of a table. */
interface Piece {
  readonly topic: string
  readonly text: string
}

function pieces(topic: string, text: string): Piece[] {
  const titled = text.split(/\n(?=#{2,3} )/).slice(1)
  const rows = (part: string) => part.split('\n').filter((line) => line.startsWith('| `'))
  const list = topic === 'config' ? titled.flatMap(rows) : titled.filter((part) => part.startsWith('### '))
  return list.map((found) => ({ topic, text: found.replaceAll(/ {2,}/g, ' ').trim() }))
}

/** Most pieces of one topic that are shown. */
const most = 10

/** What the reference says with all of these words in it; those that name it come first. `undefined` when nothing does. */
export function find(topics: Readonly<Record<string, string>>, words: readonly string[]): string | undefined {
  const wanted = words.map((w) => w.toLowerCase())
  const has = (text: string) => wanted.every((w) => text.toLowerCase().includes(w))
  const shown = Object.entries(topics).flatMap(([topic, text]) => {
    const hits = pieces(topic, text).filter((p) => has(p.text))
    const named = (p: Piece) => (has(p.text.split(topic === 'config' ? ' | ' : '\n')[0] as string) ? 0 : 1)
    const first = [...hits].sort((a, b) => named(a) - named(b))
    if (!first.length) return []
    const more = first.length > most ? `… and ${first.length - most} more in \`oclaw docs ${topic}\`` : ''
    return [
      blocks(
        `## ${topic}`,
        first
          .slice(0, most)
          .map((p) => p.text)
          .join(topic === 'config' ? '\n' : '\n\n'),
        more,
      ),
    ]
  })
  return shown.length ? shown.join('\n\n') : undefined
}
