// What an import found, took, knew already and left, in one place for people and programs.

/** Something that was not taken, and why. */
export interface Left {
  readonly what: string
  readonly why: string
  /** How many things that were; 0 for a remark. */
  readonly count: number
}

/** One kind of thing: `found` = `added` + `known` + all that was left. */
export interface Item {
  readonly kind: string
  readonly found: number
  readonly added: number
  readonly known: number
  readonly left: readonly Left[]
}

/** Counts one kind of thing while it is gone through. */
export class Tally {
  #added = 0
  #known = 0
  readonly #left: Left[] = []

  constructor(readonly kind: string) {}

  add(): void {
    this.#added++
  }

  known(): void {
    this.#known++
  }

  leave(what: string, why: string, count = 1): void {
    this.#left.push({ what, why, count })
  }

  /** The counts as they are now. */
  item(): Item {
    const found = this.#added + this.#known + this.#left.reduce((n, l) => n + l.count, 0)
    return { kind: this.kind, found, added: this.#added, known: this.#known, left: this.#left }
  }
}
