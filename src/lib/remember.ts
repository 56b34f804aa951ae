// Values that are worked out once per owner and name, and forgotten with the owner.

/** Answers a value of an owner by name; `make` is called at the first time only. What it throws is not remembered. */
export type Remember<O extends object, V> = (owner: O, name: string, make: () => V) => V

/** A memory of its own. */
export function remember<O extends object, V>(): Remember<O, V> {
  const all = new WeakMap<O, Map<string, V>>()
  return (owner, name, make) => {
    const known = all.get(owner) ?? new Map<string, V>()
    all.set(owner, known)
    const found = known.get(name)
    if (found !== undefined) return found
    const made = make()
    known.set(name, made)
    return made
  }
}
