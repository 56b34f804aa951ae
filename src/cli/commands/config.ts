// The config file from the command line: read, change in place, check.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { setPath, unsetPath } from '../../config/change.ts'
import { loadConfig, loadText } from '../../config/load.ts'
import { getPath, parsePath } from '../../config/path.ts'
import { redact } from '../../config/redact.ts'
import type { Issue } from '../../config/section.ts'
import { configWriter, textOf } from '../../config/write.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'
import { revealed } from '../secret.ts'
import { runningLock } from '../target.ts'

const path = z.string().min(1).describe('where it is, such as gateway.port or agents.list[0].id')

const load = async ({ ctx, paths }: Run) => loadConfig(await ctx.configParts(), paths, ctx.env)

const listed = (mark: string, issues: readonly Issue[]) =>
  issues.map((i) => `${mark} ${i.path || '(the file)'}: ${i.message}\n`).join('')

const configGet = defineCommand({
  path: 'config get',
  summary: 'Shows a value that is in force, defaults included.',
  args: ['path'],
  flags: z.strictObject({
    path: path.optional().describe('where it is, such as gateway.port; everything when left out'),
    showSecrets: z.boolean().default(false).describe('show tokens, passwords and keys'),
  }),
  examples: ['config get gateway.port', 'config get gateway.auth --show-secrets'],
  async run(p, run) {
    const { ctx, globals } = run
    const loaded = await load(run)
    if (!loaded.valid) ctx.stderr(`The config has mistakes; \`${ctx.name} config validate\` lists them.\n`)
    const at = p.path === undefined ? [] : parsePath(p.path)
    const found = getPath(loaded.config, at) ?? getPath(loaded.resolved, at)
    if (found === undefined) throw new Fault('NOT_FOUND', `Config path not found: ${p.path}`)
    const value = p.showSecrets ? revealed(found) : redact(found, undefined, at)
    ctx.stdout(globals.json || typeof value !== 'string' ? json(value) : `${value}\n`)
    return 0
  },
})

const textNow = async ({ paths }: Run): Promise<string> => (await textOf(paths.configPath)) ?? ''

/** Writes a text made of the current one, and says when it counts. */
async function write(run: Run, text: string, did: string): Promise<number> {
  const { ctx, paths, globals } = run
  const parts = await ctx.configParts()
  const writer = configWriter({
    paths,
    clock: ctx.clock,
    check: (raw) => loadText(parts, raw, paths, ctx.env),
  })
  const done = await writer.write({ text, by: 'cli', force: true })
  const lock = await runningLock(paths)
  if (globals.json) ctx.stdout(json({ ok: true, path: paths.configPath, changed: done.changed, hash: done.hash }))
  else if (!done.changed.length) ctx.stdout('That is how it is already.\n')
  else
    ctx.stdout(`${did} ${lock ? 'The running gateway applies it by itself.' : 'It counts from the next start on.'}\n`)
  return 0
}

/** A typed value: JSON5 when it is some, else the text itself. */
function valueOf(text: string): unknown {
  try {
    return Bun.JSON5.parse(text)
  } catch {
    return text // `lan` and other bare words are texts
  }
}

const configSet = defineCommand({
  path: 'config set',
  summary: 'Changes one value of the config file; comments stay.',
  args: ['path', 'value'],
  flags: z.strictObject({ path, value: z.string().describe('its new value, as JSON5 or bare text') }),
  examples: ['config set gateway.port 18790', `config set agents.defaults.model.primary anthropic/claude-opus-4-6`],
  async run(p, run) {
    const at = parsePath(p.path)
    return write(run, setPath(await textNow(run), at, valueOf(p.value)), `Updated ${p.path}.`)
  },
})

const configUnset = defineCommand({
  path: 'config unset',
  summary: 'Removes one value from the config file, so that its default counts again.',
  args: ['path'],
  flags: z.strictObject({ path }),
  examples: ['config unset gateway.port'],
  run: async (p, run) => write(run, unsetPath(await textNow(run), parsePath(p.path)), `Removed ${p.path}.`),
})

const configValidate = defineCommand({
  path: 'config validate',
  summary: 'Checks the config file and lists what is wrong with it.',
  flags: z.strictObject({}),
  examples: ['config validate', 'config validate --json'],
  async run(_flags, run) {
    const { ctx, globals, paths, paint } = run
    const { valid, issues, warnings, exists } = await load(run)
    if (globals.json) {
      ctx.stdout(json({ valid, path: paths.configPath, exists, issues, warnings }))
      return valid ? 0 : 1
    }
    const verdict = !exists ? 'does not exist; the defaults count' : valid ? 'is right' : 'has mistakes'
    ctx.stdout(`${valid ? paint.green('✓') : paint.red('✗')} ${paths.configPath} ${verdict}\n`)
    ctx.stdout(listed('  ✗', issues) + listed('  !', warnings))
    const first = issues.find((i) => i.path)?.path
    if (first) ctx.stdout(`Mend it: ${ctx.name} config set ${first} <value>, or ${ctx.name} config unset ${first}\n`)
    else if (!valid) ctx.stdout(`Mend it by hand, or start over: ${ctx.name} config reset\n`)
    return valid ? 0 : 1
  },
})

const configFile = defineCommand({
  path: 'config file',
  summary: 'Says where the config file is.',
  flags: z.strictObject({}),
  run(_flags, { ctx, globals, paths }) {
    ctx.stdout(globals.json ? json({ path: paths.configPath }) : `${paths.configPath}\n`)
    return Promise.resolve(0)
  },
})

const configReset = defineCommand({
  path: 'config reset',
  summary: 'Starts the config file or one section of it over; the old file stays beside it as .bak.',
  short: { yes: 'y' },
  flags: z.strictObject({
    section: z.string().min(1).optional().describe('only this section, such as gateway'),
    yes: z.boolean().default(false).describe('do not ask'),
  }),
  examples: ['config reset --yes', 'config reset --section gateway'],
  async run({ section, yes }, run) {
    const { ctx, paths } = run
    const what = section === undefined ? paths.configPath : `section ${section} of ${paths.configPath}`
    if (!yes) {
      if (!ctx.stdinTTY) throw new Fault('INVALID_REQUEST', `this would reset ${what}; say --yes to do it`)
      const answer = await ctx.ask(`Reset ${what}? [y/N] `)
      if (!/^y(es)?$/i.test(answer.trim())) {
        ctx.stderr('Nothing was changed.\n')
        return 1
      }
    }
    const text =
      section === undefined ? '{\n  gateway: { mode: "local" },\n}\n' : unsetPath(await textNow(run), [section])
    return write(run, text, `Reset ${section ?? 'the config'}; the old one is ${paths.configPath}.bak.`)
  },
})

export const commands: readonly Command[] = [configFile, configGet, configReset, configSet, configUnset, configValidate]
