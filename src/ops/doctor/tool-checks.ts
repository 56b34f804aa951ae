// Checks of what agents work with: logins at providers, the sandbox, skills, memory, the browser; and of the shell's completion.
import { existsSync, readFileSync } from 'node:fs'
import type { ContainerRule } from '../../define/box.ts'
import { expandHome } from '../../config/paths.ts'
import { isRecord } from '../../config/section.ts'
import { unsetPath } from '../../config/change.ts'
import { readLogins } from '../../os/logins.ts'
import { loginFiles } from '../login-files.ts'
import { hostCheck, said, well, wrong, type HostFacts } from './facts.ts'

/** Why a file of logins cannot be understood; undefined when it can, or is not there. */
function flawOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isRecord(value) ? undefined : `${path} is no object`
  } catch {
    return `${path} cannot be understood, so no login in it counts`
  }
}

export const authProfiles = hostCheck({
  id: 'auth.profiles',
  summary: 'Every login at a provider of models is there, and has not ended.',
  severity: 'warn',
  look(facts) {
    const files = loginFiles(said(facts, 'agents.list'), facts.paths)
    const flaw = files.map(flawOf).find((text) => text !== undefined)
    if (flaw !== undefined) return wrong(`${flaw}; mend it by hand, or move it away`)
    const logins = files.flatMap((path) => readLogins(path).list)
    const now = facts.clock.now()
    const ended = logins.filter((l) => l.expires !== undefined && l.expires <= now)
    const named = said(facts, 'auth.profiles')
    const missing = Object.entries(isRecord(named) ? named : {}).filter(([id]) => !logins.some((l) => l.id === id))
    const lines = [
      ...ended.map((l) => `${l.id} ended at ${new Date(l.expires ?? 0).toISOString()}`),
      ...missing.map(([id]) => `auth.profiles names ${id}, and nothing secret is kept for it`),
    ]
    const first =
      ended[0] ?? missing.map(([id, about]) => ({ id, provider: String(isRecord(about) && about['provider']) }))[0]
    return first
      ? wrong(lines.join('\n'), `oclaw models auth add --provider ${first.provider} --profile-id ${first.id}`)
      : well(logins.length ? `${logins.length} logins` : undefined)
  },
})

export const sandboxReady = hostCheck({
  id: 'sandbox.ready',
  summary: 'Programs can be kept apart, where the config wants that.',
  severity: 'broken',
  async look(facts) {
    const list = said(facts, 'agents.list')
    const modes = [
      said(facts, 'agents.defaults.sandbox.mode'),
      ...(Array.isArray(list) ? list.map((a) => isRecord(a) && isRecord(a['sandbox']) && a['sandbox']['mode']) : []),
    ]
    if (!modes.some((mode) => mode === 'all' || mode === 'non-main')) return well('off')
    // The section has checked it, and filled it with its defaults.
    const problem = await facts.box(said(facts, 'agents.defaults.sandbox.docker') as ContainerRule)
    return problem === undefined ? well() : wrong(problem, 'sudo apt install bubblewrap')
  },
})

export const skillsReady = hostCheck({
  id: 'skills.ready',
  summary: 'Every skill that was put here has what it needs.',
  severity: 'note',
  async look(facts) {
    const skills = await facts.skills()
    if (!skills) return well('the running gateway says which can be used')
    return skills.length
      ? wrong(skills.map((s) => `${s.name} cannot be used: ${s.lacks}`).join('\n'), 'oclaw skills check')
      : well()
  },
})

export const memoryProvider = hostCheck({
  id: 'memory.provider',
  summary: 'The server that searches memory by meaning has a key.',
  severity: 'warn',
  look(facts) {
    const at = 'agents.defaults.memorySearch'
    const provider = said(facts, `${at}.provider`)
    if (said(facts, `${at}.enabled`) === false || typeof provider !== 'string') return well()
    return facts.meaning()
      ? well(provider)
      : wrong(
          `${at}.provider is ${provider}, and there is no key for it; notes are searched by words alone`,
          `oclaw config set ${at}.remote.apiKey <key>`,
        )
  },
})

/** The program the config names as the browser, when it is not there. */
function missingBrowser(facts: HostFacts): string | undefined {
  const named = said(facts, 'browser.executablePath')
  if (typeof named !== 'string' || said(facts, 'browser.enabled') === false) return undefined
  const path = expandHome(named, facts.paths.home)
  return existsSync(path) ? undefined : path
}

export const browserProgram = hostCheck({
  id: 'browser.program',
  summary: 'The browser the config names is there.',
  severity: 'warn',
  look(facts) {
    const path = missingBrowser(facts)
    return path === undefined
      ? well()
      : wrong(`browser.executablePath is ${path}, and there is no such program`, 'oclaw doctor --fix')
  },
  async mend(facts, journal) {
    const { raw } = facts.file
    if (raw === undefined || missingBrowser(facts) === undefined) return undefined
    await journal.write(facts.paths.configPath, unsetPath(raw, ['browser', 'executablePath']))
    return 'took browser.executablePath out of the config; an installed browser is looked for'
  },
})

const stale = (facts: HostFacts) =>
  facts.completions.filter(({ path, wanted }) => existsSync(path) && readFileSync(path, 'utf8') !== wanted)

export const shellCompletion = hostCheck({
  id: 'shell.completion',
  summary: 'The script that completes commands in the shell is of this version.',
  severity: 'note',
  look(facts) {
    const old = stale(facts)
    if (old.length) return wrong(`${old.map((s) => s.path).join(', ')} is of another version`, 'oclaw doctor --fix')
    return facts.completions.some((s) => existsSync(s.path)) ? well() : well('none: oclaw completion --install')
  },
  async mend(facts, journal) {
    const old = stale(facts)
    for (const { path, wanted } of old) await journal.write(path, wanted)
    return old.length ? `wrote ${old.map((s) => s.path).join(', ')} anew` : undefined
  },
})
