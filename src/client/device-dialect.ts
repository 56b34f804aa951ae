// The strict dialect for clients of ours: signs in as a device, whose key proves it and whose token lets it in again.
import type { LinkDialect } from './link.ts'

/** A key pair that stands for this browser or program. `id` is the SHA-256 of the raw public key. */
export interface DeviceIdentity {
  readonly id: string
  /** The raw public key, as base64url. */
  readonly publicKey: string
  /** The Ed25519 signature of a text, as base64url. */
  sign(text: string): Promise<string>
}

/** What the gateway says to a client that it lets in. */
export interface Hello {
  readonly server: { readonly version: string; readonly host?: string; readonly connId: string }
  readonly snapshot: {
    readonly uptimeMs: number
    readonly configPath: string
    readonly stateDir: string
    readonly authMode: string
    readonly sessionDefaults: { readonly defaultAgentId: string; readonly mainSessionKey: string }
  }
  readonly auth?: { readonly deviceToken: string; readonly scopes: readonly string[] }
}

/** How a device signs in. */
export interface DeviceSignIn {
  readonly identity: DeviceIdentity
  readonly client: {
    readonly id: string
    readonly mode: string
    readonly version: string
    readonly platform: string
    readonly displayName?: string
    readonly instanceId?: string
  }
  readonly scopes: readonly string[]
  /** `node` for a program that does what others ask; `operator` when absent. */
  readonly role?: 'operator' | 'node'
  /** What it can do, and for a node the commands it takes. */
  readonly caps?: readonly string[]
  readonly commands?: readonly string[]
  readonly pathEnv?: string
  /** What to show: asked anew for each connection. */
  secret(): { readonly token?: string; readonly password?: string }
  now(): number
  welcome(hello: Hello): void
}

/** Makes the dialect of a device. */
export const deviceDialect = (d: DeviceSignIn): LinkDialect => ({
  frame: (id, method, params) => ({ type: 'req', id, method, params }),
  async signIn(request, challenge) {
    const nonce = String(challenge['nonce'])
    const { identity, client, scopes, role = 'operator', caps = ['oclaw'], commands, pathEnv } = d
    const secret = d.secret()
    const signedAt = d.now()
    const fields = [identity.id, client.id, client.mode, role, scopes.join(','), signedAt, secret.token ?? '']
    const signature = await identity.sign(['v2', ...fields, nonce].join('|'))
    const { id, publicKey } = identity
    const hello = await request('connect', {
      minProtocol: 3,
      maxProtocol: 3,
      client,
      caps,
      ...(commands ? { commands } : {}),
      ...(pathEnv === undefined ? {} : { pathEnv }),
      role,
      scopes,
      auth: secret,
      device: { id, publicKey, signature, signedAt, nonce },
    })
    d.welcome(hello as Hello)
  },
})
