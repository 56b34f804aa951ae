// Units that make the gateway reachable: through Tailscale, by name on the local network and in the DNS, and the canvas on its port.
import { hostname } from 'node:os'
import { Fault } from '../../lib/fault.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Unit } from '../../lib/supervisor.ts'
import type { Env, Paths } from '../../config/paths.ts'
import type { Spawn } from '../../define/tool.ts'
import type { Listening } from '../../server/listen.ts'
import type { Config } from '../catalog.ts'

/** What the units are made of. */
export interface ReachParts {
  readonly paths: Pick<Paths, 'stateDir'>
  readonly clock: Clock
  readonly log: Log
  /** Child processes, and the environment they get. */
  readonly outside: { readonly spawn: Spawn; readonly childEnv: Readonly<Record<string, string>> }
  config(): Config
  env(): Env
  http(): Listening | undefined
}

/** The port that is open. Units that need it start after it. */
function listening(p: ReachParts): Listening {
  const http = p.http()
  if (!http) throw new Fault('UNAVAILABLE', 'the gateway does not listen yet')
  return http
}

function tailscaleUnit(p: ReachParts, mode: 'serve' | 'funnel', resetOnExit: boolean): Unit {
  return {
    key: 'tailscale',
    needs: ['http'],
    fingerprint: JSON.stringify({
      mode,
      resetOnExit,
      port: p.config().gateway.port,
      tls: p.config().gateway.tls.enabled,
    }),
    async start(scope) {
      const { expose, tailnetName, unexpose } = await import('../../os/tailscale.ts')
      const { port, tls } = listening(p)
      const needs = { clock: p.clock, spawn: p.outside.spawn, env: p.outside.childEnv, signal: scope.signal }
      const wrong = await expose(needs, mode, tls ? `https+insecure://127.0.0.1:${port}` : String(port))
      if (wrong !== undefined)
        throw new Fault('UNAVAILABLE', `Tailscale ${mode} does not work: ${wrong}; the gateway goes on without it`)
      if (resetOnExit)
        scope.defer('tailscale', async () => {
          const still = await unexpose({ ...needs, signal: AbortSignal.timeout(15_000) }, mode)
          if (still !== undefined) p.log.warn(`Tailscale ${mode} is still on`, { why: still })
        })
      const name = await tailnetName(needs)
      const url = name === undefined ? 'on the tailnet' : `https://${name}/ (WS via wss://${name})`
      p.log.info(`${mode} enabled: ${url}`)
    },
  }
}

/** What is told of this gateway; with `full` also where its program is and how to reach it by SSH. */
function txtOf(p: ReachParts, full: boolean, at: Listening): Record<string, string> {
  const env = p.env()
  const tailnet = env['OPENCLAW_TAILNET_DNS']
  return {
    role: 'gateway',
    displayName: hostname(),
    lanHost: `${hostname()}.local`,
    gatewayPort: String(at.port),
    canvasPort: String(at.port),
    transport: 'gateway',
    ...(at.tls === undefined ? {} : { gatewayTls: '1', gatewayTlsSha256: at.tls }),
    ...(tailnet ? { tailnetDns: tailnet } : {}),
    ...(full
      ? { cliPath: env['OPENCLAW_CLI_PATH'] ?? process.execPath, sshPort: env['OPENCLAW_SSH_PORT'] ?? '22' }
      : {}),
  }
}

function mdnsUnit(p: ReachParts, full: boolean): Unit {
  const { port, bind, tls } = p.config().gateway
  return {
    key: 'mdns',
    needs: ['http'],
    fingerprint: JSON.stringify({ full, port, bind, tls: tls.enabled }),
    async start(scope, fail) {
      const { advertise } = await import('../../os/mdns.ts')
      const at = listening(p)
      const host = p.env()['OPENCLAW_MDNS_HOSTNAME'] ?? hostname()
      const name = `${host} (OpenClaw)`
      const on = p.env()['OPENCLAW_MDNS_INTERFACE']
      const place = on ? { interface: on } : {}
      const beacon = await advertise({ name, host, port: at.port, txt: txtOf(p, full, at) }, place, fail)
      scope.defer('mdns', () => beacon.close())
    },
  }
}

function wideAreaUnit(p: ReachParts, said: string): Unit {
  const { port, bind, tls, customBindHost } = p.config().gateway
  return {
    key: 'wide-area',
    needs: ['http'],
    fingerprint: JSON.stringify({ said, port, bind, customBindHost, tls: tls.enabled }),
    async start() {
      const [{ writeZone, zoneDomain, zonePath }, { tailnetAddress }] = await Promise.all([
        import('../../os/wide-area.ts'),
        import('../../os/addresses.ts'),
      ])
      const at = listening(p)
      const domain = zoneDomain(said)
      const address = at.host === '0.0.0.0' || at.host === '::' ? tailnetAddress() : at.host
      if (address === undefined)
        throw new Fault(
          'UNAVAILABLE',
          'discovery.wideArea: this machine has no Tailscale address to be found at; start Tailscale, or `oclaw config set discovery.wideArea.enabled false`',
        )
      const host = p.env()['OPENCLAW_MDNS_HOSTNAME'] ?? hostname()
      const full = p.config().discovery.mdns.mode === 'full'
      const facts = { host, address, port: at.port, txt: txtOf(p, full, at) }
      const file = zonePath(p.paths.stateDir, domain)
      if (await writeZone(p.clock, p.paths.stateDir, domain, facts)) p.log.info('the DNS zone was written', { file })
    },
  }
}

/** How far the canvas's port is from the gateway's, unless the config names it. */
const canvasOffset = 4

/** The canvas on a port, and so an origin, of its own. One that is taken is left to whoever has it. */
function canvasUnit(p: ReachParts, port: number): Unit {
  const { gateway } = p.config()
  return {
    key: 'canvas',
    needs: ['http'],
    fingerprint: JSON.stringify({ port, gateway: gateway.port, bind: gateway.bind, tls: gateway.tls }),
    async start(scope) {
      const at = listening(p)
      try {
        at.openCanvas(port, scope)
        p.log.debug('the canvas has a port of its own', { port })
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
        p.log.info('the port of the canvas is taken; it is on the gateway’s own port', { port })
      }
    },
  }
}

/** The units for the config of the moment. A gateway only this machine can reach is not announced to others. */
export function reachUnits(p: ReachParts): Unit[] {
  const { gateway, discovery, canvasHost } = p.config()
  const canvas = canvasHost.port ?? (gateway.port > 0 ? gateway.port + canvasOffset : undefined)
  const { mode, resetOnExit } = gateway.tailscale
  const { mode: mdns } = discovery.mdns
  const alone = gateway.bind === 'loopback' || gateway.bind === 'auto'
  const { wideArea } = discovery
  const domain = wideArea.domain ?? p.env()['OPENCLAW_WIDE_AREA_DOMAIN'] ?? ''
  const off = alone || mdns === 'off' || p.env()['OPENCLAW_DISABLE_BONJOUR'] === '1'
  return [
    ...(mode === 'off' ? [] : [tailscaleUnit(p, mode, resetOnExit)]),
    ...(off ? [] : [mdnsUnit(p, mdns === 'full')]),
    ...(wideArea.enabled && domain && !alone ? [wideAreaUnit(p, domain)] : []),
    ...(canvasHost.enabled && canvas !== undefined ? [canvasUnit(p, canvas)] : []),
  ]
}
