// Takes archives apart: names that lead out of the folder are refused, and links are left out.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { Fault } from '../lib/fault.ts'

/** Bytes and files an archive may come to. */
const maxBytes = 500_000_000
const maxFiles = 20_000

/** The archives that can be taken apart. */
export type ArchiveKind = 'tar' | 'tar.bz2' | 'zip'

type Bytes = Uint8Array<ArrayBuffer>

/** The kind of an archive by its name, or what is said of it; undefined for a plain file. */
export function archiveKind(name: string, said?: string): ArchiveKind | 'other' | undefined {
  const text = (said ?? name).toLowerCase()
  if (/(^|\.)(tar|tar\.gz|tgz)$/.test(text)) return 'tar'
  if (/(^|\.)(tar\.bz2|tbz2?)$/.test(text)) return 'tar.bz2'
  if (/(^|\.)zip$/.test(text)) return 'zip'
  return /(^|\.)(tar\.\w+|txz|7z|rar)$/.test(text) ? 'other' : undefined
}

/** The path of an archive's file inside a folder, its first `strip` parts taken off; undefined when nothing is left. */
function placeOf(name: string, strip: number): string | undefined {
  const path = posix.normalize(name.replaceAll('\\', '/'))
  const bad = path.startsWith('/') || path.split('/').includes('..') || path.includes('\0') || /^[a-z]:/i.test(path)
  if (bad) throw new Fault('FORBIDDEN', `the archive holds "${name}", which leads out of its folder; nothing was kept`)
  return path.split('/').slice(strip).join('/') || undefined
}

async function tarFiles(bytes: Bytes): Promise<[string, Bytes][]> {
  const out: [string, Bytes][] = []
  for (const [name, file] of await new Bun.Archive(bytes).files())
    out.push([name, new Uint8Array(await file.arrayBuffer())])
  return out
}

/** What a bzip2 file holds; its decoder stops everything else meanwhile, so it is kept short. */
async function withoutBzip2(bytes: Bytes): Promise<Bytes> {
  const { default: bunzip } = await import('seek-bzip')
  const room = 64_000_000
  let out = new Uint8Array(Math.min(room, bytes.length * 8))
  let used = 0
  const writeByte = (byte: number) => {
    if (used === room) throw new Fault('TOO_LARGE', `the archive holds more than ${room} bytes; a .tar.gz or .zip may`)
    if (used === out.length) {
      const larger = new Uint8Array(Math.min(room, out.length * 2))
      larger.set(out)
      out = larger
    }
    out[used++] = byte
  }
  try {
    bunzip.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { writeByte }, true)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('INVALID_REQUEST', 'the archive is no whole bzip2 file', { cause: error })
  }
  return out.subarray(0, used)
}

/** The files of a zip by its directory; only stored and deflated ones, as all programs write them. */
async function zipFiles(bytes: Bytes): Promise<[string, Bytes][]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const broken = (why: string) => new Fault('INVALID_REQUEST', `the zip file cannot be read: ${why}`)
  let end = bytes.length - 22
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0) throw broken('it has no end')
  const out: [string, Bytes][] = []
  let at = view.getUint32(end + 16, true)
  let room = maxBytes
  for (let i = 0; i < view.getUint16(end + 10, true); i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) throw broken('its directory is damaged')
    const [method, packed, size] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 24, true),
    ]
    const [named, extra, note] = [28, 30, 32].map((n) => view.getUint16(at + n, true)) as [number, number, number]
    const link = view.getUint32(at + 38, true) >>> 28 === 0xa
    const local = view.getUint32(at + 42, true)
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + named))
    at += 46 + named + extra + note
    if (name.endsWith('/') || link) continue
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    const data = bytes.slice(start, start + packed)
    room -= size
    if (room < 0 || (method !== 0 && method !== 8))
      throw broken(room < 0 ? 'it is too large' : 'it is packed in a rare way')
    out.push([name, method === 0 ? data : new Uint8Array(Bun.inflateSync(data))])
  }
  return out
}

const isProgram = (b: Uint8Array) =>
  (b[0] === 0x23 && b[1] === 0x21) || (b[0] === 0x7f && b[1] === 0x45) || (b[0] === 0xcf && b[1] === 0xfa)

/** Writes a file that may be run when it is a program. */
export async function saveFile(path: string, bytes: Bytes): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, bytes)
  if (isProgram(bytes)) await chmod(path, 0o755)
}

/** Unpacks an archive into a folder. Throws FORBIDDEN for one that would write elsewhere; then nothing was written. */
export async function unpack(bytes: Bytes, kind: ArchiveKind, folder: string, strip: number): Promise<number> {
  const plain = kind === 'tar.bz2' ? await withoutBzip2(bytes) : bytes
  const files = kind === 'zip' ? await zipFiles(plain) : await tarFiles(plain)
  const total = files.reduce((sum, [, b]) => sum + b.length, 0)
  if (files.length > maxFiles || total > maxBytes)
    throw new Fault('TOO_LARGE', `the archive holds ${files.length} files with ${total} bytes; that is too much`)
  const placed = files.flatMap(([name, content]) => {
    const place = placeOf(name, strip)
    return place === undefined ? [] : [[place, content] as const]
  })
  for (const [place, content] of placed) await saveFile(join(folder, place), content)
  return placed.length
}
