// The threads we know, newest last, and in which of them we have spoken; kept small, and durable with the messages.
import type { AccountState } from '../../define/channel.ts'

const perChat = 20

interface Known {
  readonly thread: string
  readonly ours: boolean
}

/** Threads by chat. */
export interface Threads {
  known(chat: string, thread: string): boolean
  /** Whether we have spoken there. */
  ours(chat: string, thread: string): boolean
  all(chat: string): readonly string[]
  /** Notes that a thread is alive; answers what has to be stored for it. */
  note(chat: string, thread: string, ours: boolean): Readonly<Record<string, string>>
}

const keyOf = (chat: string) => `threads:${chat}`

const parse = (text: string | undefined): Known[] =>
  (text ?? '')
    .split(',')
    .filter(Boolean)
    .map((one) => ({ thread: one.replace('!', ''), ours: one.endsWith('!') }))

/** The threads an account knows. */
export function threads(state: AccountState): Threads {
  const chats = new Map<string, readonly Known[]>()
  const of = (chat: string): readonly Known[] => {
    const found = chats.get(chat) ?? parse(state.get(keyOf(chat)))
    chats.set(chat, found)
    return found
  }
  const find = (chat: string, thread: string) => of(chat).find((k) => k.thread === thread)
  return {
    known: (chat, thread) => find(chat, thread) !== undefined,
    ours: (chat, thread) => find(chat, thread)?.ours ?? false,
    all: (chat) => of(chat).map((k) => k.thread),
    note(chat, thread, ours) {
      const before = find(chat, thread)
      const now: Known = { thread, ours: ours || (before?.ours ?? false) }
      if (before && before === of(chat).at(-1) && before.ours === now.ours) return {}
      const list = [...of(chat).filter((k) => k.thread !== thread), now].slice(-perChat)
      chats.set(chat, list)
      return { [keyOf(chat)]: list.map((k) => k.thread + (k.ours ? '!' : '')).join(',') }
    },
  }
}
