// Words in an answer that say how it is to be sent, and are not part of it.
import { speechMarks } from '../../domain/speech.ts'

/** What an answer says of itself. */
export interface ReplyTags {
  readonly text: string
  /** The message it answers: the one that caused it, or another by its id. */
  readonly replyTo?: 'current' | (string & {})
  /** Whether audio goes as a voice note. */
  readonly voice: boolean
}

const tag = /\[\[\s*(reply_to_current|reply_to:\s*([^\]\s]+)|audio_as_voice)\s*\]\]/gi

/** Takes the tags out of an answer: `[[reply_to_current]]`, `[[reply_to:<id>]]`, `[[audio_as_voice]]`, and those of speech. */
export function replyTags(said: string): ReplyTags {
  const answer = speechMarks(said).text
  let replyTo: string | undefined
  let voice = false
  const text = answer.replace(tag, (_, word: string, id: string | undefined) => {
    if (/^audio/i.test(word)) voice = true
    else replyTo = id ?? 'current'
    return ''
  })
  if (replyTo === undefined && !voice) return { text: answer, voice }
  return { text: text.replaceAll(/[ \t]+\n/g, '\n').trim(), voice, ...(replyTo === undefined ? {} : { replyTo }) }
}
