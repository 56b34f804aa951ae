// Gives memory back once it is quiet: a full collection after work, never during it.
import type { Bus } from './lib/bus.ts'
import type { Clock } from './lib/clock.ts'
import type { Scope } from './lib/scope.ts'
import type { GatewayEvent } from './domain/agent-event.ts'

/** Quiet needed before memory is given back, in ms. */
const quietMs = 1500

/** Collects when no run has said anything for a while; costs about 20 ms once after each burst of work. */
export function trimWhenQuiet(news: Bus<GatewayEvent>, clock: Clock, scope: Scope, idle: () => boolean): void {
  let last = 0
  let waiting = false

  async function wait() {
    while (clock.now() - last < quietMs || !idle()) await clock.sleep(quietMs, scope.signal)
    waiting = false
    Bun.gc(true)
  }

  scope.defer(
    'memory',
    news.listen((event) => {
      if (event.type !== 'agent') return
      last = clock.now()
      if (waiting) return
      waiting = true
      wait().catch(() => undefined) // the scope has closed
    }),
  )
}
