// A whole installation in one file, with a list of what is in it and a hash of each part; checked before it is put back.
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { randomHex, sha256 } from '../../lib/ids.ts'
import type { Paths } from '../../config/paths.ts'
import { makeDir } from '../../os/files.ts'
import { inspectDb, snapshotDb } from '../../store/inspect.ts'
import { takeLock } from '../../store/lock.ts'
import { trash } from './trash.ts'

const Manifest = z.object({
  format: z.literal('oclaw-backup-1'),
  version: z.string(),
  createdAt: z.string(),
  files: z.array(
    z.object({
      path: z.string().refine((p) => !p.split('/').includes('..') && !p.startsWith('/'), 'a path that leads outside'),
      bytes: z.number(),
      sha256: z.string(),
      mode: z.number(),
    }),
  ),
})
export type Manifest = z.output<typeof Manifest>

/** Larger installations are for programs that stream; in bytes. */
const mostBytes = 2_000_000_000

/** Folders of the state folder that are not kept: logs, what is made anew, and what was thrown away. */
const skipped = /^(logs|data|doctor|completions|sandboxes|browser|media)(\/|$)|\.tmp$|^\.gateway\.lock|\.sock$/

function filesUnder(folder: string, name: string): { path: string; from: string }[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .map((from) => ({ from, path: `${name}/${relative(folder, from).split(sep).join('/')}` }))
}

/** What goes into a backup: the state folder without what is made anew, the database as one file, the workspace. */
function parts(paths: Paths, media: boolean, workspace: boolean, snapshot: string | undefined) {
  const inside = paths.workspaceDir.startsWith(`${paths.stateDir}${sep}`)
  const workspaceIn = relative(paths.stateDir, paths.workspaceDir)
  const state = filesUnder(paths.stateDir, 'state').filter(({ path }) => {
    const name = path.slice('state/'.length)
    if (inside && (name === workspaceIn || name.startsWith(`${workspaceIn}/`))) return workspace
    return !skipped.test(name) || (media && name.startsWith('media/'))
  })
  return [
    ...state,
    ...(workspace && !inside ? filesUnder(paths.workspaceDir, 'workspace') : []),
    ...(dirname(paths.configPath) === paths.stateDir || !existsSync(paths.configPath)
      ? []
      : [{ from: paths.configPath, path: 'config/openclaw.json' }]),
    ...(snapshot === undefined ? [] : [{ from: snapshot, path: 'state/data/state.db' }]),
  ]
}

/** Writes a backup, readable by its owner only. Answers what is in it. */
export async function createBackup(p: {
  readonly paths: Paths
  readonly clock: Clock
  readonly version: string
  readonly to: string
  readonly media: boolean
  readonly workspace: boolean
}): Promise<Manifest> {
  const snapshot = join(p.paths.stateDir, 'data', `snapshot-${randomHex(6)}.db`)
  try {
    const has = snapshotDb(join(p.paths.stateDir, 'data', 'state.db'), snapshot)
    const all = parts(p.paths, p.media, p.workspace, has ? snapshot : undefined).filter((f) => f.from !== p.to)
    const total = all.reduce((n, f) => n + lstatSync(f.from).size, 0)
    if (total > mostBytes)
      throw new Fault('TOO_LARGE', `there are ${Math.round(total / 1e6)} MB to keep; leave files out with --no-media`)
    const content: Record<string, Uint8Array | string> = {}
    const files: Manifest['files'] = []
    for (const { from, path } of all) {
      const bytes = new Uint8Array(readFileSync(from))
      content[path] = bytes
      files.push({ path, bytes: bytes.length, sha256: await sha256(bytes), mode: lstatSync(from).mode & 0o777 })
    }
    const manifest: Manifest = {
      format: 'oclaw-backup-1',
      version: p.version,
      createdAt: new Date(p.clock.now()).toISOString(),
      files,
    }
    content['manifest.json'] = JSON.stringify(manifest, undefined, 2)
    const archive = new Bun.Archive(content, { compress: 'gzip' })
    const temporary = `${p.to}.${randomHex(6)}.tmp`
    await writeFile(temporary, await archive.bytes(), { mode: 0o600 })
    await rename(temporary, p.to)
    return manifest
  } finally {
    rmSync(snapshot, { force: true })
  }
}

/** The parts of a backup, each as its list says. Throws INVALID_REQUEST that names the first one that is not. */
async function opened(file: string): Promise<{ manifest: Manifest; content: Map<string, Uint8Array<ArrayBuffer>> }> {
  const no = (why: string, cause?: unknown) =>
    new Fault('INVALID_REQUEST', `${file} is no good backup: ${why}`, { cause })
  if (!existsSync(file)) throw new Fault('NOT_FOUND', `there is no file ${file}`)
  let found: Map<string, Blob>
  try {
    found = await new Bun.Archive(new Uint8Array(readFileSync(file))).files()
  } catch (error) {
    throw no('it cannot be unpacked', error)
  }
  let manifest: Manifest
  try {
    manifest = Manifest.parse(JSON.parse((await found.get('manifest.json')?.text()) ?? ''))
  } catch (error) {
    throw no('it has no list of what is in it', error)
  }
  const content = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const f of manifest.files) {
    const blob = found.get(f.path)
    if (!blob) throw no(`${f.path} is missing`)
    const bytes = new Uint8Array(await blob.arrayBuffer())
    if ((await sha256(bytes)) !== f.sha256) throw no(`${f.path} was changed`)
    content.set(f.path, bytes)
  }
  return { manifest, content }
}

/** Checks a backup: every part is there as it was, and its database is sound. Throws INVALID_REQUEST otherwise. */
export async function verifyBackup(file: string, scratch: string): Promise<Manifest> {
  const { manifest, content } = await opened(file)
  const database = content.get('state/data/state.db')
  if (!database) return manifest
  await makeDir(scratch)
  const path = join(scratch, `verify-${randomHex(6)}.db`)
  try {
    await writeFile(path, database, { mode: 0o600 })
    const problems = inspectDb(path)?.problems ?? []
    if (problems.length)
      throw new Fault('INVALID_REQUEST', `the database in ${file} is damaged: ${problems.join('; ')}`)
    return manifest
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
  }
}

/** Puts a backup in place of what is here, which goes to the trash. Throws CONFLICT while the gateway runs. */
export async function restoreBackup(p: {
  readonly paths: Paths
  readonly clock: Clock
  readonly file: string
}): Promise<{ readonly manifest: Manifest; readonly old: string | undefined }> {
  const { paths } = p
  const manifest = await verifyBackup(p.file, join(paths.stateDir, 'data'))
  const { content } = await opened(p.file)
  await makeDir(paths.stateDir)
  const held = takeLock(`${paths.lockPath}.held`)
  if (!held) throw new Fault('CONFLICT', 'the gateway runs; end it first: oclaw gateway stop')
  const target = (path: string) => {
    const [root = '', ...rest] = path.split('/')
    const folder = { state: paths.stateDir, workspace: paths.workspaceDir, config: dirname(paths.configPath) }[root]
    if (folder === undefined) throw new Fault('INVALID_REQUEST', `${p.file} holds ${path}, which belongs nowhere`)
    return join(folder, ...rest)
  }
  const targets = manifest.files.map((f) => ({ ...f, to: target(f.path) }))
  const database = join(paths.stateDir, 'data', 'state.db')
  try {
    const old = await trash(paths, p.clock, [
      ...new Set([...targets.map((t) => t.to), database, `${database}-wal`, `${database}-shm`]),
    ])
    for (const { path, to, mode } of targets) {
      await mkdir(dirname(to), { recursive: true, mode: 0o700 })
      await writeFile(to, content.get(path) as Uint8Array, { mode })
      await chmod(to, mode)
    }
    return { manifest, old }
  } finally {
    held.release()
  }
}
