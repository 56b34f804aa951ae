// Where something is said: a chat on an account of a channel.

/** A place on a platform. `thread` is a forum topic or a thread inside the chat. */
export interface Address {
  readonly channel: string
  readonly account: string
  readonly chat: string
  readonly thread?: string
}

/** One text per chat and thread, for keys of maps and lanes. */
export const addressKey = (a: Address): string => [a.channel, a.account, a.chat, a.thread ?? ''].join('\u0001')
