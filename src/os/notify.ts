// Tells systemd how the process is: https://www.freedesktop.org/software/systemd/man/sd_notify.html
import type { Clock } from '../lib/clock.ts'

/** How the process tells; a process nobody waits for tells nothing. */
export interface Notify {
  /** Says one or more lines, such as `READY=1`. */
  tell(state: string): Promise<void>
  /** Tells that the process lives, as often as is wanted, until the signal aborts. */
  watch(clock: Clock, signal: AbortSignal): Promise<void>
}

/** Names of the C library, on glibc, on musl, and where a link has neither. */
const libraries = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`, 'libc.so']

const family = 1 // AF_UNIX
const datagram = 0o2000002 // SOCK_DGRAM | SOCK_CLOEXEC
const quiet = 0x4000 // MSG_NOSIGNAL

/** The address of a socket file, or with `@` in front of a name in the kernel: https://man7.org/linux/man-pages/man7/unix.7.html */
function address(path: string): Uint8Array {
  const name = new TextEncoder().encode(path)
  const bytes = new Uint8Array(2 + name.length + (path.startsWith('@') ? 0 : 1))
  new DataView(bytes.buffer).setUint16(0, family, true)
  bytes.set(name, 2)
  if (path.startsWith('@')) bytes[2] = 0
  return bytes
}

/** Sends one datagram through the C library, which this runtime has no other way to; false when it could not. */
async function send(path: string, text: string): Promise<boolean> {
  const { dlopen } = await import('bun:ffi')
  for (const name of libraries) {
    try {
      const lib = dlopen(name, {
        socket: { args: ['int', 'int', 'int'], returns: 'int' },
        sendto: { args: ['int', 'ptr', 'usize', 'int', 'ptr', 'u32'], returns: 'i64' },
        close: { args: ['int'], returns: 'int' },
      })
      const fd = lib.symbols.socket(family, datagram, 0)
      if (fd < 0) return false
      const [data, to] = [new TextEncoder().encode(text), address(path)]
      const sent = Number(lib.symbols.sendto(fd, data, data.length, quiet, to, to.length))
      lib.symbols.close(fd)
      lib.close()
      return sent === data.length
    } catch {
      continue // another library's name
    }
  }
  return false
}

/** Says it through systemd's own program, where the library could not be reached. */
async function bySystemd(text: string, socket: string): Promise<void> {
  const program = Bun.which('systemd-notify')
  if (!program) return
  const child = Bun.spawn([program, `--pid=${process.pid}`, ...text.split('\n')], {
    env: { NOTIFY_SOCKET: socket },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  await child.exited
}

/** The way to tell, by the environment systemd gave; undefined when it waits for nothing. */
export function notifier(env: Readonly<Record<string, string | undefined>>): Notify | undefined {
  const socket = env['NOTIFY_SOCKET']
  if (process.platform !== 'linux' || !socket || !/^[/@]/.test(socket)) return undefined
  const tell = async (state: string) => {
    if (!(await send(socket, state))) await bySystemd(state, socket)
  }
  const mine = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(process.pid)
  const everyMs = mine ? Number(env['WATCHDOG_USEC'] ?? 0) / 2000 : 0
  return {
    tell,
    async watch(clock, signal) {
      if (!(everyMs > 0)) return
      while (!signal.aborted) {
        await tell('WATCHDOG=1')
        await clock.sleep(everyMs, signal).catch(() => undefined)
      }
    },
  }
}
