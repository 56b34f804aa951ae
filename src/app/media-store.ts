// Files that travel with messages: bytes in a folder, facts in the database.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId, sha256 } from '../lib/ids.ts'
import type { MediaStore } from '../define/tool.ts'
import { mediaFile } from '../domain/media.ts'
import { makeDir } from '../os/files.ts'
import type { Db } from '../store/db.ts'
import * as media from '../store/media.ts'

/** Keeps media in `dir`, one file per content. */
export function mediaStore(db: Db, clock: Clock, dir: string): MediaStore {
  const pathOf = (hash: string) => join(dir, mediaFile(hash))
  return {
    async save(bytes, about) {
      const hash = await sha256(bytes)
      await makeDir(join(dir, hash.slice(0, 2)))
      await Bun.write(pathOf(hash), bytes, { mode: 0o600 })
      const ref = { id: newId('med', clock), bytes: bytes.length, ...about }
      await db.write(() => media.add(db, { ...ref, sha256: hash, at: clock.now() }))
      return ref
    },
    async read(id) {
      const found = media.byId(db, id)
      if (!found) throw new Fault('NOT_FOUND', `there is no file ${id}`)
      try {
        return new Uint8Array(await readFile(pathOf(found.sha256)))
      } catch (error) {
        throw new Fault('NOT_FOUND', `the file ${id} is gone from ${dir}`, { cause: error })
      }
    },
  }
}
