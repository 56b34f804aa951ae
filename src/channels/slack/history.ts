// What is in a chat already: read from Slack a page at a time, for what was missed and for people who ask.
import type { Web } from './api.ts'
import type { TokenKind } from './faults.ts'
import { slackMessage, type SlackMessage } from './payload.ts'

/** Pages read at most for one chat or thread; Slack gives as many messages as it likes up to the limit. */
const maxPages = 10
const pageSize = 200

/** Which messages; times are Slack's `ts`, both ends excluded. */
export interface Span {
  readonly chat: string
  readonly thread?: string
  readonly oldest?: string
  readonly latest?: string
  readonly inclusive?: boolean
  /** How many of the newest at least, when there are; all of them without it. Threads are always read whole. */
  readonly limit?: number
}

/** Whether a message is inside the span: with the answers in a thread Slack always gives what began it. */
const inside = (ts: string, { oldest, latest, inclusive }: Span) =>
  (oldest === undefined || ts > oldest || (inclusive === true && ts === oldest)) &&
  (latest === undefined || ts < latest || (inclusive === true && ts === latest))

/** The messages of a list, what is none left out. */
export const toMessages = (list: readonly unknown[] | undefined): SlackMessage[] =>
  (list ?? []).flatMap((one): SlackMessage[] => {
    const parsed = slackMessage.safeParse(one)
    return parsed.success ? [parsed.data] : []
  })

/** Messages of a chat or thread, oldest first, and whether there were more than could be read. */
export async function readSpan(
  web: Web,
  span: Span,
  signal: AbortSignal,
  as: TokenKind = 'bot',
): Promise<{ readonly messages: readonly SlackMessage[]; readonly cut: boolean }> {
  const found = new Map<string, SlackMessage>()
  const { chat: channel, thread, limit: most, ...ends } = span
  const limit = thread === undefined ? most : undefined
  let cursor = ''
  for (let page = 0; page < maxPages; page++) {
    const args = { channel, ...ends, limit: Math.min(pageSize, limit ?? pageSize), ...(cursor ? { cursor } : {}) }
    const answer = thread
      ? await web.call('conversations.replies', (w) => w.conversations.replies({ ...args, ts: thread }), { as, signal })
      : await web.call('conversations.history', (w) => w.conversations.history(args), { as, signal })
    for (const m of toMessages(answer.messages)) if (m.ts && inside(m.ts, span)) found.set(m.ts, m)
    cursor = answer.response_metadata?.next_cursor ?? ''
    if (!answer.has_more || !cursor || (limit !== undefined && found.size >= limit)) break
  }
  const messages = [...found.values()].sort((a, b) => ((a.ts ?? '') < (b.ts ?? '') ? -1 : 1))
  return { messages, cut: limit === undefined && cursor !== '' }
}

/** Everything said in a chat after `oldest`, in the threads it began and those named too, oldest first. */
export async function readSince(
  web: Web,
  chat: string,
  oldest: string,
  known: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly messages: readonly SlackMessage[]; readonly cut: boolean }> {
  const { messages, cut } = await readSpan(web, { chat, oldest }, signal)
  const grown = messages.filter((m) => m.reply_count && (m.latest_reply ?? '') > oldest).map((m) => m.ts ?? '')
  const all = new Map(messages.map((m) => [m.ts ?? '', m]))
  let short = cut
  for (const thread of new Set([...known, ...grown])) {
    const replies = await readSpan(web, { chat, thread, oldest }, signal)
    short ||= replies.cut
    for (const m of replies.messages) all.set(m.ts ?? '', m)
  }
  const sorted = [...all.values()].sort((a, b) => ((a.ts ?? '') < (b.ts ?? '') ? -1 : 1))
  return { messages: sorted, cut: short }
}
