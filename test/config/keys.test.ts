// Every key the original knows is known here, with its type and its bounds.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { channelSections } from '../../src/channels/index.ts'
import { channelDefaults } from '../../src/config/sections/channel-defaults.ts'
import { sections } from '../../src/config/sections/index.ts'
import { section } from '../../src/config/section.ts'
import { z } from 'zod'
import { complaintsIn, samples } from './key-samples.ts'

const parts = [...sections, section('channels', z.strictObject({ defaults: channelDefaults, ...channelSections }))]
/** The keys of the sections, and of each channel that has a list of its own. */
const lists = [
  join(import.meta.dir, 'keys.txt'),
  ...new Glob('*/keys.txt').scanSync({ cwd: join(import.meta.dir, '..', 'channels'), absolute: true }),
]
const rows = lists.flatMap((list) =>
  readFileSync(list, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t') as [string, string]),
)

/** The complaints about a key; see `complaintsIn`. */
const complaints = (path: string, value: unknown, deeper = false) => {
  const part = parts.find((p) => p.key === path.split(/[.[]/)[0])
  return part ? complaintsIn(part.schema, path, value, deeper) : [`no section of ${path}`]
}

const accepted = rows.filter(([path, type]) => path !== '$schema' && !type.includes('obj#0'))

test('every key takes values of its type', () => {
  expect(rows.length).toBeGreaterThan(1300)
  const wrong = accepted.flatMap(([path, type]) =>
    // A path or a profile needs more than its own field: these complaints are about what is beside it.
    samples(type).good.flatMap((value) => complaints(path, value).filter((c) => !/is needed$|must grow/.test(c))),
  )
  expect(wrong).toEqual([])
})

test('no key takes values beyond its type and bounds', () => {
  const wider = new Set(['hooks.mappings[].channel', 'messages.queue.byChannel'])
  const wrong = accepted
    .filter(([path]) => !wider.has(path) && !/[mM]odel(\.|$)|ulimits/.test(path))
    .flatMap(([path, type]) =>
      samples(type).bad.flatMap((value) =>
        complaints(path, value, true).length ? [] : [`${path} takes ${JSON.stringify(value)}`],
      ),
    )
  expect(wrong).toEqual([])
})

test('a model is a text or a first choice with fallbacks', () => {
  for (const path of ['agents.defaults.model', 'agents.list[].model', 'agents.defaults.subagents.model'])
    for (const value of ['a/b', { primary: 'a/b' }, { fallbacks: ['c/d'] }]) expect(complaints(path, value)).toEqual([])
  expect(complaints('agents.defaults.model', 5)).not.toEqual([])
})

test('keys the original lacks are known too', () => {
  const known: readonly [string, unknown][] = [
    ['hooks.webhooks[].id', 'x'],
    ['hooks.webhooks[].path', '/webhook/x'],
    ['hooks.webhooks[].agentId', 'main'],
    ['hooks.webhooks[].message', '{{body.message}}'],
    ['gateway.customBindHost', '192.168.1.5'],
    ['gateway.customBindHost', 'fe80::1'],
    ['discovery.wideArea.domain', 'openclaw.internal'],
    ['gateway.auth.token', { env: 'TOKEN' }],
    ['gateway.auth.password', { file: '/run/secrets/password' }],
  ]
  expect(known.flatMap(([path, value]) => complaints(path, value))).toEqual([])
  expect(complaints('gateway.customBindHost', 'not an address')).not.toEqual([])
})

test('every section has its defaults without a word, and every field explains itself', () => {
  for (const part of sections)
    expect(part.schema.parse(undefined)).toEqual(part.schema.parse(part.key === 'bindings' ? [] : {}))
  const whole = z.toJSONSchema(z.strictObject(Object.fromEntries(sections.map((p) => [p.key, p.schema]))), {
    io: 'input',
  })
  const mute: string[] = []
  const walk = (schema: unknown, path: string) => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties, items, additionalProperties } = schema as Record<string, unknown>
    for (const [key, child] of Object.entries(properties ?? {})) {
      if (!(child as { description?: string }).description) mute.push(`${path}.${key}`)
      walk(child, `${path}.${key}`)
    }
    walk(items, `${path}[]`)
    walk(additionalProperties, `${path}.*`)
  }
  walk(whole, '')
  expect(mute).toEqual([])
})
