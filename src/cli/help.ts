// Help, all of it derived: what there is, how it is written, what it means.
import type { Entry } from './entries.ts'
import { globalFields, type Field } from './fields.ts'
import type { Paint } from './print.ts'

/** Who asks: the name the program was called by, the width of the terminal, and its inks. */
export interface HelpFor {
  readonly name: string
  readonly version: string
  readonly columns: number
  readonly paint: Paint
}

/** A text as lines of at most `width`, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function rows(list: readonly (readonly [string, string])[], columns: number): string[] {
  const left = Math.min(34, Math.max(...list.map(([l]) => l.length)) + 2)
  const width = Math.max(30, columns - left - 2)
  return list.flatMap(([label, about]) => {
    const [first = '', ...rest] = wrap(about, width)
    const fits = label.length + 2 <= left
    const head = fits ? [`  ${label.padEnd(left)}${first}`] : [`  ${label}`, `${' '.repeat(left + 2)}${first}`]
    return [...head.map((l) => l.trimEnd()), ...rest.map((l) => `${' '.repeat(left + 2)}${l}`)]
  })
}

/** A flag as it is written, and what it means. */
export function flagRow(f: Field): [string, string] {
  const kind = { text: '<text>', number: '<number>', list: '<a,b>', json: '<json>', boolean: '' }[f.kind]
  const value = f.words ? `<${f.words.join('|')}>` : kind
  const name = f.kind === 'boolean' && f.fallback === true ? `--no-${f.flag}` : `--${f.flag}`
  const about = name.startsWith('--no-') ? `do not ${f.about}` : f.about
  const shown = f.kind !== 'boolean' && f.fallback !== undefined
  const more = [
    f.required ? 'required' : '',
    shown ? `default ${typeof f.fallback === 'string' ? f.fallback : JSON.stringify(f.fallback)}` : '',
  ]
    .filter(Boolean)
    .join(', ')
  return [`${f.short ? `-${f.short}, ` : ''}${name}${value ? ` ${value}` : ''}`, `${about}${more ? ` (${more})` : ''}`]
}

/** An argument as it is written; a list takes all that is left. */
const argOf = (f: Field | undefined) => {
  if (!f) return ''
  const name = f.kind === 'list' ? `${f.flag}...` : f.flag
  return f.required ? `<${name}>` : `[${name}]`
}

/** How a command is written, without the name of the program. */
export function usage(entry: Entry): string {
  const fields = entry.fields()
  return [entry.path, ...entry.args.map((a) => argOf(fields.find((f) => f.name === a))), '[flags]'].join(' ')
}

/** Help on one command, and on those whose path goes on from its own. */
export function commandHelp(entry: Entry, below: readonly Entry[], by: HelpFor): string {
  const fields = entry.fields()
  const args = entry.args.map((a) => fields.find((f) => f.name === a))
  const flags = fields.filter((f) => !entry.args.includes(f.name))
  const common = globalFields.filter((g) => !fields.some((f) => f.flag === g.flag))
  const { bold } = by.paint
  return [
    `${bold('Usage:')} ${by.name} ${usage(entry)}`,
    '',
    entry.summary,
    ...(entry.aliases.length ? ['', `Also: ${entry.aliases.map((a) => `${by.name} ${a}`).join(', ')}`] : []),
    ...(args.length
      ? [
          '',
          bold('Arguments:'),
          ...rows(
            args.flatMap((f) => (f ? [argRow(f)] : [])),
            by.columns,
          ),
        ]
      : []),
    ...(below.length
      ? [
          '',
          bold('Commands:'),
          ...rows(
            below.map((e) => [e.path, e.summary]),
            by.columns,
          ),
        ]
      : []),
    ...(flags.length ? ['', bold('Flags:'), ...rows(flags.map(flagRow), by.columns)] : []),
    '',
    bold('Flags of every command:'),
    ...rows(common.map(flagRow), by.columns),
    ...(entry.examples.length ? ['', bold('Examples:'), ...entry.examples.map((e) => `  ${by.name} ${e}`)] : []),
    '',
  ].join('\n')
}

function argRow(f: Field): [string, string] {
  const also = f.short ? ` (also -${f.short}, --${f.flag})` : ''
  return [argOf(f), `${f.about}${f.words ? `: ${f.words.join(', ')}` : ''}${also}`]
}

/** Help on the commands that begin with these words; on all of them without words. */
export function groupHelp(all: readonly Entry[], words: readonly string[], by: HelpFor): string {
  const prefix = words.join(' ')
  const mine = all.filter((e) => !prefix || e.path === prefix || e.path.startsWith(`${prefix} `))
  const { bold } = by.paint
  return [
    `${bold('Usage:')} ${[by.name, prefix, '<command>', '[flags]'].filter(Boolean).join(' ')}`,
    ...(prefix ? [] : ['', `An AI assistant’s gateway, version ${by.version}.`]),
    '',
    bold('Commands:'),
    ...rows(
      mine.map((e) => [e.path, e.summary]),
      by.columns,
    ),
    '',
    bold('Flags of every command:'),
    ...rows(globalFields.map(flagRow), by.columns),
    '',
    `More on one: ${by.name} ${prefix ? `${prefix} ` : ''}<command> --help`,
    '',
  ].join('\n')
}
