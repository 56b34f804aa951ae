// What this browser keeps between visits, for this gateway only: its key, its token, drafts, and how things look.
import { base } from './place.ts'

const nameOf = (key: string) => `oclaw:${base}:${key}`

/** What is kept under a name; undefined when nothing is, or when the browser keeps nothing. */
export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(nameOf(key)) ?? undefined
  } catch {
    return undefined // a browser told to keep nothing
  }
}

/** Keeps a text under a name; undefined forgets it. */
export function keep(key: string, value: string | undefined): void {
  try {
    if (value === undefined || value === '') localStorage.removeItem(nameOf(key))
    else localStorage.setItem(nameOf(key), value)
  } catch {
    return // it is good for this visit all the same
  }
}
