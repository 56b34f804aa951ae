// The HTTP routes, as the router itself lists them.
import { systemClock } from '../lib/clock.ts'
import { limiter } from '../server/auth.ts'
import { http } from '../server/http.ts'
import type { ServerParts } from '../server/parts.ts'
import { byName } from './markdown.ts'

/** One route. */
export interface RouteDoc {
  readonly method: string
  readonly path: string
}

/** Every route with a path of its own. The router is only made, never asked: it needs nothing of a gateway. */
export function routes(): RouteDoc[] {
  const nothing = {} as ServerParts
  const limit = limiter(systemClock, () => ({ maxAttempts: 0, windowMs: 0, lockoutMs: 0, exemptLoopback: true }))
  const own = http(nothing, limit, () => false).routes.filter((r) => !/^\/?\*$/.test(r.path))
  return byName(
    own.map((r) => ({ method: r.method, path: r.path.replace(/:(\w+)\{[^}]*\}/g, '<$1>') })),
    (r) => r.path,
  )
}
