// Tailscale on this machine, through its command line.
import { existsSync } from 'node:fs'
import { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { Spawn } from '../define/tool.ts'

/** How long an answer about an address is believed, and how long the lack of one, in ms. */
const knownMs = 60_000
const unknownMs = 5000
/** Addresses remembered at a time. */
const maxKnown = 1000

const macApp = '/Applications/Tailscale.app/Contents/MacOS/Tailscale'

/** What `tailscale whois --json` says of an address. */
const Whois = z.object({ UserProfile: z.object({ LoginName: z.string().min(1) }) })

/** What the machine lends: programs, and the environment they get. */
export interface TailscaleNeeds {
  readonly clock: Clock
  readonly spawn: Spawn
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Where the program is; undefined when Tailscale is not installed. */
export const tailscaleBin = (env: Readonly<Record<string, string>>): string | undefined =>
  Bun.which('tailscale', { PATH: env['PATH'] ?? '' }) ?? (existsSync(macApp) ? macApp : undefined)

/** Runs the program and answers what it printed; undefined when it is not there or fails. */
export async function tailscale(
  n: TailscaleNeeds,
  args: readonly string[],
  timeoutMs = 5000,
): Promise<string | undefined> {
  const bin = tailscaleBin(n.env)
  if (bin === undefined) return undefined
  const { env, signal } = n
  const r = await n.spawn([bin, ...args], { cwd: '/', env, signal, timeoutMs, maxBytes: 1_000_000 })
  return r.code === 0 && !r.timedOut ? r.output : undefined
}

/** Asks whose address of the tailnet one is; answers its login, and undefined for a stranger's. */
export function whois(n: TailscaleNeeds): (ip: string) => Promise<string | undefined> {
  const seen = new Map<string, { login: string | undefined; until: number }>()
  return async (ip) => {
    if (!/^[\d.]+$|^[\da-f:]+$/i.test(ip)) return undefined
    const now = n.clock.now()
    const known = seen.get(ip)
    if (known && known.until > now) return known.login
    const text = await tailscale(n, ['whois', '--json', ip])
    const found = Whois.safeParse(parsed(text))
    const login = found.success ? found.data.UserProfile.LoginName : undefined
    seen.delete(ip)
    seen.set(ip, { login, until: now + (login === undefined ? unknownMs : knownMs) })
    if (seen.size > maxKnown) seen.delete(seen.keys().next().value as string)
    return login
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined // an answer that is no JSON vouches for nobody
  }
}

/** What Tailscale says of this machine. */
const Status = z.object({
  Self: z.object({ DNSName: z.string().optional(), TailscaleIPs: z.array(z.string()).nullish() }).nullish(),
})

/** This machine's name on the tailnet, else its address; undefined when it is on none. */
export async function tailnetName(n: TailscaleNeeds): Promise<string | undefined> {
  const said = Status.safeParse(parsed(await tailscale(n, ['status', '--json'])))
  const self = said.success ? said.data.Self : undefined
  return self?.DNSName?.replace(/\.$/, '') || self?.TailscaleIPs?.[0]
}

/** Longest a change of what is reachable may take, in ms. */
const exposeMs = 15_000

/** Runs a command that changes things, with `sudo -n` when this user may not. Answers what went wrong, or nothing. */
async function changed(n: TailscaleNeeds, args: readonly string[]): Promise<string | undefined> {
  const bin = tailscaleBin(n.env)
  if (bin === undefined) return 'the program `tailscale` is not installed'
  const { env, signal } = n
  const run = (argv: readonly string[]) =>
    n.spawn(argv, { cwd: '/', env, signal, timeoutMs: exposeMs, maxBytes: 10_000 })
  const first = await run([bin, ...args])
  if (first.code === 0) return undefined
  const denied = /permission|denied|not permitted|operator|root|sudo/i.test(first.output)
  const sudo = denied ? Bun.which('sudo', { PATH: env['PATH'] ?? '' }) : undefined
  const last = sudo ? await run([sudo, '-n', bin, ...args]) : first
  if (last.code === 0) return undefined
  return last.output.trim().split('\n').at(-1) || `\`tailscale ${args[0]}\` failed`
}

/** Makes a port of this machine reachable: `serve` for the tailnet, `funnel` for everyone. Answers what went wrong. */
export const expose = (n: TailscaleNeeds, how: 'serve' | 'funnel', target: string): Promise<string | undefined> =>
  changed(n, [how, '--bg', '--yes', target])

/** Undoes that. Answers what went wrong. */
export const unexpose = (n: TailscaleNeeds, how: 'serve' | 'funnel'): Promise<string | undefined> =>
  changed(n, [how, 'reset'])
