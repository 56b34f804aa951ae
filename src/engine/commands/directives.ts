// Words inside an ordinary message that set how this one answer is made: `/think high`, `/model x/y`; taken out of it.
import type { SessionSettings } from '../../domain/session.ts'
import { execSettings } from './exec-words.ts'
import { queueModes, queueWords } from './queue-words.ts'
import { thinkingLevel, thinkingWords } from './thinking-words.ts'

/** What a message asks of its own answer. */
export interface Directives {
  readonly text: string
  readonly options: {
    readonly thinking?: string
    readonly verbose?: string
    readonly reasoning?: string
    readonly model?: string
    readonly queueMode?: string
    readonly queueDebounceMs?: number
    readonly queueCap?: number
    readonly queueDrop?: 'old' | 'new' | 'summarize'
    readonly elevated?: string
    /** Where and how its commands run, when an owner says so. */
    readonly exec?: Pick<SessionSettings, 'execHost' | 'execSecurity' | 'execAsk' | 'execNode'>
  }
}

const word = (names: string, value: string) => new RegExp(`(^|\\s)/(?:${names}):?\\s+(${value})(?=\\s|$)`, 'i')

const execWord =
  '(?:host[=:](?:sandbox|gateway|node)|security[=:](?:deny|allowlist|full)|ask[=:](?:off|on-miss|always)|node[=:][\\w.-]+)'

const known = [
  ['thinking', word('think|thinking|t', thinkingWords.join('|'))],
  ['verbose', word('verbose|v', 'on|full|off')],
  ['reasoning', word('reasoning|reason', 'on|off|stream')],
  ['model', word('model', '[\\w.-]+/[\\w./:@-]+')],
  [
    'queue',
    word(
      'queue',
      `(?:${queueModes.join('|')})(?:\\s+(?:debounce:\\d+(?:ms|s|m)?|cap:[1-9]\\d{0,4}|drop:(?:old|new|summarize)))*`,
    ),
  ],
  ['elevated', word('elevated|elev', 'off|on|ask|full')],
  ['exec', word('exec', `${execWord}(?:\\s+${execWord})*`)],
] as const

/** What a directive asks for, by its name and value. */
function asked(name: (typeof known)[number][0], value: string): Directives['options'] {
  if (name === 'model') return { model: value }
  if (name === 'exec') return { exec: execSettings(value) }
  if (name === 'queue') return queueWords(value.toLowerCase())
  if (name === 'thinking') return { thinking: thinkingLevel(value) }
  return { [name]: value.toLowerCase() }
}

const plain = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

/**
 * Takes the directives out of a message; one that is nothing else is a command, and stays as it is. `aliases` are other
 * names of models: `/small` asks for the one called so.
 */
export function directives(text: string, aliases: readonly string[] = []): Directives {
  let rest = text
  let options: Directives['options'] = {}
  for (const [name, pattern] of known)
    rest = rest.replace(pattern, (_, space: string, value: string) => {
      options = { ...options, ...asked(name, value) }
      return space
    })
  if (aliases.length)
    rest = rest.replace(
      new RegExp(`(^|\\s)/(${aliases.map(plain).join('|')})(?=\\s|$)`, 'i'),
      (_, space: string, model: string) => {
        options = { model, ...options }
        return space
      },
    )
  rest = rest.replaceAll(/[ \t]{2,}/g, ' ').trim()
  return rest && Object.keys(options).length ? { text: rest, options } : { text, options: {} }
}

const shortcut = /(^|\s)\/(help|commands|status|whoami|id)(?=\s|$)/i

/** A harmless command inside a message, and the message without it; undefined when there is none, or nothing else. */
export function inlineCommand(text: string): { readonly name: string; readonly rest: string } | undefined {
  const found = shortcut.exec(text)
  const name = found?.[2]?.toLowerCase()
  const rest = text
    .replace(shortcut, '$1')
    .replaceAll(/[ \t]{2,}/g, ' ')
    .trim()
  return name && rest ? { name, rest } : undefined
}
