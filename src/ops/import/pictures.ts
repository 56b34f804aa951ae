// Pictures and files of the original's transcripts, put into the media store: those that are in the text, and those it names.
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { newId } from '../../lib/ids.ts'
import { imageType, mediaFile, type MediaRef } from '../../domain/media.ts'
import type { Db } from '../../store/db.ts'
import * as media from '../../store/media.ts'
import { Tally } from './report.ts'

/** The largest file that is taken, in bytes. */
const maxBytes = 64 * 1024 * 1024

/** Takes files over; each answers undefined for what is none or not there. */
export interface Pictures {
  readonly tally: Tally
  /** A picture as base64. */
  inline(data: unknown, at: number): MediaRef | undefined
  /** A file the original kept, by the path it had there. */
  named(path: string, mime: string | undefined, at: number): MediaRef | undefined
}

/** What takes files of `from` over into the media folder `dir`; with `dir` undefined only rows are written. */
export function pictures(db: Db, clock: Clock, from: string, dir: string | undefined): Pictures {
  const tally = new Tally('pictures and files')
  const home = join(from, 'media')
  const known = new Map<string, MediaRef>()

  function keep(bytes: Uint8Array, about: { mime: string; name?: string }, at: number): MediaRef {
    const hash = new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
    const before = known.get(hash)
    if (before) return before
    if (dir !== undefined) {
      const path = join(dir, mediaFile(hash))
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      if (!existsSync(path)) writeFileSync(path, bytes, { mode: 0o600 })
    }
    const ref = { id: newId('med', clock), bytes: bytes.length, ...about }
    media.add(db, { ...ref, sha256: hash, at })
    known.set(hash, ref)
    tally.add()
    return ref
  }

  return {
    tally,
    inline(data, at) {
      if (typeof data !== 'string' || data.length > maxBytes * 1.4) return undefined
      const bytes = new Uint8Array(Buffer.from(data.replace(/^data:[^,]*,/, ''), 'base64'))
      const mime = imageType(bytes)
      return mime === undefined ? undefined : keep(bytes, { mime }, at)
    },
    named(path, mime, at) {
      const rest = /(?:^|\/)media\/(.+)$/.exec(path.replaceAll('\\', '/'))?.[1]
      if (rest === undefined) return undefined
      const file = join(home, rest)
      const inside = existsSync(file) && realpathSync(file).startsWith(realpathSync(home) + sep)
      const stat = inside ? statSync(file) : undefined
      if (!stat?.isFile() || stat.size > maxBytes) {
        tally.leave(rest, inside ? 'it is too large, or no file' : 'it is not there any more')
        return undefined
      }
      const bytes = new Uint8Array(readFileSync(file))
      const [guess = 'application/octet-stream'] = Bun.file(file).type.split(';')
      const type = imageType(bytes) ?? mime ?? guess
      return keep(bytes, { mime: type, name: basename(rest) }, at)
    },
  }
}
