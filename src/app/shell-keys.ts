// Keys of the login shell, for a gateway that was started without them: only those that are known and missing.
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { Env } from '../config/paths.ts'
import { channels } from '../channels/index.ts'
import { shellVariables } from '../os/shell-env.ts'
import { endpoints } from '../providers/catalog.ts'

/** Variables that hold keys, tokens and passwords. */
const names = (): string[] => [
  ...Object.values(endpoints).flatMap((e) => e.env),
  ...channels.all.flatMap((c) => Object.values(c.env ?? {})),
  'ELEVENLABS_API_KEY',
  'BRAVE_API_KEY',
  'OPENCLAW_GATEWAY_TOKEN',
  'OPENCLAW_GATEWAY_PASSWORD',
]

/** The environment with what the login shell has of those, below what `env` and the config set, and what to tell of it. */
export async function withShellKeys(
  env: Env,
  set: Env,
  p: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<{ readonly env: Env; tell(log: Log): void }> {
  const missing = names().filter((name) => !env[name] && !set[name])
  try {
    const found = await shellVariables(p.clock, env, missing, p.timeoutMs)
    const taken = Object.keys(found).sort()
    return { env: { ...found, ...env }, tell: (log) => log.info('taken over from the login shell', { names: taken }) }
  } catch (error) {
    const why = { error: describeError(error) }
    return { env, tell: (log) => log.warn('nothing was taken over from the login shell', why) }
  }
}
