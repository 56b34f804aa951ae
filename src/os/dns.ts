// Names to addresses, and connections that go to a given address whatever the name says by then.
import { lookup } from 'node:dns/promises'
import type { PinnedFetch } from '../lib/fetch.ts'
import { Fault } from '../lib/fault.ts'

/** All addresses of a name, as the machine's own resolver gives them. Throws NOT_FOUND. */
export async function lookupAll(host: string, signal: AbortSignal): Promise<readonly string[]> {
  signal.throwIfAborted()
  try {
    return (await lookup(host, { all: true })).map((a) => a.address)
  } catch (error) {
    throw new Fault('NOT_FOUND', `the name ${host} could not be looked up`, { cause: error })
  }
}

/**
 * Fetches from `address`, with the URL's own name in the Host header and in the TLS handshake, whose certificate is
 * checked against that name. Connections are not kept, so none made for one name serves another.
 */
export const pinnedFetch: PinnedFetch = (url, address, init) => {
  const at = new URL(url)
  at.hostname = address.includes(':') ? `[${address}]` : address
  const headers = new Headers(init.headers)
  headers.set('host', url.host)
  const named = at.hostname !== url.hostname
  return fetch(at, { ...init, headers, keepalive: false, ...(named ? { tls: { serverName: url.hostname } } : {}) })
}
