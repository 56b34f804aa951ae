// Writes the config: checked first, in one step, with backups and a line in the audit log.
import { appendFile, chmod, copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { randomHex, sha256 } from '../lib/ids.ts'
import { lanes } from '../lib/lanes.ts'
import { changedPaths } from './diff.ts'
import type { Paths } from './paths.ts'
import { restoreRedacted } from './redact.ts'
import type { Issue } from './section.ts'
import { parseJson5 } from './tree.ts'

/** What a check of a text says; `loadText` gives it. */
export interface Verdict {
  readonly issues: readonly Issue[]
  readonly warnings: readonly Issue[]
}

/** What a writer needs. `check` says whether a text is a good config. */
export interface WriterParts {
  readonly paths: Pick<Paths, 'configPath' | 'logsDir' | 'lastGoodPath'>
  readonly clock: Clock
  check(text: string): Promise<Verdict>
}

/** One write: the new text, the hash of the text it was made from, and who asked for it. */
export interface Write {
  readonly text: string
  readonly baseHash?: string | undefined
  readonly by: string
  /** Do without a base hash; for this host's own command line, which has just read the file. */
  readonly force?: boolean
}

/** What a write did. */
export interface Written {
  readonly raw: string
  readonly hash: string
  /** Dotted paths that differ from what was there. */
  readonly changed: readonly string[]
}

/** Writes configs, one after the other. */
export interface ConfigWriter {
  /** Throws CONFLICT when the file has changed meanwhile, INVALID_REQUEST when the text is no good config. */
  write(write: Write): Promise<Written>
  /** Keeps a text as the copy to fall back to. */
  keepGood(text: string): Promise<void>
}

const backups = 5

/** The text of a file as it is now; undefined when there is none. Throws what else the file system throws. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Puts a text in place of a file in one step, readable by its owner only. Throws what the file system throws. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temp = `${path}.${process.pid}.${randomHex(6)}.tmp`
  try {
    const file = await open(temp, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temp, path)
  } catch (error) {
    await rm(temp, { force: true })
    throw error
  }
}

const backupName = (path: string, n: number) => (n === 0 ? `${path}.bak` : `${path}.bak.${n}`)

async function rotate(path: string, raw: string) {
  for (let n = backups - 1; n > 0; n--) {
    const older = await textOf(backupName(path, n - 1))
    if (older === undefined) continue
    await copyFile(backupName(path, n - 1), backupName(path, n))
    await chmod(backupName(path, n), 0o600)
  }
  await replaceFile(backupName(path, 0), raw)
}

const valueOf = (raw: string | undefined, path: string): unknown => {
  if (!raw?.trim()) return {}
  try {
    return parseJson5(raw, path)
  } catch (error) {
    if (error instanceof Fault) return {} // a broken file is replaced as a whole
    throw error
  }
}

/** A writer of the config at `paths`. */
export function configWriter(parts: WriterParts): ConfigWriter {
  const { paths, clock } = parts
  const { configPath } = paths
  const queue = lanes(1)

  async function audit(entry: Record<string, unknown>) {
    await mkdir(paths.logsDir, { recursive: true, mode: 0o700 })
    const line = JSON.stringify({ ts: new Date(clock.now()).toISOString(), pid: process.pid, ...entry })
    await appendFile(join(paths.logsDir, 'config-audit.jsonl'), `${line}\n`, { mode: 0o600 })
  }

  function refuseConflict(current: string | undefined, now: string | undefined, write: Write) {
    if (current === undefined || write.force) return
    if (!write.baseHash) throw new Fault('CONFLICT', 'config base hash required; re-run config.get and retry')
    if (write.baseHash !== now)
      throw new Fault('CONFLICT', 'config changed since last load; re-run config.get and retry')
  }

  async function approved(text: string, current: string | undefined) {
    parseJson5(text, configPath)
    const verdict = await parts.check(text)
    const known = current === undefined ? [] : (await parts.check(current)).warnings
    const fresh = verdict.warnings.filter(
      (w) => w.message.startsWith('unknown key') && !known.some((k) => k.path === w.path),
    )
    const issues = [...verdict.issues, ...fresh.map((w) => ({ path: w.path, message: 'unknown key' }))]
    if (!issues.length) return
    const lines = issues.map((i) => `- ${i.path || '(root)'}: ${i.message}`).join('\n')
    throw new Fault('INVALID_REQUEST', `invalid config\n${lines}`, { details: { issues } })
  }

  async function put(write: Write): Promise<Written> {
    const current = await textOf(configPath)
    const before = current === undefined ? undefined : await sha256(current)
    refuseConflict(current, before, write)
    const raw = restoreRedacted(write.text, current ?? '')
    await approved(raw, current)
    const hash = await sha256(raw)
    const [old, next] = [valueOf(current, configPath), valueOf(raw, configPath)]
    const changed = changedPaths(old, next)
    if (raw === current) return { raw, hash, changed }
    if (current !== undefined) await rotate(configPath, current)
    await replaceFile(configPath, raw)
    await audit({
      by: write.by,
      path: configPath,
      before: before ?? null,
      after: hash,
      bytesBefore: current === undefined ? null : Buffer.byteLength(current),
      bytesAfter: Buffer.byteLength(raw),
      changed,
    })
    return { raw, hash, changed }
  }

  return {
    write: (write) => queue.run(configPath, () => put(write)),
    keepGood: (text) => queue.run(configPath, () => replaceFile(paths.lastGoodPath, text)),
  }
}
