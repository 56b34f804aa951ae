// The words after `/exec`: where and how commands run.
import { Fault } from '../../lib/fault.ts'

/** What `/exec` may set: the words of each, and the setting of the session it becomes. */
export const execWords = {
  host: { field: 'execHost', allowed: ['sandbox', 'gateway', 'node'] },
  security: { field: 'execSecurity', allowed: ['deny', 'allowlist', 'full'] },
  ask: { field: 'execAsk', allowed: ['off', 'on-miss', 'always'] },
  node: { field: 'execNode', allowed: undefined },
} as const

export type ExecWord = keyof typeof execWords

/** The settings that `/exec host=… ask=…` names. Throws INVALID_REQUEST for a word it does not know. */
export function execSettings(args: string): Record<string, string | null> {
  const out: Record<string, string | null> = {}
  for (const word of args.split(/\s+/).filter(Boolean)) {
    const [, name = '', value = ''] = /^(\w+)[=:](.+)$/.exec(word) ?? []
    if (!Object.hasOwn(execWords, name))
      throw new Fault('INVALID_REQUEST', `"${word}" is no setting; use host= security= ask= node=, or default`)
    const { field, allowed } = execWords[name as ExecWord]
    const wish = allowed ? value.toLowerCase() : value
    if (wish !== 'default' && allowed && !(allowed as readonly string[]).includes(wish))
      throw new Fault('INVALID_REQUEST', `invalid ${name} (use ${allowed.join(', ')})`)
    out[field] = wish === 'default' ? null : wish
  }
  return out
}
