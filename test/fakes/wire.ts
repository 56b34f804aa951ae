// A wire on loopback between a client and a server: it can be cut, and it can go dead without anybody being told.
import { connect, createServer, type Socket } from 'node:net'

/** Starts a wire to `target()`, a port of this machine. */
export async function wire(target: () => number) {
  const open = new Set<Socket>()
  let frozen = false
  const server = createServer((near) => {
    const far = connect(target(), '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.on('data', (bytes) => {
        if (!frozen) to.write(bytes)
      })
      from.on('close', () => {
        open.delete(from)
        if (!frozen) to.destroy()
      })
      from.on('error', () => from.destroy())
    }
  })
  let port = 0
  const listen = () =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', () => {
        const at = server.address()
        port = typeof at === 'object' && at ? at.port : port
        resolve()
      })
    })
  const cut = () => {
    for (const socket of open) socket.destroy()
  }
  await listen()
  return {
    get port() {
      return port
    },
    /** From now on nothing gets through, and nothing ends. */
    freeze() {
      frozen = true
    },
    /** New connections get through again; those from before stay dead. */
    thaw() {
      frozen = false
      cut()
    },
    /** Ends all connections. */
    cut,
    listen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
}
