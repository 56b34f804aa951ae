// A gateway's port, open for real over a running engine, and clients that speak to it.
import { takeSetup, takeTicket } from '../../src/engine/people/tickets.ts'
import { approveDevice, admit, deviceByToken, noteLeft } from '../../src/engine/people/devices.ts'
import { wakeWords } from '../../src/engine/switches.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { defaults } from '../../src/config/describe.ts'
import { hooks } from '../../src/config/sections/automation.ts'
import { gateway as gatewaySection } from '../../src/config/sections/gateway.ts'
import { clientDoor } from '../../src/engine/client-turn.ts'
import { Secret } from '../../src/lib/secret.ts'
import { ops } from '../../src/ops/index.ts'
import { avatarOf } from '../../src/ops/agent-identity.ts'
import { health } from '../../src/ops/health.ts'
import { limiter, type AuthRule } from '../../src/server/auth.ts'
import { listen } from '../../src/server/listen.ts'
import type { NetRule } from '../../src/server/parts.ts'
import type { Whois } from '../../src/server/vouch.ts'
import { controlLimit } from '../../src/server/control-limit.ts'
import { dispatcher } from '../../src/server/rpc.ts'
import { engineWorld, until, type WorldWish } from '../engine/fixture.ts'
import { servicesOf } from '../ops/services.ts'
import { client, type ClientWish } from './client.ts'

export const token = 'test-token-0123456789'

/** No canvas at all. */
const noCanvas = {
  enabled: false,
  root: '/nonexistent',
  liveReload: false,
  prepare: () => Promise.resolve(),
  read: () => Promise.resolve(undefined),
}

/** What a test may say about its gateway. */
export interface GatewayWish extends WorldWish {
  readonly auth?: Partial<AuthRule>
  readonly net?: Partial<NetRule>
  readonly whois?: Whois
}

const usual = defaults([gatewaySection, hooks] as const)

/** Opens a port of an engine. */
export function gateway(wish: GatewayWish = {}) {
  const w = engineWorld({ clock: systemClock, ...wish })
  const services = servicesOf(w, {}, () => port.sockets)
  const scope = new Scope('server')
  const rule: AuthRule = {
    mode: 'token',
    token: new Secret(token),
    rateLimit: { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: true },
    ...wish.auth,
  }
  const net: NetRule = {
    trustedProxies: [],
    allowedOrigins: [],
    hostNames: [],
    controlUi: { enabled: true, basePath: '', insecureAuth: false },
    ...wish.net,
  }
  const { clock } = w.world
  const limits = { secret: limiter(clock, () => rule.rateLimit), device: limiter(clock, () => rule.rateLimit) }
  const port = listen(
    {
      clock,
      log: w.world.log,
      dispatch: dispatcher(ops, services, controlLimit(clock)),
      news: w.world.news,
      devices: {
        admit: (ask, shown) => admit(w.world, ask, shown),
        ticket: (value) => takeTicket(w.world, value),
        setup: (value, device, role) => takeSetup(w.world, value, device, role),
        left: (id) => noteLeft(w.world, id),
        holds: async (id, text, role, scopes) => (await deviceByToken(w.world, id, text, role, scopes)) !== undefined,
      },
      clients: clientDoor(w),
      api: () => usual.gateway.http.endpoints,
      hooks: () => usual.hooks,
      canvas: () => noCanvas,
      agents: () => ['main'],
      channels: () => [],
      auth: () => rule,
      platform: () => undefined,
      avatar: (id) => avatarOf(services, id),
      whois: wish.whois ?? (() => Promise.resolve(undefined)),
      net: () => net,
      hello: () => ({
        version: services.gateway.version,
        commit: undefined,
        host: 'box',
        startedAt: services.gateway.startedAt,
        configPath: services.gateway.configPath,
        stateDir: w.top,
        defaultAgent: 'main',
        health: () => health(services),
        lastEvent: () => 0,
        wakeWords: () => wakeWords(w.db),
      }),
    },
    { port: 0, host: '127.0.0.1', next: false },
    scope,
    limits,
    () => true,
  )
  const clients: { close(): void }[] = []
  return {
    ...w,
    services,
    port: port.port,
    sockets: port.sockets,
    url: `http://127.0.0.1:${port.port}`,
    /** A socket; `headers` go with the upgrade. */
    async open(more: ClientWish = {}) {
      const c = await client(`ws://127.0.0.1:${port.port}`, more)
      clients.push(c)
      return c
    },
    approve: (request: string) => approveDevice(w.world, request),
    until,
    async [Symbol.asyncDispose]() {
      for (const c of clients) c.close()
      await scope.close()
      await w[Symbol.asyncDispose]()
    },
  }
}

export type Gateway = ReturnType<typeof gateway>
