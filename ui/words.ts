// Says things in the reader's language; every text of the UI is in words.json, and nowhere else.
import english from './words.json'

/** The name of a text. */
export type Word = keyof typeof english

/** A text with its gaps filled: `{n}` by the value named n; `{n|one|many}` by the word that fits the number. */
export function t(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  return english[word].replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = values[name] ?? ''
    if (one === undefined || many === undefined) return String(value)
    return (Number(value) === 1 ? one : many).replace('#', String(value))
  })
}

/** Whether a text of this name is there. */
export const isWord = (name: string): name is Word => Object.hasOwn(english, name)
