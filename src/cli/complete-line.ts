// What may come next on a half-typed command line.
import type { Typed } from './context.ts'
import { globalFields, type Field } from './fields.ts'

/** A word that may come next, and what it is. */
export interface Completion {
  readonly word: string
  readonly about: string
}

/** The words that may come where the line ends; the program's name is its first word. */
export function completions(all: readonly Typed[], line: string): Completion[] {
  const typed = line.trimStart().split(/\s+/).slice(1)
  const begun = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  const words = before.filter((w) => !w.startsWith('-'))
  const begins = (e: Typed) => e.path.split(' ').every((w, i) => words[i] === w)
  const found = all.filter(begins).sort((a, b) => b.path.length - a.path.length)[0]
  const fields: readonly Field[] = found ? [...found.fields(), ...globalFields] : globalFields
  const last = before.at(-1)
  const valued = fields.find((f) => last === `--${f.flag}` && f.kind !== 'boolean')
  const fits = (list: readonly Completion[]) => list.filter((c) => c.word.startsWith(begun))
  if (valued) return fits((valued.words ?? []).map((word) => ({ word, about: valued.about })))
  if (begun.startsWith('-')) return fits(fields.map((f) => ({ word: `--${f.flag}`, about: f.about })))
  const next = new Map<string, string>()
  for (const e of all) {
    const path = e.path.split(' ')
    if (path.length <= words.length || !words.every((w, i) => path[i] === w)) continue
    const word = path[words.length] as string
    const about = path.length === words.length + 1 ? e.summary : (next.get(word) ?? `${[...words, word].join(' ')} …`)
    next.set(word, about)
  }
  return fits([...next].map(([word, about]) => ({ word, about })))
}
