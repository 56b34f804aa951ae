// Identities that somebody else vouches for: a proxy in front of us, or Tailscale on this machine. Headers alone never do.
import type { AuthRule } from './auth.ts'
import { inRanges, isLoopback, plainIp, type Peer, type Vouched } from './origin.ts'

/** Says whose login an address of the tailnet has, by asking Tailscale on this machine; undefined when it knows none. */
export type Whois = (ip: string) => Promise<string | undefined>

/** What a request shows of itself. */
interface Shown {
  readonly headers: Headers
  readonly socketIp: string
  readonly peer: Peer
}

/** The user a trusted proxy names: only from its address, with every header it always sends, and on the list. */
function byProxy(rule: AuthRule, trusted: readonly string[], { headers, socketIp }: Shown): Vouched {
  const said = rule.trustedProxy
  if (!said) return { cause: 'trusted_proxy_config_missing' }
  if (!inRanges(socketIp, trusted)) return { cause: 'trusted_proxy_untrusted_source' }
  const missing = said.requiredHeaders.find((name) => !headers.get(name)?.trim())
  if (missing !== undefined) return { cause: `trusted_proxy_missing_header_${missing.toLowerCase()}` }
  const user = headers.get(said.userHeader)?.trim()
  if (!user) return { cause: 'trusted_proxy_user_missing' }
  if (said.allowUsers.length && !said.allowUsers.includes(user)) return { cause: 'trusted_proxy_user_not_allowed' }
  return { user, by: 'trusted-proxy' }
}

/**
 * The user `tailscale serve` names, once Tailscale itself says the same of the address it forwards: anybody can write
 * the header, so the address decides. https://tailscale.com/kb/1312/serve#identity-headers
 */
async function byTailscale({ headers, socketIp, peer }: Shown, whois: Whois): Promise<Vouched | undefined> {
  const login = headers.get('tailscale-user-login')?.trim()
  if (!login || peer.localDirect) return undefined
  const chain = headers.get('x-forwarded-for')?.trim() ?? ''
  const through = chain && headers.get('x-forwarded-proto') && headers.get('x-forwarded-host')
  if (!isLoopback(socketIp) || !through) return { cause: 'tailscale_proxy_missing' }
  if (chain.includes(',')) return { cause: 'tailscale_proxy_missing' } // serve names one address; more means another wrote it
  const known = await whois(plainIp(chain)).catch(() => undefined)
  if (known === undefined) return { cause: 'tailscale_whois_failed' }
  if (known.toLowerCase() !== login.toLowerCase()) return { cause: 'tailscale_user_mismatch' }
  return { user: known, by: 'tailscale' }
}

/** Who is vouched for in a request, under the rule in force; undefined when nobody claims to. */
export async function vouchedFor(
  rule: AuthRule,
  trusted: readonly string[],
  shown: Shown,
  whois: Whois,
): Promise<Vouched | undefined> {
  if (rule.mode === 'trusted-proxy') return byProxy(rule, trusted, shown)
  return rule.allowTailscale ? byTailscale(shown, whois) : undefined
}
