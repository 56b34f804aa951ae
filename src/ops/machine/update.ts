// A newer program in place of this one: its list signed, its bytes hashed, tried beside the old one, and put in by one rename.
import { existsSync } from 'node:fs'
import { chmod, copyFile, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { sha256 } from '../../lib/ids.ts'
import type { Spawn } from '../../define/tool.ts'
import { inspectDb } from '../../store/inspect.ts'
import { releaseKey, releaseUrl } from './release-key.ts'

const Manifest = z.object({
  version: z.string().regex(/^\d{4}\.\d+\.\d+([-.].+)?$/),
  notes: z.string().optional(),
  files: z.record(
    z.string(),
    z.object({
      name: z.string().regex(/^[\w.-]+$/),
      sha256: z.string().regex(/^[\da-f]{64}$/),
      bytes: z.number().int(),
    }),
  ),
})
export type UpdateManifest = z.output<typeof Manifest>

/** Largest list and largest program, in bytes. */
const most = { list: 100_000, program: 500_000_000 }

/** A source of updates: a folder (`file://` or a path) or an address that holds `manifest.json`, its signature, and programs. */
export interface UpdateSource {
  readonly base: string
  /** The Ed25519 key that signs, as base64 of its 32 bytes. */
  readonly key: string
}

/**
 * The source that is named, else that of OPENCLAW_UPDATE_URL, else that of the releases; a `folder` of it is a channel or a version. Releases of others
 * are taken when OPENCLAW_UPDATE_KEY trusts them. Throws UNAVAILABLE when no source is known.
 */
export function sourceOf(
  env: Readonly<Record<string, string | undefined>>,
  p: { readonly from?: string | undefined; readonly folder?: string | undefined } = {},
): UpdateSource {
  const base = p.from ?? (env['OPENCLAW_UPDATE_URL']?.trim() || releaseUrl)
  if (!base)
    throw new Fault(
      'UNAVAILABLE',
      'no source of updates is set up: name one with --from <folder or address> or OPENCLAW_UPDATE_URL',
    )
  if (p.folder !== undefined && !/^[\w.-]+$/.test(p.folder))
    throw new Fault('INVALID_REQUEST', `"${p.folder}" is no channel or version, such as beta or 2026.3.1`)
  const key = env['OPENCLAW_UPDATE_KEY']?.trim() || releaseKey
  return { base: p.folder === undefined ? base : `${base.replace(/\/+$/, '')}/${p.folder}`, key }
}

/** This machine's name in a list: `linux-x64`, with `-musl` where that is the C library. */
export const targetName = (): string =>
  `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}${existsSync('/etc/alpine-release') ? '-musl' : ''}`

async function bytesOf(
  source: UpdateSource,
  name: string,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const at = `${source.base.replace(/\/+$/, '')}/${name}`
  const no = (why: string, cause?: unknown) => new Fault('UNAVAILABLE', `${at} cannot be read: ${why}`, { cause })
  if (!/^https?:/.test(at)) {
    const path = at.startsWith('file://') ? Bun.fileURLToPath(at) : at
    return new Uint8Array(await readFile(path).catch((error: unknown) => Promise.reject(no('it is not there', error))))
  }
  const local = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(at)
  if (!at.startsWith('https:') && !local) throw no('programs are only taken over https')
  const answer = await fetch(at, { signal }).catch((error: unknown) => Promise.reject(no('no answer', error)))
  if (!local && !answer.url.startsWith('https:')) throw no('it leads away from https')
  if (!answer.ok) throw no(`it answered ${answer.status}`)
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > limit) throw no(`it is larger than ${limit} bytes`)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

async function signedBy(
  key: string,
  signature: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const raw = new Uint8Array(Buffer.from(key, 'base64'))
  if (raw.length !== 32) throw new Fault('INVALID_REQUEST', 'the update key is no Ed25519 key (32 bytes in base64)')
  const imported = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', imported, signature, data)
}

/** The newest release of a source. Throws FORBIDDEN when its list is not signed with the key. */
export async function newest(source: UpdateSource, signal: AbortSignal): Promise<UpdateManifest> {
  const list = await bytesOf(source, 'manifest.json', most.list, signal)
  const signature = await bytesOf(source, 'manifest.json.sig', 1000, signal)
  const plain = new Uint8Array(Buffer.from(new TextDecoder().decode(signature).trim(), 'base64'))
  if (!(await signedBy(source.key, plain, list)))
    throw new Fault(
      'FORBIDDEN',
      `${source.base}/manifest.json is not signed by who makes oclaw; nothing was changed (a source of your own: put its Ed25519 key, in base64, into OPENCLAW_UPDATE_KEY)`,
    )
  const parsed = Manifest.safeParse(JSON.parse(new TextDecoder().decode(list)))
  if (!parsed.success) throw new Fault('INVALID_REQUEST', `${source.base}/manifest.json is no list of a release`)
  return parsed.data
}

/** Whether version `a` is newer than `b`, by their numbers. */
export function isNewer(a: string, b: string): boolean {
  const numbers = (v: string) => v.split(/[.-]/).map(Number)
  const [x, y] = [numbers(a), numbers(b)]
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) > (y[i] ?? 0)
  return false
}

const previous = (program: string) => `${program}.previous`

/** Puts the release in place of `program`; the old one stays beside it. Throws before anything is changed. */
export async function install(p: {
  readonly source: UpdateSource
  readonly manifest: UpdateManifest
  readonly program: string
  readonly spawn: Spawn
  readonly signal: AbortSignal
}): Promise<void> {
  const { program, manifest } = p
  const file = manifest.files[targetName()]
  if (!file) throw new Fault('UNAVAILABLE', `release ${manifest.version} has no program for ${targetName()}`)
  const bytes = await bytesOf(p.source, file.name, most.program, p.signal)
  if (bytes.length !== file.bytes || (await sha256(bytes)) !== file.sha256)
    throw new Fault('FORBIDDEN', `${file.name} is not what its list says; nothing was changed`)
  const next = `${program}.new`
  try {
    const { mode } = await stat(program)
    const handle = await open(next, 'w', 0o700)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await chmod(next, mode & 0o777)
    const tried = await p.spawn([next, '--version'], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      signal: p.signal,
      timeoutMs: 30_000,
      maxBytes: 1000,
    })
    if (tried.code !== 0 || tried.output.trim() !== manifest.version)
      throw new Fault('FORBIDDEN', `the new program does not start here; nothing was changed\n${tried.output.trim()}`)
    await copyFile(program, `${previous(program)}.tmp`)
    await rename(`${previous(program)}.tmp`, previous(program))
    await rename(next, program)
  } catch (error) {
    await rm(next, { force: true })
    const denied = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
    if (denied) throw new Fault('FORBIDDEN', `this user may not write beside ${program}`, { cause: error })
    throw error
  }
}

/** Puts the program of before the last update back; the newer one takes its place beside it. Throws NOT_FOUND. */
export async function rollback(program: string): Promise<void> {
  if (!existsSync(previous(program)))
    throw new Fault('NOT_FOUND', `there is no program of before: ${previous(program)}`)
  await copyFile(program, `${program}.newer`)
  await rename(previous(program), program)
  await rename(`${program}.newer`, previous(program))
}

/** The form of a database; 0 when there is none. */
export const formatOf = (path: string): number => inspectDb(path, false)?.version ?? 0
