// Who is on the other end of a request: the real address, whether it is this machine, and whether a browser may.

/** Who is vouched for and by whom; or why nobody is, in the wire's words. */
export type Vouched = { readonly user: string; readonly by: 'tailscale' | 'trusted-proxy' } | { readonly cause: string }

/** What is known of a request's sender. */
export interface Peer {
  /** The client's address; undefined when a trusted proxy does not say. */
  readonly ip: string | undefined
  /** Whom wrong guesses are counted against: the address, but a page on this machine is not exempt as its programs are. */
  readonly guesser: string | undefined
  /** Whether it comes from this machine itself, not through a proxy, under a local name. */
  readonly localDirect: boolean
  readonly origin: string | undefined
  readonly host: string
  /** Who is vouched for, once it was looked at. */
  readonly vouched?: Vouched | undefined
}

/** An address without the IPv4-in-IPv6 prefix. */
export const plainIp = (ip: string): string => ip.replace(/^::ffff:/i, '')

/** Whether an address is of this machine. */
export const isLoopback = (ip: string): boolean => ip === '::1' || plainIp(ip).startsWith('127.')

const toNumber = (ip: string): number => ip.split('.').reduce((n, part) => n * 256 + Number(part), 0)

/** Whether an address is in a list of addresses and IPv4 ranges (`10.0.0.0/8`). */
export function inRanges(ip: string, ranges: readonly string[]): boolean {
  const plain = plainIp(ip)
  return ranges.some((range) => {
    const [base = '', bits] = range.split('/')
    if (bits === undefined) return plainIp(base) === plain
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(plain) || !/^\d+\.\d+\.\d+\.\d+$/.test(base)) return false
    const size = 2 ** (32 - Number(bits))
    return Math.floor(toNumber(plain) / size) === Math.floor(toNumber(base) / size)
  })
}

/** The name in a Host header, without its port. */
export const hostName = (host: string): string =>
  host
    .replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
    .replace(/^([^:]+):\d+$/, '$1')
    .toLowerCase()

const localName = (name: string) => name === 'localhost' || name === '::1' || name === '127.0.0.1'

/** The client a chain of proxies names: the last one that is no trusted proxy, as what stands before it anyone can write. */
function namedIn(chain: string, trusted: readonly string[]): string | undefined {
  const named = chain.split(',').flatMap((ip) => plainIp(ip.trim()) || [])
  return named.findLast((ip) => !inRanges(ip, trusted)) ?? named[0]
}

/** What a request's socket and headers say about its sender; only `trusted` proxies are believed. */
export function peerOf(headers: Headers, socketIp: string, trusted: readonly string[]): Peer {
  const forwarded = headers.get('x-forwarded-for') ?? headers.get('x-real-ip') ?? headers.get('x-forwarded-host')
  const proxied = inRanges(socketIp, trusted)
  const chain = headers.get('x-forwarded-for') ?? headers.get('x-real-ip') ?? ''
  const ip = proxied ? namedIn(chain, trusted) : plainIp(socketIp)
  const origin = headers.get('origin') ?? undefined
  const host = headers.get('host') ?? ''
  const name = hostName(host)
  return {
    ip,
    guesser: origin !== undefined && ip !== undefined && isLoopback(ip) ? `pages on ${ip}` : ip,
    host,
    origin,
    localDirect:
      ip !== undefined &&
      isLoopback(ip) &&
      (localName(name) || name.endsWith('.ts.net')) &&
      (forwarded === null || proxied),
  }
}

/** Whether a page of this origin may use us: listed, of our own host, or both on this machine. */
export function originAllowed(peer: Peer, allowed: readonly string[]): boolean {
  const { origin } = peer
  if (!origin || origin === 'null') return false
  if (allowed.some((a) => a.toLowerCase().replace(/\/$/, '') === origin.toLowerCase())) return true
  let url: URL
  try {
    url = new URL(origin)
  } catch {
    return false
  }
  if (url.host.toLowerCase() === peer.host.toLowerCase()) return true
  return localName(url.hostname.replace(/^\[|\]$/g, '')) && localName(hostName(peer.host))
}

/** Whether a Host header can be ours: an address, a local name, a tailnet name, or listed. Stops DNS rebinding. */
export function hostAllowed(host: string, names: readonly string[]): boolean {
  const name = hostName(host)
  if (!name || localName(name) || name.endsWith('.ts.net') || name.endsWith('.local') || names.includes(name))
    return true
  return /^[\d.]+$/.test(name) || name.includes(':') || !name.includes('.')
}
