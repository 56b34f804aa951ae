// What an installed definition of a service gives its program: the variables, read back from what this program writes.

const plain = (text: string) => text.replaceAll('%%', '%').replaceAll('\\"', '"').replaceAll('\\\\', '\\')
const markup = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** The variables of a unit, a property list or a task script, by name; those of the system are not in it. */
export function environmentOf(text: string): Record<string, string> {
  if (text.includes('<plist'))
    return Object.fromEntries(
      [...text.matchAll(/<key>([A-Z_]+)<\/key>\s*<string>(.*?)<\/string>/g)].map(([, k = '', v = '']) => [
        k,
        markup(v),
      ]),
    )
  const line = /^(?:Environment=|set )(?:"((?:[^"\\]|\\.)*)"|(\S+))\s*$/gm
  return Object.fromEntries(
    [...text.matchAll(line)].map(([, quoted, bare]) => {
      const said = plain(quoted ?? bare ?? '')
      const at = said.indexOf('=')
      return [said.slice(0, at), said.slice(at + 1)]
    }),
  )
}
