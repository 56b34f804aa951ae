// Whether this machine runs what a gateway asks it to: by its own file of permissions, never by the gateway's word alone.
import { newId } from '../lib/ids.ts'
import type { Clock } from '../lib/clock.ts'
import { execRule, onAllowlist, type ExecApprovals } from '../domain/exec-approvals.ts'
import { runsOthers } from '../domain/exec-judging.ts'
import { readApprovals, saveApprovals } from '../os/exec-approvals.ts'

/** What is to be run. `program` is the absolute path of its first word; undefined when it is not here. */
export interface RunWish {
  readonly agent: string
  readonly argv: readonly string[]
  readonly program: string | undefined
  readonly plain: boolean
  /** What a person said at the gateway, if one was asked. */
  readonly said: 'allow-once' | 'allow-always' | undefined
}

/** The file with what counts where it says nothing: a person is asked about each program that is not listed. */
export const withUsual = (file: ExecApprovals): ExecApprovals => ({
  ...file,
  defaults: { security: 'allowlist', ask: 'on-miss', ...file.defaults },
})

/** Why something may not be run, in the original's words; undefined when it may. */
export async function refusal(stateDir: string, home: string, w: RunWish): Promise<string | undefined> {
  const { file } = await readApprovals(stateDir)
  const rule = execRule({ security: 'full', ask: 'off' }, withUsual(file), w.agent)
  if (rule.security === 'deny') return 'SYSTEM_RUN_DISABLED: security=deny'
  const listed =
    w.plain && w.program !== undefined && !runsOthers(w.program) && onAllowlist(rule.allowlist, w.program, home)
  if (w.said) return undefined
  if (rule.ask === 'always') return 'SYSTEM_RUN_DENIED: approval required'
  if (rule.security === 'full' || listed) return undefined
  return rule.ask === 'off' ? 'SYSTEM_RUN_DENIED: allowlist miss' : 'SYSTEM_RUN_DENIED: approval required'
}

/** Lists a program that a person allowed for good; one that runs others never is. */
export async function allowAlways(stateDir: string, clock: Clock, w: RunWish): Promise<void> {
  const { program } = w
  if (program === undefined || !w.plain || runsOthers(program)) return
  const { file, hash, exists } = await readApprovals(stateDir)
  const own = file.agents?.[w.agent]
  if (own?.allowlist?.some((entry) => entry.pattern === program)) return
  const entry = { id: newId('allow', clock), pattern: program, lastUsedAt: clock.now() }
  const agents = { ...file.agents, [w.agent]: { ...own, allowlist: [...(own?.allowlist ?? []), entry] } }
  await saveApprovals(stateDir, { ...file, agents }, exists ? hash : undefined)
}
