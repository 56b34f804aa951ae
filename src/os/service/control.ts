// Installs, starts and stops the gateway or a node through the machine's service manager.
import { existsSync } from 'node:fs'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { userInfo } from 'node:os'
import { Fault } from '../../lib/fault.ts'
import type { Spawn } from '../../define/tool.ts'
import { makeDir } from '../files.ts'
import { agentOf, olderPlistPath, plist, plistPath, taskScript, taskScriptPath } from './others.ts'
import { olderLabel, serviceTitle, unitName, type ServicePlan } from './plan.ts'
import { userUnit, userUnitPath } from './systemd.ts'

/** What the machine lends. */
export interface ServiceNeeds {
  readonly spawn: Spawn
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly platform: NodeJS.Platform
}

/** How the service manager sees the service. */
export interface ServiceState {
  readonly manager: 'systemd' | 'launchd' | 'schtasks' | 'none'
  /** Where its definition is, and the one that is there; undefined when none is. */
  readonly path: string
  readonly text: string | undefined
  readonly enabled: boolean
  readonly active: boolean
  readonly pid?: number
  /** Whether it goes on after its user logged out; undefined where that cannot be told. */
  readonly linger?: boolean
}

interface Answer {
  readonly code: number | null
  readonly output: string
}

/** Variables the managers' own programs need to find their user's session. */
const session = /^(PATH|HOME|USER|LOGNAME|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|LANG|SystemRoot|COMSPEC)$/

async function run(n: ServiceNeeds, argv: readonly string[]): Promise<Answer> {
  const found = Bun.which(argv[0] as string, { PATH: n.env['PATH'] ?? '' })
  if (!found) return { code: 127, output: `${argv[0]} is not installed` }
  const env = Object.fromEntries(
    Object.entries(n.env).flatMap(([k, v]) => (v !== undefined && session.test(k) ? [[k, v] as const] : [])),
  )
  const uid = process.getuid?.()
  if (uid !== undefined && env['XDG_RUNTIME_DIR'] === undefined) env['XDG_RUNTIME_DIR'] = `/run/user/${uid}`
  return n.spawn([found, ...argv.slice(1)], { cwd: '/', env, signal: n.signal, timeoutMs: 60_000, maxBytes: 20_000 })
}

async function must(n: ServiceNeeds, argv: readonly string[]): Promise<void> {
  const { code, output } = await run(n, argv)
  if (code === 0) return
  const said = output.trim().split('\n').at(-1) ?? ''
  throw new Fault('UNAVAILABLE', `\`${argv.join(' ')}\` failed${said ? `: ${said}` : ''}`)
}

async function textOf(path: string): Promise<string | undefined> {
  return existsSync(path) ? readFile(path, 'utf8') : undefined
}

/** The service manager of this machine; `none` where a user cannot have services. */
export async function managerOf(n: ServiceNeeds): Promise<ServiceState['manager']> {
  if (n.platform === 'darwin') return 'launchd'
  if (n.platform === 'win32') return 'schtasks'
  return (await run(n, ['systemctl', '--user', 'show-environment'])).code === 0 ? 'systemd' : 'none'
}

/** Where the definition is and what it should say. */
export function definition(plan: ServicePlan, platform: NodeJS.Platform): { path: string; text: string } {
  if (platform === 'darwin') return { path: plistPath(plan), text: plist(plan) }
  if (platform === 'win32') return { path: taskScriptPath(plan), text: taskScript(plan) }
  return { path: userUnitPath(plan), text: userUnit(plan) }
}

/** Where the definition is that is installed, also by an older version. */
export const installedPath = (plan: ServicePlan, platform: NodeJS.Platform): string =>
  platform === 'darwin' ? agentOf(plan).path : definition(plan, platform).path

const user = (n: ServiceNeeds) => n.env['USER'] ?? userInfo().username

/** How the service stands now. */
export async function serviceState(n: ServiceNeeds, plan: ServicePlan): Promise<ServiceState> {
  const path = installedPath(plan, n.platform)
  const text = await textOf(path)
  const manager = await managerOf(n)
  const none = { manager, path, text, enabled: false, active: false }
  if (text === undefined || manager === 'none') return none
  if (manager === 'launchd') {
    const { code, output } = await run(n, ['launchctl', 'print', `${domain()}/${agentOf(plan).label}`])
    const pid = Number(/^\s*pid = (\d+)/m.exec(output)?.[1])
    return { ...none, enabled: code === 0, active: pid > 0, ...(pid > 0 ? { pid } : {}) }
  }
  if (manager === 'schtasks') {
    const { code, output } = await run(n, ['schtasks', '/Query', '/TN', serviceTitle(plan), '/FO', 'LIST'])
    return { ...none, enabled: code === 0, active: code === 0 && /Running/.test(output) }
  }
  const unit = `${unitName(plan)}.service`
  const shown = await run(n, ['systemctl', '--user', 'show', unit, '-p', 'ActiveState,MainPID,UnitFileState'])
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(shown.output)?.[1] ?? ''
  const pid = Number(value('MainPID'))
  const lingers = await run(n, ['loginctl', 'show-user', user(n), '-p', 'Linger'])
  return {
    ...none,
    enabled: value('UnitFileState') === 'enabled',
    active: value('ActiveState') === 'active',
    ...(pid > 0 ? { pid } : {}),
    ...(lingers.code === 0 ? { linger: lingers.output.includes('=yes') } : {}),
  }
}

const domain = () => `gui/${process.getuid?.() ?? 0}`

/** Writes the definition, and has the manager start it now and at every boot. Throws UNAVAILABLE without a manager. */
export async function installService(n: ServiceNeeds, plan: ServicePlan): Promise<{ path: string; linger: boolean }> {
  const manager = await managerOf(n)
  if (manager === 'none')
    throw new Fault(
      'UNAVAILABLE',
      `this machine has no service manager for users (systemd --user); ${plan.kind === 'gateway' ? 'start the gateway in the background with `oclaw gateway start`' : 'run the node in the foreground with `oclaw node run`'}`,
    )
  const { path, text } = definition(plan, n.platform)
  await makeDir(dirname(path))
  await makeDir(plan.logsDir)
  await writeFile(path, text)
  await chmod(path, 0o600)
  if (manager === 'launchd') {
    for (const label of [unitName(plan), olderLabel(plan)])
      await run(n, ['launchctl', 'bootout', `${domain()}/${label}`])
    await rm(olderPlistPath(plan), { force: true })
    await must(n, ['launchctl', 'bootstrap', domain(), path])
    return { path, linger: true }
  }
  if (manager === 'schtasks') {
    const task = ['/TN', serviceTitle(plan)]
    await must(n, ['schtasks', '/Create', '/F', '/SC', 'ONLOGON', '/RL', 'LIMITED', ...task, '/TR', `"${path}"`])
    await must(n, ['schtasks', '/Run', ...task])
    return { path, linger: true }
  }
  const unit = `${unitName(plan)}.service`
  await must(n, ['systemctl', '--user', 'daemon-reload'])
  await must(n, ['systemctl', '--user', 'enable', unit])
  await must(n, ['systemctl', '--user', 'restart', unit])
  const linger = await run(n, ['loginctl', 'enable-linger', user(n)])
  return { path, linger: linger.code === 0 }
}

/** Has the manager start, stop or restart it. */
export async function tellService(
  n: ServiceNeeds,
  plan: ServicePlan,
  what: 'start' | 'stop' | 'restart',
): Promise<void> {
  if (n.platform === 'darwin') {
    const agent = agentOf(plan)
    const label = `${domain()}/${agent.label}`
    // It stays loaded, so that `launchctl start` finds it; an older one would come back by itself.
    if (what === 'stop')
      return must(n, ['launchctl', ...(agent.staysStopped ? ['kill', 'SIGTERM'] : ['bootout']), label])
    if (what === 'restart') return must(n, ['launchctl', 'kickstart', '-k', label])
    await run(n, ['launchctl', 'bootstrap', domain(), agent.path])
    return must(n, ['launchctl', 'kickstart', label])
  }
  if (n.platform === 'win32') {
    const task = ['/TN', serviceTitle(plan)]
    if (what !== 'start') await run(n, ['schtasks', '/End', ...task])
    if (what !== 'stop') await must(n, ['schtasks', '/Run', ...task])
    return
  }
  await must(n, ['systemctl', '--user', what, `${unitName(plan)}.service`])
}

/** Stops it, and takes its definition away. Answers whether there was one. */
export async function uninstallService(n: ServiceNeeds, plan: ServicePlan): Promise<boolean> {
  const path = installedPath(plan, n.platform)
  if (!existsSync(path)) return false
  if (n.platform === 'darwin') await run(n, ['launchctl', 'bootout', `${domain()}/${agentOf(plan).label}`])
  else if (n.platform === 'win32') await run(n, ['schtasks', '/Delete', '/F', '/TN', serviceTitle(plan)])
  else await run(n, ['systemctl', '--user', 'disable', '--now', `${unitName(plan)}.service`])
  await rm(path, { force: true })
  if (n.platform === 'linux') await run(n, ['systemctl', '--user', 'daemon-reload'])
  return true
}
