// Words inside an ordinary message that set how this one answer is made: `/think high`, `/model x/y`; taken out of it.
import { thinkingLevels } from '../define/provider.ts'
import { queueModes, queueWords } from './queue-words.ts'

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
  }
}

const word = (names: string, value: string) => new RegExp(`(^|\\s)/(?:${names}):?\\s+(${value})(?=\\s|$)`, 'i')

const known = [
  ['thinking', word('think|thinking|t', thinkingLevels.join('|'))],
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
] as const

/** Takes the directives out of a message; one that is nothing else is a command, and stays as it is. */
export function directives(text: string): Directives {
  let rest = text
  let options: Directives['options'] = {}
  for (const [name, pattern] of known)
    rest = rest.replace(pattern, (_, space: string, value: string) => {
      const said = name === 'model' ? value : value.toLowerCase()
      options = { ...options, ...(name === 'queue' ? queueWords(said) : { [name]: said }) }
      return space
    })
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
