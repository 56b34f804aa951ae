// A way to a gateway on another machine through SSH: a port here that leads to its port there.
import { Fault } from '../lib/fault.ts'
import { expandHome } from '../config/paths.ts'
import type { CliContext } from './context.ts'

/** An open way. */
export interface Tunnel {
  readonly url: string
  close(): Promise<void>
}

/** `user@host` or `user@host:port`. Throws INVALID_REQUEST for what is neither, or would be taken for an option. */
export function sshTarget(text: string): { readonly host: string; readonly port: string | undefined } {
  const m = /^((?:[\w.-]+@)?(?!-)[\w.:[\]-]+?)(?::(\d{1,5}))?$/.exec(text)
  if (!m?.[1] || text.startsWith('-'))
    throw new Fault('INVALID_REQUEST', `--ssh ${text} is no target; write it like ann@box or ann@box:2222`)
  return { host: m[1], port: m[2] }
}

async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', reusePort: false, fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  return port as number
}

const opens = (port: number): Promise<boolean> =>
  Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => undefined } }).then(
    (socket) => {
      socket.end()
      return true
    },
    () => false,
  )

/** Opens a way to port `port` of the machine at `to`. Throws UNAVAILABLE with what ssh said, TIMEOUT after `timeoutMs`. */
export async function openTunnel(
  { clock, env, home, signal }: CliContext,
  p: { readonly to: string; readonly identity?: string | undefined; readonly port: number; readonly timeoutMs: number },
): Promise<Tunnel> {
  const { host, port } = sshTarget(p.to)
  const ssh = Bun.which('ssh', { PATH: env['PATH'] ?? '' })
  if (ssh === null) throw new Fault('UNAVAILABLE', 'there is no ssh here; install OpenSSH')
  const here = await freePort()
  const options = ['BatchMode=yes', 'ExitOnForwardFailure=yes', 'ConnectTimeout=5'].flatMap((o) => ['-o', o])
  const more = [
    ...(port === undefined ? [] : ['-p', port]),
    ...(p.identity === undefined ? [] : ['-i', expandHome(p.identity, home)]),
  ]
  const child = Bun.spawn([ssh, '-N', ...options, ...more, '-L', `127.0.0.1:${here}:127.0.0.1:${p.port}`, '--', host], {
    env: { ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const close = async () => {
    child.kill()
    await child.exited
  }
  const end = clock.monotonic() + p.timeoutMs
  while (child.exitCode === null && clock.monotonic() < end) {
    if (await opens(here)) return { url: `ws://127.0.0.1:${here}`, close }
    await clock.sleep(50, signal)
  }
  const early = child.exitCode !== null
  await close()
  const said = (await new Response(child.stderr).text()).trim().split('\n').at(-1)
  throw new Fault(early ? 'UNAVAILABLE' : 'TIMEOUT', `SSH to ${p.to} does not work: ${said || 'no answer in time'}`)
}
