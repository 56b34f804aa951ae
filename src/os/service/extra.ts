// Other gateways this machine's service manager starts: of the original, of an older name, or for the whole machine.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installedPath } from './control.ts'
import type { ServicePlan } from './plan.ts'

/** Names under which a gateway was ever installed, without those of other profiles of today's. */
const names =
  /^((clawdbot|moltbot|moldbot)-gateway.*|openclaw-gateway)\.service$|^((ai|com|bot)\.(clawdbot|moltbot|moldbot|clawd)\..*|com\.openclaw\..*|(ai\.openclaw\.|openclaw-)gateway)\.plist$/

/** Where definitions of the whole machine are. */
export const machineFolders = (platform: NodeJS.Platform): readonly string[] =>
  platform === 'linux'
    ? ['/etc/systemd/system', '/usr/local/lib/systemd/system']
    : platform === 'darwin'
      ? ['/Library/LaunchAgents', '/Library/LaunchDaemons']
      : []

const found = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => names.test(name))
        .map((name) => join(folder, name))
    : []

/** Definitions of gateways for the whole machine. */
export const machineServices = (platform: NodeJS.Platform, folders = machineFolders(platform)): readonly string[] =>
  folders.flatMap(found)

/** Definitions of gateways besides the planned one: the user's, and the machine's when there is one of the plan, too. */
export function otherServices(
  plan: ServicePlan,
  platform: NodeJS.Platform,
  machine: readonly string[] = machineFolders(platform),
): readonly string[] {
  const own = installedPath(plan, platform)
  const user =
    platform === 'linux'
      ? [join(plan.home, '.config', 'systemd', 'user')]
      : platform === 'darwin'
        ? [join(plan.home, 'Library', 'LaunchAgents')]
        : []
  return [...user, ...(existsSync(own) ? machine : [])].flatMap(found).filter((path) => path !== own)
}
