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

/** Starts it in a session of its own, with the environment of the caller. */
export async function startDetached(
  plan: ServicePlan,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Detached> {
  await makeDir(plan.logsDir)
  const errors = join(plan.logsDir, 'gateway.err.log')
  const out = openSync(errors, 'w', 0o600)
  try {
    const child = Bun.spawn([...plan.argv], {
      cwd: plan.home,
      env: {
        ...Object.fromEntries(Object.entries(env).filter(([k, v]) => v !== undefined && !foreign.test(k))),
        ...(plan.profile === undefined ? {} : { OPENCLAW_PROFILE: plan.profile }),
      },
      stdio: ['ignore', 'ignore', out],
      detached: true,
    })
    child.unref()
    return { pid: child.pid, errors, ended: child.exited }
  } finally {
    closeSync(out)
  }
}
