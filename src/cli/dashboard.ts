// The address that signs a browser in to the Control UI: asked of the gateway, and opened or told.
import { z } from 'zod'
import type { Run } from './context.ts'

const Link = z.object({ url: z.string(), path: z.string(), expiresAt: z.number() })
export type DashboardLink = z.output<typeof Link>

/** Asks the gateway for an address that is good once, for a minute. Throws as `call` does. */
export const dashboardLink = async (run: Pick<Run, 'call'>): Promise<DashboardLink> =>
  Link.parse(await run.call('dashboard.link', {}))

/** The program that opens an address on this system; undefined where nobody would see it. */
function opener(env: Readonly<Record<string, string | undefined>>): readonly string[] | undefined {
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  const program = Bun.which('xdg-open', { PATH: env['PATH'] ?? '' })
  return (env['DISPLAY'] ?? env['WAYLAND_DISPLAY']) && program ? [program] : undefined
}

/** How the address is reached from another machine, where this one has no screen and listens for itself only. */
function tunnelHint(url: string): readonly string[] {
  const { hostname, port } = new URL(url)
  if (hostname !== '127.0.0.1' && hostname !== '[::1]') return []
  return [
    `From your own machine, first: ssh -N -L ${port}:127.0.0.1:${port} <user>@<this machine>; then open it there.`,
  ]
}

/** Opens the address where that can be seen and is wanted; answers the lines to print. */
export function showLink({ ctx }: Pick<Run, 'ctx'>, { url }: DashboardLink, open: boolean): readonly string[] {
  const program = opener(ctx.env)
  if (open && program) Bun.spawn([...program, url], { stdio: ['ignore', 'ignore', 'ignore'] }).unref()
  return [url, 'It signs one browser in, once, within a minute.', ...(program ? [] : tunnelHint(url))]
}
