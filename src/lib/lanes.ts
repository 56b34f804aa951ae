// Work in lanes: one at a time per key, at most `width` at a time in all, in the order it came.

/** A task's place in its lane. */
interface Waiting {
  readonly key: string
  run(): Promise<void>
}

/** Keyed queues with a shared limit. */
export interface Lanes {
  /** Runs `task` when its key is free and the limit allows; resolves or rejects as the task does. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>
  /** Whether anything of this key is running. */
  busy(key: string): boolean
  /** How many tasks are running. */
  readonly running: number
  /** Changes the shared limit from now on. */
  widen(width: number): void
}

/** Makes lanes that run at most `width` tasks at a time. */
export function lanes(width: number): Lanes {
  const queues = new Map<string, Waiting[]>()
  const active = new Set<string>()
  const ready: string[] = []
  let limit = width

  function next() {
    while (active.size < limit && ready.length) {
      const key = ready.shift() as string
      const queue = queues.get(key)
      const task = queue?.shift()
      if (!queue || !task) continue
      active.add(key)
      void task.run().finally(() => {
        active.delete(key)
        if (queue.length) ready.push(key)
        else queues.delete(key)
        next()
      })
    }
  }

  return {
    run: (key, task) =>
      new Promise((resolve, reject) => {
        const entry = { key, run: () => task().then(resolve, reject) }
        const queue = queues.get(key)
        if (queue) queue.push(entry)
        else queues.set(key, [entry])
        if (!active.has(key) && (queues.get(key)?.length ?? 0) === 1) ready.push(key)
        next()
      }),
    busy: (key) => active.has(key),
    get running() {
      return active.size
    },
    widen(width) {
      limit = width
      next()
    },
  }
}
