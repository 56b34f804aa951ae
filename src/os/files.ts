// Small files: read with a memory, written in one step.
import { appendFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const memory = new Map<string, { mtime: number; size: number; text: string }>()
/** Files remembered at a time. */
const maxRemembered = 200

/** The text of a file, from memory while the file is unchanged; undefined when there is none. */
export async function readText(path: string): Promise<string | undefined> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile()) return undefined
  const known = memory.get(path)
  if (known && known.mtime === stat.mtimeMs && known.size === stat.size) return known.text
  const text = await readFile(path, 'utf8')
  memory.delete(path)
  memory.set(path, { mtime: stat.mtimeMs, size: stat.size, text })
  if (memory.size > maxRemembered) memory.delete(memory.keys().next().value as string)
  return text
}

/** Makes a folder that only its owner can read. */
export function makeDir(path: string): Promise<void> {
  return existsSync(path) ? Promise.resolve() : mkdir(path, { recursive: true, mode: 0o700 }).then(() => undefined)
}

/** Writes a text in one step, readable by its owner only; makes the folder. */
export async function saveText(path: string, text: string): Promise<void> {
  await makeDir(dirname(path))
  const temporary = `${path}.${process.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`
  await writeFile(temporary, text, { mode: 0o600 })
  await rename(temporary, path)
}

/** Adds a line to a file that only its owner can read; makes the folder. */
export async function appendLine(path: string, line: string): Promise<void> {
  await makeDir(dirname(path))
  await appendFile(path, `${line}\n`, { mode: 0o600 })
}

/** Bytes of a file and when it was last changed, in ms; undefined when there is none. */
export function fileFacts(path: string): { readonly size: number; readonly mtimeMs: number } | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() ? { size: stat.size, mtimeMs: stat.mtimeMs } : undefined
}

/** Moves a file or folder into another folder, where `mark` makes its name unique; false when it is not there. */
export async function moveInto(path: string, folder: string, mark: string): Promise<boolean> {
  if (!existsSync(path)) return false
  await makeDir(folder)
  const to = join(folder, `${basename(path)}-${mark}`)
  try {
    await rename(path, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
    await cp(path, to, { recursive: true })
    await rm(path, { recursive: true })
  }
  return true
}
