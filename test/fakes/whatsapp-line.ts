// One client connected to the fake: the handshake, then stanzas in and out.
import { decodeBinaryNode, encodeBinaryNode, type BinaryNode } from 'baileys'
import type { ServerWebSocket } from 'bun'
import { noiseServer, type Hello } from './whatsapp-noise.ts'

/** What a line tells the server. */
export interface LineEvents {
  hello(line: Line, hello: Hello): void
  stanza(line: Line, node: BinaryNode): void
  /** Something no client of WhatsApp would send. */
  nonsense(line: Line, error: unknown): void
}

/** A connection of a client. */
export interface Line {
  readonly socket: ServerWebSocket<Wire>
  /** Whether a linked device is logged in on it. */
  loggedIn: boolean
  /** The payload of a device that is not linked yet. */
  fresh?: Hello
  feed(bytes: Uint8Array): void
  send(node: BinaryNode): void
  close(): void
}

/** What the socket carries. */
export interface Wire {
  line?: Line
}

/** Opens a line over a socket. */
export function openLine(socket: ServerWebSocket<Wire>, on: LineEvents): Line {
  let tail: Promise<unknown> = Promise.resolve()
  const noise = noiseServer({
    write: (bytes) => void socket.send(bytes),
    hello: (hello) => on.hello(line, hello),
    frame(plain) {
      tail = tail
        .then(() => decodeBinaryNode(Buffer.from(plain)))
        .then((node) => on.stanza(line, node))
        .catch((error: unknown) => on.nonsense(line, error))
    },
  })
  const line: Line = {
    socket,
    loggedIn: false,
    feed(bytes) {
      try {
        noise.feed(bytes)
      } catch (error) {
        on.nonsense(line, error)
      }
    },
    send(node) {
      if (socket.readyState === WebSocket.OPEN) socket.send(noise.frame(encodeBinaryNode(node)))
    },
    close: () => socket.terminate(),
  }
  return line
}

/** The server the lines come to; while `hole` is true nothing gets through, though sockets open and stay. */
export function lineServer(lines: Set<Line>, events: LineEvents, hole: () => boolean) {
  let server: Bun.Server<Wire> | undefined
  let port = 0
  return {
    port: () => port,
    async up() {
      server = Bun.serve<Wire>({
        hostname: '127.0.0.1',
        port,
        fetch(request, s) {
          if (hole()) return new Promise<Response>(() => undefined)
          if (request.headers.get('origin') !== 'https://web.whatsapp.com') return new Response('no', { status: 403 })
          return s.upgrade(request, { data: {} }) ? undefined : new Response('no', { status: 400 })
        },
        websocket: {
          open(socket) {
            socket.data.line = openLine(socket, events)
            lines.add(socket.data.line)
          },
          message(socket, data) {
            if (!hole() && typeof data !== 'string') socket.data.line?.feed(data)
          },
          close(socket) {
            if (socket.data.line) lines.delete(socket.data.line)
          },
        },
      })
      port = server.port ?? 0
      return Promise.resolve()
    },
    async down() {
      for (const line of lines) line.close()
      lines.clear()
      await server?.stop(true)
      server = undefined
    },
  }
}
