// A socket that can stop reading: a WebSocket client by hand, since ready-made ones always read.
import { connect } from 'node:net'

type Frame = Readonly<Record<string, unknown>>

/** Opens a socket of the simple dialect that reads only when told to. */
export async function slowReader(port: number) {
  const socket = connect(port, '127.0.0.1')
  const frames: Frame[] = []
  const watchers = new Set<() => void>()
  let bytes = Buffer.alloc(0)
  let upgraded = false

  function take(chunk: Buffer) {
    bytes = Buffer.concat([bytes, chunk])
    if (!upgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!bytes.toString('latin1', 0, end).includes(' 101 ')) throw new Error(bytes.toString())
      upgraded = true
      bytes = bytes.subarray(end + 4)
    }
    for (let next = frame(bytes); next; next = frame(bytes)) {
      bytes = bytes.subarray(next.size)
      if (next.op === 1) frames.push(JSON.parse(next.body.toString()) as Frame)
    }
    for (const look of watchers) look()
  }

  socket.on('data', take)
  await new Promise<void>((ok, no) => void socket.once('connect', ok).once('error', no))
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const reader = {
    frames,
    /** Sends a frame; the mask is all zeros, which leaves the text as it is. */
    send(value: object) {
      const body = Buffer.from(JSON.stringify(value))
      if (body.length > 125) throw new Error('longer frames are not needed here')
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]))
    },
    /** Resolves with the first frame, heard or to come, that fits. */
    hears(fits: (f: Frame) => boolean): Promise<Frame> {
      const answer = Promise.withResolvers<Frame>()
      const look = () => {
        const found = frames.find(fits)
        if (!found) return
        watchers.delete(look)
        answer.resolve(found)
      }
      watchers.add(look)
      look()
      return answer.promise
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    [Symbol.dispose]: () => void socket.destroy(),
  }
  await reader.hears((f) => f['event'] === 'connect.challenge')
  return reader
}

/** The first whole frame in these bytes, as a server sends them: never masked. */
function frame(b: Buffer): { op: number; body: Buffer; size: number } | undefined {
  if (b.length < 2) return undefined
  const short = (b[1] ?? 0) & 0x7f
  const head = short === 126 ? 4 : short === 127 ? 10 : 2
  if (b.length < head) return undefined
  const length = short === 126 ? b.readUInt16BE(2) : short === 127 ? Number(b.readBigUInt64BE(2)) : short
  if (b.length < head + length) return undefined
  return { op: (b[0] ?? 0) & 0x0f, body: b.subarray(head, head + length), size: head + length }
}
