// Everything that can be typed: operations with a command-line form, and commands of our own, found by longest match.
import type { z } from 'zod'
import { once } from '../lib/once.ts'
import type { AnyOp } from '../define/op.ts'
import { commandsOf } from './commands/index.ts'
import type { CliContext, Command, Run } from './context.ts'
import { fieldsOf, kebab, type Field } from './fields.ts'
import { runOp } from './operation.ts'

/** One thing that can be typed. */
export interface Entry {
  readonly path: string
  readonly aliases: readonly string[]
  readonly summary: string
  readonly args: readonly string[]
  readonly params: z.ZodObject
  readonly examples: readonly string[]
  fields(): Field[]
  run(input: Record<string, unknown>, run: Run): Promise<number>
}

const quote = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
const written = (value: unknown) => quote(typeof value === 'string' ? value : JSON.stringify(value))

/** An example’s parameters as they are typed. */
function exampleOf(path: string, args: readonly string[], params: unknown): string {
  const given = Object.entries(params as Record<string, unknown>)
  const places = args.flatMap((a) => given.filter(([k]) => k === a).map(([, v]) => written(v)))
  const flags = given
    .filter(([k]) => !args.includes(k))
    .map(([k, v]) => {
      const flag = `--${kebab(k)}`
      if (typeof v === 'boolean') return v ? flag : `--no-${kebab(k)}`
      return `${flag} ${Array.isArray(v) && v.every((x) => typeof x === 'string') ? quote(v.join(',')) : written(v)}`
    })
  return [path, ...places, ...flags].join(' ')
}

function ofOp(op: AnyOp, cli: NonNullable<AnyOp['cli']>): Entry {
  const args: readonly string[] = cli.args ?? []
  return {
    path: cli.path,
    aliases: cli.aliases ?? [],
    summary: op.summary,
    args,
    params: op.params,
    examples: [...new Set(op.examples.map((e) => exampleOf(cli.path, args, e.params)))],
    fields: () => fieldsOf(op.params, cli.short, cli.also),
    run: (input, run) => runOp(op, input, run),
  }
}

function ofCommand(c: Command, ctx: Pick<CliContext, 'ops'>): Entry {
  const op = c.of === undefined ? undefined : ctx.ops.get(c.of)
  const base = op?.cli ? ofOp(op, op.cli) : undefined
  const params = once(() => (op ? op.params.extend(c.flags.shape) : c.flags))
  return {
    path: c.path,
    aliases: c.aliases ?? [],
    summary: c.summary ?? op?.summary ?? '',
    args: c.args ?? base?.args ?? [],
    get params() {
      return params()
    },
    examples: c.examples ?? base?.examples ?? [],
    fields: () => fieldsOf(params(), { ...op?.cli?.short, ...c.short }, op?.cli?.also),
    run: (input, run) => c.run(input as never, run),
  }
}

/**
 * Everything that can be typed, by path; with `word`, of commands of our own only those that begin with it. Such a command
 * takes the place of an operation’s at the same path.
 */
export async function entries(ctx: Pick<CliContext, 'ops'>, word?: string): Promise<Entry[]> {
  const mine = (await commandsOf(word)).map((c) => ofCommand(c, ctx))
  const taken = new Set(mine.flatMap((e) => [e.path, ...e.aliases]))
  const theirs = ctx.ops.all.flatMap((op) => (op.cli && !taken.has(op.cli.path) ? [ofOp(op, op.cli)] : []))
  return [...mine, ...theirs].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The entry whose path or alias is the longest beginning of these words, and how many words that are. */
export function longestMatch(
  all: readonly Entry[],
  words: readonly string[],
): { entry: Entry; length: number } | undefined {
  let best: { entry: Entry; length: number } | undefined
  for (const entry of all)
    for (const path of [entry.path, ...entry.aliases]) {
      const own = path.split(' ')
      if (own.length > (best?.length ?? 0) && own.every((w, i) => words[i] === w)) best = { entry, length: own.length }
    }
  return best
}
