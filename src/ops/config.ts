// Reading and changing the config.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { getPath, parsePath } from '../config/path.ts'
import type { ConfigSnapshot, Services } from './services.ts'

const Issue = z.object({ path: z.string(), message: z.string() })

const Snapshot = z.object({
  path: z.string(),
  exists: z.boolean(),
  raw: z.string().nullable(),
  parsed: z.unknown(),
  resolved: z.unknown(),
  valid: z.boolean(),
  config: z.unknown(),
  hash: z.string().optional(),
  issues: z.array(Issue).readonly(),
  warnings: z.array(Issue).readonly(),
  legacyIssues: z.array(Issue).readonly(),
})

const baseHash = z.string().optional().describe('the hash of the file this change was made on')

export const configGet = defineOp({
  id: 'config.get',
  summary: 'Shows the config file and what is in force, secrets hidden.',
  scope: 'read',
  params: z.strictObject({ path: z.string().optional().describe('one value, such as gateway.port') }),
  simpleOnly: ['path'],
  result: z.union([z.object({ path: z.string(), value: z.unknown(), exists: z.boolean() }).strict(), Snapshot]),
  examples: [{ params: {} }, { params: { path: 'gateway.port' } }],
  handler: async ({ params: p }, { config }: Pick<Services, 'config'>) => {
    const shown: ConfigSnapshot = await config.snapshot()
    if (p.path === undefined) return shown
    const value = getPath(shown.config, parsePath(p.path))
    return { path: p.path, value, exists: value !== undefined }
  },
})

const Changed = z.object({
  ok: z.literal(true),
  path: z.string(),
  config: z.unknown(),
  hash: z.string().optional(),
  changed: z.array(z.string()).readonly(),
})

export const configSet = defineOp({
  id: 'config.set',
  summary: 'Writes the whole config, or one value of it.',
  scope: 'admin',
  params: z.strictObject({
    raw: z.string().optional().describe('the whole file as JSON5'),
    path: z.string().optional().describe('the value to change, such as gateway.port'),
    value: z.unknown().optional().describe('its new value; null removes it'),
    baseHash,
  }),
  simpleOnly: ['path', 'value'],
  result: Changed,
  examples: [{ params: { path: 'ui.assistant.name', value: 'Molly' } }],
  handler: async ({ params: p, caller }, { config }: Pick<Services, 'config'>) => {
    if ((p.raw === undefined) === (p.path === undefined))
      throw new Fault('INVALID_REQUEST', "must have required property 'raw'")
    const edit =
      p.raw !== undefined
        ? { kind: 'raw' as const, raw: p.raw }
        : p.value === null || p.value === undefined
          ? { kind: 'unset' as const, path: p.path as string }
          : { kind: 'set' as const, path: p.path as string, value: p.value }
    const done = await config.change(edit, {
      needsHash: p.raw !== undefined && caller.kind !== 'cli',
      who: caller.id,
      ...(p.baseHash === undefined ? {} : { baseHash: p.baseHash }),
    })
    return {
      ok: true as const,
      path: done.path,
      config: done.config,
      changed: done.changed,
      ...(done.hash === undefined ? {} : { hash: done.hash }),
    }
  },
})

export const configPatch = defineOp({
  id: 'config.patch',
  summary: 'Merges a partial config into the file; null removes a value.',
  scope: 'admin',
  params: z.strictObject({
    raw: z.string().describe('the partial config as JSON5'),
    baseHash,
    sessionKey: z.string().optional().describe('the session that is told when it is done'),
    note: z.string().optional().describe('why'),
    restartDelayMs: z.number().int().min(0).max(60_000).optional().describe('kept for older clients'),
  }),
  result: Changed.extend({ restart: z.null(), sentinel: z.null() }),
  examples: [{ params: { raw: '{ ui: { assistant: { name: "Molly" } } }' }, note: 'with the hash of the file' }],
  handler: async ({ params: p, caller }, { config }: Pick<Services, 'config'>) => {
    let patch: unknown
    try {
      patch = Bun.JSON5.parse(p.raw)
    } catch (error) {
      throw new Fault(
        'INVALID_REQUEST',
        `SyntaxError: JSON5: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw new Fault('INVALID_REQUEST', 'config.patch raw must be an object')
    const done = await config.change(
      { kind: 'patch', patch },
      { needsHash: true, who: caller.id, ...(p.baseHash === undefined ? {} : { baseHash: p.baseHash }) },
    )
    return {
      ok: true as const,
      path: done.path,
      config: done.config,
      changed: done.changed,
      restart: null,
      sentinel: null,
      ...(done.hash === undefined ? {} : { hash: done.hash }),
    }
  },
})

export const configSchema = defineOp({
  id: 'config.schema',
  summary: 'Describes every config key as a JSON Schema with labels.',
  scope: 'admin',
  params: z.strictObject({}),
  result: z.object({ schema: z.unknown(), uiHints: z.unknown(), version: z.string(), generatedAt: z.string() }),
  cli: { path: 'config schema' },
  examples: [{ params: {} }],
  handler: (_call, { config }: Pick<Services, 'config'>) => config.describe(),
})
