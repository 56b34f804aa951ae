// The reference of the command line: every command with its arguments and flags.
import type { Entry } from '../cli/entries.ts'
import { globalFields, type Field } from '../cli/fields.ts'
import { flagRow, usage } from '../cli/help.ts'
import { blocks, code, table } from './markdown.ts'

const flags = (fields: readonly Field[]) =>
  table(
    ['flag', 'meaning'],
    fields.map(flagRow).map(([flag, about]) => [code(flag), about]),
  )

function commandText(e: Entry): string {
  const fields = e.fields()
  const args = e.args.flatMap((name) => fields.filter((f) => f.name === name))
  const own = fields.filter((f) => !e.args.includes(f.name))
  return blocks(
    `### oclaw ${e.path}`,
    e.summary,
    code(`oclaw ${usage(e)}`),
    e.aliases.length ? `Also: ${e.aliases.map((a) => code(`oclaw ${a}`)).join(', ')}` : '',
    args.length
      ? table(
          ['argument', 'required', 'meaning'],
          args.map((f) => [
            code(f.flag),
            f.required ? 'yes' : '',
            `${f.about}${f.words ? `: ${f.words.join(', ')}` : ''}`,
          ]),
        )
      : '',
    own.length ? flags(own) : '',
    e.examples.length ? `\`\`\`sh\n${e.examples.map((x) => `oclaw ${x}`).join('\n')}\n\`\`\`` : '',
  )
}

/** The reference of the command line as Markdown. */
export function cliText(all: readonly Entry[], version: string): string {
  return blocks(
    `# The command line of oclaw ${version}`,
    '## Flags of every command',
    flags(globalFields),
    '## Commands',
    table(
      ['command', 'what it does'],
      all.map((e) => [code(`oclaw ${e.path}`), e.summary]),
    ),
    ...all.map(commandText),
  )
}

/** The command line as data, for programs. */
export function cliData(all: readonly Entry[], version: string): unknown {
  return {
    version,
    flags: globalFields,
    commands: all.map((e) => ({
      path: e.path,
      aliases: e.aliases,
      summary: e.summary,
      args: e.args,
      flags: e.fields(),
      examples: e.examples,
    })),
  }
}
