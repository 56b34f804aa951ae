// The config in force: read once, changed by one path, and put in force by reconciling.
import { readFile } from 'node:fs/promises'
import { describeError, Fault } from '../../lib/fault.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { once } from '../../lib/once.ts'
import type { Scope } from '../../lib/scope.ts'
import { mergePatch, setPath, unsetPath } from '../../config/change.ts'
import { configSchema, secretRule, uiHints } from '../../config/describe.ts'
import { changedPaths } from '../../config/diff.ts'
import { loadConfig, loadText, type Loaded } from '../../config/load.ts'
import { parsePath } from '../../config/path.ts'
import type { Env, Paths } from '../../config/paths.ts'
import { redact, redactText, type SecretRule } from '../../config/redact.ts'
import { watchConfig } from '../../config/watch.ts'
import { configWriter, replaceFile } from '../../config/write.ts'
import type { ConfigAccess, ConfigEdit, ConfigSnapshot } from '../../ops/services.ts'
import type { Broken, Probation, Trial } from './probation.ts'
import { parts, wholeParts, type Config } from '../catalog.ts'
import { overridden } from './overrides.ts'
import { configTrial } from './trial.ts'

/** What puts a config in force; throws when a critical part cannot start with it, the old one being in force again. */
export type Apply = (next: Loaded<Config>, changed: readonly string[]) => Promise<void>

/** The config file of a running gateway. */
export interface ConfigFile extends ConfigAccess {
  readonly loaded: Loaded<Config>
  /** The gateway has started with it: it is on trial like any change. */
  started(): void
  /** Reads the file again and puts it in force when it can be; for the watcher. */
  reread(): Promise<void>
}

/** What the file needs. `adjust` puts flags over what was read. */
export interface ConfigFileParts {
  readonly paths: Paths
  readonly clock: Clock
  readonly log: Log
  readonly env: Env
  readonly version: string
  /** Aborts when the gateway ends. */
  readonly signal: AbortSignal
  adjust(config: Config): Config
  readonly apply: Apply
  /** Hears of a file that is not in force because something in it is wrong. */
  invalid(issues: readonly string[]): void
  readonly probation: Pick<Probation, 'begin'>
  probationMs(): number
  /** Hears that a change was taken back, why, and where the file that did not work is kept. */
  reverted(why: string, kept: string): void
}

/** Reads the config of these paths, with flags put over it. */
export async function readConfig(p: Pick<ConfigFileParts, 'paths' | 'env' | 'adjust'>): Promise<Loaded<Config>> {
  const loaded = await loadConfig(parts, p.paths, p.env)
  return { ...loaded, config: p.adjust(loaded.config as unknown as Config) }
}

/** The description of the whole config, which stays the same as long as the program runs. */
const described = once(async () => {
  const whole = await wholeParts()
  const schema = configSchema(whole)
  return { schema, uiHints: uiHints(whole, schema) }
})

/** The config file, holding `first` until it changes. */
export function configFile(p: ConfigFileParts, first: Loaded<Config>): ConfigFile {
  let loaded = first
  let good = first.valid ? first.raw : undefined // what is known to work
  let tail: Promise<unknown> = Promise.resolve()
  const overrides = new Map<string, unknown>()
  let secretKeys: Promise<SecretRule> | undefined
  const ruleOf = () => (secretKeys ??= wholeParts().then(secretRule))
  const writer = configWriter({
    paths: p.paths,
    clock: p.clock,
    check: (text) => loadText(parts, text, p.paths, p.env),
  })

  function inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work)
    tail = done.catch(() => undefined)
    return done
  }

  /** Reads the file, with what is laid over it; values that no longer fit are let go. */
  async function reading(): Promise<Loaded<Config>> {
    const file = await readConfig(p)
    try {
      return await overridden(file, overrides, p)
    } catch (error) {
      p.log.warn('what was laid over the config no longer fits it and is gone', { error: describeError(error) })
      overrides.clear()
      return file
    }
  }

  /** Puts a reading in force: the whole of it when it is right, else all but its broken sections. */
  async function force(next: Loaded<Config>): Promise<string[]> {
    const changed = changedPaths(loaded.config, next.config)
    if (next.issues.length) p.invalid(next.issues.map((i) => `${i.path || 'file'}: ${i.message}`))
    if (next.from !== 'file' && next.exists) {
      loaded = { ...loaded, raw: next.raw, hash: next.hash, issues: next.issues, warnings: next.warnings, valid: false }
      return []
    }
    const before = loaded
    const trial = p.probation.begin()
    loaded = next
    try {
      await p.apply(next, changed)
    } catch (error) {
      trial.drop()
      loaded = before
      await putBack({ unit: 'gateway', error }, next)
      throw error
    }
    void onTrial(trial, next)
    return changed
  }

  /** Waits for the end of a trial: then the text is good, or the last good one comes back. */
  async function onTrial(trial: Trial, next: Loaded<Config>): Promise<void> {
    const broken = await trial.run(p.probationMs())
    if (loaded !== next) return
    if (broken)
      return inOrder(async () => {
        if (loaded === next && (await putBack(broken, next))) await force(await reading())
      }).catch((error: unknown) => p.log.error('the config could not be put back', { error: describeError(error) }))
    if (!next.valid || next.raw === undefined) return
    good = next.raw
    if ((await readFile(p.paths.lastGoodPath, 'utf8').catch(() => undefined)) === good) return
    await writer
      .keepGood(good)
      .catch((error: unknown) => p.log.warn('the good config could not be kept', { error: describeError(error) }))
  }

  /** Writes the last good text in place of one that does not work, which is kept beside it; false without a good one. */
  async function putBack(broken: Broken, bad: Loaded<Config>): Promise<boolean> {
    if (bad.raw === undefined || good === undefined || good === bad.raw) return false
    const now = await loadConfig(parts, p.paths, p.env)
    if (now.hash !== bad.hash) return false // it was changed again meanwhile, which is looked at by itself
    const kept = `${p.paths.configPath}.rejected.${new Date(p.clock.now()).toISOString().replaceAll(':', '-')}`
    await replaceFile(kept, bad.raw)
    await writer.write({ text: good, by: 'revert', force: true })
    p.reverted(`${broken.unit} does not work with it: ${describeError(broken.error)}`, kept)
    return true
  }

  const trial = configTrial({
    clock: p.clock,
    signal: p.signal,
    restore: (text) =>
      inOrder(async () => {
        await writer.write({ text, by: 'probation', force: true })
        await force(await reading())
        p.log.warn('the change of the config was not kept; the one before is in force again')
      }).catch((error: unknown) =>
        p.log.error('the config before the change could not be brought back', { error: describeError(error) }),
      ),
  })

  function textOf(edit: ConfigEdit): string {
    const raw = loaded.raw ?? '{}\n'
    switch (edit.kind) {
      case 'raw':
        return edit.raw
      case 'patch':
        return mergePatch(raw, edit.patch)
      case 'set':
        return setPath(raw, parsePath(edit.path), edit.value)
      case 'unset':
        return unsetPath(raw, parsePath(edit.path))
    }
  }

  async function snapshot(): Promise<ConfigSnapshot> {
    const rule = await ruleOf()
    return {
      path: p.paths.configPath,
      exists: loaded.exists,
      raw: loaded.raw === undefined ? null : redactText(loaded.raw, rule),
      parsed: redact(loaded.parsed, rule),
      resolved: redact(loaded.resolved, rule),
      valid: loaded.valid,
      config: redact(loaded.config, rule),
      ...(loaded.hash === undefined ? {} : { hash: loaded.hash }),
      issues: loaded.issues,
      warnings: loaded.warnings,
      legacyIssues: [],
      ...(trial.state() ? { probation: trial.state() as { until: number } } : {}),
    }
  }

  return {
    get loaded() {
      return loaded
    },
    current: () => loaded.config,
    snapshot,
    started: () => void onTrial(p.probation.begin(), first),
    reread: () =>
      inOrder(async () => {
        const next = await reading()
        if (next.hash === loaded.hash) return
        const changed = await force(next)
        if (changed.length) p.log.info('the config was read again', { changed })
      }),
    change: (edit, by) =>
      inOrder(async () => {
        if (by.needsHash && loaded.exists && by.baseHash === undefined)
          throw new Fault('INVALID_REQUEST', 'config base hash required; re-run config.get and retry')
        const before = loaded.raw ?? '{}\n'
        const written = await writer.write({
          text: textOf(edit),
          by: by.who,
          force: by.baseHash === undefined,
          baseHash: by.baseHash,
        })
        const changed = await force(await reading())
        p.log.info('the config was changed', { by: by.who, changed: written.changed })
        if (by.probationMs === undefined) trial.keep()
        else trial.begin(before, by.probationMs)
        return { ...(await snapshot()), changed }
      }),
    overrides: () => new Map(overrides),
    override: (path, value) =>
      inOrder(async () => {
        const wish = new Map(path === undefined ? [] : overrides)
        if (path !== undefined && value === undefined) wish.delete(path)
        else if (path !== undefined) wish.set(path, value)
        const next = await overridden(await readConfig(p), wish, p)
        const changed = await force(next) // throws when a critical part cannot start with it: then nothing is kept
        overrides.clear()
        for (const [key, over] of wish) overrides.set(key, over)
        p.log.info('values were laid over the config until the end of the process', { changed })
      }),
    settle: (how) => (how === 'keep' ? Promise.resolve(trial.keep()) : trial.revert()),
    async describe() {
      return { ...(await described()), version: p.version, generatedAt: new Date(p.clock.now()).toISOString() }
    },
  }
}

/** Reads the file again whenever somebody changed it, for as long as the scope is open; what `gateway.reload` says counts. */
export async function followFile(
  file: ConfigFile,
  p: { readonly scope: Scope; readonly clock: Clock; readonly log: Log },
): Promise<void> {
  const { log } = p
  const reload = () => file.loaded.config.gateway.reload
  await watchConfig({
    scope: p.scope,
    clock: p.clock,
    files: () => file.loaded.files,
    debounceMs: () => reload().debounceMs,
    changed: () =>
      reload().mode === 'off'
        ? log.info('the config file changed; gateway.reload.mode is off, so nothing was done')
        : file
            .reread()
            .catch((error: unknown) =>
              log.error('the changed config cannot be used; the old one stays', { error: describeError(error) }),
            ),
    broken: (error) => log.warn('the config file is not watched', { error: describeError(error) }),
  })
}
