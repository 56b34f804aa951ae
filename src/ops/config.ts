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
  probation: z.object({ until: z.number() }).optional(),
})

const baseHash = z.string().optional().describe('the hash of the file this change was made on')

const probationMs = z
  .number()
  .int()
  .min(1000)
  .max(3_600_000)
  .optional()
  .describe('undo the change after so long, in ms, unless config.keep is called')

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

type Edit = Parameters<Services['config']['change']>[0]
type Rules = Parameters<Services['config']['change']>[1]

const trialOf = (ms: number | undefined) => (ms === undefined ? {} : { probationMs: ms })

/** Makes a change and says what came of it. */
async function changed(config: Services['config'], edit: Edit, by: Rules) {
  const done = await config.change(edit, by)
  return {
    ok: true as const,
    path: done.path,
    config: done.config,
    changed: done.changed,
    ...(done.hash === undefined ? {} : { hash: done.hash }),
  }
}

const hashOf = (baseHash: string | undefined) => (baseHash === undefined ? {} : { baseHash })

export const configSet = defineOp({
  id: 'config.set',
  summary: 'Writes the whole config, or one value of it.',
  scope: 'admin',
  params: z.strictObject({
    raw: z.string().optional().describe('the whole file as JSON5'),
    path: z.string().optional().describe('the value to change, such as gateway.port'),
    value: z.unknown().optional().describe('its new value; null removes it'),
    baseHash,
    probationMs,
  }),
  simpleOnly: ['path', 'value', 'probationMs'],
  result: Changed,
  examples: [{ params: { path: 'ui.assistant.name', value: 'Molly' } }],
  handler: ({ params: p, caller }, { config }: Pick<Services, 'config'>) => {
    if ((p.raw === undefined) === (p.path === undefined))
      throw new Fault('INVALID_REQUEST', "must have required property 'raw'")
    const edit =
      p.raw !== undefined
        ? { kind: 'raw' as const, raw: p.raw }
        : p.value === null || p.value === undefined
          ? { kind: 'unset' as const, path: p.path as string }
          : { kind: 'set' as const, path: p.path as string, value: p.value }
    const needsHash = p.raw !== undefined && caller.kind !== 'cli'
    return changed(config, edit, { needsHash, who: caller.id, ...hashOf(p.baseHash), ...trialOf(p.probationMs) })
  },
})

const rewrite = {
  baseHash,
  sessionKey: z.string().optional().describe('the session that is told when it is done'),
  note: z.string().optional().describe('why'),
  restartDelayMs: z.number().int().min(0).max(60_000).optional().describe('kept for older clients'),
}

/** Changes are put in force while the gateway runs: nothing is restarted, and nothing is left for after a restart. */
const applied = { restart: null, sentinel: null } as const

const Applied = Changed.extend({ restart: z.null(), sentinel: z.null() })

/** What a caller wrote as JSON5. Throws INVALID_REQUEST. */
function parsed(raw: string): unknown {
  try {
    return Bun.JSON5.parse(raw)
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `SyntaxError: JSON5: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export const configPatch = defineOp({
  id: 'config.patch',
  summary: 'Merges a partial config into the file; null removes a value.',
  scope: 'admin',
  params: z.strictObject({ raw: z.string().describe('the partial config as JSON5'), ...rewrite, probationMs }),
  simpleOnly: ['probationMs'],
  result: Applied,
  examples: [{ params: { raw: '{ ui: { assistant: { name: "Molly" } } }' }, note: 'with the hash of the file' }],
  handler: async ({ params: p, caller }, { config }: Pick<Services, 'config'>) => {
    const patch = parsed(p.raw)
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw new Fault('INVALID_REQUEST', 'config.patch raw must be an object')
    const by = { needsHash: true, who: caller.id, ...hashOf(p.baseHash), ...trialOf(p.probationMs) }
    return { ...(await changed(config, { kind: 'patch', patch }, by)), ...applied }
  },
})

export const configApply = defineOp({
  id: 'config.apply',
  summary: 'Writes the whole config and puts it in force.',
  scope: 'admin',
  params: z.strictObject({ raw: z.string().describe('the whole file as JSON5'), ...rewrite }),
  result: Applied,
  examples: [{ params: { raw: '{ gateway: { port: 18789 } }' }, note: 'with the hash of the file' }],
  handler: async ({ params: p, caller }, { config }: Pick<Services, 'config'>) => {
    const by = { needsHash: true, who: caller.id, ...hashOf(p.baseHash) }
    return { ...(await changed(config, { kind: 'raw', raw: p.raw }, by)), ...applied }
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

const Settled = z.object({ ok: z.literal(true), done: z.boolean() })

export const configKeep = defineOp({
  id: 'config.keep',
  summary: 'Keeps the change of the config that is on probation.',
  scope: 'admin',
  params: z.strictObject({}),
  result: Settled,
  cli: { path: 'config keep', print: (r) => (r.done ? 'The change is kept.' : 'No change is on probation.') },
  examples: [{ params: {} }],
  handler: async (_call, { config }: Pick<Services, 'config'>) => ({
    ok: true as const,
    done: await config.settle('keep'),
  }),
})

export const configRevert = defineOp({
  id: 'config.revert',
  summary: 'Undoes the change of the config that is on probation, at once.',
  scope: 'admin',
  params: z.strictObject({}),
  result: Settled,
  cli: { path: 'config revert', print: (r) => (r.done ? 'It is as it was before.' : 'No change is on probation.') },
  examples: [{ params: {} }],
  handler: async (_call, { config }: Pick<Services, 'config'>) => ({
    ok: true as const,
    done: await config.settle('revert'),
  }),
})
