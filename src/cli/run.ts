// The command line: finds the command, reads its flags, runs it, and turns what goes wrong into a sentence and an exit code.
import { existsSync } from 'node:fs'
import { deadline } from '../lib/clock.ts'
import { describeError, Fault, toFault } from '../lib/fault.ts'
import { paths } from '../config/paths.ts'
import { connect, type Typed } from './connect.ts'
import type { CliContext, Globals, Run } from './context.ts'
import { entries, longestMatch, type Entry } from './entries.ts'
import { globalFields } from './fields.ts'
import { checked, nearest, parseFlags } from './flags.ts'
import { commandHelp, groupHelp, type HelpFor } from './help.ts'
import { paint, wantsColor } from './print.ts'

/** The longest a call may take when nothing was said, in ms; condensing a session asks a model. */
const callMs = 120_000

/** A flag of all commands of a group, which may stand before the word that names one. */
const early: Readonly<Record<string, string>> = { browser: '--browser-profile', models: '--agent' }

/** Flags of a command that take one of these words, and alone are the flag of every command. */
const levels: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  agent: { '--verbose': ['on', 'off', 'full'] },
}

/** The words that may name a command, and everything else, flags of every command taken out from between them. */
function split(argv: readonly string[]): { words: string[]; rest: string[] } {
  const words: string[] = []
  const rest: string[] = []
  let between = true
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string
    if (arg === '--') return { words, rest: [...rest, ...argv.slice(i)] }
    const first = words[0] ?? ''
    const next = argv[i + 1]
    const global = globalFields.find((f) => arg === `--${f.flag}` || arg === `--no-${f.flag}` || arg === `-${f.short}`)
    if (next !== undefined && levels[first]?.[arg]?.includes(next)) rest.push(`${arg}=${argv[++i]}`)
    else if (!between) rest.push(arg)
    else if (global) {
      rest.push(arg)
      if (global.kind !== 'boolean' && next !== undefined) rest.push(argv[++i] as string)
    } else if (globalFields.some((f) => arg.startsWith(`--${f.flag}=`))) rest.push(arg)
    else if (arg === early[first]) rest.push(arg, argv[++i] ?? '')
    else if (arg.startsWith('-')) {
      between = false
      rest.push(arg)
    } else words.push(arg)
  }
  return { words, rest }
}

/** How many of these words begin some command, as a group does. */
function groupLength(all: readonly Entry[], words: readonly string[]): number {
  for (let n = words.length; n > 0; n--) {
    const prefix = `${words.slice(0, n).join(' ')} `
    if (all.some((e) => e.path.startsWith(prefix))) return n
  }
  return 0
}

function unknownCommand(all: readonly Entry[], words: readonly string[], name: string): Fault {
  const group = words.slice(0, groupLength(all, words)).join(' ')
  const typed = words.join(' ')
  const inside = all.flatMap((e) => [e.path, ...e.aliases, e.path.split(' ')[0] as string])
  const like = nearest(
    typed,
    inside.filter((p) => !group || p.startsWith(`${group} `)),
  )
  return new Fault(
    'INVALID_REQUEST',
    `there is no command "${typed}"${like ? `; did you mean \`${name} ${like}\`?` : ''}\n` +
      `All commands: ${[name, group, '--help'].filter(Boolean).join(' ')}`,
  )
}

function makeRun(ctx: CliContext, globals: Globals): Run {
  const where = paths(ctx.env, globals, { home: ctx.home, exists: existsSync })
  const typed: Typed = new Map()
  const open = (ask = true) => connect(ctx, globals, where, { typed, ask })
  return {
    ctx,
    globals,
    paths: where,
    paint: paint(wantsColor(ctx.env, ctx.isTTY, globals.color)),
    typed: () => entries(ctx),
    connect: () => open(),
    async call(method, params, wait, ask) {
      const client = await open(ask)
      const ms = wait ?? globals.timeout ?? callMs
      const late = new Fault(
        'TIMEOUT',
        `the gateway did not answer ${method} within ${ms} ms; give it longer: --timeout <ms>`,
      )
      const limit = deadline(ctx.clock, ms, late, ctx.signal)
      const since = ctx.clock.monotonic()
      try {
        const twice = globals.expectFinal && ctx.ops.get(method)?.accepts !== undefined
        return await client.call(method, twice ? { ...(params as object), wait: true } : params, limit.signal)
      } finally {
        limit.done()
        client.close()
        if (globals.verbose) ctx.stderr(`${method}: ${Math.round(ctx.clock.monotonic() - since)} ms\n`)
      }
    },
  }
}

async function dispatch(argv: readonly string[], ctx: CliContext): Promise<number> {
  const { words: typed, rest } = split(argv)
  const asked = typed[0] === 'help'
  const words = asked ? typed.slice(1) : typed
  const all = await entries(ctx, words[0])
  const wantsHelp = asked || rest.includes('--help') || rest.includes('-h')
  const color = wantsColor(ctx.env, ctx.isTTY, !rest.includes('--no-color'))
  const by: HelpFor = { name: ctx.name, version: ctx.version, columns: ctx.columns, paint: paint(color) }
  if (!words.length && (rest.includes('--version') || rest.includes('-V'))) {
    ctx.stdout(`${ctx.version}\n`)
    return 0
  }
  const found = longestMatch(all, words)
  const group = groupLength(all, words)
  if (!found && (group === words.length || (wantsHelp && group))) {
    const plain = words.length === group && (wantsHelp || rest.length === 0)
    if (!plain && !wantsHelp)
      throw new Fault('INVALID_REQUEST', `${[ctx.name, ...words].join(' ')} needs a command; \`--help\` lists them`)
    ctx.stdout(groupHelp(all, words.slice(0, group), by))
    return 0
  }
  if (!found) throw unknownCommand(await entries(ctx), words, ctx.name)
  const { entry, length } = found
  if (wantsHelp) {
    const below = all.filter((e) => e.path.startsWith(`${entry.path} `))
    ctx.stdout(commandHelp(entry, below, by))
    return 0
  }
  if (!entry.args.length && words.length > length && group >= length)
    throw unknownCommand(await entries(ctx), words, ctx.name)
  const command = `${ctx.name} ${entry.path}`
  const fields = entry.fields()
  const said = parseFlags([...words.slice(length), ...rest], fields, entry.args, command)
  const input = checked(entry.params, said.input, fields, entry.args, command)
  return entry.run(input, makeRun(ctx, said.globals))
}

/** Runs a command line (without the program's name); answers the exit code: 0, 1 for a failure, 130 for Ctrl-C. */
export async function runCli(argv: readonly string[], ctx: CliContext): Promise<number> {
  try {
    return await dispatch(argv, ctx)
  } catch (error) {
    if (ctx.signal.aborted) return 130
    const fault = error instanceof Fault ? error : toFault(error)
    const known = fault.code !== 'INTERNAL' || error instanceof Fault
    ctx.stderr(`${ctx.name}: ${known ? fault.message : describeError(error)}\n`)
    return 1
  }
}
