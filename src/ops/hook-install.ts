// Installing hooks: a folder, an archive, or a package from npm; its files are copied, and nothing of it is run.
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import { parseHook } from '../engine/hooks/text.ts'
import { moveInto } from '../os/files.ts'
import { folderFiles, newFolder, readBytes, removeFolder, type FolderFile } from '../os/folders.ts'
import { archiveKind, saveFile, unpack, type ArchiveKind } from '../os/unpack.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>

const Manifest = () =>
  z.looseObject({
    name: z.string().optional(),
    version: z.string().optional(),
    openclaw: z.looseObject({ hooks: z.array(z.string()).optional() }).optional(),
  })

/** A pack of hooks as it was found: its files by path, and where it came from. */
interface Pack {
  readonly source: 'npm' | 'archive' | 'path'
  readonly files: readonly FolderFile[]
  readonly version?: string | undefined
  readonly name?: string | undefined
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** The part of a config that says how a pack was installed. */
interface Install {
  readonly source: Pack['source']
  readonly spec?: string
  readonly sourcePath?: string
}

/** A name of npm: nothing it could take for a flag, a path or an address. */
const npmSpec = /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(@[\w.^~<>=*-]+)?$/i

/** The files of a folder or an archive on this machine. Throws NOT_FOUND. */
async function localFiles(path: string): Promise<Pick<Pack, 'source' | 'files'>> {
  const kind = archiveKind(path)
  if (kind === undefined) return { source: 'path', files: await folderFiles(path) }
  if (kind === 'other') throw new Fault('INVALID_REQUEST', `${path} cannot be taken apart here; .tar.gz and .zip can`)
  return { source: 'archive', files: await archived(await readBytes(path), kind) }
}

async function archived(bytes: Uint8Array<ArrayBuffer>, kind: ArchiveKind): Promise<FolderFile[]> {
  const folder = await newFolder('oclaw-hook-')
  try {
    await unpack(bytes, kind, folder, 0)
    const files = await folderFiles(folder)
    const tops = new Set(files.map((f) => f.path.split('/')[0]))
    const [top = ''] = tops
    const nested = tops.size === 1 && files.every((f) => f.path.includes('/'))
    return nested ? files.map((f) => ({ ...f, path: f.path.slice(top.length + 1) })) : files
  } finally {
    await removeFolder(folder)
  }
}

/** The files of a package, fetched by npm without running anything of it. */
async function packed(s: Needed, spec: string, signal: AbortSignal): Promise<Pick<Pack, 'source' | 'files'>> {
  const { outside } = s.engine.world
  const npm = outside.which('npm', '/')
  if (npm === undefined)
    throw new Fault(
      'UNAVAILABLE',
      `"${spec}" is no folder or archive here, and npm, which could fetch it, is not installed`,
    )
  const folder = await newFolder('oclaw-hook-')
  try {
    const done = await outside.spawn(
      [npm, 'pack', spec, '--ignore-scripts', '--pack-destination', folder, '--silent'],
      {
        cwd: folder,
        env: outside.childEnv,
        signal,
        timeoutMs: 300_000,
        maxBytes: 20_000,
      },
    )
    const [file] = done.code === 0 ? (await folderFiles(folder)).filter((f) => f.path.endsWith('.tgz')) : []
    if (!file) throw new Fault('UNAVAILABLE', `npm could not fetch ${spec}: ${done.output.trim().slice(-400)}`)
    return { source: 'npm', files: await archived(file.bytes, 'tar') }
  } finally {
    await removeFolder(folder)
  }
}

/** What a spec stands for. */
async function packOf(s: Needed, spec: string, signal: AbortSignal): Promise<Pack> {
  const isPath = /^[./~]/.test(spec) || s.engine.world.outside.exists(spec)
  if (!isPath && !npmSpec.test(spec))
    throw new Fault('INVALID_REQUEST', `"${spec}" is no folder, no archive and no package; name one of them`)
  if (isPath && !spec.startsWith('/') && !/^[a-z]:/i.test(spec))
    throw new Fault('INVALID_REQUEST', `give the whole path of ${spec}`)
  const found = isPath ? await localFiles(spec) : await packed(s, spec, signal)
  const manifest = found.files.find((f) => f.path === 'package.json')
  const read = manifest ? Manifest().safeParse(JSON.parse(decode(manifest.bytes))) : undefined
  return { ...found, name: read?.data?.name, version: read?.data?.version }
}

/** The hooks in a pack: its folders with a HOOK.md, or itself. Throws INVALID_REQUEST for none. */
function hooksIn(pack: Pack, spec: string): { name: string; files: FolderFile[] }[] {
  const heads = pack.files.filter((f) => f.path === 'HOOK.md' || f.path.endsWith('/HOOK.md'))
  const found = heads.flatMap((f) => {
    const head = parseHook(decode(f.bytes))
    const dir = f.path.slice(0, -'HOOK.md'.length)
    const files = pack.files
      .filter((x) => x.path.startsWith(dir))
      .map((x) => ({ ...x, path: x.path.slice(dir.length) }))
    return head && !dir.includes('node_modules/') ? [{ name: head.name, files }] : []
  })
  if (!found.length) throw new Fault('INVALID_REQUEST', `${spec} holds no HOOK.md with a name and a description`)
  return found
}

const idOf = (pack: Pack, names: readonly string[]) =>
  (pack.name ?? names[0] ?? 'hook').replace(/^@/, '').replaceAll(/[^\w.-]+/g, '-')

async function place(s: Needed, pack: Pack, spec: string): Promise<string[]> {
  const found = hooksIn(pack, spec)
  const own = found.length === 1 && found[0]?.files.length === pack.files.length
  for (const { name, files } of found) {
    const folder = join(s.gateway.stateDir, 'hooks', name.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '') || 'hook')
    await moveInto(folder, join(s.gateway.stateDir, 'trash'), newId('hook', s.clock))
    for (const f of files) if (own || !f.path.startsWith('node_modules/')) await saveFile(join(folder, f.path), f.bytes)
  }
  return found.map((h) => h.name)
}

const iso = (s: Needed) => new Date(s.clock.now()).toISOString()

const install = defineOp({
  id: 'hooks.install',
  summary: 'Installs hooks from a folder, an archive or npm; they run once they are switched on.',
  scope: 'admin',
  params: z.strictObject({
    spec: z.string().min(1).describe('a folder, a .tar.gz or .zip file, or a package'),
    link: z.boolean().optional().describe('leave the folder where it is, and look for hooks there'),
    pin: z.boolean().optional().describe('stay at exactly this version of the package'),
  }),
  result: z.object({ ok: z.literal(true), id: z.string(), hooks: z.array(z.string()), version: z.string().optional() }),
  cli: {
    path: 'hooks install',
    args: ['spec'],
    short: { link: 'l' },
    print: (r) => r.hooks.map((h) => `Installed ${h}. Look at it, then: oclaw hooks enable ${h}`).join('\n'),
  },
  examples: [{ params: { spec: '/srv/my-hook' }, note: 'a folder with a HOOK.md' }],
  handler: async ({ params: p, caller, signal }, s: Needed) => {
    const pack = await packOf(s, p.spec, signal)
    const names = hooksIn(pack, p.spec).map((h) => h.name)
    const id = idOf(pack, names)
    if (p.link && pack.source !== 'path') throw new Fault('INVALID_REQUEST', 'only a folder can be linked')
    if (!p.link) await place(s, pack, p.spec)
    const exact = p.pin && pack.source === 'npm' && pack.name ? `${pack.name}@${pack.version ?? ''}` : p.spec
    const record = {
      source: pack.source,
      ...(pack.source === 'npm' ? { spec: exact } : { sourcePath: p.spec }),
      ...(pack.version === undefined ? {} : { version: pack.version }),
      installPath: p.link ? p.spec : join(s.gateway.stateDir, 'hooks'),
      installedAt: iso(s),
      hooks: names,
    }
    const before = getPath(s.config.current(), ['hooks', 'internal', 'load', 'extraDirs'])
    const dirs = Array.isArray(before) ? before.map(String) : []
    const load = p.link ? { load: { extraDirs: [...new Set([...dirs, p.spec])] } } : {}
    const patch = { hooks: { internal: { ...load, installs: { [id]: record } } } }
    await s.config.change({ kind: 'patch', patch }, { needsHash: false, who: `hooks.install by ${caller.id}` })
    return { ok: true as const, id, hooks: names, ...(pack.version === undefined ? {} : { version: pack.version }) }
  },
})

const Updated = z.object({
  id: z.string(),
  status: z.enum(['updated', 'unchanged', 'would update', 'failed']),
  from: z.string().optional(),
  to: z.string().optional(),
  error: z.string().optional(),
})

const update = defineOp({
  id: 'hooks.update',
  summary: 'Installs hooks anew from where they came; what changed rests until it is switched on again.',
  scope: 'admin',
  params: z.strictObject({
    id: z.string().min(1).optional().describe('which; see the config at hooks.internal.installs'),
    all: z.boolean().optional().describe('all of them'),
    dryRun: z.boolean().optional().describe('only say what would be done'),
  }),
  result: z.object({ outcomes: z.array(Updated) }),
  cli: {
    path: 'hooks update',
    args: ['id'],
    print: (r) =>
      r.outcomes
        .map(
          (o) => `${o.id}: ${o.status}${o.to ? ` (${o.from ?? '?'} → ${o.to})` : ''}${o.error ? `: ${o.error}` : ''}`,
        )
        .join('\n') || 'No hooks were installed.',
  },
  examples: [{ params: { all: true } }],
  handler: async ({ params: p, caller, signal }, s: Needed) => {
    const known = (getPath(s.config.current(), ['hooks', 'internal', 'installs']) ?? {}) as Record<
      string,
      Install & { version?: string }
    >
    if (p.id === undefined && !p.all)
      throw new Fault(
        'INVALID_REQUEST',
        `say which, or --all: ${Object.keys(known).join(', ') || 'nothing is installed'}`,
      )
    if (p.id !== undefined && !Object.hasOwn(known, p.id))
      throw new Fault(
        'NOT_FOUND',
        `nothing was installed as "${p.id}"; there is: ${Object.keys(known).join(', ') || 'nothing'}`,
      )
    const outcomes: z.output<typeof Updated>[] = []
    for (const [id, was] of Object.entries(known)) {
      if (p.id !== undefined && p.id !== id) continue
      const spec = was.spec ?? was.sourcePath ?? ''
      const from = was.version === undefined ? {} : { from: was.version }
      try {
        const pack = await packOf(s, spec, signal)
        const to = pack.version === undefined ? {} : { to: pack.version }
        if (pack.source === 'npm' && pack.version === was.version)
          outcomes.push({ id, status: 'unchanged', ...from, ...to })
        else if (p.dryRun) outcomes.push({ id, status: 'would update', ...from, ...to })
        else {
          const names = await place(s, pack, spec)
          const record = {
            ...(pack.version === undefined ? {} : { version: pack.version }),
            hooks: names,
            installedAt: iso(s),
          }
          const patch = { hooks: { internal: { installs: { [id]: record } } } }
          await s.config.change({ kind: 'patch', patch }, { needsHash: false, who: `hooks.update by ${caller.id}` })
          outcomes.push({ id, status: 'updated', ...from, ...to })
        }
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        outcomes.push({ id, status: 'failed', ...from, error: error.message })
      }
    }
    return { outcomes }
  },
})

export const hookInstallOps = [install, update] as const
