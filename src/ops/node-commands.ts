// Which commands a node may be sent: by its platform, by the config, and by what it says it has.
import { getPath } from '../config/path.ts'
import type { ConnectedNode, Services } from './services.ts'

const canvas = ['present', 'hide', 'navigate', 'eval', 'snapshot', 'a2ui.push', 'a2ui.pushJSONL', 'a2ui.reset'].map(
  (name) => `canvas.${name}`,
)
const seeing = ['camera.list', 'location.get']
const personal = [
  'device.info',
  'device.status',
  'contacts.search',
  'calendar.events',
  'reminders.list',
  'photos.latest',
  'motion.activity',
  'motion.pedometer',
]
const host = ['system.run', 'system.which', 'system.notify', 'browser.proxy']

/** The commands nodes may be sent, by kind of machine, unless the config says otherwise. */
export const allowedByKind: Readonly<Record<string, readonly string[]>> = {
  ios: [...canvas, ...seeing, ...personal, 'system.notify'],
  android: [...canvas, ...seeing, ...personal],
  macos: [...canvas, ...seeing, ...personal, ...host],
  linux: host,
  windows: host,
  unknown: [...canvas, ...seeing, ...host],
}

const beginnings: readonly (readonly [string, string])[] = [
  ['ios', 'ios'],
  ['iphone', 'ios'],
  ['ipad', 'ios'],
  ['android', 'android'],
  ['mac', 'macos'],
  ['darwin', 'macos'],
  ['win', 'windows'],
  ['linux', 'linux'],
]

const named = (text: string | undefined) => beginnings.find(([start]) => text?.toLowerCase().startsWith(start))?.[1]

/** Commands that are the gateway's own business and never sent for others. */
const reserved = /^system\.execApprovals\./i

const words = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** Every command a node of this kind may be sent, whether it has it or not. */
function allowed(about: Readonly<Record<string, string>>, config: unknown): ReadonlySet<string> {
  const kind = named(about['platform']) ?? named(about['deviceFamily']) ?? 'unknown'
  const out = new Set([
    ...(allowedByKind[kind] ?? []),
    ...words(getPath(config, ['gateway', 'nodes', 'allowCommands'])),
  ])
  for (const name of words(getPath(config, ['gateway', 'nodes', 'denyCommands']))) out.delete(name)
  return out
}

/** The commands a node has and may be sent. */
export function commandsOf(node: ConnectedNode, { config }: Pick<Services, 'config'>): string[] {
  const may = allowed(node.about, config.current())
  return node.commands.filter((c) => may.has(c) && !reserved.test(c))
}

/** Why a command may not be sent to a node; undefined when it may. */
export function refusal(node: ConnectedNode, command: string, { config }: Pick<Services, 'config'>) {
  if (reserved.test(command)) return 'command reserved'
  if (!allowed(node.about, config.current()).has(command)) return 'command not allowlisted'
  if (!node.commands.length) return 'node did not declare commands'
  return node.commands.includes(command) ? undefined : 'command not declared by node'
}
