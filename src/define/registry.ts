// A list of definitions of one kind, looked up by id. Frozen; nothing registers itself.

/** What every definition has: its id and one sentence that says what it is. */
export interface Def<Id extends string = string> {
  readonly id: Id
  readonly summary: string
}

/** A frozen list with look-up. */
export interface Registry<T extends Def> {
  readonly kind: string
  readonly all: readonly T[]
  readonly ids: readonly T['id'][]
  get(id: string): T | undefined
}

/** Makes the registry of a list; throws when an id stands twice. */
export function registry<const T extends readonly Def[]>(
  kind: string,
  defs: T,
): Registry<T[number]> & { readonly all: T } {
  const byId = new Map<string, T[number]>()
  for (const def of defs) {
    if (byId.has(def.id)) throw new Error(`${kind} "${def.id}" is defined twice`)
    byId.set(def.id, def)
  }
  return Object.freeze({ kind, all: defs, ids: defs.map((d) => d.id), get: (id: string) => byId.get(id) })
}
