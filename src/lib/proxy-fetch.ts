// Fetch through a proxy.

/** The fetch whose requests go through `proxy` (an address such as `http://host:3128`); as it was without one. */
export function proxyFetch(fetch: typeof globalThis.fetch, proxy: string | undefined): typeof globalThis.fetch {
  if (!proxy) return fetch
  return Object.assign((input: string | URL | Request, init?: RequestInit) => fetch(input, { ...init, proxy }), {
    preconnect: fetch.preconnect,
  })
}
