// Finds the gateway's secret so that nobody has to type it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, Fault } from '../lib/fault.ts'
import { Secret } from '../lib/secret.ts'
import type { Env, Paths } from '../config/paths.ts'

/** What the gateway is shown, and where that came from, for people. */
export interface Credential {
  readonly kind: 'token' | 'password'
  readonly value: string
  readonly source: string
}

/** The access part of a config, of the local gateway or of `gateway.remote`. */
export interface AuthConfig {
  readonly mode?: string | undefined
  readonly token?: Secret | undefined
  readonly password?: Secret | undefined
}

const said = (text: string | undefined) => text?.trim() || undefined

async function fileText(path: string): Promise<string | undefined> {
  try {
    return said(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Fault('INVALID_REQUEST', `the token file ${path} cannot be read: ${describeError(error)}`)
  }
}

const opened = (secret: Secret | undefined) => (secret?.resolved ? said(secret.reveal()) : undefined)

/** The secret of the gateway on this host: environment, then config, then the file the gateway left. */
export async function findCredential(
  env: Env,
  auth: AuthConfig,
  at: string,
  paths: Pick<Paths, 'stateDir'>,
): Promise<Credential | undefined> {
  const token = async (): Promise<Credential | undefined> => {
    const kind = 'token' as const
    const direct = said(env['OPENCLAW_GATEWAY_TOKEN'])
    if (direct) return { kind, value: direct, source: 'env OPENCLAW_GATEWAY_TOKEN' }
    const file = said(env['OPENCLAW_GATEWAY_TOKEN_FILE'])
    const read = file === undefined ? undefined : await fileText(file)
    if (read) return { kind, value: read, source: `env OPENCLAW_GATEWAY_TOKEN_FILE (${file})` }
    const written = opened(auth.token)
    if (written) return { kind, value: written, source: `config ${at}.token` }
    const left = join(paths.stateDir, 'gateway.token')
    const value = await fileText(left)
    return value ? { kind, value, source: left } : undefined
  }
  const password = (): Credential | undefined => {
    const kind = 'password' as const
    const direct = said(env['OPENCLAW_GATEWAY_PASSWORD'])
    if (direct) return { kind, value: direct, source: 'env OPENCLAW_GATEWAY_PASSWORD' }
    const written = opened(auth.password)
    return written ? { kind, value: written, source: `config ${at}.password` } : undefined
  }
  return auth.mode === 'password' ? (password() ?? (await token())) : ((await token()) ?? password())
}

/** A copy of a value with its secrets in the clear; those that were not found stay references. */
export function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.resolved ? value.reveal() : value.ref
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revealed(v)]))
}
