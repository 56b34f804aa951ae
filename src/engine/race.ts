// Waiting that ends when a signal says so, whatever the other side does.

/** Resolves as `work` does, or rejects with the signal's reason the moment it aborts. */
export function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined)
    return Promise.reject(signal.reason)
  }
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** The items of `source` until the signal aborts; then it throws the reason and lets the source go. */
export async function* untilAbort<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const it = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await orAbort(it.next(), signal)
      if (next.done) return
      yield next.value
    }
  } finally {
    void Promise.resolve(it.return?.()).catch(() => undefined)
  }
}
