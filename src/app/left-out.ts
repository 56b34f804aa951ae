// What the environment keeps from running, for a while or for a test: variables of the original.
import type { Env } from '../config/paths.ts'

const on = (env: Env, names: readonly string[]) => names.some((name) => /^(1|true|yes)$/i.test(env[name] ?? ''))

/** Whether a unit is to run. */
export function wanted(key: string, env: Env): boolean {
  if (key.startsWith('channel:')) return !on(env, ['OPENCLAW_SKIP_CHANNELS', 'OPENCLAW_SKIP_PROVIDERS'])
  if (key === 'cron') return !on(env, ['OPENCLAW_SKIP_CRON'])
  return true
}
