// The unit that listens: WebSocket and HTTP on one port, restarted when port or address change.
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Bus } from '../../lib/bus.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { once } from '../../lib/once.ts'
import { remember } from '../../lib/remember.ts'
import type { Log } from '../../lib/log.ts'
import type { Unit } from '../../lib/supervisor.ts'
import type { GatewayEvent } from '../../domain/agent-event.ts'
import { normalizeAgentId } from '../../domain/session-key.ts'
import { expandHome, type Env, type Paths } from '../../config/paths.ts'
import { redactFrame } from '../../config/redact.ts'
import { admit, deviceByToken, noteLeft } from '../../engine/people/devices.ts'
import { takeSetup, takeTicket } from '../../engine/people/tickets.ts'
import { clientDoor } from '../../engine/client-turn.ts'
import type { Engine } from '../../engine/engine.ts'
import { range } from '../../store/events.ts'
import { wakeWords } from '../../engine/switches.ts'
import { makeDir } from '../../os/files.ts'
import { whois } from '../../os/tailscale.ts'
import { limiter, type AuthRule } from '../../server/auth.ts'
import type { FrameRule } from '../../server/frame-log.ts'
import { bindHost, listen, type Listening } from '../../server/listen.ts'
import { inRanges } from '../../server/origin.ts'
import type { CanvasRule, NetRule, ServerParts } from '../../server/parts.ts'
import type { Dispatcher } from '../../server/rpc.ts'
import type { Config } from '../catalog.ts'
import { readCanvas } from '../canvas-files.ts'
import { authOf } from '../secrets.ts'
import { accountsOf } from '../settings/index.ts'
import { followCertificate, tlsMark, tlsOf } from '../tls.ts'
import { commit, version } from '../version.ts'

/** What the unit is made of. */
export interface HttpUnitParts {
  readonly clock: Clock
  readonly log: Log
  readonly news: Bus<GatewayEvent>
  readonly paths: Paths
  readonly engine: Engine
  readonly dispatch: Dispatcher
  readonly startedAt: number
  /** Whether the port was asked for by name, so that no other will do. */
  readonly portGiven: boolean
  config(): Config
  env(): Env
  health(): unknown
  ready(): boolean
  avatar: ServerParts['avatar']
  platform: ServerParts['platform']
  /** Makes what runs equal what should, once more. */
  replan(): void
  /** Hears where it listens. */
  listening(at: Listening): void
}

/** The path the Control UI lives under: empty, or with a slash before and none behind. */
const basePath = (said: string) => {
  const path = said.replace(/\/+$/, '')
  return path && !path.startsWith('/') ? `/${path}` : path
}

/** This machine's name; asking for it is a system call. */
const machine = once(hostname)

function netOf(config: Config, home: string): NetRule {
  const g = config.gateway
  const ui = g.controlUi
  return {
    trustedProxies: g.trustedProxies,
    allowedOrigins: ui.allowedOrigins,
    hostNames: [machine().toLowerCase(), ...(g.customBindHost === undefined ? [] : [g.customBindHost])],
    controlUi: {
      enabled: ui.enabled,
      basePath: basePath(ui.basePath),
      ...(ui.root ? { root: expandHome(ui.root, home) } : {}),
      insecureAuth: ui.allowInsecureAuth || ui.dangerouslyDisableDeviceAuth,
    },
  }
}

/** The folder agents show things from. */
function canvasOf({ canvasHost: c }: Config, paths: Paths): CanvasRule {
  const root = c.root ? expandHome(c.root, paths.home) : join(paths.stateDir, 'canvas')
  return {
    enabled: c.enabled,
    root,
    liveReload: c.liveReload,
    prepare: () => makeDir(root),
    read: (path) => readCanvas(root, path),
  }
}

/** How frames are written into the log, when they are. */
function frameRule(env: Env): FrameRule | undefined {
  const style = env['OPENCLAW_WS_LOG']
  return style === 'full' || style === 'compact' ? { style, hide: redactFrame } : undefined
}

/** Why a gateway that listens on this address would not be safe, and what mends it; undefined when it is. */
function refusal({ gateway: g }: Config, rule: AuthRule, open: boolean, host: string): string | undefined {
  const local = host === '127.0.0.1' || host === '::1'
  const { mode } = g.tailscale
  if (mode !== 'off' && !local)
    return `gateway.tailscale.mode is ${mode}, which needs gateway.bind loopback (Tailscale is the way in): \`oclaw config set gateway.bind loopback\``
  if (mode === 'funnel' && rule.mode !== 'password')
    return 'gateway.tailscale.mode is funnel, which opens the gateway to everyone and so needs a password: set gateway.auth.mode to password and gateway.auth.password (or OPENCLAW_GATEWAY_PASSWORD)'
  if (rule.mode === 'trusted-proxy' && local && !g.trustedProxies.some((t) => inRanges(host, [t])))
    return `gateway.auth.mode is trusted-proxy, but no proxy on this machine is trusted: \`oclaw config set gateway.trustedProxies '["${host}"]'\` if one runs here, else let the proxy reach us with \`oclaw config set gateway.bind lan\``
  if (!local && open)
    return `refusing to listen on ${host} without a secret: set one (\`oclaw config set gateway.auth.token <token>\`) or listen on this machine only (\`oclaw config set gateway.bind loopback\`)`
  return undefined
}

/** Makes units for the config of the moment; guesses at secrets are counted across restarts of the unit. */
export function httpUnits(p: HttpUnitParts): () => Unit {
  const rate = () => p.config().gateway.auth.rateLimit
  const limits = { secret: limiter(p.clock, rate), device: limiter(p.clock, rate) }
  const { world } = p.engine
  const nets = remember<Config, NetRule>()
  const canvases = remember<Config, CanvasRule>()

  const parts: ServerParts = {
    clock: p.clock,
    log: p.log,
    wsLog: () => frameRule(p.env()),
    dispatch: p.dispatch,
    news: p.news,
    devices: {
      admit: (ask, shown) => admit(world, ask, shown),
      ticket: (value) => takeTicket(world, value),
      setup: (value, device, role) => takeSetup(world, value, device, role),
      left: (id) => noteLeft(world, id),
      holds: async (id, token, role, scopes) => (await deviceByToken(world, id, token, role, scopes)) !== undefined,
    },
    clients: clientDoor(p.engine),
    api: () => p.config().gateway.http.endpoints,
    hooks: () => p.config().hooks,
    canvas: () => canvases(p.config(), 'canvas', () => canvasOf(p.config(), p.paths)),
    agents: () => [
      ...new Set([world.settings.defaultAgent(), ...p.config().agents.list.map((a) => normalizeAgentId(a.id))]),
    ],
    channels: () => [...new Set(accountsOf(p.config(), p.env()).map((a) => a.channel.id))],
    avatar: p.avatar,
    platform: p.platform,
    auth: () => authOf(p.config(), p.env(), p.paths),
    whois: whois({
      clock: p.clock,
      spawn: world.outside.spawn,
      env: world.outside.childEnv,
      signal: world.scope.signal,
    }),
    net: () => nets(p.config(), 'net', () => netOf(p.config(), p.paths.home)),
    hello: () => ({
      version,
      commit,
      host: machine(),
      startedAt: p.startedAt,
      configPath: p.paths.configPath,
      stateDir: p.paths.stateDir,
      defaultAgent: world.settings.defaultAgent(),
      health: p.health,
      lastEvent: () => range(world.db).last,
      wakeWords: () => wakeWords(world.db),
    }),
  }

  return () => {
    const config = p.config() // this one, also when it comes back after another did not work
    const { port, bind, customBindHost } = config.gateway
    const rule = parts.auth()
    const open =
      rule.mode === 'none' || (rule.mode === 'password' ? !rule.password : rule.mode === 'token' && !rule.token)
    const likely = {
      lan: '0.0.0.0',
      custom: customBindHost ?? '',
      tailnet: '100.64.0.1',
      loopback: '127.0.0.1',
      auto: '127.0.0.1',
    }
    const unfit = refusal(config, rule, open, likely[bind])
    return {
      key: 'http',
      critical: true,
      fingerprint: JSON.stringify({ port, bind, customBindHost, open, unfit, tls: tlsMark(config, p.paths) }),
      async start(scope) {
        const host = bindHost(bind, customBindHost)
        const why = refusal(config, rule, open, host)
        if (why !== undefined) throw new Fault('INVALID_REQUEST', why)
        const tls = await tlsOf(config, p.paths, p.clock)
        await followCertificate({ config, paths: p.paths, clock: p.clock, log: p.log, scope, changed: p.replan })
        p.listening(listen(parts, { port, host, tls, next: !p.portGiven && port !== 0 }, scope, limits, p.ready))
      },
    }
  }
}
