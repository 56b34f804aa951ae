// The scripts that make a shell ask this program for completions.
import { join } from 'node:path'
import type { Paths } from '../config/paths.ts'

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof shells)[number]

/** Where the script of a shell is kept. */
export const completionPath = ({ stateDir }: Pick<Paths, 'stateDir'>, shell: Shell, name: string): string =>
  join(stateDir, 'completions', `${name}.${shell === 'powershell' ? 'ps1' : shell}`)

/** The script of a shell for a program of this name. */
export function completionScript(shell: Shell, name: string): string {
  const ask = (line: string) => `${name} completion --line ${line} 2>/dev/null`
  if (shell === 'fish') return `complete -c ${name} -f -a '(${ask('(commandline -cp | string collect)')})'\n`
  if (shell === 'powershell')
    return [
      `Register-ArgumentCompleter -Native -CommandName ${name} -ScriptBlock {`,
      '  param($wordToComplete, $commandAst, $cursorPosition)',
      '  $end = $cursorPosition - $commandAst.Extent.StartOffset',
      '  $line = $commandAst.ToString().PadRight($end).Substring(0, $end)',
      `  & ${name} completion "--line=$line" 2>$null | ForEach-Object {`,
      '    $word, $about = $_ -split "`t", 2',
      '    if (-not $about) { $about = $word }',
      "    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)",
      '  }',
      '}',
      '',
    ].join('\n')
  if (shell === 'zsh')
    return [
      `#compdef ${name}`,
      `_${name}() {`,
      '  local -a words_found',
      `  words_found=("\${(@f)$(${ask('"$BUFFER"')} | sed 's/:/\\\\:/g; s/\\t/:/')}")`,
      `  _describe '${name}' words_found`,
      '}',
      `compdef _${name} ${name}`,
      '',
    ].join('\n')
  return [
    `_${name}() {`,
    '  local IFS=$\'\\n\' line="${COMP_LINE:0:COMP_POINT}" cur="${COMP_WORDS[COMP_CWORD]}"',
    `  COMPREPLY=($(compgen -W "$(${ask('"$line"')} | cut -f1)" -- "$cur"))`,
    '}',
    `complete -o default -F _${name} ${name}`,
    '',
  ].join('\n')
}
