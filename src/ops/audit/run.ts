// The whole audit: every look, worst findings first; and what of it can be mended without asking.
import { setPath } from '../../config/change.ts'
import { parsePath } from '../../config/path.ts'
import type { Journal } from '../doctor/journal.ts'
import { agentLooks } from './agents.ts'
import { channelLooks, openGroupPaths } from './channels.ts'
import { said, type AuditFacts, type Finding } from './facts.ts'
import { chmods, links, permissions, synced } from './files.ts'
import { gatewayLooks } from './gateway.ts'

const order = ['critical', 'warn', 'info'] as const

/** What is found, worst first. */
export const audit = (facts: AuditFacts): Finding[] =>
  [permissions, links, synced, ...gatewayLooks, ...channelLooks, ...agentLooks]
    .flatMap((look) => look(facts))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))

/** How many findings of each severity there are. */
export const tally = (findings: readonly Finding[]): Record<Finding['severity'], number> => {
  const n = (severity: Finding['severity']) => findings.filter((f) => f.severity === severity).length
  return { critical: n('critical'), warn: n('warn'), info: n('info') }
}

/** Closes open groups, blots secrets out of the log, and takes the rights of others. Answers what was done, in lines. */
export async function harden(facts: AuditFacts, raw: string | undefined, journal: Journal): Promise<string[]> {
  const done: string[] = []
  let text = raw
  const set = (path: string, value: string) => {
    if (text === undefined) return
    text = setPath(text, parsePath(path), value)
    done.push(`set ${path} to ${value}`)
  }
  for (const path of openGroupPaths(facts.parsed)) set(path, 'allowlist')
  if (said(facts, 'logging.redactSensitive') === 'off') set('logging.redactSensitive', 'tools')
  if (text !== undefined && text !== raw) await journal.write(facts.paths.configPath, text)
  for (const { path, mode, is } of chmods(facts)) {
    if (is === mode) done.push(`skip chmod ${path} (already ${is.toString(8)})`)
    else {
      await journal.chmod(path, mode)
      done.push(`chmod ${mode.toString(8)} ${path}`)
    }
  }
  return done
}
