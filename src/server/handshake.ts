// The strict dialect's sign-in: `connect` checked step by step, in the original's order and words.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { OpScope } from '../define/op.ts'
import { checkAuth, type AuthVerdict, type Limiter } from './auth.ts'
import type { Connection } from './connection.ts'
import { proveDevice } from './device-proof.ts'
import type { StateVersion } from './feed.ts'
import { originAllowed } from './origin.ts'
import type { ServerParts } from './parts.ts'
import { paramsFault, widened } from './rpc.ts'

const text = z.string().min(1)

export const clientIds = [
  'webchat-ui',
  'openclaw-control-ui',
  'webchat',
  'cli',
  'gateway-client',
  'openclaw-macos',
  'openclaw-ios',
  'openclaw-android',
  'node-host',
  'test',
  'fingerprint',
  'openclaw-probe',
] as const

export const ConnectParams = z.strictObject({
  minProtocol: z.number().int().min(1),
  maxProtocol: z.number().int().min(1),
  client: z.strictObject({
    id: z.enum(clientIds),
    mode: z.enum(['webchat', 'cli', 'ui', 'backend', 'node', 'probe', 'test']),
    version: text,
    platform: text,
    displayName: text.optional(),
    deviceFamily: text.optional(),
    modelIdentifier: text.optional(),
    instanceId: text.optional(),
  }),
  caps: z.array(z.string()).optional(),
  commands: z.array(z.string()).optional(),
  permissions: z.record(z.string(), z.boolean()).optional(),
  pathEnv: z.string().optional(),
  role: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  device: z
    .strictObject({
      id: text,
      publicKey: text,
      signature: text,
      signedAt: z.number().int().min(0),
      nonce: z.string().optional(),
    })
    .optional(),
  auth: z.strictObject({ token: z.string().optional(), password: z.string().optional() }).optional(),
  locale: z.string().optional(),
  userAgent: z.string().optional(),
})

type ConnectParams = z.output<typeof ConnectParams>

/** A refusal: the error for the response, and the close code. */
export class Refused extends Fault {
  constructor(
    code: 'INVALID_REQUEST' | 'NOT_PAIRED',
    message: string,
    readonly close = 1008,
    details?: unknown,
  ) {
    super(code, message, details === undefined ? {} : { details })
  }
}

const hint = (p: ConnectParams) =>
  p.client.mode === 'cli'
    ? 'set gateway.remote.token to the gateway’s token, or run this on the gateway’s machine'
    : p.client.id === 'openclaw-control-ui'
      ? 'open the address that `oclaw dashboard` prints, or paste the token in the settings'
      : 'send the gateway’s token as auth.token'

const scopeNames: Readonly<Record<string, OpScope>> = {
  'operator.read': 'read',
  'operator.write': 'write',
  'operator.approvals': 'approvals',
  'operator.pairing': 'pairing',
  'operator.admin': 'admin',
}

/** Signs a connection in, or throws Refused. Answers the payload of `hello-ok`. */
export async function connect(
  parts: ServerParts,
  c: Connection,
  raw: unknown,
  more: {
    limit: Limiter
    deviceLimit: Limiter
    version: StateVersion
    methods: readonly string[]
    presence(): readonly unknown[]
    canvasUrl(c: Connection): string | undefined
  },
): Promise<Record<string, unknown>> {
  const parsed = ConnectParams.safeParse(raw ?? {})
  if (!parsed.success)
    throw new Refused('INVALID_REQUEST', paramsFault('connect params', parsed.error, raw ?? {}).message)
  const p = parsed.data
  if (p.minProtocol > 3 || p.maxProtocol < 3)
    throw new Refused('INVALID_REQUEST', 'protocol mismatch', 1002, { expectedProtocol: 3 })
  const role = p.role ?? 'operator'
  if (role !== 'operator' && role !== 'node') throw new Refused('INVALID_REQUEST', 'invalid role')
  const ui = p.client.id === 'openclaw-control-ui'
  const rule = parts.auth()
  const page =
    ui ||
    p.client.mode === 'webchat' ||
    p.client.id === 'webchat-ui' ||
    (rule.mode === 'none' && c.peer.origin !== undefined) // no secret tells a stranger's page from ours
  if (page && !originAllowed(c.peer, parts.net().allowedOrigins))
    throw new Refused(
      'INVALID_REQUEST',
      'origin not allowed (open the Control UI from the gateway itself, or add its address to gateway.controlUi.allowedOrigins)',
    )
  const verdict = checkAuth(rule, p.auth ?? {}, c.peer, more.limit, 'ws')
  const secret = verdict.ok && verdict.secret
  const wanted = p.scopes ?? []
  const granted = p.device
    ? await withDevice(parts, c, p, { role, wanted, verdict, secret, limit: more.deviceLimit, secrets: more.limit })
    : withoutDevice(parts, p, { role, wanted, verdict, secret, ui })
  c.rule = verdict.ok ? rule : undefined
  c.role = role
  c.scopes = widened(granted.scopes.flatMap((s) => (scopeNames[s] ? [scopeNames[s]] : [])))
  c.caps = new Set(p.caps)
  const node = role === 'node' ? { commands: p.commands, permissions: p.permissions, pathEnv: p.pathEnv } : {}
  c.client = { ...p.client, ...node, roles: [role], scopes: granted.scopes }
  c.caller = { kind: role, id: p.device?.id ?? p.client.id, scopes: c.scopes, connection: c.id, caps: [...c.caps] }
  return helloOk(parts, c, granted.auth, more)
}

interface Step {
  readonly role: 'operator' | 'node'
  readonly wanted: readonly string[]
  readonly verdict: AuthVerdict
  readonly secret: boolean
}

interface Granted {
  readonly scopes: readonly string[]
  readonly auth?: Record<string, unknown>
}

const unauthorized = (p: ConnectParams, cause: string) =>
  new Refused('INVALID_REQUEST', `unauthorized: ${cause} (${hint(p)})`)

/** A client without a device: its secret lets it in, but gives it no scopes, unless the Control UI may do without. */
function withoutDevice(parts: ServerParts, p: ConnectParams, s: Step & { readonly ui: boolean }): Granted {
  if (s.verdict.ok && s.secret) {
    if (s.role === 'node') return { scopes: [] }
    if (!s.ui) return { scopes: [] }
    if (parts.net().controlUi.insecureAuth) return { scopes: s.wanted }
    throw new Refused(
      'INVALID_REQUEST',
      'device identity required: the Control UI needs a secure context (https, or localhost)',
    )
  }
  const shown = p.auth?.token !== undefined || p.auth?.password !== undefined
  if (!s.verdict.ok && shown) throw unauthorized(p, s.verdict.cause)
  if (!s.verdict.ok && s.verdict.retryAfterMs !== undefined) throw unauthorized(p, s.verdict.cause)
  throw new Refused('NOT_PAIRED', 'device identity required')
}

/** A client with a device: its signature is proven, then its secret or token, then what it is known for. */
async function withDevice(
  parts: ServerParts,
  c: Connection,
  p: ConnectParams,
  s: Step & { readonly limit: Limiter; readonly secrets: Limiter },
): Promise<Granted> {
  const device = p.device as NonNullable<ConnectParams['device']>
  const token = p.auth?.token ?? ''
  const proof = await proveDevice(device, {
    clientId: p.client.id,
    clientMode: p.client.mode,
    role: s.role,
    scopes: s.wanted,
    token,
    nonce: c.nonce,
    local: c.peer.localDirect,
    now: parts.clock.now(),
  })
  if ('refused' in proof) throw new Refused('INVALID_REQUEST', proof.refused)
  const ticket = !s.verdict.ok && s.role === 'operator' && token.startsWith('ticket_')
  const setup = !s.verdict.ok && token.startsWith('setup_')
  let invited = ticket
  if (!s.verdict.ok) {
    if (!token || s.verdict.retryAfterMs !== undefined) throw unauthorized(p, s.verdict.cause)
    if (s.limit.locked(c.peer.guesser) > 0)
      throw unauthorized(p, 'too many failed authentication attempts (retry later)')
    const good = ticket
      ? await parts.devices.ticket(token)
      : setup
        ? await parts.devices.setup(token, device.id, s.role)
        : await parts.devices.holds(device.id, token, s.role, s.wanted)
    if (!good) {
      s.limit.failed(c.peer.guesser)
      throw unauthorized(p, ticket || setup ? 'ticket used or expired' : 'device token mismatch')
    }
    invited ||= good === 'in'
    s.secrets.forgiven(c.peer.guesser)
  }
  const about: Record<string, string> = {
    clientId: p.client.id,
    clientMode: p.client.mode,
    platform: p.client.platform,
  }
  if (p.client.displayName !== undefined) about['displayName'] = p.client.displayName
  if (c.peer.ip !== undefined) about['remoteIp'] = c.peer.ip
  const ask = {
    id: device.id,
    publicKey: proof.key,
    role: s.role,
    scopes: s.wanted,
    about,
    local: c.peer.localDirect || invited, // who made the ticket may let devices in
    secret: s.secret || invited || parts.auth().mode === 'none',
  }
  const done = await parts.devices.admit(ask, ticket || setup || !token ? undefined : token)
  if (done.kind === 'pending') throw new Refused('NOT_PAIRED', 'pairing required', 1008, { requestId: done.request })
  return {
    scopes: done.scopes,
    auth: { deviceToken: done.token, role: s.role, scopes: done.scopes, issuedAtMs: done.issuedAt },
  }
}

/** Limits every client is told: largest message (25 MiB), buffer per socket (50 MiB), time between ticks. */
export const policy = { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 } as const

const eventNames = [
  'connect.challenge',
  'agent',
  'chat',
  'presence',
  'tick',
  'talk.mode',
  'shutdown',
  'health',
  'heartbeat',
  'cron',
  'node.pair.requested',
  'node.pair.resolved',
  'node.invoke.request',
  'device.pair.requested',
  'device.pair.resolved',
  'voicewake.changed',
  'exec.approval.requested',
  'exec.approval.resolved',
  'update.available',
]

function helloOk(
  parts: ServerParts,
  c: Connection,
  auth: Record<string, unknown> | undefined,
  more: Parameters<typeof connect>[3],
): Record<string, unknown> {
  const f = parts.hello()
  const id = f.defaultAgent
  const canvas = c.role === 'node' ? more.canvasUrl(c) : undefined
  return {
    type: 'hello-ok',
    protocol: 3,
    server: { version: f.version, ...(f.commit === undefined ? {} : { commit: f.commit }), host: f.host, connId: c.id },
    features: { methods: more.methods, events: eventNames },
    snapshot: {
      presence: more.presence(),
      health: f.health(),
      stateVersion: { ...more.version },
      uptimeMs: parts.clock.now() - f.startedAt,
      configPath: f.configPath,
      stateDir: f.stateDir,
      sessionDefaults: { defaultAgentId: id, mainKey: 'main', mainSessionKey: `agent:${id}:main`, scope: 'per-sender' },
      authMode: parts.auth().mode,
    },
    ...(canvas === undefined ? {} : { canvasHostUrl: canvas }),
    ...(auth ? { auth } : {}),
    policy,
  }
}
