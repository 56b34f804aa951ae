// One-way news inside the process. A listener that throws is logged and never stops the others.

/** A place to publish and to listen. */
export interface Bus<E> {
  publish(event: E): void
  /** Hears every event from now on; the answer stops it. */
  listen(hear: (event: E) => void): () => void
}

/** Makes a bus; `broken` hears of listeners that threw. */
export function bus<E>(broken: (error: unknown) => void): Bus<E> {
  const listeners = new Set<(event: E) => void>()
  return {
    publish(event) {
      for (const hear of listeners) {
        try {
          hear(event)
        } catch (error) {
          broken(error)
        }
      }
    },
    listen(hear) {
      listeners.add(hear)
      return () => void listeners.delete(hear)
    },
  }
}
