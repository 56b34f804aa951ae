// What programs are told of the config: its schema, hints, defaults, and what a change changed.
import { expect, test } from 'bun:test'
import { configSchema, defaults, uiHints } from '../../src/config/describe.ts'
import { changedPaths } from '../../src/config/diff.ts'
import { sections } from '../../src/config/sections/index.ts'
import { Secret } from '../../src/lib/secret.ts'
import { richConfig } from './mutations.ts'
import { loaded } from './fixture.ts'

test('the schema is JSON schema draft 7 with every section, closed at the root', () => {
  const schema = configSchema(sections) as {
    $schema: string
    properties: object
    additionalProperties: unknown
    required?: unknown
  }
  expect(schema.$schema).toContain('draft-07')
  expect(Object.keys(schema.properties)).toEqual(['$schema', ...sections.map((s) => s.key)])
  expect(schema.additionalProperties).toBe(false)
  expect(schema.required).toBeUndefined()
})

test('hints name, explain, group and mark what is secret', () => {
  const hints = uiHints(sections)
  expect(hints['gateway.auth.token']).toEqual({
    label: 'Token',
    help: 'the shared token; made at the first start when token mode has none',
    group: 'gateway',
    sensitive: true,
  })
  expect(hints['agents.defaults.maxConcurrent']).toMatchObject({ label: 'Max concurrent', group: 'agents' })
  expect(hints['models.providers.*.models.[].maxTokens']).not.toHaveProperty('sensitive')
  expect(hints['gateway']).toMatchObject({ label: 'Gateway', order: 0 })
})

test('defaults are those of an empty file', async () => {
  expect(defaults(sections)).toEqual((await loaded('{}')).config)
})

test('a change is told by the paths of its leaves', async () => {
  const a = await loaded(richConfig)
  const b = await loaded(
    richConfig
      .replace('port: 18789', 'port: 5')
      .replace("'correct horse'", "'other'")
      .replace("every: '30m'", "every: '1h'"),
  )
  expect(changedPaths(a.config, b.config)).toEqual([
    'gateway.port',
    'gateway.auth.password',
    'agents.defaults.heartbeat.every',
  ])
  expect(changedPaths(a.config, (await loaded(richConfig)).config)).toEqual([])
})

test('lists are one leaf, new and gone branches are told by their leaves', () => {
  expect(changedPaths({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toEqual(['a'])
  expect(changedPaths({}, { a: { b: 1, c: { d: 2 } } })).toEqual(['a.b', 'a.c.d'])
  expect(changedPaths({ a: { b: 1 } }, { a: 5 })).toEqual(['a'])
  expect(changedPaths([new Secret('x')], [new Secret('y')])).toEqual([''])
  expect(changedPaths({ s: new Secret('x') }, { s: new Secret('x') })).toEqual([])
})
