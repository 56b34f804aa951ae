// The gateway's own secret: from flags, config, environment or file, in this order, and made when there is none.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomHex } from '../lib/ids.ts'
import { Secret } from '../lib/secret.ts'
import type { Env, Paths } from '../config/paths.ts'
import { saveText } from '../os/files.ts'
import type { AuthRule } from '../server/auth.ts'
import type { Config } from './catalog.ts'

/** The file a made token is kept in when the config cannot hold it. */
export const tokenFile = (paths: Pick<Paths, 'stateDir'>): string => join(paths.stateDir, 'gateway.token')

function fromFile(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch {
    return undefined // told by whoever needs the secret: there is none
  }
}

const asSecret = (text: string | undefined): Secret | undefined => (text ? new Secret(text) : undefined)

/** How callers prove themselves now. Secrets that could not be read count as missing: nobody comes in. */
export function authOf(config: Config, env: Env, paths: Pick<Paths, 'stateDir'>): AuthRule {
  const { auth } = config.gateway
  const usable = (s: Secret | undefined) => (s?.resolved ? s : undefined)
  const token =
    usable(auth.token) ??
    asSecret(env['OPENCLAW_GATEWAY_TOKEN']?.trim()) ??
    asSecret(fromFile(env['OPENCLAW_GATEWAY_TOKEN_FILE'])) ??
    asSecret(fromFile(tokenFile(paths)))
  const password = usable(auth.password) ?? asSecret(env['OPENCLAW_GATEWAY_PASSWORD']?.trim())
  return {
    mode: auth.mode,
    rateLimit: auth.rateLimit,
    allowTailscale: auth.allowTailscale ?? (config.gateway.tailscale.mode === 'serve' && auth.mode !== 'password'),
    ...(auth.trustedProxy ? { trustedProxy: auth.trustedProxy } : {}),
    ...(token ? { token } : {}),
    ...(password ? { password } : {}),
  }
}

/** Makes a token (64 hex digits) and keeps it in its file, when token mode has none. Answers whether it made one. */
export async function ensureToken(config: Config, env: Env, paths: Pick<Paths, 'stateDir'>): Promise<boolean> {
  const rule = authOf(config, env, paths)
  if (rule.mode !== 'token' || rule.token) return false
  await saveText(tokenFile(paths), `${randomHex(32)}\n`)
  return true
}
