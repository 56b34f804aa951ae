// Keeps file tools inside the workspace: what was opened is checked, never only what was asked for.
import { constants } from 'node:fs'
import { mkdir, open, readlink, realpath, lstat, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { Fault } from '../lib/fault.ts'
import { randomText } from '../lib/ids.ts'

/** What the checks need to know of a tool's context. */
export interface Root {
  readonly workspace: string
  readonly confined: boolean
  /** Other folders that are allowed though the tool is confined. */
  readonly also?: readonly string[]
}

/** Something open: `at` is a path that leads to exactly this file or folder, whatever happens to its name. */
export interface Opened extends AsyncDisposable {
  readonly handle: FileHandle
  /** Its real path when it was opened. */
  readonly real: string
  readonly at: string
}

const byHandle = process.platform === 'linux'

/** The absolute path a tool means; relative ones are of the workspace. Throws INVALID_REQUEST for what is no path. */
export function absolute(root: Root, path: string): string {
  if (!path || path.includes('\0')) throw new Fault('INVALID_REQUEST', 'path must be a file name without NUL')
  return resolve(root.workspace, path)
}

const outside = (path: string) =>
  new Fault('FORBIDDEN', `${path} is outside the workspace; files there are off limits (tools.fs.workspaceOnly)`)

/** Whether `real` is `root` or in it; both without links. */
export const isInside = (root: string, real: string): boolean =>
  real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)

/** A system error as a Fault with the path the caller gave. */
function pathFault(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT') return new Fault('NOT_FOUND', `${path} does not exist`, { cause: error })
  if (code === 'ENOTDIR') return new Fault('INVALID_REQUEST', `${path}: a part of it is not a folder`, { cause: error })
  if (code === 'EISDIR') return new Fault('INVALID_REQUEST', `${path} is a folder`, { cause: error })
  if (code === 'EACCES' || code === 'EPERM')
    return new Fault('FORBIDDEN', `no permission for ${path}`, { cause: error })
  if (code === 'ELOOP') return new Fault('FORBIDDEN', `${path} is a link`, { cause: error })
  if (code === 'ENXIO' || code === 'ENODEV') return new Fault('INVALID_REQUEST', `${path} is not a regular file`)
  return error
}

/** The real path of what a handle has open. Without /proc: a path that still names the same file after it was resolved. */
async function realOf(handle: FileHandle, path: string): Promise<string> {
  if (byHandle) return readlink(`/proc/self/fd/${handle.fd}`)
  const [real, mine] = [await realpath(path), await handle.stat()]
  const there = await lstat(real)
  const same = there.ino === mine.ino && there.dev === mine.dev && (await realpath(real)) === real
  if (!same) throw new Fault('CONFLICT', `${path} changed while it was opened; try again`)
  return real
}

async function openAt(root: Root, at: string, shown: string, flags: number): Promise<Opened> {
  let handle: FileHandle | undefined
  try {
    handle = await open(at, flags | constants.O_NONBLOCK)
    const real = await realOf(handle, at)
    if (root.confined && !isInside(await realpath(root.workspace), real) && !root.also?.some((a) => isInside(a, real)))
      throw outside(shown)
    const file = handle
    return {
      handle: file,
      real,
      at: byHandle ? `/proc/self/fd/${file.fd}` : real,
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await handle?.close()
    throw pathFault(error, shown)
  }
}

/** Opens a regular file to read. Throws NOT_FOUND, FORBIDDEN outside the workspace, INVALID_REQUEST for a folder or device. */
export async function openFile(root: Root, path: string): Promise<Opened> {
  const opened = await openAt(root, absolute(root, path), path, constants.O_RDONLY)
  const info = await opened.handle.stat()
  if (info.isFile()) return opened
  await opened.handle.close()
  throw new Fault('INVALID_REQUEST', `${path} is ${info.isDirectory() ? 'a folder' : 'not a regular file'}`)
}

/** Bytes of the largest file that is read whole. */
const fileBytes = 20_000_000

/** The whole content of an open file; throws TOO_LARGE above 20 MB. */
export async function readAll(file: Opened, shown: string): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await file.handle.stat()
  if (size > fileBytes)
    throw new Fault(
      'TOO_LARGE',
      `${shown} has ${size} bytes, more than ${fileBytes}; search in it, or cut it with exec`,
    )
  return new Uint8Array(await file.handle.readFile())
}

/** Opens a folder; list it through `at`. Throws as `openFile` does. */
export const openFolder = (root: Root, path: string): Promise<Opened> =>
  openAt(root, absolute(root, path), path, constants.O_RDONLY | constants.O_DIRECTORY)

/** Opens the folder of `path`, making what is missing step by step, each step checked before the next. */
async function openParent(root: Root, target: string, shown: string): Promise<Opened> {
  const folder = dirname(target)
  if (!root.confined) {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => Promise.reject(pathFault(error, shown)))
    return openFolder(root, folder)
  }
  const base = isInside(resolve(root.workspace), target) ? resolve(root.workspace) : await realpath(root.workspace)
  if (!isInside(base, target)) throw outside(shown)
  let here = await openFolder(root, base)
  for (const step of relative(base, folder).split(sep).filter(Boolean)) {
    await using last = here
    const next = join(last.at, step)
    await mkdir(next).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw pathFault(error, shown)
    })
    here = await openAt(root, next, shown, constants.O_RDONLY | constants.O_DIRECTORY)
  }
  return here
}

/**
 * Writes a file whole: into a new file beside it, then renamed over it, inside a folder that is held open. A link is
 * followed only to a place that is allowed. Answers the real path. Throws FORBIDDEN outside the workspace.
 */
export async function writeInside(root: Root, path: string, content: string | Uint8Array): Promise<string> {
  const asked = absolute(root, path)
  const link = await lstat(asked).then(
    (s) => s.isSymbolicLink(),
    () => false,
  )
  const target = link ? await realpath(asked).catch((error: unknown) => Promise.reject(pathFault(error, path))) : asked
  await using folder = await openParent(root, target, path)
  const name = join(folder.at, basename(target))
  const before = await stat(name).catch(() => undefined)
  if (before && !before.isFile()) throw new Fault('INVALID_REQUEST', `${path} is not a regular file`)
  const fresh = join(folder.at, `.oclaw-${randomText(12)}`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  try {
    const file = await open(fresh, flags, before ? before.mode & 0o777 : 0o644)
    await file.writeFile(content).finally(() => file.close())
    await rename(fresh, name)
  } catch (error) {
    await unlink(fresh).catch(() => undefined)
    throw pathFault(error, path)
  }
  return join(folder.real, basename(target))
}

/** A path as a person sees it: of the workspace when it is inside. */
export async function shownPath(root: Root, real: string): Promise<string> {
  const base = await realpath(root.workspace)
  return isInside(base, real) ? relative(base, real) || '.' : real
}
