// What is known of a file, for as long as the file stays as it was.
import type { SkillFile } from '../domain/skill.ts'

/** Finds out what `read` says of a file, once per state of the file. */
export function factsOf<T>(read: (file: SkillFile) => T): (file: SkillFile) => T {
  const known = new Map<string, { readonly stamp: string; readonly fact: T }>()
  return (file) => {
    const before = known.get(file.path)
    if (before?.stamp === file.stamp) return before.fact
    const fact = read(file)
    known.set(file.path, { stamp: file.stamp, fact })
    return fact
  }
}
