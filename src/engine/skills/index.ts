// The skills of an agent: found, judged by what they need, and resting when their files are not those that were pinned.
import { describeError, Fault } from '../../lib/fault.ts'
import {
  skillSources,
  writtenByAgents,
  type Skill,
  type SkillFile,
  type SkillHead,
  type SkillNeeds,
  type SkillPin,
  type SkillRule,
} from '../../domain/skill.ts'
import * as kv from '../../store/kv.ts'
import { builtinSkills } from './builtin/index.ts'
import { factsOf } from '../file-facts.ts'
import { persist } from '../persist.ts'
import type { AgentRule } from '../settings.ts'
import { parseSkill } from './text.ts'
import type { World } from '../world.ts'

/** How long it is believed whether a program is there, in ms. */
const binMs = 30_000
const space = 'skills'

/** The skills as the rest of the engine sees them. */
export interface Skills {
  /** Every skill of an agent, those that cannot be used included. */
  all(agent: AgentRule): readonly Skill[]
  /** Those that can be used now; `here` narrows them to the names a place allows. New managed ones are pinned. */
  offered(agent: AgentRule, here?: readonly string[]): readonly Skill[]
  /** The programs that an agent's skills need, wherever they are, but for skills that agents write themselves. */
  programs(agent: AgentRule): readonly string[]
  /** The text of a built-in skill by its path. */
  builtin(path: string): string | undefined
  /** Pins a managed skill as it is now. Throws NOT_FOUND for any other. Resolves when durable. */
  approve(agent: AgentRule, name: string): Promise<{ readonly pin: SkillPin; readonly before: SkillPin | undefined }>
  /** What was pinned of a skill. */
  pinned(name: string): SkillPin | undefined
  /** Looks for programs anew. */
  refresh(): void
}

interface Found extends SkillHead {
  readonly file: SkillFile
}

const names = (list: readonly string[]) => new Set(list.map((n) => n.toLowerCase()))

/** Keeps nothing but what files said last. */
export function skills(world: World): Skills {
  const { db, clock, outside, settings } = world
  const bins = new Map<string, { at: number; there: boolean }>()
  const headOf = factsOf((file) => parseSkill(file.text))

  /** One skill per name: that of the source with the highest precedence. */
  function found(rule: SkillRule): Found[] {
    const rank = (f: SkillFile) => skillSources.indexOf(f.source)
    const files = [...outside.skillFiles(rule.roots, rule.limits), ...builtinSkills]
    const byName = new Map<string, Found>()
    for (const file of files.sort((a, b) => rank(a) - rank(b))) {
      const head = headOf(file)
      if (head) byName.set(head.name, { ...head, file })
    }
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  function hasBin(name: string): boolean {
    const now = clock.now()
    const known = bins.get(name)
    if (known && now - known.at < binMs) return known.there
    const there = /^[\w.+-]+$/.test(name) && outside.which(name, '/') !== undefined
    bins.set(name, { at: now, there })
    return there
  }

  function missingOf(head: Found, rule: SkillRule): SkillNeeds {
    const { needs } = head
    const own = rule.setting(head.key)
    const given = (name: string) =>
      (rule.hasEnv(name) && !writtenByAgents(head.file.source)) ||
      own?.env.includes(name) ||
      (own?.keyed && head.primaryEnv === name)
    const os = needs.os.length && !needs.os.includes(outside.platform) ? needs.os : []
    if (head.always) return { bins: [], anyBins: [], env: [], config: [], os }
    return {
      bins: needs.bins.filter((b) => !hasBin(b)),
      anyBins: needs.anyBins.some(hasBin) ? [] : needs.anyBins,
      env: needs.env.filter((name) => !given(name)),
      config: needs.config.filter((path) => !rule.truthy(path)),
      os,
    }
  }

  const dirOf = (path: string) => path.slice(0, path.lastIndexOf('/'))

  const hashOf = factsOf((file) => outside.skillHash(dirOf(file.path)))

  function pinned(name: string): SkillPin | undefined {
    const text = kv.get(db, space, name)
    return text === undefined ? undefined : (JSON.parse(text) as SkillPin)
  }

  function pinOf(f: Found): SkillPin {
    const { hash, files } = hashOf(f.file)
    return {
      hash,
      bins: [...f.needs.bins, ...f.needs.anyBins],
      env: [...new Set([...f.needs.env, ...(f.primaryEnv === undefined ? [] : [f.primaryEnv])])],
      config: f.needs.config,
      installs: f.install.map((i) => `${i.kind} ${i.formula ?? i.package ?? i.module ?? i.url ?? ''}`.trim()),
      files: files.filter((name) => name !== 'SKILL.md'),
    }
  }

  const managed = (f: Found) => f.file.source === 'openclaw-managed'

  function judge(f: Found, rule: SkillRule): Skill {
    const { file, ...head } = f
    const missing = missingOf(f, rule)
    const bundled = file.source === 'openclaw-bundled'
    const pin = managed(f) ? pinned(f.name) : undefined
    const changed = pin !== undefined && pin.hash !== hashOf(f.file).hash
    const disabled = rule.setting(head.key)?.enabled === false
    const listed = rule.allowBundled === undefined || names(rule.allowBundled).has(head.name.toLowerCase())
    const blocked =
      (bundled && !listed) || (rule.allow !== undefined && !names(rule.allow).has(head.name.toLowerCase()))
    const complete = Object.values(missing).every((list: readonly string[]) => list.length === 0)
    return {
      ...head,
      source: file.source,
      bundled,
      file: file.path,
      dir: dirOf(file.path),
      missing,
      changed,
      disabled: disabled || changed,
      blocked,
      eligible: !disabled && !changed && !blocked && complete,
    }
  }

  return {
    all(agent) {
      const rule = settings.skills(agent.id)
      return found(rule).map((f) => judge(f, rule))
    },
    offered(agent, here) {
      const rule = settings.skills(agent.id)
      const list = found(rule)
      const fresh = list.filter((f) => managed(f) && kv.get(db, space, f.name) === undefined)
      if (fresh.length)
        persist(world, () => {
          for (const f of fresh) kv.set(db, space, f.name, JSON.stringify(pinOf(f)))
        }).catch((error: unknown) => world.log.warn('new skills were not pinned', { error: describeError(error) }))
      const allowed = here && names(here)
      return list
        .map((f) => judge(f, rule))
        .filter((s) => s.eligible && (!allowed || allowed.has(s.name.toLowerCase())))
    },
    programs(agent) {
      const rule = settings.skills(agent.id)
      const all = found(rule).filter((f) => !writtenByAgents(f.file.source))
      const meant = all.map((f) => judge(f, rule)).filter((s) => !s.disabled && !s.blocked)
      return [...new Set(meant.flatMap((s) => [...s.needs.bins, ...s.needs.anyBins]))].sort()
    },
    builtin: (path) => builtinSkills.find((f) => f.path === path)?.text,
    async approve(agent, name) {
      const f = found(settings.skills(agent.id)).find((x) => managed(x) && (x.name === name || x.key === name))
      if (!f)
        throw new Fault(
          'NOT_FOUND',
          `there is no managed skill "${name}" to approve; \`oclaw skills list\` shows those there are`,
        )
      const before = pinned(f.name)
      const pin = pinOf(f)
      await db.write(() => kv.set(db, space, f.name, JSON.stringify(pin)))
      return { pin, before }
    },
    pinned,
    refresh: () => bins.clear(),
  }
}
