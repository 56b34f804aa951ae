// The secrets an address may carry: taken for this origin only, and out of the address bar before anything else happens.
import { keep, kept } from './kept.ts'

/** What the address bar held: the gateway's secret, or a ticket that `oclaw dashboard` made. */
function take(): string | undefined {
  const url = new URL(location.href)
  const hash = new URLSearchParams(url.hash.slice(1))
  const found = hash.get('ticket') ?? hash.get('token') ?? url.searchParams.get('token') ?? undefined
  // An address never says which gateway to talk to: that is the one this page came from.
  const secret = ['token', 'ticket', 'password', 'gatewayUrl']
  if (!secret.some((name) => url.searchParams.has(name) || hash.has(name))) return undefined
  for (const name of secret) url.searchParams.delete(name)
  history.replaceState(null, '', `${url.pathname}${url.search}`)
  return found?.trim() || undefined
}

let shown = take()

/** What to show at the next sign-in: what was typed or in the address, else this browser's own token. */
export function secret(): { readonly token?: string; readonly password?: string } {
  if (shown !== undefined) return { token: shown, password: shown }
  const own = kept('token')
  return own === undefined ? {} : { token: own }
}

/** Whether there is anything to show. */
export const hasSecret = (): boolean => shown !== undefined || kept('token') !== undefined

/** Whether what is shown is what a person gave, and not this browser's own token. */
export const isGiven = (): boolean => shown !== undefined

/** Takes what a person typed. */
export const giveSecret = (text: string): void => void (shown = text.trim() || undefined)

/** Keeps the token this browser was given; what let it in is forgotten. */
export function signedIn(token: string): void {
  shown = undefined
  keep('token', token)
}

/** Forgets every secret. */
export function forget(): void {
  shown = undefined
  keep('token', undefined)
}
