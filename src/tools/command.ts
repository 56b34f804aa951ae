// Reads a command line: as plain words when it is nothing more, else as text only a shell understands.

/** Words a shell treats as its own, which are no programs or mean something else as one. */
const builtins =
  /^(\.|:|alias|bg|break|case|cd|command|continue|declare|do|done|elif|else|esac|eval|exec|exit|export|fg|fi|for|function|hash|if|jobs|local|popd|pushd|read|readonly|return|select|set|shift|source|then|time|times|trap|type|typeset|ulimit|umask|unalias|unset|until|wait|while)$/

const plain = /^[A-Za-z0-9_\-./:@%+,=]+/
const quoted = /^'([^'\n]*)'|^"([^"\\$`!\n]*)"/

/** The words of a command without any shell syntax in it; undefined when only a shell can run it. */
export function plainWords(command: string): string[] | undefined {
  const words: string[] = []
  let rest = command.trim()
  while (rest) {
    let word = ''
    let open = true
    while (open) {
      const bare = plain.exec(rest)
      const quote = bare ? null : quoted.exec(rest)
      word += bare ? bare[0] : quote ? (quote[1] ?? quote[2] ?? '') : ''
      const taken = (bare ?? quote)?.[0].length ?? 0
      rest = rest.slice(taken)
      open = taken > 0
    }
    if (rest && !/^[ \t]/.test(rest)) return undefined
    rest = rest.replace(/^[ \t]+/, '')
    words.push(word)
  }
  const [first] = words
  return !first || first.includes('=') || builtins.test(first) ? undefined : words
}
