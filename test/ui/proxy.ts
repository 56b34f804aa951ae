// A reverse proxy as people put in front of the gateway: it takes a path off, says for whom it asks, and passes sockets on.

interface Pipe {
  up: WebSocket
  early: string[]
}

/** Starts a proxy of a gateway's port below a path; what it forwards has the headers of nginx or `tailscale serve`. */
export function proxy(port: number, path: string) {
  const server = Bun.serve<Pipe>({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request, at) {
      const url = new URL(request.url)
      const headers = new Headers(request.headers)
      headers.set('x-forwarded-for', '203.0.113.7')
      headers.set('x-forwarded-proto', url.protocol.slice(0, -1))
      headers.set('x-forwarded-host', url.host)
      const to = `127.0.0.1:${port}${url.pathname}${url.search}`
      if (headers.get('upgrade')?.toLowerCase() === 'websocket') {
        const kept = ['origin', 'host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']
        const pass = Object.fromEntries(
          kept.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])),
        )
        const up = new WebSocket(`ws://${to}`, { headers: pass } as never)
        return at.upgrade(request, { data: { up, early: [] } }) ? undefined : new Response('no', { status: 400 })
      }
      if (!url.pathname.startsWith(path)) return new Response('elsewhere', { status: 404 })
      headers.set('accept-encoding', 'identity')
      return fetch(`http://${to}`, { method: request.method, headers, redirect: 'manual' })
    },
    websocket: {
      open(ws) {
        const { up, early } = ws.data
        up.addEventListener('open', () => early.splice(0).forEach((x) => up.send(x)))
        up.addEventListener('message', (e) => ws.send(String(e.data)))
        up.addEventListener('close', (e) => ws.close(e.code === 1006 ? 1011 : e.code, e.reason))
      },
      message: ({ data: { up, early } }, text) =>
        up.readyState === WebSocket.OPEN ? up.send(String(text)) : void early.push(String(text)),
      close: ({ data: { up } }) => up.close(),
    },
  })
  return server
}
