// Finds skills and hooks on the disk: folders with a SKILL.md or a HOOK.md, none of which leads out of the folder it was found in.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, type Dirent } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { SkillFile, SkillRoot } from '../domain/skill.ts'

/** How much is looked at. */
export interface SkillLimits {
  readonly candidates: number
  readonly perSource: number
  readonly fileBytes: number
}

/** Files of one skill that count; a folder with more is no skill. */
const maxFiles = 500
const maxHashed = 50_000_000

const texts = new Map<string, { stamp: string; text: string }>()
const maxTexts = 2000

function entriesOf(path: string): Dirent[] {
  if (!existsSync(path)) return [] // most are not, and to be told so by an error costs far more
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch {
    return [] // it is no folder, or not ours to read: there are no skills in it
  }
}

/** A path without links, if it is inside `root`. */
function inside(root: string, path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return real === root || real.startsWith(root + sep) ? real : undefined
  } catch {
    return undefined
  }
}

/** Every regular file below a folder, by its path in it, in order. Links, and what tools leave behind, are left out. */
function filesIn(dir: string): string[] {
  const out: string[] = []
  const walk = (at: string) => {
    for (const e of entriesOf(at)) {
      if (out.length > maxFiles || e.name === '.git' || e.name === 'node_modules') continue
      if (e.isDirectory()) walk(join(at, e.name))
      else if (e.isFile()) out.push(relative(dir, join(at, e.name)))
    }
  }
  walk(dir)
  return out.sort()
}

/** Changes whenever a file of the folder does. */
function stampOf(dir: string, files: readonly string[]): string {
  return files
    .map((name) => {
      const s = statSync(join(dir, name), { throwIfNoEntry: false })
      return `${name} ${s?.mtimeMs ?? 0} ${s?.ctimeMs ?? 0} ${s?.size ?? 0}`
    })
    .join('\n')
}

function read(root: SkillRoot, top: string, name: string, limits: SkillLimits, file: string): SkillFile | undefined {
  const dir = inside(top, join(root.path, name))
  const path = dir && inside(dir, join(dir, file))
  const info = path ? statSync(path, { throwIfNoEntry: false }) : undefined
  if (!dir || !path || !info?.isFile() || info.size > limits.fileBytes) return undefined
  const files = root.source === 'openclaw-managed' || file !== 'SKILL.md' ? filesIn(dir) : [file]
  if (files.length > maxFiles) return undefined
  const stamp = stampOf(dir, files)
  const known = texts.get(path)
  if (known?.stamp === stamp) return { source: root.source, path, text: known.text, stamp }
  const text = readFileSync(path, 'utf8')
  texts.delete(path)
  texts.set(path, { stamp, text })
  if (texts.size > maxTexts) texts.delete(texts.keys().next().value as string)
  return { source: root.source, path, text, stamp }
}

/** The skills (or hooks, by their file) below some folders, in their order. Nothing is run, and no link that leads out is followed. */
export function skillFiles(roots: readonly SkillRoot[], limits: SkillLimits, file = 'SKILL.md'): SkillFile[] {
  return roots.flatMap((root) => {
    const entries = entriesOf(root.path)
    if (!entries.length) return []
    const top = realpathSync(root.path)
    return entries
      .filter((e) => (e.isDirectory() || e.isSymbolicLink()) && !e.name.startsWith('.'))
      .map((e) => e.name)
      .sort()
      .slice(0, limits.candidates)
      .flatMap((name) => read(root, top, name, limits, file) ?? [])
      .slice(0, limits.perSource)
  })
}

/** The SHA-256 over the names and bytes of a skill's files, and their names. */
export function skillHash(dir: string): { readonly hash: string; readonly files: readonly string[] } {
  const files = filesIn(dir)
  const hash = new Bun.CryptoHasher('sha256')
  let room = maxHashed
  for (const name of files) {
    const bytes = readFileSync(join(dir, name))
    room -= bytes.length
    hash.update(`${name}\0${bytes.length}\0`)
    if (room > 0) hash.update(bytes)
    else hash.update(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'))
  }
  return { hash: hash.digest('hex'), files }
}
