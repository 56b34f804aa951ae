// Opens the port: WebSocket and HTTP on one, bound where the config says.
import { X509Certificate } from 'node:crypto'
import { Fault } from '../lib/fault.ts'
import type { Scope } from '../lib/scope.ts'
import { tailnetAddress } from '../os/addresses.ts'
import type { Limiter } from './auth.ts'
import { canvas, type Canvas } from './canvas.ts'
import { canvasCaps } from './canvas-caps.ts'
import { http } from './http.ts'
import { peerOf, hostAllowed, hostName } from './origin.ts'
import { policy } from './handshake.ts'
import { withVouch, type ServerParts } from './parts.ts'
import { frameLog } from './frame-log.ts'
import { sockets, type Sockets, type Upgrade } from './ws.ts'
import type { Connection } from './connection.ts'

/** Where to listen. */
export interface ListenRule {
  readonly port: number
  readonly host: string
  /** The certificate to show; plain HTTP without one. */
  readonly tls?: TlsMaterial | undefined
  /** Whether the next free port will do when a stranger has this one. */
  readonly next: boolean
}

/** A certificate with its key, and who must have signed those of clients, as PEM. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  readonly ca?: string
}

/** A port that is open. */
export interface Listening {
  readonly port: number
  /** SHA-256 of the certificate that is shown, in hex; undefined without encryption. */
  readonly tls: string | undefined
  readonly host: string
  readonly sockets: Sockets
  /** Opens a port for the canvas alone; it closes with the scope. Throws what the system says. */
  openCanvas(port: number, scope: Scope): number
}

/** Ports tried after the wanted one. */
const tries = 20

/** The address of a bind mode. Throws INVALID_REQUEST when it cannot be told. */
export function bindHost(bind: string, custom: string | undefined): string {
  if (bind === 'lan') return '0.0.0.0'
  if (bind === 'custom') {
    if (!custom)
      throw new Fault(
        'INVALID_REQUEST',
        'gateway.bind is custom, but gateway.customBindHost is not set; `oclaw config set gateway.customBindHost 192.168.1.10`',
      )
    return custom
  }
  if (bind === 'tailnet') {
    const found = tailnetAddress()
    if (!found)
      throw new Fault(
        'UNAVAILABLE',
        'gateway.bind is tailnet, but this machine has no Tailscale address; start Tailscale, or `oclaw config set gateway.bind loopback`',
      )
    return found
  }
  return '127.0.0.1'
}

/** Opens the port; it closes with the scope, after connected clients were told. Throws CONFLICT when it is taken. */
export function listen(
  parts: ServerParts,
  rule: ListenRule,
  scope: Scope,
  limits: { secret: Limiter; device: Limiter },
  ready: () => boolean,
): Listening {
  const caps = canvasCaps(parts.clock)
  const site = canvas(parts, caps, limits.secret, scope)
  const side = sockets(parts, scope, limits, (c) => {
    const scheme = rule.tls || hostName(c.peer.host).endsWith('.ts.net') ? 'https' : 'http'
    return parts.canvas().enabled ? `${scheme}://${c.peer.host}/__openclaw__/cap/${caps.issue(c)}` : undefined
  })
  const app = http(parts, limits.secret, ready)
  const connections = new WeakMap<object, Connection>()
  const frameRule = parts.wsLog?.()
  const frames = frameRule && frameLog(parts.log, parts.clock, frameRule)

  const open = (port: number) =>
    Bun.serve<Upgrade | CanvasSocket>({
      port,
      hostname: rule.host,
      development: false,
      reusePort: false, // without development it is on, and two gateways would share a port and its callers
      ...(rule.tls ? { tls: tlsOptions(rule.tls) } : {}),
      idleTimeout: 120,
      maxRequestBodySize: policy.maxPayload,
      async fetch(request, server) {
        const ip = server.requestIP(request)?.address ?? '127.0.0.1'
        const shown = onCanvas(site, parts, request, ip, server, false)
        if (shown !== 'other') return shown
        if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
          return app.fetch(request, { ip, patience: () => server.timeout(request, 0) })
        const plain = peerOf(request.headers, ip, parts.net().trustedProxies)
        const peer = await withVouch(parts, request.headers, ip, plain)
        const names = [
          ...parts.net().hostNames,
          ...parts.net().allowedOrigins.map((o) => o.replace(/^\w+:\/\//, '').replace(/:\d+$/, '')),
        ]
        if (peer.origin !== undefined && !hostAllowed(peer.host, names))
          return new Response('Misdirected Request', { status: 421 })
        const upgrade = side.prepare(request, peer)
        return server.upgrade(request, { data: upgrade }) ? undefined : new Response('Bad Request', { status: 400 })
      },
      error: () => new Response('Internal Server Error', { status: 500 }),
      websocket: {
        maxPayloadLength: policy.maxPayload,
        backpressureLimit: policy.maxBufferedBytes,
        idleTimeout: 960,
        sendPings: false,
        open: (ws) =>
          'canvas' in ws.data
            ? site.joined(ws, ws.data.since)
            : void connections.set(ws, side.open(frames?.watch(ws) ?? ws, ws.data)),
        message(ws, data) {
          frames?.heard(ws, data)
          const c = connections.get(ws)
          if (c) side.message(c, data)
        },
        pong(ws) {
          const c = connections.get(ws)
          if (c) c.seenAt = parts.clock.now()
        },
        drain(ws) {
          const c = connections.get(ws)
          if (c?.alive) side.feed.caughtUp(c)
        },
        close(ws) {
          frames?.closed(ws)
          const c = connections.get(ws)
          if (c) side.closed(c)
          else site.left(ws)
        },
      },
    })

  const server = firstFree(rule, open)
  scope.defer('port', () => server.stop(true))
  const tls = rule.tls && new X509Certificate(rule.tls.cert).fingerprint256.replaceAll(':', '').toLowerCase()

  function openCanvas(port: number, at: Scope): number {
    const apart = Bun.serve<CanvasSocket>({
      port,
      hostname: rule.host,
      development: false,
      reusePort: false,
      ...(rule.tls ? { tls: tlsOptions(rule.tls) } : {}),
      fetch(request, own) {
        const ip = own.requestIP(request)?.address ?? '127.0.0.1'
        const shown = onCanvas(site, parts, request, ip, own, true)
        if (shown !== 'other') return shown
        const home = new URL(request.url).pathname === '/'
        return home ? Response.redirect('/__openclaw__/canvas/', 302) : new Response('Not Found', { status: 404 })
      },
      error: () => new Response('Internal Server Error', { status: 500 }),
      websocket: {
        open: (ws) => site.joined(ws, ws.data.since),
        message: () => undefined,
        close: (ws) => site.left(ws),
      },
    })
    at.defer('canvas port', () => apart.stop(true))
    return apart.port ?? port
  }

  return { port: server.port ?? rule.port, host: rule.host, tls, sockets: side, openCanvas }
}

/** What is known of the socket of an open page of the canvas. */
interface CanvasSocket {
  readonly canvas: true
  /** When the page was shown, in ms. */
  readonly since: number
}

/** Answers a request for the canvas; `other` when it is for somebody else. */
function onCanvas(
  site: Canvas,
  parts: ServerParts,
  request: Request,
  ip: string,
  server: { upgrade(request: Request, how: { data: CanvasSocket }): boolean },
  apart: boolean,
): Promise<Response> | Response | undefined | 'other' {
  if (!request.url.includes('/__openclaw__/')) return 'other'
  const call = site.wanted(new URL(request.url))
  if (!call) return 'other'
  const peer = peerOf(request.headers, ip, parts.net().trustedProxies)
  if (call.kind !== 'ws' || request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
    return site.answer(request, call, peer, apart)
  const no = site.refusal(request, call, peer)
  if (no) return no
  const at = Number(new URL(request.url).searchParams.get('at'))
  const since = at > 0 ? at : Number.MAX_SAFE_INTEGER
  return server.upgrade(request, { data: { canvas: true, since } })
    ? undefined
    : new Response('Bad Request', { status: 400 })
}

/** TLS 1.2 with forward secrecy and authenticated encryption only; 1.3 has nothing else: https://wiki.mozilla.org/Security/Server_Side_TLS */
const ciphers = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305']
  .flatMap((c) => [`ECDHE-ECDSA-${c}`, `ECDHE-RSA-${c}`])
  .join(':')

const tlsOptions = ({ cert, key, ca }: TlsMaterial) =>
  ca === undefined ? { cert, key, ciphers } : { cert, key, ciphers, ca, requestCert: true, rejectUnauthorized: true }

function firstFree<T>(rule: ListenRule, open: (port: number) => T): T {
  for (let port = rule.port; ; port++) {
    try {
      return open(port)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (code === 'EADDRINUSE' && rule.next && port < rule.port + tries) continue
      throw listenFault(error, code, rule.host, port)
    }
  }
}

function listenFault(error: unknown, code: string, host: string, port: number): Fault {
  const at = `${host}:${port}`
  if (code === 'EADDRINUSE')
    return new Fault(
      'CONFLICT',
      `port ${port} is taken by another program (\`ss -ltnp | grep ${port}\` names it); end it, use --force, or choose another: \`oclaw gateway --port ${port + 1}\``,
      { cause: error },
    )
  if (code === 'EACCES')
    return new Fault(
      'FORBIDDEN',
      `this user may not listen on ${at}; choose a port above 1024: \`oclaw gateway --port 18789\``,
      { cause: error },
    )
  if (code === 'EADDRNOTAVAIL')
    return new Fault(
      'INVALID_REQUEST',
      `this machine has no address ${host}; see \`ip addr\`, or \`oclaw config set gateway.bind loopback\``,
      { cause: error },
    )
  return new Fault('UNAVAILABLE', `cannot listen on ${at}`, { cause: error })
}
