// Gives memory back: a full collection once it is quiet, and during work only when much has gathered.
import type { Bus } from '../lib/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Scope } from '../lib/scope.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'

/** Quiet needed before memory is given back, in ms. */
const quietMs = 1500
/** Runs between two looks at how much is used, and the growth, in bytes, that is worth a pause of about 20 ms. */
const often = 8
const muchBytes = 16 * 1024 * 1024
/** Time between two pauses during work, in lengths of a pause: no more than a fifth of it is spent on them. */
const rest = 4

/** Collects when no run has said anything for a while, or when memory has grown a lot while they do. */
export function trimWhenQuiet(news: Bus<GatewayEvent>, clock: Clock, scope: Scope, idle: () => boolean): void {
  let last = 0
  let waiting = false
  let ended = 0
  let kept = process.memoryUsage.rss()
  let next = clock.monotonic()

  function collect() {
    const began = clock.monotonic()
    Bun.gc(true)
    kept = process.memoryUsage.rss()
    const done = clock.monotonic()
    next = done + rest * (done - began)
  }

  async function wait() {
    while (clock.now() - last < quietMs || !idle()) await clock.sleep(quietMs, scope.signal)
    waiting = false
    collect()
  }

  scope.defer(
    'memory',
    news.listen((event) => {
      if (event.type !== 'agent') return
      last = clock.now()
      const over = event.event.type === 'finished'
      const due = over && ++ended % often === 0 && clock.monotonic() > next
      if (due && process.memoryUsage.rss() - kept > muchBytes) collect()
      if (waiting) return
      waiting = true
      wait().catch(() => undefined) // the scope has closed
    }),
  )
}
