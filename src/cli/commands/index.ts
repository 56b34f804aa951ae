// Commands that are more than one operation. A file of them is loaded when the first word of one of its commands is typed.
import type { Command } from '../context.ts'

/** The files, with the first words of their commands. */
export const files: readonly (readonly [
  words: readonly string[],
  load: () => Promise<{ commands: readonly Command[] }>,
])[] = [
  [['browser'], () => import('../browser/act.ts')],
  [['browser'], () => import('../browser/look.ts')],
  [['browser'], () => import('../browser/manage.ts')],
  [['browser'], () => import('../browser/state.ts')],
  [['agent'], () => import('./agent.ts')],
  [['bug-bundle'], () => import('./bug-bundle.ts')],
  [['agents'], () => import('./agents.ts')],
  [['approvals', 'exec-approvals'], () => import('./approvals.ts')],
  [['channels'], () => import('./channel-login.ts')],
  [['config'], () => import('./config.ts')],
  [['completion'], () => import('./completion.ts')],
  [['cron'], () => import('./cron.ts')],
  [['dashboard'], () => import('./dashboard.ts')],
  [['devices'], () => import('./devices.ts')],
  [['hooks'], () => import('./hooks.ts')],
  [['system'], () => import('./heartbeat.ts')],
  [['docs'], () => import('./docs.ts')],
  [['doctor'], () => import('./doctor.ts')],
  [['gateway', 'daemon'], () => import('./gateway.ts')],
  [['import'], () => import('./import.ts')],
  [['logs'], () => import('./logs.ts')],
  [['backup', 'reset', 'uninstall', 'update'], () => import('./machine.ts')],
  [['node'], () => import('./node.ts')],
  [['nodes'], () => import('./node-run.ts')],
  [['nodes'], () => import('./nodes.ts')],
  [['qr', 'clawbot'], () => import('./qr.ts')],
  [['message'], () => import('./message.ts')],
  [['message'], () => import('./message-acts.ts')],
  [['models'], () => import('./logins.ts')],
  [['models'], () => import('./model-scan.ts')],
  [['models'], () => import('./model-status.ts')],
  [['models'], () => import('./models.ts')],
  [['tui'], () => import('./tui.ts')],
  [['sessions'], () => import('./sessions.ts')],
  [['security'], () => import('./security.ts')],
  [['gateway', 'daemon'], () => import('./service.ts')],
  [['dns', 'gateway'], () => import('./find.ts')],
  [['channels', 'status'], () => import('./status.ts')],
  [['config', 'configure', 'onboard', 'setup'], () => import('./setup.ts')],
]

/** The commands that begin with this word, or all. */
export async function commandsOf(word?: string): Promise<readonly Command[]> {
  const wanted = files.filter(([words]) => word === undefined || words.includes(word))
  return (await Promise.all(wanted.map(([, load]) => load()))).flatMap((file) => file.commands)
}
