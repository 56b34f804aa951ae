// A socket as systemd opens it for services to tell how they are; this runtime itself knows no such sockets.
import { dlopen } from 'bun:ffi'

/** A socket systemd would listen on; `read` answers the next datagram that is there. */
export function listener(path: string) {
  const lib = dlopen('libc.so.6', {
    socket: { args: ['int', 'int', 'int'], returns: 'int' },
    bind: { args: ['int', 'ptr', 'u32'], returns: 'int' },
    recv: { args: ['int', 'ptr', 'usize', 'int'], returns: 'i64' },
    close: { args: ['int'], returns: 'int' },
  })
  const fd = lib.symbols.socket(1, 2, 0)
  const name = new Uint8Array([1, 0, ...new TextEncoder().encode(path), 0])
  if (lib.symbols.bind(fd, name, name.length) !== 0) throw new Error(`cannot listen on ${path}`)
  const buffer = new Uint8Array(512)
  return {
    read() {
      const n = Number(lib.symbols.recv(fd, buffer, buffer.length, 0x40))
      return n < 0 ? undefined : new TextDecoder().decode(buffer.subarray(0, n))
    },
    [Symbol.dispose]: () => void lib.symbols.close(fd),
  }
}
