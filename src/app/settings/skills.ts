// What the engine is told of skills: where they are, what the config says of each, and what their programs are given.
import { join } from 'node:path'
import { remember } from '../../lib/remember.ts'
import { normalizeAgentId } from '../../domain/session-key.ts'
import { harmlessEnv } from '../../domain/child-env.ts'
import { writtenByAgents, type SkillRoot, type SkillRule } from '../../domain/skill.ts'
import { getPath } from '../../config/path.ts'
import { expandHome, type Env, type Paths } from '../../config/paths.ts'
import type { Config } from '../catalog.ts'

/** Config paths that count as on while the file says nothing of them. */
const usuallyOn = new Set(['browser.enabled', 'browser.evaluateEnabled'])

function rootsOf(config: Config, paths: Paths, workspace: string): SkillRoot[] {
  return [
    ...config.skills.load.extraDirs.map((dir) => ({
      source: 'openclaw-extra' as const,
      path: expandHome(dir, paths.home),
    })),
    { source: 'openclaw-managed', path: join(paths.stateDir, 'skills') },
    { source: 'agents-skills-personal', path: join(paths.home, '.agents', 'skills') },
    { source: 'agents-skills-project', path: join(workspace, '.agents', 'skills') },
    { source: 'openclaw-workspace', path: join(workspace, 'skills') },
  ]
}

/** The rules for an agent's skills by the config as it is; the same object while it is the same. */
export function skillSettings(
  config: () => Config,
  env: () => Env,
  paths: Paths,
): (agent: string, workspace: string) => SkillRule {
  const rules = remember<Config, SkillRule>()

  function make(c: Config, agent: string, workspace: string): SkillRule {
    const { limits, entries, allowBundled } = c.skills
    const allow = c.agents.list.find((a) => normalizeAgentId(a.id) === agent)?.skills
    const hasEnv = (name: string) => Boolean(env()[name]?.trim())

    /** What programs of one skill are given: what the config says, else what the gateway itself was given. */
    function envOf(head: Parameters<SkillRule['env']>[0][number]): [string, string][] {
      const own = entries[head.key]
      const wanted = [...head.needs.env, ...(head.primaryEnv === undefined ? [] : [head.primaryEnv])]
      const given = wanted.flatMap((name): [string, string][] => {
        const key = own?.apiKey
        const ours = writtenByAgents(head.source) ? undefined : env()[name]
        const value = name === head.primaryEnv && key?.resolved ? key.reveal() : ours
        return value?.trim() ? [[name, value]] : []
      })
      return [...given, ...Object.entries(own?.env ?? {})].filter(([name]) => harmlessEnv(name))
    }

    return {
      roots: rootsOf(c, paths, workspace),
      limits: {
        candidates: limits.maxCandidatesPerRoot,
        perSource: limits.maxSkillsLoadedPerSource,
        inPrompt: limits.maxSkillsInPrompt,
        promptChars: limits.maxSkillsPromptChars,
        fileBytes: limits.maxSkillFileBytes,
      },
      allowBundled,
      allow,
      native: c.commands.nativeSkills !== false,
      setting(key) {
        const own = entries[key]
        if (!own) return undefined
        return { enabled: own.enabled ?? true, keyed: own.apiKey?.resolved ?? false, env: Object.keys(own.env ?? {}) }
      },
      truthy(path) {
        const value = getPath(c, path.split('.'))
        return value === undefined ? usuallyOn.has(path) : Boolean(value)
      },
      hasEnv,
      env: (skills) => Object.fromEntries(skills.flatMap(envOf)),
    }
  }

  return (agent, workspace) => rules(config(), agent, () => make(config(), agent, workspace))
}
