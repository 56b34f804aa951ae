// Starts the gateway in the background where no service manager does.
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { makeDir } from '../files.ts'
import type { ServicePlan } from './plan.ts'

/** Variables of a runtime that would change what the program does. */
const foreign = /^(BUN_|NODE_OPTIONS$|NOTIFY_SOCKET$|WATCHDOG_|OPENCLAW_SERVICE_)/

/** A program that goes on when this one ends. */
export interface Detached {
  readonly pid: number
  /** Where it writes what goes wrong before its log is open. */
  readonly errors: string
  /** Resolves with its exit code when it ends. */
  readonly ended: Promise<number>
}

/** The environment of the caller, without what was meant for it alone. */
const passed = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([k, v]) => (v !== undefined && !foreign.test(k) ? [[k, v] as const] : [])),
  )

function start(argv: readonly string[], errors: string, cwd: string, env: Readonly<Record<string, string>>): Detached {
  const out = openSync(errors, 'w', 0o600)
  try {
    const child = Bun.spawn([...argv], { cwd, env, stdio: ['ignore', 'ignore', out], detached: true })
    child.unref()
    return { pid: child.pid, errors, ended: child.exited }
  } finally {
    closeSync(out)
  }
}

/** Starts it in a session of its own, with the environment of the caller. */
export async function startDetached(
  plan: ServicePlan,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Detached> {
  await makeDir(plan.logsDir)
  const more = plan.profile === undefined ? {} : { OPENCLAW_PROFILE: plan.profile }
  return start(plan.argv, join(plan.logsDir, 'gateway.err.log'), plan.home, { ...passed(env), ...more })
}

/**
 * Starts a command of this program that goes on when the gateway ends, which a service manager would end with it: there it
 * becomes a unit of its own. What it says of errors is in `<logs>/<name>.err.log`.
 */
export async function startBeside(
  argv: readonly string[],
  at: { readonly logsDir: string; readonly home: string; readonly stateDir: string },
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): Promise<Detached> {
  await makeDir(at.logsDir)
  const given = { ...passed(env), OPENCLAW_STATE_DIR: at.stateDir }
  const apart =
    env['OPENCLAW_SYSTEMD_UNIT'] !== undefined && Bun.which('systemd-run', { PATH: env['PATH'] ?? '' }) !== null
  const set = Object.keys(given).map((k) => `--setenv=${k}`) // the values are taken from its own environment: nobody sees them
  const whole = apart ? ['systemd-run', '--user', '--collect', '--quiet', ...set, '--', ...argv] : argv
  return start(whole, join(at.logsDir, `${name}.err.log`), at.home, given)
}
