// Fetch for addresses we were given by others: limits of size, time and redirects, and nothing inside our own network.
import type { Clock } from './clock.ts'
import { deadline } from './clock.ts'
import { Fault } from './fault.ts'

/** Connects to exactly this address, whatever the URL's name would resolve to now; must not follow redirects. */
export type PinnedFetch = (url: URL, address: string, init: RequestInit) => Promise<Response>

/** Which addresses are fine, and how names become addresses. */
export interface AddressRule {
  /** All addresses of a name. */
  lookup(host: string, signal: AbortSignal): Promise<readonly string[]>
  /** Whether addresses of private networks and this machine are fine; those of cloud metadata never are. */
  readonly allowPrivate: boolean
  /** The config key that opens private addresses, for the refusal. */
  readonly opens?: string
}

/** The limits, and how names are looked up and connections made. */
export interface FetchGuard extends AddressRule {
  readonly fetch: PinnedFetch
  readonly clock: Clock
  /** Bytes of a decoded body. */
  readonly maxBytes: number
  /** Time from the call to the end of the body. */
  readonly timeoutMs: number
  readonly maxRedirects: number
}

/** Networks that are not the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry */
const reserved4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** A dotted IPv4 address as a number; undefined when it is not one. */
function parse4(text: string): number | undefined {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  const parts = m?.slice(1).map(Number)
  return parts?.every((n) => n <= 255) ? parts.reduce((sum, n) => sum * 256 + n, 0) : undefined
}

/** The eight groups of an IPv6 address; undefined when it is not one. Zones are not accepted. */
function parse6(text: string): number[] | undefined {
  const host = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1)
  if (!host) return undefined
  const [head = '', tail] = host.split('::')
  const groups = (s: string) => (s ? s.split(':').map((g) => Number.parseInt(g, 16)) : [])
  const [left, right] = [groups(head), groups(tail ?? '')]
  return tail === undefined ? left : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

const reservedNumbers = reserved4.map(([net, bits]) => ({ net: parse4(net) ?? 0, size: 2 ** (32 - bits) }))
const isPublic4 = (n: number): boolean => !reservedNumbers.some(({ net, size }) => n >= net && n < net + size)

/** Whether an address is of the public internet; IPv4 inside IPv6 (mapped, NAT64) is judged as IPv4. */
export function isPublicAddress(address: string): boolean {
  const v4 = parse4(address)
  if (v4 !== undefined) return isPublic4(v4)
  const g = parse6(address)
  if (!g) return false
  const [a = 0, b = 0] = g
  const last = (g[6] ?? 0) * 65_536 + (g[7] ?? 0)
  const zeros = (from: number, to: number) => g.slice(from, to).every((x) => x === 0)
  if (zeros(0, 5) && g[5] === 0xff_ff) return isPublic4(last)
  if (a === 0x64 && b === 0xff_9b && zeros(2, 6)) return isPublic4(last)
  if (a < 0x20_00 || a > 0x3f_ff) return false
  const special = (a === 0x20_01 && (b < 0x2_00 || b === 0xd_b8)) || a === 0x20_02 || (a === 0x3f_ff && b < 0x10_00)
  return !special
}

/** Where clouds keep their machines' secrets; refused even where private networks are allowed. */
function isMetadata(address: string): boolean {
  const v4 = parse4(address)
  if (v4 !== undefined) return v4 >>> 16 === 0xa9_fe || address === '100.100.100.200'
  const g = parse6(address)
  if (!g) return true
  return ((g[0] ?? 0) & 0xff_c0) === 0xfe_80 || (g[0] === 0xfd_00 && g[1] === 0xe_c2) || (g[6] === 0xa9_fe && !g[4])
}

const privateName = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|localdomain)$/

const refuse = (what: string, { opens }: AddressRule) =>
  new Fault(
    'FORBIDDEN',
    `${what}; fetching is limited to the public internet${opens === undefined ? '' : ` (${opens} opens it)`}`,
  )

/** The URL to ask. Throws a Fault that says why it must not be asked. */
export function checkedUrl(text: string, guard: AddressRule): URL {
  const url = URL.parse(text)
  if (!url) throw new Fault('INVALID_REQUEST', `"${text.slice(0, 200)}" is not a URL`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Fault('INVALID_REQUEST', `only http and https can be fetched, not ${url.protocol}`)
  if (url.username || url.password)
    throw new Fault('INVALID_REQUEST', 'a URL with a user name or password in it is not fetched')
  const name = url.hostname.replace(/\.$/, '')
  if (!guard.allowPrivate && privateName.test(name)) throw refuse(`${name} is a name of a private network`, guard)
  return url
}

/** The address to connect to. Throws FORBIDDEN unless every address of the name is allowed, NOT_FOUND without any. */
export async function addressOf(url: URL, guard: AddressRule, signal: AbortSignal): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const literal = parse4(host) !== undefined || host.includes(':')
  const addresses = literal ? [host] : await guard.lookup(host, signal)
  for (const address of addresses)
    if (isMetadata(address) || !(guard.allowPrivate || isPublicAddress(address)))
      throw refuse(
        literal ? `${host} is not a public address` : `${host} leads to ${address}, which is not public`,
        guard,
      )
  const best = addresses.find((a) => parse4(a) !== undefined) ?? addresses[0]
  if (!best) throw new Fault('NOT_FOUND', `${host} has no address`)
  return best
}

/** The body, counted: errors with TOO_LARGE after `max` bytes; `done` is called at its end. */
function counted(body: ReadableStream<Uint8Array>, max: number, signal: AbortSignal, done: () => void) {
  const reader = body.getReader()
  let bytes = 0
  return new ReadableStream<Uint8Array>({
    start(out) {
      signal.addEventListener('abort', () => {
        out.error(signal.reason)
        reader.cancel(signal.reason).catch(() => undefined)
      })
    },
    async pull(out) {
      try {
        const next = await reader.read()
        if (signal.aborted) return
        if (next.done) {
          done()
          return out.close()
        }
        bytes += next.value.length
        if (bytes > max) throw new Fault('TOO_LARGE', `the answer is longer than ${max} bytes`)
        out.enqueue(next.value)
      } catch (error) {
        done()
        void reader.cancel().catch(() => undefined)
        if (!signal.aborted) out.error(error)
      }
    },
    cancel(reason) {
      done()
      return reader.cancel(reason)
    },
  })
}

/** What the next request of a redirect looks like: POST becomes GET where browsers do so; secrets stay with their origin. */
function redirected(init: RequestInit, from: URL, to: URL, status: number): RequestInit {
  const headers = new Headers(init.headers)
  if (from.origin !== to.origin) for (const h of ['authorization', 'cookie', 'proxy-authorization']) headers.delete(h)
  const method = init.method?.toUpperCase() ?? 'GET'
  if (status === 303 || (method === 'POST' && status < 303)) {
    headers.delete('content-type')
    return { ...init, headers, method: method === 'HEAD' ? 'HEAD' : 'GET', body: null }
  }
  return { ...init, headers }
}

/** A fetch within the limits of `guard`. Each hop is looked up, checked, and connected to at the checked address. */
export function guardedFetch(guard: FetchGuard): typeof globalThis.fetch {
  async function run(input: string | URL | Request, given: RequestInit = {}): Promise<Response> {
    const request = input instanceof Request ? input : undefined
    let init: RequestInit = request
      ? { method: request.method, headers: request.headers, body: request.body, ...given }
      : given
    const late = new Fault('TIMEOUT', `no complete answer within ${guard.timeoutMs} ms`)
    const limit = deadline(guard.clock, guard.timeoutMs, late, given.signal ?? request?.signal ?? undefined)
    const { signal } = limit
    const gone = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    )
    gone.catch(() => undefined)
    try {
      signal.throwIfAborted()
      let url = checkedUrl(input instanceof Request ? input.url : input.toString(), guard)
      for (let hops = 0; ; hops++) {
        const address = await Promise.race([gone, addressOf(url, guard, signal)])
        const response = await Promise.race([gone, guard.fetch(url, address, { ...init, redirect: 'manual', signal })])
        const to = [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get('location') : null
        if (to === null || init.redirect === 'manual') return wrap(response, url, signal, limit.done)
        await response.body?.cancel()
        if (init.redirect === 'error' || hops >= guard.maxRedirects)
          throw new Fault('LIMITED', `${url.host} redirects too often; at most ${guard.maxRedirects} are followed`)
        const next = checkedUrl(URL.parse(to, url)?.href ?? to, guard)
        init = redirected(init, url, next, response.status)
        url = next
      }
    } catch (error) {
      limit.done()
      throw error
    }
  }

  function wrap(response: Response, url: URL, signal: AbortSignal, done: () => void): Response {
    const length = Number(response.headers.get('content-length') ?? 0)
    if (length > guard.maxBytes)
      throw new Fault('TOO_LARGE', `the answer has ${length} bytes, more than ${guard.maxBytes}`)
    if (!response.body) done()
    const body = response.body ? counted(response.body, guard.maxBytes, signal, done) : null
    const { status, statusText, headers } = response
    return Object.defineProperty(new Response(body, { status, statusText, headers }), 'url', { value: url.href })
  }

  return Object.assign(run, { preconnect: () => undefined })
}
