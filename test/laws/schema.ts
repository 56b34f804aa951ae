// The whole schema as the migrations make it; `bun test/laws/schema.ts --write` puts it into schema.sql.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Db } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'

export const schemaFile = join(import.meta.dir, 'schema.sql')

/** Every table and index after all migrations, tables of the full-text index left out. */
export function schema(): string {
  const db = new Db(':memory:')
  migrate(db)
  const rows = db.all(
    `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND name NOT LIKE 'entries\\_text\\_%' ESCAPE '\\' ORDER BY type DESC, name`,
  )
  return `${rows.map((r) => `${String(r['sql'])};`).join('\n')}\n`
}

if (import.meta.main && process.argv.includes('--write')) writeFileSync(schemaFile, schema())
