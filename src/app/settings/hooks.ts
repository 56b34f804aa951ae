// What the engine is told of hooks: where they are, which are switched on, and what their programs are given.
import { join } from 'node:path'
import { remember } from '../../lib/remember.ts'
import { harmlessEnv } from '../../domain/child-env.ts'
import type { HookRule } from '../../domain/hook.ts'
import { getPath } from '../../config/path.ts'
import { expandHome, type Env, type Paths } from '../../config/paths.ts'
import type { Config } from '../catalog.ts'

/** The rule by the config as it is; the same object while it is the same. */
export function hookSettings(
  config: () => Config,
  env: () => Env,
  paths: Paths,
  workspace: () => string | undefined,
): () => HookRule {
  const rules = remember<Config, HookRule>()

  function make(c: Config): HookRule {
    const { internal } = c.hooks
    const entries = internal.entries
    const own = workspace()
    return {
      enabled: internal.enabled === true,
      stateDir: paths.stateDir,
      roots: [
        ...(internal.load?.extraDirs ?? []).map((dir) => ({
          source: 'openclaw-extra' as const,
          path: expandHome(dir, paths.home),
        })),
        { source: 'openclaw-managed', path: join(paths.stateDir, 'hooks') },
        ...(own === undefined ? [] : [{ source: 'openclaw-workspace' as const, path: join(own, 'hooks') }]),
      ],
      entry(name) {
        const said = Object.hasOwn(entries, name) ? entries[name] : undefined
        if (!said) return undefined
        const given = Object.entries(said.env).filter(([key]) => harmlessEnv(key))
        const paths = said['paths'] ?? said['patterns'] ?? said['files']
        return {
          enabled: said.enabled,
          env: Object.fromEntries(given),
          ...(Array.isArray(paths) ? { paths: paths.map(String) } : {}),
        }
      },
      handlers: internal.handlers.map(({ event, module }) => ({
        event,
        run:
          /^https?:/.test(module) || module.startsWith('/') || module.startsWith('~')
            ? expanded(module)
            : join(paths.stateDir, module),
      })),
      truthy: (path) => Boolean(getPath(c, path.split('.'))),
      hasEnv: (name) => Boolean(env()[name]?.trim()),
    }
  }

  const expanded = (module: string) => (/^https?:/.test(module) ? module : expandHome(module, paths.home))

  return () => rules(config(), 'hooks', () => make(config()))
}
