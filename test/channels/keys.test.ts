// Every key of a channel's config, as its list beside its tests has them, with its type and its bounds.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { channels, channelSections } from '../../src/channels/index.ts'
import { complaintsIn, samples } from '../config/key-samples.ts'

const schema = z.strictObject(channelSections)

for (const id of channels.ids) {
  const file = join(import.meta.dir, id, 'keys.txt')
  if (!existsSync(file)) continue
  const prefix = `channels.${id}.`
  const listed = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t') as [string, string])
  const rows = listed
    .filter(([path]) => !path.startsWith(`${prefix}accounts`))
    .flatMap(([path, type]): [string, string][] => [
      [path, type],
      [path.replace(prefix, `${prefix}accounts.*.`), type],
    ])

  test(`every key of ${id} takes values of its type, in accounts too`, () => {
    expect(rows.length).toBeGreaterThan(40)
    const wrong = rows.flatMap(([path, type]) =>
      samples(type).good.flatMap((value) => complaintsIn(schema, path, value)),
    )
    expect(wrong).toEqual([])
  })

  test(`no key of ${id} takes values beyond its type and bounds`, () => {
    const wrong = rows.flatMap(([path, type]) =>
      samples(type).bad.flatMap((value) =>
        complaintsIn(schema, path, value, true).length ? [] : [`${path} takes ${JSON.stringify(value)}`],
      ),
    )
    expect(wrong).toEqual([])
  })

  test(`every field of ${id} explains itself`, () => {
    const shape: Readonly<Record<string, z.ZodType>> = channels.get(id)?.account.shape ?? {}
    expect(Object.entries(shape).flatMap(([key, field]) => (field.description ? [] : [key]))).toEqual([])
  })
}
