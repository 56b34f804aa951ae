// Which files of this machine a browser may be given, and where its own may be put.
import { lstat, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { tmpdir } from 'node:os'
import { Fault } from '../../lib/fault.ts'
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

const inside = (root: string, path: string) => {
  const way = relative(root, path)
  return way !== '' && !way.startsWith('..') && !isAbsolute(way)
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
