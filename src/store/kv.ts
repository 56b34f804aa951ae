// Small durable values by space and key.
import type { Db } from './db.ts'

/** The value of a key, or undefined. */
export function get(db: Db, space: string, key: string): string | undefined {
  return db.one('SELECT value FROM kv WHERE space = $space AND key = $key', { space, key })?.['value'] as
    string | undefined
}

/** Every key of a space with its value; those that begin with `prefix` only, when one is given. */
export function list(db: Db, space: string, prefix = ''): { readonly key: string; readonly value: string }[] {
  return db
    .all('SELECT key, value FROM kv WHERE space = $space AND substr(key, 1, length($prefix)) = $prefix ORDER BY key', {
      space,
      prefix,
    })
    .map((r) => ({ key: String(r['key']), value: String(r['value']) }))
}

/** Writes a value; inside a transaction. */
export function set(db: Db, space: string, key: string, value: string): void {
  db.run(
    `INSERT INTO kv (space, key, value) VALUES ($space, $key, $value)
     ON CONFLICT (space, key) DO UPDATE SET value = excluded.value`,
    { space, key, value },
  )
}

/** Forgets a value; inside a transaction. */
export function remove(db: Db, space: string, key: string): void {
  db.run('DELETE FROM kv WHERE space = $space AND key = $key', { space, key })
}
