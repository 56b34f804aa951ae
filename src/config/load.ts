// Reads the config. Whatever is wrong with the file, the answer can be used, and is closed where it must be.
import { readFile } from 'node:fs/promises'
import { describeError } from '../lib/fault.ts'
import { sha256 } from '../lib/ids.ts'
import { readSection } from './check.ts'
import { expandIncludes } from './include.ts'
import { moveLegacy } from './legacy.ts'
import type { Env, Paths } from './paths.ts'
import { asRecord, isRecord } from './section.ts'
import type { AnySection, ConfigOf, Flaw, Issue, Step } from './section.ts'
import { parseJson5 } from './tree.ts'
import { overlay, substitute } from './variables.ts'

/** A config as read. */
export interface Loaded<C> {
  /** Every section, usable in any case. */
  readonly config: C
  /** What was wrong; empty means valid. */
  readonly issues: readonly Issue[]
  /** What was odd but harmless: unknown keys, older places. */
  readonly warnings: readonly Issue[]
  /** The text of the file; undefined when there is none. */
  readonly raw: string | undefined
  /** The text as a value, before includes and variables. */
  readonly parsed: unknown
  /** The value with includes, moves and variables. */
  readonly resolved: unknown
  /** SHA-256 of the text, as hex. */
  readonly hash: string | undefined
  readonly exists: boolean
  readonly valid: boolean
  /** Variables the config sets; whoever needs them merges them over the environment. */
  readonly env: Readonly<Record<string, string>>
  /** Every file that was read, the config first. */
  readonly files: readonly string[]
  /** Where the config in use came from. */
  readonly from: 'file' | 'last-good' | 'defaults'
}

const dotted = (at: readonly Step[]) => at.join('.')
const issueOf = (flaw: Flaw): Issue => ({ path: dotted(flaw.at), message: flaw.message })

/** A text as a config of these sections, without looking at the file itself. Never throws. */
export async function loadText<const P extends readonly AnySection[]>(
  parts: P,
  raw: string | undefined,
  paths: Pick<Paths, 'configPath' | 'home'>,
  env: Env,
): Promise<Loaded<ConfigOf<P>>> {
  const issues: Issue[] = []
  const warnings: Issue[] = []
  const text = raw ?? '{}'
  let parsed: unknown
  let broken = false
  try {
    parsed = parseJson5(text, paths.configPath)
    if (!isRecord(parsed)) throw new Error(`${paths.configPath} must hold an object; begin it with {`)
  } catch (error) {
    broken = true
    issues.push({ path: '', message: describeError(error) })
  }
  const included = await expandIncludes(broken ? {} : parsed, paths.configPath)
  const { value: present, moved } = moveLegacy(included.value)
  for (const { from, to } of moved) {
    const where = to.length ? `has moved to ${to.join(', ')}` : 'is no longer used'
    warnings.push({ path: from, message: `${where}; \`oclaw doctor --fix\` rewrites the file` })
  }
  const extra = overlay(present, env)
  const known = { ...env, ...extra }
  const filled = substitute(present, known)
  const root = asRecord(filled.value)
  const early = [...included.flaws, ...filled.flaws]
  if (typeof asRecord(root['gateway'])['token'] === 'string')
    warnings.push({ path: 'gateway.token', message: 'ignored; use gateway.auth.token' })

  const config: Record<string, unknown> = {}
  for (const part of parts) {
    const mine: Flaw[] = early
      .filter((f) => f.at.length === 0 || f.at[0] === part.key)
      .map((f) => ({ ...f, at: f.at.slice(1) }))
    if ('load' in part && root[part.key] === undefined && !mine.length) {
      config[part.key] = part.absent
      continue
    }
    const whole = 'load' in part ? await part.load() : part
    const read = await readSection(whole, root[part.key], mine, { env: known, home: paths.home })
    config[part.key] = read.value
    const full = (f: Flaw) => issueOf({ ...f, at: [part.key, ...f.at] })
    issues.push(...read.flaws.filter((f) => !mine.includes(f)).map(full))
    warnings.push(...read.unknown.map(full))
  }
  issues.push(...early.map(issueOf))
  for (const key of Object.keys(root))
    if (key !== '$schema' && !parts.some((p) => p.key === key))
      warnings.push({ path: key, message: 'unknown key; it is kept but does nothing' })
  return {
    // The loop above made one value for each part, by that part's schema.
    config: config as ConfigOf<P>,
    issues,
    warnings,
    raw,
    parsed: broken ? undefined : (parsed ?? {}),
    resolved: filled.value,
    hash: raw === undefined ? undefined : await sha256(raw),
    exists: raw !== undefined,
    valid: issues.length === 0,
    env: extra,
    files: [paths.configPath, ...included.files],
    from: broken || raw === undefined ? 'defaults' : 'file',
  }
}

/** The text of a file, or undefined when there is none; other failures are told by `cannot`. */
async function textOf(path: string, cannot: (error: unknown) => void): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) cannot(error)
    return undefined
  }
}

/** The config of these sections. Never throws: a file that cannot be read gives the last good copy, else closed defaults. */
export async function loadConfig<const P extends readonly AnySection[]>(
  parts: P,
  paths: Pick<Paths, 'configPath' | 'home' | 'lastGoodPath'>,
  env: Env,
): Promise<Loaded<ConfigOf<P>>> {
  let unreadable: Issue | undefined
  const raw = await textOf(paths.configPath, (error) => {
    unreadable = { path: '', message: `${paths.configPath} cannot be read: ${describeError(error)}` }
  })
  const own = await loadText(parts, unreadable ? '' : raw, paths, env)
  const issues = unreadable ? [unreadable] : own.issues
  if (own.from !== 'defaults' || (raw === undefined && !unreadable)) return own
  const seen = { issues, raw, hash: raw === undefined ? undefined : own.hash, exists: true, valid: false }
  const copy = await textOf(paths.lastGoodPath, () => undefined)
  const good = copy === undefined ? undefined : await loadText(parts, copy, paths, env)
  if (good?.from !== 'file') return { ...own, ...seen }
  return { ...good, ...seen, issues: [...issues, ...good.issues], parsed: own.parsed, from: 'last-good' }
}
