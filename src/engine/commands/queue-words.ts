// The words after `/queue`: a mode, and how long, how many and what is dropped.
import { Fault } from '../../lib/fault.ts'
import type { SessionSettings } from '../../domain/session.ts'
import type { QueueMode, QueueRule } from '../settings.ts'

/** What a person set of a session's queue. */
export type QueueWish = Pick<SessionSettings, 'queueMode' | 'queueDebounceMs' | 'queueCap' | 'queueDrop'>

export const queueModes = ['collect', 'followup', 'steer', 'steer-backlog', 'interrupt'] as const

/** The older words for modes. */
const older: Readonly<Record<string, QueueMode>> = {
  queue: 'steer',
  'steer+backlog': 'steer-backlog',
}

const unit = { ms: 1, s: 1000, m: 60_000 } as const
const drops = ['old', 'new', 'summarize'] as const

function span(text: string): number {
  const m = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text)
  if (!m) throw new Fault('INVALID_REQUEST', `debounce:${text} is no span; write it as debounce:500ms or debounce:2s`)
  return Math.round(Number(m[1]) * unit[(m[2] ?? 'ms') as keyof typeof unit])
}

/** Reads `<mode> debounce:2s cap:25 drop:summarize`, in any order. Throws INVALID_REQUEST that names the word that is wrong. */
export function queueWords(text: string): QueueWish {
  let wish: QueueWish = {}
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const [, name, value = ''] = /^(debounce|cap|drop):(.*)$/.exec(word) ?? []
    if (name === 'debounce') wish = { ...wish, queueDebounceMs: span(value) }
    else if (name === 'cap') {
      if (!/^[1-9]\d{0,4}$/.test(value))
        throw new Fault('INVALID_REQUEST', `cap:${value} is no number of messages; write it as cap:25`)
      wish = { ...wish, queueCap: Number(value) }
    } else if (name === 'drop') {
      const drop = drops.find((d) => d === value)
      if (!drop) throw new Fault('INVALID_REQUEST', `invalid drop (use drop:${drops.join('|')})`)
      wish = { ...wish, queueDrop: drop }
    } else {
      const queueMode = queueModes.find((m) => m === word) ?? older[word]
      if (!queueMode)
        throw new Fault(
          'INVALID_REQUEST',
          `invalid queueMode "${word}" (use ${queueModes.join('|')}, then debounce:2s, cap:25, drop:old|new|summarize)`,
        )
      wish = { ...wish, queueMode }
    }
  }
  return wish
}

/** The rule of a queue with what people set of it laid over; what a message says counts more than its session. */
export const queueRule = (usual: QueueRule, session: QueueWish, message: QueueWish = {}): QueueRule => ({
  mode: (message.queueMode ?? session.queueMode ?? usual.mode) as QueueMode,
  debounceMs: message.queueDebounceMs ?? session.queueDebounceMs ?? usual.debounceMs,
  cap: message.queueCap ?? session.queueCap ?? usual.cap,
  drop: message.queueDrop ?? session.queueDrop ?? usual.drop,
})

/** A rule in one line. */
export const queueLine = ({ mode, debounceMs, cap, drop }: QueueRule): string =>
  `${mode} debounce:${debounceMs}ms cap:${cap} drop:${drop}`
