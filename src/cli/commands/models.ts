// Which models are used: the default, the one that sees, fallbacks and aliases, all of them values of the config.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { loadWhole } from '../host-facts.ts'
import { defineCommand, type Command, type Run } from '../context.ts'
import { json } from '../print.ts'
import { patchConfig } from '../setup/files.ts'

interface Choice {
  readonly primary?: string
  readonly fallbacks?: readonly string[]
}

/** What the config says of models, defaults included. */
export interface ModelDefaults {
  readonly model: Choice
  readonly imageModel?: Choice
  readonly models: Readonly<Record<string, { readonly alias?: string }>>
}

/** The models of all agents, as the config has them now. */
export async function modelDefaults(run: Run): Promise<ModelDefaults> {
  const { config } = await loadWhole(run, await run.ctx.host(run.paths))
  return (config['agents'] as { defaults: ModelDefaults }).defaults
}

const which = { model: z.string().min(1).describe('provider/model, or an alias') }
const shown = {
  plain: z.boolean().default(false).describe('one on each line, and nothing else'),
}

/** The whole name of a model: of an alias, or as it is said. Throws INVALID_REQUEST for a bare word. */
function refOf(d: ModelDefaults, said: string): string {
  const aliased = Object.entries(d.models).find(([, m]) => m.alias?.toLowerCase() === said.toLowerCase())?.[0]
  const ref = aliased ?? said
  if (!ref.includes('/'))
    throw new Fault('INVALID_REQUEST', `"${said}" is no alias; name the provider, too: provider/model`)
  return ref
}

async function change(run: Run, defaults: object, said: string): Promise<number> {
  const changed = await patchConfig(run, { agents: { defaults } })
  run.ctx.stdout(run.globals.json ? json({ ok: true, changed }) : `${said}\n`)
  return 0
}

/** A model that is listed has an entry of its own, so that it may be chosen where only listed ones may. */
const listed = (d: ModelDefaults, ref: string) =>
  Object.keys(d.models).length && !d.models[ref] ? { models: { [ref]: {} } } : {}

const setting = (path: string, summary: string, key: 'model' | 'imageModel', label: string): Command =>
  defineCommand({
    path,
    summary,
    args: ['model'],
    flags: z.strictObject(which),
    async run({ model }, run) {
      const d = await modelDefaults(run)
      const ref = refOf(d, model)
      return change(run, { [key]: { primary: ref }, ...listed(d, ref) }, `${label}: ${ref}`)
    },
  })

function printList(run: Run, plain: boolean, list: readonly string[], rows: object, nothing: string): number {
  const text = list.length ? `${list.join('\n')}\n` : plain ? '' : `${nothing}\n`
  run.ctx.stdout(run.globals.json ? json(rows) : text)
  return 0
}

function fallbackCommands(path: string, key: 'model' | 'imageModel', label: string): Command[] {
  const of = (d: ModelDefaults) => d[key]?.fallbacks ?? []
  return [
    defineCommand({
      path: `${path} list`,
      summary: `Lists the ${label}, in the order they are asked.`,
      flags: z.strictObject(shown),
      async run({ plain }, run) {
        const fallbacks = of(await modelDefaults(run))
        return printList(run, plain, fallbacks, { fallbacks }, 'There are none.')
      },
    }),
    defineCommand({
      path: `${path} add`,
      summary: `Adds one to the ${label}.`,
      args: ['model'],
      flags: z.strictObject(which),
      async run({ model }, run) {
        const d = await modelDefaults(run)
        const ref = refOf(d, model)
        const fallbacks = [...of(d).filter((one) => one !== ref), ref]
        return change(run, { [key]: { fallbacks }, ...listed(d, ref) }, `Fallbacks: ${fallbacks.join(', ')}`)
      },
    }),
    defineCommand({
      path: `${path} remove`,
      summary: `Takes one off the ${label}.`,
      args: ['model'],
      flags: z.strictObject(which),
      async run({ model }, run) {
        const d = await modelDefaults(run)
        const ref = refOf(d, model)
        if (!of(d).includes(ref)) throw new Fault('NOT_FOUND', `${ref} is none of the ${label}`)
        const fallbacks = of(d).filter((one) => one !== ref)
        return change(run, { [key]: { fallbacks } }, `Fallbacks: ${fallbacks.join(', ') || 'none'}`)
      },
    }),
    defineCommand({
      path: `${path} clear`,
      summary: `Takes all of the ${label} off.`,
      flags: z.strictObject({}),
      run: (_flags, run) => change(run, { [key]: { fallbacks: [] } }, 'Fallbacks: none'),
    }),
  ]
}

const aliasesOf = (d: ModelDefaults) =>
  Object.fromEntries(Object.entries(d.models).flatMap(([ref, m]) => (m.alias ? [[m.alias, ref]] : [])))

const aliasCommands: readonly Command[] = [
  defineCommand({
    path: 'models aliases list',
    summary: 'Lists short names of models.',
    flags: z.strictObject(shown),
    async run({ plain }, run) {
      const aliases = aliasesOf(await modelDefaults(run))
      const lines = Object.entries(aliases).map(([alias, ref]) => `${alias} ${ref}`)
      return printList(run, plain, lines, { aliases }, 'There are none.')
    },
  }),
  defineCommand({
    path: 'models aliases add',
    summary: 'Gives a model a short name.',
    args: ['alias', 'model'],
    flags: z.strictObject({
      alias: z
        .string()
        .regex(/^[\w.:-]{1,64}$/, 'a name of letters, digits, and . : _ -')
        .describe('the short name'),
      ...which,
    }),
    async run({ alias, model }, run) {
      const d = await modelDefaults(run)
      const ref = refOf(d, model)
      const taken = aliasesOf(d)[alias]
      if (taken !== undefined && taken !== ref)
        throw new Fault('CONFLICT', `${alias} is a name of ${taken}; take it off: oclaw models aliases remove ${alias}`)
      return change(run, { models: { [ref]: { alias } } }, `${alias}: ${ref}`)
    },
  }),
  defineCommand({
    path: 'models aliases remove',
    summary: 'Takes a short name off.',
    args: ['alias'],
    flags: z.strictObject({ alias: z.string().min(1).describe('the short name') }),
    async run({ alias }, run) {
      const ref = aliasesOf(await modelDefaults(run))[alias]
      if (ref === undefined) throw new Fault('NOT_FOUND', `no model is called ${alias}`)
      return change(run, { models: { [ref]: { alias: null } } }, `${alias} is no name any more.`)
    },
  }),
]

export const commands: readonly Command[] = [
  setting('models set', 'Sets the model that answers.', 'model', 'Default model'),
  setting('models set-image', 'Sets the model that looks at pictures.', 'imageModel', 'Image model'),
  ...aliasCommands,
  ...fallbackCommands('models fallbacks', 'model', 'models asked when others fail'),
  ...fallbackCommands('models image-fallbacks', 'imageModel', 'models that see, asked when others fail'),
]
