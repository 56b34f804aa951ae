// A home for the doctor: what it says of it, and every byte of it, to see that a repair is undone.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import type { CheckReport } from '../../src/ops/doctor/run.ts'
import { cliHome, deadPort } from './fixture.ts'

export type Home = ReturnType<typeof cliHome>

const free = await deadPort()
export const quiet = { PATH: '/usr/bin:/bin', OPENCLAW_GATEWAY_PORT: String(free) }

/** What `doctor --json` says with these flags. */
export async function seen(home: Home, ...flags: string[]) {
  const { out, code } = await home.run('doctor', '--json', ...flags)
  const report = JSON.parse(out) as { ok: boolean; checks: CheckReport[]; mended: string[]; journal?: string }
  return { ...report, code, of: (id: string) => report.checks.find((c) => c.id === id) }
}

/** Every file and folder of a home: mode and content, what the doctor keeps for itself left out. */
export function image(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .map((e) => join(e.parentPath, e.name))
      .filter((path) => !path.includes('/doctor'))
      .sort()
      .map((path) => {
        const stat = statSync(path)
        return [path, `${stat.mode.toString(8)} ${stat.isFile() ? readFileSync(path).toString('base64') : ''}`]
      }),
  )
}

/** A home only its owner reads, with a port nothing listens on. */
export const home = (files: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) => {
  const made = cliHome(files, { env: { ...quiet, ...env }, configParts: wholeParts })
  for (const name of Object.keys(files)) chmodSync(made.path(name), 0o600)
  mkdirSync(made.path('.'), { recursive: true })
  chmodSync(made.path('.'), 0o700)
  return made
}

/** A token nobody guesses. */
export const strong = 'a'.repeat(64)
