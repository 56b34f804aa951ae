// Calls that are on their way: a clock of our own must not overtake them, however busy the machine is.

/** So long, in real ms, a call may keep the clock waiting: some fakes never answer. */
const patienceMs = 250

/** A `fetch`, and whether a call of it is on its way that may yet be answered. */
export function inFlight(fetch = globalThis.fetch) {
  const begun = new Set<{ readonly at: number }>()
  const call = async (...args: Parameters<typeof fetch>) => {
    const one = { at: performance.now() }
    begun.add(one)
    try {
      return await fetch(...args)
    } finally {
      begun.delete(one)
    }
  }
  return {
    fetch: Object.assign(call, { preconnect: fetch.preconnect }),
    busy: () => [...begun].some((one) => performance.now() - one.at < patienceMs),
  }
}
