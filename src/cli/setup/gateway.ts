// Where the gateway listens and who may call it; and a gateway elsewhere.
import { Fault } from '../../lib/fault.ts'
import { getPath } from '../../config/path.ts'
import { connectGateway } from '../../client/client.ts'
import type { Run } from '../context.ts'
import type { Asker } from './asker.ts'
import { patchConfig } from './files.ts'
import type { SetupFlags } from './flags.ts'

/** What was set. */
export interface GatewayDone {
  readonly port: number
  readonly bind: string
  readonly authMode: string
  readonly tailscaleMode: string
}

const isPort = (v: string) =>
  /^\d+$/.test(v) && Number(v) > 0 && Number(v) < 65_536 ? undefined : 'a port from 1 to 65535'
const notEmpty = (v: string) => (v.trim() ? undefined : 'it cannot be empty')
const isAddress = (v: string) => (/^[\d.]+$|:/.test(v) ? undefined : 'an address of this machine, such as 192.168.1.10')

type Config = Readonly<Record<string, unknown>>

const now = (config: Config, path: string) => getPath(config, ['gateway', ...path.split('.')])

/** Tailscale alone: the answers for `--section tailscale`. */
async function tailscale(flags: SetupFlags, asker: Asker | undefined, config: Config) {
  const before = now(config, 'tailscale.mode') as 'off' | 'serve' | 'funnel'
  const mode =
    flags.tailscale ??
    (await asker?.select(
      'Reach it from elsewhere through Tailscale?',
      [
        { value: 'off', label: 'No' },
        { value: 'serve', label: 'From my own devices', hint: 'tailscale serve' },
        { value: 'funnel', label: 'From everywhere', hint: 'tailscale funnel; needs a password' },
      ],
      before,
    )) ??
    before
  const reset =
    flags.tailscaleResetOnExit ||
    (mode !== 'off' && !flags.tailscale && ((await asker?.confirm('Undo that when the gateway ends?', false)) ?? false))
  return { mode, patch: { tailscale: { mode, ...(reset ? { resetOnExit: true } : {}) } } }
}

/** Asks, or takes from flags and what is set already; writes the config. `only` narrows it to Tailscale. */
export async function gatewayStep(
  run: Run,
  flags: SetupFlags,
  asker: Asker | undefined,
  config: Config,
  only?: 'tailscale',
): Promise<GatewayDone> {
  const before = {
    port: now(config, 'port') as number,
    bind: now(config, 'bind') as 'loopback',
    auth: (now(config, 'auth.mode') as string) === 'password' ? ('password' as const) : ('token' as const),
  }
  const a = only === undefined ? asker : undefined
  const asked = await a?.text({ message: 'Port', initial: String(before.port), check: isPort })
  const port = flags.gatewayPort ?? (asked === undefined ? before.port : Number(asked))
  const scale = await tailscale(flags, asker, config)
  const viaTailscale = scale.mode !== 'off'
  const wish =
    flags.gatewayBind ??
    (viaTailscale
      ? undefined
      : await a?.select(
          'Who can reach it?',
          [
            { value: 'loopback', label: 'This machine only' },
            { value: 'lan', label: 'The local network' },
            { value: 'tailnet', label: 'Devices of my tailnet' },
            { value: 'auto', label: 'Let it decide' },
            { value: 'custom', label: 'One address of this machine' },
          ],
          before.bind,
        ))
  const bind = viaTailscale ? 'loopback' : (wish ?? before.bind)
  const host = bind === 'custom' ? await a?.text({ message: 'Which address?', check: isAddress }) : undefined
  const mode =
    scale.mode === 'funnel'
      ? 'password'
      : (flags.gatewayAuth ??
        (flags.gatewayPassword === undefined ? undefined : 'password') ??
        (await a?.select(
          'How do callers prove themselves?',
          [
            { value: 'token', label: 'With a token', hint: 'made for you; programs of yours find it by themselves' },
            { value: 'password', label: 'With a password' },
          ],
          before.auth,
        )) ??
        before.auth)
  const set = mode === 'password' && now(config, 'auth.password') !== undefined
  const password =
    flags.gatewayPassword ??
    (mode === 'password' && !set ? await asker?.secret({ message: 'Password', check: notEmpty }) : undefined)
  if (mode === 'password' && !set && password === undefined && !run.ctx.env['OPENCLAW_GATEWAY_PASSWORD'])
    throw new Fault('INVALID_REQUEST', 'Missing --gateway-password for password auth.')
  const token = flags.gatewayToken
  await patchConfig(run, {
    gateway: {
      mode: 'local',
      port,
      bind,
      ...(host === undefined ? {} : { customBindHost: host }),
      auth: { mode, ...(password === undefined ? {} : { password }), ...(token === undefined ? {} : { token }) },
      ...scale.patch,
    },
  })
  return { port, bind, authMode: mode, tailscaleMode: scale.mode }
}

/** Makes this machine a client of a gateway elsewhere, once that one has answered. */
export async function remoteStep(run: Run, flags: SetupFlags, asker: Asker | undefined): Promise<string> {
  const isSocket = (v: string) => (/^wss?:\/\/./.test(v) ? undefined : 'an address such as wss://host:18789')
  const url =
    flags.remoteUrl ?? (await asker?.text({ message: 'Its address', initial: 'ws://127.0.0.1:18789', check: isSocket }))
  if (url === undefined) throw new Fault('INVALID_REQUEST', '--mode remote needs --remote-url')
  const wrong = isSocket(url)
  if (wrong !== undefined) throw new Fault('INVALID_REQUEST', `--remote-url needs ${wrong}`)
  const typed = flags.remoteToken ?? (await asker?.secret({ message: 'Its token (empty for none)' }))
  const token = typed || undefined
  if (!flags.skipHealth) {
    const client = await connectGateway({
      url,
      ...(token === undefined ? {} : { token }),
      clock: run.ctx.clock,
      timeoutMs: run.globals.timeout ?? 10_000,
    })
    client.close()
  }
  await patchConfig(run, { gateway: { mode: 'remote', remote: { url, ...(token === undefined ? {} : { token }) } } })
  return url
}
