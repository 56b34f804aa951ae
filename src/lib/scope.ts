// A named lifetime: a signal that aborts, and things to undo, last opened first.

/** Something that was opened and knows how to close itself. */
interface Undo {
  readonly name: string
  run(): unknown
}

/** A lifetime. Closing it aborts its signal, then undoes everything it holds in reverse order. */
export class Scope implements AsyncDisposable {
  readonly #undo = new Set<Undo>()
  readonly #abort = new AbortController()
  #leave: () => void = () => undefined
  #closing: Promise<void> | undefined

  constructor(
    readonly name: string,
    parent?: Scope,
  ) {
    if (parent) this.#leave = parent.defer(name, () => this.close(parent.signal.reason))
  }

  /** Aborts when the scope closes. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Names of what is still open; empty after a clean close. */
  get open(): string[] {
    return [...this.#undo].map((u) => u.name)
  }

  /** Undoes `run` at close. The answer takes it back, for what ended by itself. Throws on a closed scope. */
  defer(name: string, run: () => unknown): () => void {
    if (this.signal.aborted) throw new Error(`${this.name} is closed; ${name} came too late`)
    const undo = { name, run }
    this.#undo.add(undo)
    return () => void this.#undo.delete(undo)
  }

  /** A lifetime inside this one. */
  child(name: string): Scope {
    return new Scope(name, this)
  }

  /** Closes everything in reverse. Safe to call twice. Throws an AggregateError of what failed to close. */
  close(reason: unknown = new Error(`${this.name} closed`)): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: unknown) {
    this.#leave()
    this.#abort.abort(reason)
    const errors: unknown[] = []
    for (const undo of [...this.#undo].reverse()) {
      try {
        await undo.run()
      } catch (error) {
        errors.push(error)
      }
      this.#undo.delete(undo)
    }
    if (errors.length) throw new AggregateError(errors, `closing ${this.name}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
