// Which files of this machine a browser may be given, and where its own may be put.
import { lstat, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { tmpdir } from 'node:os'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { makeDir } from '../files.ts'

/** A folder of this user's, and no way to another. */
async function isOwn(path: string): Promise<boolean> {
  const stat = await lstat(path).catch(() => undefined)
  return stat?.isDirectory() === true && (process.getuid === undefined || stat.uid === process.getuid())
}

/** Folders files may be uploaded from: ours, and the one clients of OpenClaw put them into, if nobody else made it. */
async function uploadFolders(dir: string): Promise<string[]> {
  const shared = join(tmpdir(), 'openclaw')
  const safe = (await isOwn(shared)) && (await isOwn(join(shared, 'uploads')))
  return [join(dir, 'uploads'), ...(safe ? [join(shared, 'uploads')] : [])]
}

/** Uploads whose files are kept: a page may read them long after they were given to it. */
const keptLoans = 20

/** A new folder for files that are about to be uploaded; those of long ago go. */
export async function uploadFolder(dir: string, clock: Clock): Promise<string> {
  const all = join(dir, 'uploads')
  const folder = join(all, newId('lent', clock))
  await makeDir(folder)
  const old = (await readdir(all)).filter((name) => name.startsWith('lent_')).sort() // by time
  for (const name of old.slice(0, -keptLoans)) await rm(join(all, name), { recursive: true, force: true })
  return folder
}

const inside = (root: string, path: string) => {
  const way = relative(root, path)
  return way !== '' && !way.startsWith('..') && !isAbsolute(way)
}

/** Files of one kind that are kept; older ones go. */
const keptFiles = 200

/** Keeps a file beside others of its kind, whose names begin with the time; answers its path. */
export async function keepAmong(dir: string, name: string, bytes: Uint8Array): Promise<string> {
  await makeDir(dir)
  const old = (await readdir(dir)).sort()
  for (const file of old.slice(0, Math.max(0, old.length - keptFiles + 1))) await rm(join(dir, file), { force: true })
  const path = join(dir, name)
  await writeFile(path, bytes, { mode: 0o600 })
  return path
}

/** The real path of a file inside a folder; undefined for one that lies elsewhere, or is no file. */
export async function fileInside(dir: string, said: string): Promise<string | undefined> {
  const [root, path] = await Promise.all([dir, said].map((p) => realpath(p).catch(() => undefined)))
  if (root === undefined || path === undefined || !inside(root, path)) return undefined
  return (await lstat(path)).isFile() ? path : undefined
}

/** The real paths of files to upload. Throws INVALID_REQUEST for one that lies elsewhere, or is no file. */
export async function uploads(dir: string, paths: readonly string[]): Promise<string[]> {
  const folders = await uploadFolders(dir)
  await makeDir(folders[0] as string)
  const roots = (await Promise.all(folders.map((f) => realpath(f).catch(() => undefined)))).filter(
    (f) => f !== undefined,
  )
  return Promise.all(
    paths.map(async (said) => {
      const path = await realpath(resolve(folders[0] as string, said)).catch(() => undefined)
      if (path === undefined || !(await lstat(path)).isFile())
        throw new Fault('INVALID_REQUEST', `there is no file ${said}; files to upload are put into ${folders[0]} first`)
      if (!roots.some((root) => inside(root, path)))
        throw new Fault('INVALID_REQUEST', `${said} may not be uploaded: put it into ${folders[0]} first`)
      return path
    }),
  )
}

/** Where a file of the browser's is to be put: inside `folder`. Throws INVALID_REQUEST for a path that leads out. */
export async function placeFor(folder: string, said: string): Promise<string> {
  await makeDir(folder)
  const path = resolve(folder, said)
  if (!inside(folder, path))
    throw new Fault('INVALID_REQUEST', `${said} leads out of ${folder}; say a name, such as report.pdf`)
  await makeDir(join(path, '..'))
  const parent = await realpath(join(path, '..'))
  const root = await realpath(folder)
  if (parent !== root && !inside(root, parent)) throw new Fault('INVALID_REQUEST', `${said} leads out of ${folder}`)
  const there = await lstat(path).catch(() => undefined)
  if (there && !there.isFile()) throw new Fault('INVALID_REQUEST', `${said} is there already, and is no file`)
  return path
}
