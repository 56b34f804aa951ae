// The hooks of this gateway: found, judged by what they need, and resting when their files are not those that were looked at.
import { describeError, Fault } from '../../lib/fault.ts'
import { isScript, type Hook, type HookHead, type HookRule } from '../../domain/hook.ts'
import { skillSources, writtenByAgents, type SkillFile, type SkillNeeds } from '../../domain/skill.ts'
import * as kv from '../../store/kv.ts'
import { builtinHooks } from './builtin.ts'
import { parseHook } from './text.ts'
import { persist } from '../persist.ts'
import { factsOf } from '../file-facts.ts'
import type { World } from '../world.ts'

const space = 'hooks'
/** How much is looked at. */
const limits = { candidates: 300, perSource: 200, fileBytes: 256_000 }

/** The hooks as the rest of the engine sees them. */
export interface Hooks {
  /** Every hook, those that do not run included. */
  all(): readonly Hook[]
  /** Pins a hook's files as they are now. Throws NOT_FOUND for one that is not there. Resolves when durable. */
  pin(name: string): Promise<Hook>
  /** Whether nobody was told yet that the gateway has started; true once. */
  starting(): boolean
}

interface Found extends HookHead {
  readonly file: SkillFile
}

const dirOf = (path: string) => path.slice(0, path.lastIndexOf('/'))

/** Keeps nothing but the heads of files that did not change. */
export function hooks(world: World): Hooks {
  const { db, outside, settings } = world
  let started = false
  const headOf = factsOf((file) => parseHook(file.text))

  function found(rule: HookRule): Found[] {
    const rank = (f: SkillFile) => skillSources.indexOf(f.source)
    const files = [...builtinHooks.map((b) => b.file), ...outside.skillFiles(rule.roots, limits, 'HOOK.md')]
    const byName = new Map<string, Found>()
    for (const file of files.sort((a, b) => rank(a) - rank(b))) {
      const head = headOf(file)
      if (head) byName.set(head.name, { ...head, file })
    }
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  const contents = factsOf((file) => outside.skillHash(dirOf(file.path)))

  const bundled = (f: Found) => f.file.source === 'openclaw-bundled'

  /** What a hook runs: the file it names, one called `handler`, or an address. */
  function handlerOf(f: Found): string | undefined {
    if (bundled(f)) return f.name
    if (f.url !== undefined) return /^https?:\/\//.test(f.url) ? f.url : undefined
    const { files } = contents(f.file)
    const wanted = f.run?.replace(/^\.\//, '')
    const file = wanted === undefined ? files.find((name) => /^handler(\.\w+)?$/.test(name)) : wanted
    return file !== undefined && files.includes(file) ? `${dirOf(f.file.path)}/${file}` : undefined
  }

  function missingOf(f: Found, rule: HookRule): SkillNeeds {
    const { needs } = f
    const os = needs.os.length && !needs.os.includes(outside.platform) ? needs.os : []
    if (f.always) return { bins: [], anyBins: [], env: [], config: [], os }
    const here = (name: string) => /^[\w.+-]+$/.test(name) && outside.which(name, '/') !== undefined
    const given = Object.keys(rule.entry(f.key)?.env ?? {})
    return {
      bins: needs.bins.filter((b) => !here(b)),
      anyBins: needs.anyBins.some(here) ? [] : needs.anyBins,
      env: needs.env.filter((name) => !given.includes(name) && !rule.hasEnv(name)),
      config: needs.config.filter((path) => !rule.truthy(path)),
      os,
    }
  }

  /** A hook that agents can write runs only as it was when a person looked; others are pinned when first seen. */
  function changedOf(f: Found, enabled: boolean): boolean {
    if (bundled(f)) return false
    const pinned = kv.get(db, space, f.name)
    if (pinned !== undefined) return pinned !== contents(f.file).hash
    if (writtenByAgents(f.file.source)) return true
    if (enabled)
      persist(world, () => kv.set(db, space, f.name, contents(f.file).hash)).catch((error: unknown) =>
        world.log.warn('a hook was not pinned', { hook: f.name, error: describeError(error) }),
      )
    return false
  }

  function judge(f: Found, rule: HookRule): Hook {
    const { file, ...head } = f
    const enabled = rule.enabled && rule.entry(f.key)?.enabled === true
    const missing = missingOf(f, rule)
    const handler = handlerOf(f)
    const runs =
      handler !== undefined &&
      (bundled(f) || f.url !== undefined || (!isScript(handler) && outside.which(handler, '/') !== undefined))
    const complete = Object.values(missing).every((list: readonly string[]) => list.length === 0)
    return {
      ...head,
      source: file.source,
      bundled: bundled(f),
      file: file.path,
      dir: dirOf(file.path),
      handler,
      enabled,
      missing,
      changed: changedOf(f, enabled),
      eligible: complete && runs && head.events.length > 0,
    }
  }

  return {
    all() {
      const rule = settings.hooks()
      return found(rule).map((f) => judge(f, rule))
    },
    starting() {
      const first = !started
      started = true
      return first
    },
    async pin(name) {
      const rule = settings.hooks()
      const f = found(rule).find((x) => x.name === name || x.key === name)
      if (!f) throw new Fault('NOT_FOUND', `there is no hook "${name}"; \`oclaw hooks list\` shows those there are`)
      if (!bundled(f)) await db.write(() => kv.set(db, space, f.name, contents(f.file).hash))
      return judge(f, rule)
    },
  }
}
