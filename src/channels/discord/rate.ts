// Discord's rate limits as its answers tell them: https://discord.com/developers/docs/topics/rate-limits.
import type { Clock } from '../../lib/clock.ts'

/** What of a request its limit depends on. */
interface Route {
  readonly method: string
  readonly path: string
}

/** What is known of the limits. */
export interface RateLimits {
  /** How long a request must wait, in ms. */
  waitFor(route: Route): number
  /** Reads the limits an answer tells. */
  heed(route: Route, headers: Headers): void
  /** Takes note of a refusal: nothing more of this route, or of any, for `ms`. */
  stop(route: Route, ms: number, global: boolean): void
}

interface Bucket {
  left: number
  until: number
}

/** Limits count by channel, server or webhook, whatever else the path names. */
function keyOf({ method, path }: Route): { readonly route: string; readonly major: string } {
  const [, major = ''] = /^\/(?:channels|guilds|webhooks)\/(\d+)/.exec(path) ?? []
  const route = path
    .replace(/\/reactions\/.*/, '/reactions')
    .replace(/\/(webhooks|interactions)\/\d+\/[^/]+/, '/$1/id/token')
    .replace(/\d{16,}/g, 'id')
  return { route: `${method} ${route}`, major }
}

/** Most buckets remembered; the oldest are forgotten. */
const maxBuckets = 1000

/** A memory of limits; nothing is known of them yet. */
export function rateLimits(clock: Clock): RateLimits {
  const names = new Map<string, string>()
  const buckets = new Map<string, Bucket>()
  let freeAt = 0

  const find = (r: Route): string => {
    const { route, major } = keyOf(r)
    return `${names.get(route) ?? route}/${major}`
  }

  function keep(key: string, bucket: Bucket) {
    buckets.delete(key)
    buckets.set(key, bucket)
    const oldest = buckets.keys().next().value
    if (buckets.size > maxBuckets && oldest !== undefined) buckets.delete(oldest)
  }

  return {
    waitFor(r) {
      const now = clock.now()
      const bucket = buckets.get(find(r))
      const own = bucket && bucket.left <= 0 ? bucket.until - now : 0
      if (bucket && bucket.left > 0 && bucket.until > now) bucket.left--
      return Math.max(0, own, freeAt - now)
    },
    heed(r, headers) {
      const name = headers.get('x-ratelimit-bucket')
      const left = headers.get('x-ratelimit-remaining')
      const reset = headers.get('x-ratelimit-reset-after')
      if (name) names.set(keyOf(r).route, name)
      if (left !== null && reset !== null)
        keep(find(r), { left: Number(left), until: clock.now() + Number(reset) * 1000 })
    },
    stop(r, ms, global) {
      if (global) freeAt = clock.now() + ms
      else keep(find(r), { left: 0, until: clock.now() + ms })
    },
  }
}
