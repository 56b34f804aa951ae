// The schema is written down where a person can read it whole, and changes only on purpose.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { schema, schemaFile } from './schema.ts'

test('schema.sql is what the migrations make; else: bun test/laws/schema.ts --write', () => {
  expect(schema()).toBe(readFileSync(schemaFile, 'utf8'))
})
