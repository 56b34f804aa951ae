// The media table: what is known of stored files. Their bytes lie in the media folder.
import type { MediaRef } from '../domain/media.ts'
import type { Db } from './db.ts'

/** Notes a stored file; inside a transaction. */
export function add(db: Db, m: MediaRef & { readonly sha256: string; readonly at: number }): void {
  db.run('INSERT INTO media (id, sha256, mime, bytes, name, at) VALUES ($id, $sha256, $mime, $bytes, $name, $at)', {
    id: m.id,
    sha256: m.sha256,
    mime: m.mime,
    bytes: m.bytes,
    name: m.name ?? null,
    at: m.at,
  })
}

/** The stored file with this id. */
export function byId(db: Db, id: string): (MediaRef & { readonly sha256: string }) | undefined {
  const r = db.one('SELECT * FROM media WHERE id = $id', { id })
  if (!r) return undefined
  return {
    id,
    sha256: String(r['sha256']),
    mime: String(r['mime']),
    bytes: Number(r['bytes']),
    ...(r['name'] === null ? {} : { name: String(r['name']) }),
  }
}
