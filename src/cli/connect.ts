// Connects to the gateway, and says what was tried and what mends it when that fails.
import { Fault } from '../lib/fault.ts'
import type { Paths } from '../config/paths.ts'
import { connectGateway, type GatewayClient } from '../client/client.ts'
import type { CliContext, Globals } from './context.ts'
import type { Credential } from './secret.ts'
import { findTarget, type Target } from './target.ts'

/** Bun's WebSocket takes TLS options, which the web's own type does not know. */
const BunSocket = WebSocket as unknown as new (url: string, options: Bun.WebSocketOptions) => WebSocket

/** A socket that takes this host's own certificate, which nobody has signed. Only for the gateway on this host. */
class OwnHostSocket extends BunSocket {
  constructor(url: string) {
    super(url, { tls: { rejectUnauthorized: false } })
  }
}

/** Whether a fault means that no gateway answered. */
export const isDown = (error: unknown): boolean =>
  error instanceof Fault && (error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT')

function explained(error: unknown, target: Target, ctx: CliContext, globals: Globals, paths: Paths): Fault {
  if (!(error instanceof Fault)) throw error
  if (error.code === 'CANCELLED') return error
  const { credential } = target
  const facts = [
    `  Gateway target: ${target.url}`,
    `  Source: ${target.source}`,
    `  Secret: ${credential ? `${credential.kind} from ${credential.source}` : 'none found'}`,
    `  Config: ${paths.configPath}`,
  ]
  const profile = globals.dev ? ' --dev' : globals.profile ? ` --profile ${globals.profile}` : ''
  const remote = globals.url !== undefined || target.source.startsWith('config gateway.remote')
  const mend = isDown(error)
    ? remote
      ? 'Is that gateway running, and can this host reach it?'
      : `Start the gateway: ${ctx.name}${profile} gateway`
    : credential
      ? `The gateway wants another secret. On its host: ${ctx.name}${profile} config get gateway.auth --show-secrets`
      : `Give its secret: --token <token>, or OPENCLAW_GATEWAY_TOKEN`
  const first = isDown(error) ? `The gateway is not reachable: ${error.message}` : error.message
  return new Fault(error.code, [first, ...facts, mend].join('\n'), { ...error.more, cause: error })
}

/** Connects to one gateway. Throws UNAVAILABLE, TIMEOUT or UNAUTHORIZED. */
export function connectTo(
  ctx: Pick<CliContext, 'clock'>,
  globals: Pick<Globals, 'timeout'>,
  { url, credential, ownCertificate }: Target,
): Promise<GatewayClient> {
  return connectGateway({
    url,
    ...(credential ? { [credential.kind]: credential.value } : {}),
    clock: ctx.clock,
    timeoutMs: globals.timeout,
    ...(ownCertificate ? { WebSocket: OwnHostSocket } : {}),
  })
}

/** Secrets people typed, by address: one command may connect several times, and they are asked once. */
export type Typed = Map<string, Credential>

/** How to connect: what was typed before, and whether the person at the terminal may be asked. */
export interface Asking {
  readonly typed: Typed
  readonly ask: boolean
}

/** A secret from the person at the terminal, when a gateway wants one and none was found; else undefined. */
async function asked(
  error: unknown,
  { url, credential, secretKnown }: Target,
  ctx: CliContext,
): Promise<Credential | undefined> {
  const wanted = error instanceof Fault && error.code === 'UNAUTHORIZED' && credential === undefined
  if (!wanted || !secretKnown || !ctx.stdinTTY) return undefined
  const value = (await ctx.askSecret(`Password or token of ${url}`)).trim()
  return value ? { kind: 'password', value, source: 'what you typed' } : undefined
}

/**
 * Connects; where a secret is wanted and none is found, the person at the terminal is asked. Throws UNAVAILABLE, TIMEOUT or
 * UNAUTHORIZED with what was tried and what mends it.
 */
export async function connect(
  ctx: CliContext,
  globals: Globals,
  paths: Paths,
  { typed, ask }: Asking,
): Promise<GatewayClient> {
  const found = await findTarget(globals, ctx.env, paths)
  let target = { ...found, credential: found.credential ?? typed.get(found.url) }
  try {
    return await connectTo(ctx, globals, target)
  } catch (error) {
    const credential = ask ? await asked(error, target, ctx) : undefined
    if (!credential) throw explained(error, target, ctx, globals, paths)
    target = { ...target, credential }
  }
  try {
    const client = await connectTo(ctx, globals, target)
    if (target.credential) typed.set(target.url, target.credential)
    return client
  } catch (error) {
    throw explained(error, target, ctx, globals, paths)
  }
}
