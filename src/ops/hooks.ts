// Hooks: listed, explained, switched on and off.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { hookEvents, isScript, type Hook } from '../domain/hook.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

type Needed = Pick<Services, 'engine' | 'config'>

const list = z.array(z.string())

const Entry = z.object({
  name: z.string(),
  description: z.string(),
  emoji: z.string().optional(),
  homepage: z.string().optional(),
  source: z.string(),
  bundled: z.boolean(),
  events: list,
  filePath: z.string(),
  baseDir: z.string(),
  handlerPath: z.string().optional(),
  hookKey: z.string(),
  always: z.boolean(),
  enabled: z.boolean(),
  eligible: z.boolean(),
  changed: z.boolean().optional(),
  missing: z.object({ bins: list, anyBins: list, env: list, config: list, os: list }),
  /** What keeps it from running, in words; empty for one that does. */
  lacks: z.string(),
})

/** What keeps a hook from running, in words; empty for one that does. */
function lacks(h: Hook, on: boolean): string {
  const { bins, anyBins, env, config, os } = h.missing
  const missing = [
    ...bins.map((b) => `program ${b}`),
    ...(anyBins.length ? [`one of ${anyBins.join(', ')}`] : []),
    ...env.map((e) => `variable ${e}`),
    ...config.map((c) => `config ${c}`),
    ...(os.length ? [`system ${os.join(' or ')}`] : []),
  ]
  if (missing.length) return `missing: ${missing.join('; ')}`
  if (!h.events.length) return 'its HOOK.md names no events'
  if (!h.events.some((e) => hookEvents.some((known) => e === known || e.startsWith(`${known}:`))))
    return `nothing here tells of ${h.events.join(', ')}; there are ${hookEvents.join(', ')}`
  if (h.handler === undefined)
    return 'it has nothing to run: put a program called `handler` beside its HOOK.md, or name one there as `run`'
  if (!h.bundled && isScript(h.handler))
    return `${h.handler} is code of the original; a hook here is a program or an address (url)`
  if (!h.eligible) return `${h.handler} cannot be run: \`chmod +x ${h.handler}\``
  if (h.changed && h.enabled) return `its files are not those that were looked at: \`oclaw hooks enable ${h.name}\``
  if (h.enabled) return ''
  return on ? 'switched off' : `switched off: \`oclaw hooks enable ${h.name}\``
}

const entryOf = (h: Hook, on: boolean): z.output<typeof Entry> => ({
  name: h.name,
  description: h.description,
  ...(h.emoji === undefined ? {} : { emoji: h.emoji }),
  ...(h.homepage === undefined ? {} : { homepage: h.homepage }),
  source: h.source,
  bundled: h.bundled,
  events: [...h.events],
  filePath: h.file,
  baseDir: h.dir,
  ...(h.handler === undefined ? {} : { handlerPath: h.handler }),
  hookKey: h.key,
  always: h.always,
  enabled: h.enabled,
  eligible: h.eligible,
  ...(h.changed ? { changed: true } : {}),
  missing: {
    bins: [...h.missing.bins],
    anyBins: [...h.missing.anyBins],
    env: [...h.missing.env],
    config: [...h.missing.config],
    os: [...h.missing.os],
  },
  lacks: lacks(h, on),
})

const all = (s: Needed) => s.engine.hooks.all().map((h) => entryOf(h, s.engine.world.settings.hooks().enabled))

const listOp = defineOp({
  id: 'hooks.list',
  summary: 'Lists the hooks: what runs when something happens here.',
  scope: 'read',
  params: z.strictObject({
    eligible: z.boolean().optional().describe('only those that have all they need'),
    verbose: z.boolean().optional().describe('say what keeps the others from running'),
  }),
  result: z.object({ enabled: z.boolean(), hooks: z.array(Entry) }),
  cli: {
    path: 'hooks list',
    aliases: ['hooks'],
    short: { verbose: 'v' },
    print: (r, p) =>
      table(
        ['', 'Hook', 'Source', 'Events', ...(p.verbose ? ['Why not'] : ['Description'])],
        r.hooks.map((h) => [
          h.lacks === '' ? '✓' : h.eligible ? '-' : '✗',
          h.name,
          h.source.replace('openclaw-', ''),
          h.events.join(' '),
          p.verbose ? h.lacks : h.description.slice(0, 60),
        ]),
      ),
  },
  examples: [{ params: {} }, { params: { eligible: true } }],
  handler: ({ params: p }, s: Needed) => ({
    enabled: s.engine.world.settings.hooks().enabled,
    hooks: all(s).filter((h) => !p.eligible || h.eligible),
  }),
})

const name = z.string().min(1).describe('the hook')

/** The hook of a name. Throws NOT_FOUND. */
function one(s: Needed, said: string) {
  const found = all(s).find((h) => h.name === said || h.hookKey === said)
  if (!found) throw new Fault('NOT_FOUND', `there is no hook "${said}"; \`oclaw hooks list\` shows those there are`)
  return found
}

const info = defineOp({
  id: 'hooks.info',
  summary: 'Shows what a hook is, hears and needs.',
  scope: 'read',
  params: z.strictObject({ name }),
  result: Entry,
  cli: {
    path: 'hooks info',
    args: ['name'],
    print: (h) =>
      [
        `${h.emoji ? `${h.emoji} ` : ''}${h.name}: ${h.description}`,
        `From:    ${h.source}, ${h.filePath}`,
        `Hears:   ${h.events.join(' ') || 'nothing'}`,
        ...(h.handlerPath === undefined || h.bundled ? [] : [`Runs:    ${h.handlerPath}`]),
        `State:   ${h.lacks || 'on'}`,
        ...(h.homepage ? [`Homepage: ${h.homepage}`] : []),
      ].join('\n'),
  },
  examples: [{ params: { name: 'command-logger' } }],
  handler: ({ params: p }, s: Needed) => one(s, p.name),
})

const check = defineOp({
  id: 'hooks.check',
  summary: 'Counts hooks that are ready, and says what the others lack.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({
    total: z.number(),
    eligible: z.number(),
    notEligible: z.number(),
    enabled: z.number(),
    hooks: z.array(z.object({ name: z.string(), lacks: z.string() })),
  }),
  cli: {
    path: 'hooks check',
    print: (r) =>
      [
        `${r.total} hooks, ${r.eligible} have all they need, ${r.enabled} are on.`,
        ...r.hooks.map((h) => `${h.name}: ${h.lacks}`),
      ].join('\n'),
  },
  examples: [{ params: {} }],
  handler: (_call, s: Needed) => {
    const found = all(s)
    const count = (fits: (h: z.output<typeof Entry>) => boolean) => found.filter(fits).length
    return {
      total: found.length,
      eligible: count((h) => h.eligible),
      notEligible: count((h) => !h.eligible),
      enabled: count((h) => h.lacks === ''),
      hooks: found.flatMap((h) => (h.lacks ? [{ name: h.name, lacks: h.lacks }] : [])),
    }
  },
})

const Switched = z.object({ ok: z.literal(true), name: z.string(), enabled: z.boolean() })

const enable = defineOp({
  id: 'hooks.enable',
  summary: 'Switches a hook on, with its files as they are now.',
  scope: 'admin',
  params: z.strictObject({ name }),
  result: Switched,
  cli: { path: 'hooks enable', args: ['name'], print: (r) => `${r.name} is on.` },
  examples: [{ params: { name: 'command-logger' } }],
  handler: async ({ params: p, caller }, s: Needed) => {
    const hook = one(s, p.name)
    if (!hook.eligible) throw new Fault('INVALID_REQUEST', `${hook.name} cannot run: ${hook.lacks}`)
    await s.engine.hooks.pin(hook.name)
    const patch = { hooks: { internal: { enabled: true, entries: { [hook.hookKey]: { enabled: true } } } } }
    await s.config.change({ kind: 'patch', patch }, { needsHash: false, who: `hooks.enable by ${caller.id}` })
    return { ok: true as const, name: hook.name, enabled: true }
  },
})

const disable = defineOp({
  id: 'hooks.disable',
  summary: 'Switches a hook off.',
  scope: 'admin',
  params: z.strictObject({ name }),
  result: Switched,
  cli: { path: 'hooks disable', args: ['name'], print: (r) => `${r.name} is off.` },
  examples: [{ params: { name: 'command-logger' } }],
  handler: async ({ params: p, caller }, s: Needed) => {
    const hook = one(s, p.name)
    const patch = { hooks: { internal: { entries: { [hook.hookKey]: { enabled: false } } } } }
    await s.config.change({ kind: 'patch', patch }, { needsHash: false, who: `hooks.disable by ${caller.id}` })
    return { ok: true as const, name: hook.name, enabled: false }
  },
})

export const hookOps = [listOp, info, check, enable, disable] as const
