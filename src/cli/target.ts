// Finds the gateway: what flags, environment, the running gateway's lock file and the config say, in this order.
import { readFile } from 'node:fs/promises'
import { loadConfig } from '../config/load.ts'
import type { Env, Paths } from '../config/paths.ts'
import { gateway } from '../config/sections/gateway.ts'
import { Fault } from '../lib/fault.ts'
import type { Globals } from './context.ts'
import { findCredential, type Credential } from './secret.ts'

/** Where to connect, why there, and with what. */
export interface Target {
  readonly url: string
  readonly source: string
  readonly credential: Credential | undefined
  /** Whether a person may have its secret in mind: it is elsewhere, or has a password. The token of this host is in a file. */
  readonly secretKnown?: boolean
  /** Whether the certificate is this host's own, which nobody has signed. */
  readonly ownCertificate: boolean
}

/** What a running gateway writes into its lock file. */
export interface Lock {
  readonly pid: number
  readonly port: number
  readonly host?: string
  readonly tls?: boolean
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The lock of the gateway that runs; undefined when there is none or its process is gone. */
export async function runningLock(paths: Pick<Paths, 'lockPath'>): Promise<Lock | undefined> {
  try {
    const lock = JSON.parse(await readFile(paths.lockPath, 'utf8')) as Partial<Lock> | null
    if (typeof lock?.pid !== 'number' || typeof lock.port !== 'number' || !alive(lock.pid)) return undefined
    return {
      pid: lock.pid,
      port: lock.port,
      ...(typeof lock.host === 'string' ? { host: lock.host } : {}),
      ...(typeof lock.tls === 'boolean' ? { tls: lock.tls } : {}),
    }
  } catch {
    return undefined // no lock, or one that is being written: then the config says where to look
  }
}

/** The address to reach a listener on this host at. */
function reachable(host: string | undefined): string {
  if (!host || ['0.0.0.0', '::', 'localhost'].includes(host)) return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function explicit(url: string, globals: Globals): Target {
  const { token, password } = globals
  if (!/^wss?:\/\/./.test(url))
    throw new Fault('INVALID_REQUEST', `--url ${url} is no address of a gateway; write it like ws://127.0.0.1:18789`)
  return { url, source: 'flag --url', credential: typed(token, password), secretKnown: true, ownCertificate: false }
}

function typed(token: string | undefined, password: string | undefined): Credential | undefined {
  if (token !== undefined) return { kind: 'token', value: token, source: 'flag --token' }
  return password === undefined ? undefined : { kind: 'password', value: password, source: 'flag --password' }
}

function portOf(env: Env): number | undefined {
  const text = env['OPENCLAW_GATEWAY_PORT']?.trim()
  if (!text) return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new Fault('INVALID_REQUEST', `OPENCLAW_GATEWAY_PORT is ${JSON.stringify(text)}, which is no port; try 18789`)
}

/** Where the gateway is and how to sign in. `--url` stands alone: then nothing secret is taken from elsewhere. */
export async function findTarget(globals: Globals, env: Env, paths: Paths): Promise<Target> {
  if (globals.url !== undefined) return explicit(globals.url, globals)
  const { config, resolved } = await loadConfig([gateway], paths, env)
  const g = config.gateway
  const flags = typed(globals.token, globals.password)
  if (g.mode === 'remote' && g.remote?.url) {
    const { url, token, password } = g.remote
    const credential = flags ?? (await findCredential(env, { token, password }, 'gateway.remote', paths))
    return { url, source: 'config gateway.remote.url', credential, secretKnown: true, ownCertificate: false }
  }
  const named = portOf(env)
  const lock = named === undefined ? await runningLock(paths) : undefined
  const written = (resolved as { gateway?: { port?: unknown } } | undefined)?.gateway?.port !== undefined
  const [port, source] =
    named !== undefined
      ? [named, 'env OPENCLAW_GATEWAY_PORT']
      : lock
        ? [lock.port, `lock file of the running gateway (pid ${lock.pid})`]
        : written
          ? [g.port, 'config gateway.port']
          : [paths.defaultPort, 'usual port']
  const host = reachable(lock?.host ?? (g.bind === 'custom' ? g.customBindHost : undefined))
  const tls = lock?.tls ?? g.tls.enabled
  return {
    url: `${tls ? 'wss' : 'ws'}://${host}:${port}`,
    source,
    credential: flags ?? (await findCredential(env, g.auth, 'gateway.auth', paths)),
    secretKnown: g.auth.mode === 'password',
    ownCertificate: tls,
  }
}
