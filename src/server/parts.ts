// What the server is given by the composition root.
import type { Bus } from '../lib/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { AuthRule } from './auth.ts'
import type { Dispatcher } from './rpc.ts'

/** Network rules, as the config has them now. */
export interface NetRule {
  readonly trustedProxies: readonly string[]
  readonly allowedOrigins: readonly string[]
  readonly hostNames: readonly string[]
  readonly controlUi: { readonly enabled: boolean; readonly basePath: string; readonly insecureAuth: boolean }
}

/** What a client is told when it has signed in. */
export interface HelloFacts {
  readonly version: string
  readonly commit: string | undefined
  readonly host: string
  readonly startedAt: number
  readonly configPath: string
  readonly stateDir: string
  readonly defaultAgent: string
  health(): unknown
  /** The words that wake voice clients. */
  wakeWords(): readonly string[]
}

/** A device that wants in, its key and signature proven. */
export interface DeviceAsk {
  readonly id: string
  readonly publicKey: string
  readonly role: string
  readonly scopes: readonly string[]
  readonly about: Readonly<Record<string, string>>
  readonly local: boolean
  readonly secret: boolean
}

/** Who decides on devices. */
export interface DeviceDoor {
  admit(
    ask: DeviceAsk,
    presented: string | undefined,
  ): Promise<
    | { readonly kind: 'known'; readonly scopes: readonly string[]; readonly token: string; readonly issuedAt: number }
    | { readonly kind: 'pending'; readonly request: string }
  >
  /** Whether this token is good for this device and role, and for these scopes. */
  holds(id: string, token: string, role: string, scopes: readonly string[]): Promise<boolean>
}

/** Everything the server is given. */
export interface ServerParts {
  readonly clock: Clock
  readonly log: Log
  readonly dispatch: Dispatcher
  readonly news: Bus<GatewayEvent>
  readonly devices: DeviceDoor
  auth(): AuthRule
  net(): NetRule
  hello(): HelloFacts
}
