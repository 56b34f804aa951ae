// Completion for shells: a small script that asks this program, so that it always knows what this program knows.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { saveText } from '../../os/files.ts'
import { type Command, defineCommand, type CliContext } from '../context.ts'
import { completionPath, completionScript, shells, type Shell } from '../complete.ts'

/** The shell in use: on Windows, where nothing names one, PowerShell. */
const shellOf = (ctx: CliContext): Shell =>
  shells.find((s) => ctx.env['SHELL']?.endsWith(s)) ?? (ctx.env['PSModulePath'] ? 'powershell' : 'bash')

/** The file a shell reads when it starts. */
const profileOf = (shell: Shell, home: string): string =>
  shell === 'powershell'
    ? process.platform === 'win32'
      ? join(home, 'Documents', 'PowerShell', 'Microsoft.PowerShell_profile.ps1')
      : join(home, '.config', 'powershell', 'Microsoft.PowerShell_profile.ps1')
    : join(home, shell === 'zsh' ? '.zshrc' : '.bashrc')

const completionCommand = defineCommand({
  path: 'completion',
  summary: 'Prints or installs what makes a shell complete commands and flags.',
  short: { shell: 's', install: 'i', yes: 'y' },
  flags: z.strictObject({
    shell: z.enum(shells).optional().describe('the shell; the one in use when left out'),
    install: z.boolean().default(false).describe('write it where the shell finds it'),
    writeState: z.boolean().default(false).describe('only write it into the state folder'),
    yes: z.boolean().default(false).describe('do not ask'),
    line: z.string().optional().describe('for the scripts: the words typed so far'),
  }),
  examples: ['completion --shell zsh', 'completion --install --yes'],
  async run(p, { ctx, paths, typed }) {
    if (p.line !== undefined) {
      const { completions } = await import('../complete-line.ts')
      ctx.stdout(
        completions(await typed(), p.line)
          .map((c) => `${c.word}\t${c.about}\n`)
          .join(''),
      )
      return 0
    }
    const shell = p.shell ?? shellOf(ctx)
    const script = completionScript(shell, ctx.name)
    if (!p.install && !p.writeState) {
      ctx.stdout(script)
      return 0
    }
    const kept = completionPath(paths, shell, ctx.name)
    await saveText(kept, script)
    if (!p.install) {
      ctx.stdout(`Wrote ${kept}\n`)
      return 0
    }
    if (shell === 'fish') {
      const path = join(paths.home, '.config', 'fish', 'completions', `${ctx.name}.fish`)
      await saveText(path, script)
      ctx.stdout(`Wrote ${path}\n`)
      return 0
    }
    const profile = profileOf(shell, paths.home)
    const line =
      shell === 'powershell'
        ? `if (Test-Path '${kept}') { . '${kept}' } # completion of ${ctx.name}`
        : `[ -f '${kept}' ] && source '${kept}' # completion of ${ctx.name}`
    mkdirSync(dirname(profile), { recursive: true })
    const before = existsSync(profile) ? readFileSync(profile, 'utf8') : ''
    if (!before.includes(line)) appendFileSync(profile, `${before && !before.endsWith('\n') ? '\n' : ''}${line}\n`)
    ctx.stdout(`Completion is in ${profile}; it counts in the next shell.\n`)
    return 0
  },
})

export const commands: readonly Command[] = [completionCommand]
