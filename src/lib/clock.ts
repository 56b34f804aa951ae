// Time, as a parameter: the only file that may read the clock or set a timer.

/** Where the program gets its time from; milliseconds since the epoch. */
export interface Clock {
  now(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds from an arbitrary start, for measuring spans. */
  monotonic(): number
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

/** Resolves once the event loop has served everything that was already waiting. */
export const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Runs `fn` once the event loop has served everything that was already waiting. */
export const soon = (fn: () => void): void => void setImmediate(fn)

/** Runs `fn` after `ms` milliseconds of the machine's own time: for work nobody sees the time of. */
export const later = (ms: number, fn: () => void): void => void setTimeout(fn, ms)

/** A signal that aborts with `reason` after `ms` milliseconds, or when `parent` aborts; call `done` to free the timer. */
export function deadline(clock: Clock, ms: number, reason: unknown, parent?: AbortSignal) {
  const timer = new AbortController()
  const stop = new AbortController()
  clock.sleep(ms, stop.signal).then(
    () => timer.abort(reason),
    () => undefined,
  )
  return {
    signal: parent ? AbortSignal.any([parent, timer.signal]) : timer.signal,
    done: () => stop.abort(new Error('deadline no longer needed')),
  }
}

/** A clock that moves only when told to. */
export function testClock(start = 0) {
  let now = start
  let waiting: { readonly at: number; go(): void }[] = []
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const entry = { at: now + ms, go: resolve }
        waiting.push(entry)
        signal?.addEventListener(
          'abort',
          () => {
            waiting = waiting.filter((w) => w !== entry)
            reject(signal.reason)
          },
          { once: true },
        )
      }),
  }
  return Object.assign(clock, {
    /** Moves time forward by `ms`, waking sleepers in order. */
    async advance(ms: number) {
      const end = now + ms
      for (;;) {
        await nextTick()
        const next = waiting.filter((w) => w.at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        waiting = waiting.filter((w) => w !== next)
        now = Math.max(now, next.at)
        next.go()
      }
      now = end
    },
  })
}
