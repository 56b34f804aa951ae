// The sections that are loaded one by one are the same as those of the whole list.
import { expect, test } from 'bun:test'
import { defaults } from '../../src/config/describe.ts'
import { parts, wholeParts } from '../../src/app/catalog.ts'

test('every section is found under its own name', async () => {
  const found = await Promise.all(parts.map(async (p) => (await p.load()).key))
  expect(found).toEqual(parts.map((p) => p.key))
  expect(found.toSorted()).toEqual((await wholeParts()).map((p) => p.key).toSorted())
})

test('an absent section is what its schema makes of nothing', async () => {
  const usual = JSON.parse(JSON.stringify(defaults(await wholeParts()))) as Record<string, unknown>
  for (const p of parts) expect({ key: p.key, value: p.absent }).toEqual({ key: p.key, value: usual[p.key] })
})
