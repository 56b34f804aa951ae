// Folders as lists of files: read whole, made for a moment, taken away.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Fault } from '../lib/fault.ts'

/** A file of a folder, by its path in it. */
export interface FolderFile {
  readonly path: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Bytes and files a folder may come to. */
const maxBytes = 100_000_000
const maxFiles = 5000

/** The bytes of a file. Throws NOT_FOUND. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new Fault('NOT_FOUND', `${path} cannot be read`, { cause })
  }
}

/** The regular files below a folder, links left out. Throws NOT_FOUND for none, TOO_LARGE for too many. */
export async function folderFiles(dir: string): Promise<FolderFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new Fault('NOT_FOUND', `${dir} is no folder that can be read`, { cause })
  })
  const out: FolderFile[] = []
  let room = maxBytes
  for (const e of entries) {
    const at = join(e.parentPath, e.name)
    const path = relative(dir, at).replaceAll('\\', '/')
    if (!e.isFile() || path.split('/').some((part) => part === '.git')) continue
    const info = await stat(at)
    room -= info.size
    if (room < 0 || out.length >= maxFiles)
      throw new Fault('TOO_LARGE', `${dir} holds more than ${maxFiles} files or ${maxBytes / 1e6} MB`)
    out.push({ path, bytes: await readBytes(at) })
  }
  return out.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** A new folder only its owner can read, among those for a moment. */
export const newFolder = (prefix: string): Promise<string> => mkdtemp(join(tmpdir(), prefix))

/** Takes a folder and all in it away; one that is not there is fine. */
export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true })
