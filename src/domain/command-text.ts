// A command as a person reads it, and back: one text for one list of words, so that what is allowed is what is run.

/** A word as it is shown: bare when nothing in it could mislead, else in double quotes. */
function shown(word: string, first = false): string {
  if (/^[^\s"\\]+$/.test(word) && !(first && word.includes('='))) return word // a program is no variable
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** The text of a command and the variables it is given; no two commands have the same. */
export const commandText = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): string =>
  [...Object.entries(env).map(([k, v]) => `${k}=${shown(v)}`), ...argv.map((w, i) => shown(w, i === 0))].join(' ')

/** The script of a command that is a shell with one; undefined for any other. */
export const scriptOf = ([program = '', flag = '', script, ...more]: readonly string[]): string | undefined =>
  /(^|\/)(sh|bash|dash|zsh)$/.test(program) && /^-l?c$/.test(flag) && !more.length ? script : undefined

/** Whether a text that a person allowed stands for exactly this command. */
export const standsFor = (text: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): boolean =>
  text === commandText(argv, env) || (!Object.keys(env).length && text === scriptOf(argv))
