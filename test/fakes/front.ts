// A TCP front before a fake server: it can be away, cut connections, or swallow everything like a dead network path.
import { connect, createServer, type Socket } from 'node:net'

interface Pair {
  readonly near: Socket
  readonly far: Socket
  upgraded: boolean
  dead: boolean
}

/** Opens a front on loopback that passes everything to `port`. Its own port stays the same while it is away. */
export async function tcpFront(port: number) {
  const pairs = new Set<Pair>()
  let own = 0
  let lost = false
  let sever = false

  const drop = (pair: Pair) => {
    pair.near.destroy()
    pair.far.destroy()
    pairs.delete(pair)
  }

  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const pair: Pair = { near, far, upgraded: false, dead: lost }
    pairs.add(pair)
    near.on('data', (bytes) => {
      if (/^upgrade: websocket/im.test(bytes.toString('latin1'))) pair.upgraded = true
      if (!pair.dead) far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (sever && !pair.upgraded) {
        sever = false
        return drop(pair)
      }
      if (!pair.dead) near.write(bytes)
    })
    near.on('error', () => drop(pair))
    near.on('close', () => drop(pair))
    far.on('error', () => !pair.dead && drop(pair))
    far.on('close', () => !pair.dead && drop(pair))
  })

  const listen = () =>
    new Promise<void>((resolve) => {
      server.listen(own, '127.0.0.1', () => {
        const at = server.address()
        own = typeof at === 'object' && at ? at.port : own
        resolve()
      })
    })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const pair of pairs) drop(pair)
    })
  await listen()

  return {
    get port() {
      return own
    },
    down: close,
    up: listen,
    /** Breaks the connection when the next answer to a plain request would go back. */
    severNextAnswer() {
      sever = true
    },
    /** From now on nothing gets through in either direction, and nobody is told; nor does a new connection. */
    blackhole() {
      lost = true
      for (const pair of pairs) pair.dead = true
    },
    /** New connections get through again; those from before stay dead. */
    heal() {
      lost = false
    },
  }
}
