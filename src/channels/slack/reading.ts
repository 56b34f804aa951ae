// Looking things up for people and the agent: messages, pins, reactions, people and channels by name.
import { z } from 'zod'
import type { Connection, Found, PastMessage, ReadQuery } from '../../define/channel.ts'
import type { Address } from '../../domain/address.ts'
import { Fault } from '../../lib/fault.ts'
import type { Web } from './api.ts'
import type { Directory } from './directory.ts'
import { emojiName, emojiOf } from './emoji.ts'
import { slackError } from './faults.ts'
import { readSpan, toMessages, type Span } from './history.ts'
import { authorOf, textOf, toMs, unknownsOf, asEvent, type Look, type Me } from './inbound.ts'
import { slackMessage, type SlackMessage } from './payload.ts'

const pinned = z.looseObject({ message: z.unknown().optional() })

/** What looking up works with. */
export interface Lookup {
  readonly web: Web
  readonly me: Me
  readonly directory: Directory
  readonly look: Look
  readonly signal: AbortSignal
}

/** A message as the contract has it. */
export function toPast(m: SlackMessage, look: Look): PastMessage {
  const ts = m.ts ?? '0'
  const media = m.files?.length ?? 0
  const reply = m.thread_ts !== undefined && m.thread_ts !== ts ? { replyTo: m.thread_ts } : {}
  return {
    id: ts,
    at: toMs(ts),
    from: authorOf(m, look),
    text: textOf(m, look),
    ...(media ? { media } : {}),
    ...reply,
    ...(m.thread_ts === undefined ? {} : { thread: m.thread_ts }),
  }
}

/** Messages with the names of those in them looked up. */
async function shown(l: Lookup, messages: readonly SlackMessage[], chat: string): Promise<readonly PastMessage[]> {
  const unknown = messages.map((m) => unknownsOf(asEvent(m, chat, undefined)))
  const users = [...new Set(unknown.flatMap((u) => u.users))]
  await l.directory.learn({ users, chats: [...new Set(unknown.flatMap((u) => u.chats))] })
  return messages.map((m) => toPast(m, l.look))
}

/** Reads as the bot, or with the user token where the bot is not. */
async function readAnyhow(web: Web, span: Span, signal: AbortSignal) {
  try {
    return await readSpan(web, span, signal)
  } catch (error) {
    if (!web.hasUser || !(error instanceof Fault) || !['NOT_FOUND', 'FORBIDDEN'].includes(error.code)) throw error
    return readSpan(web, span, signal, 'user')
  }
}

/** Reads messages; see `Connection.read`. */
async function read(l: Lookup, at: Address, q: ReadQuery, signal: AbortSignal): Promise<readonly PastMessage[]> {
  const chat = await l.directory.conversation(at.chat, signal)
  const place = { chat, ...(at.thread === undefined ? {} : { thread: at.thread }) }
  const get = async (span: Omit<Span, 'chat' | 'thread'>) =>
    (await readAnyhow(l.web, { ...place, ...span }, signal)).messages
  const { limit, before, after, around } = q
  if (around !== undefined) {
    const half = Math.max(1, Math.ceil(limit / 2))
    const older = await get({ latest: around, inclusive: true, limit: half })
    const newer = (await get({ oldest: around })).slice(0, limit - Math.min(half, older.length))
    return shown(l, [...older.slice(-half), ...newer], chat)
  }
  const ends = {
    ...(before === undefined ? {} : { latest: before }),
    ...(after === undefined ? {} : { oldest: after }),
  }
  // Slack gives the newest first: to have those right after a message, all since have to be read.
  const found = await get(after === undefined ? { ...ends, limit } : ends)
  return shown(l, after === undefined ? found.slice(-limit) : found.slice(0, limit), chat)
}

const fits = (text: string, names: readonly (string | undefined)[]) => {
  const wanted = text.replace(/^[#@]/, '').toLowerCase()
  return !wanted || names.some((name) => name?.toLowerCase().includes(wanted))
}

async function find(l: Lookup, text: string, kind: 'user' | 'group', limit: number): Promise<readonly Found[]> {
  if (kind === 'user')
    return (await l.directory.people())
      .filter((p) => fits(text, [p.id, p.name, p.handle]))
      .slice(0, limit)
      .map((p) => ({ kind, ...p, target: `user:${p.id}` }))
  return (await l.directory.channels())
    .filter((c) => fits(text, [c.id, c.name]))
    .slice(0, limit)
    .map((c) => ({ kind, id: c.id, ...(c.name ? { name: c.name } : {}), target: `channel:${c.id}` }))
}

/** The reactions of a message as Slack has them. */
async function reactionsOf(l: Lookup, channel: string, timestamp: string) {
  const args = { channel, timestamp, full: true }
  const answer = await l.web.call('reactions.get', (w) => w.reactions.get(args), { signal: l.signal })
  return slackMessage.safeParse(answer.message).data?.reactions ?? []
}

/** Takes our reactions back, those of others stay. */
async function takeBack(l: Lookup, channel: string, timestamp: string) {
  for (const one of await reactionsOf(l, channel, timestamp)) {
    if (!one.users.includes(l.me.user)) continue
    const args = { channel, timestamp, name: one.name }
    await quietly(
      'no_reaction',
      l.web.call('reactions.remove', (w) => w.reactions.remove(args), { signal: l.signal }),
    )
  }
}

/** Awaits a call; that all was so already is no error. */
async function quietly(word: string, call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (slackError(error) !== word) throw error
  }
}

/** What may be looked up and done to messages, as far as the account's `actions` allow it to the agent. */
export function lookups(
  l: Lookup,
  allowed: { readonly reactions: boolean; readonly messages: boolean; readonly pins: boolean },
): Pick<Connection, 'read' | 'find' | 'members' | 'react' | 'reactions' | 'pin' | 'pins'> {
  const { signal } = l
  return {
    find: (text, kind, limit) => find(l, text, kind, limit),
    async members(at, limit, end) {
      const channel = await l.directory.conversation(at.chat, end)
      const args = { channel, limit }
      const { members = [] } = await l.web.call('conversations.members', (w) => w.conversations.members(args), {
        signal: end,
      })
      const users = members.slice(0, limit)
      await l.directory.learn({ users, chats: [] })
      return users.map((id) => l.directory.known.user(id) ?? { id })
    },
    async react(at, timestamp, emoji) {
      const channel = await l.directory.conversation(at.chat)
      if (!emoji) return takeBack(l, channel, timestamp)
      const args = { channel, timestamp, name: emojiName(emoji) }
      await quietly(
        'already_reacted',
        l.web.call('reactions.add', (w) => w.reactions.add(args), { signal }),
      )
    },
    ...(allowed.messages ? { read: (at, query, end) => read(l, at, query, end) } : {}),
    ...(allowed.reactions
      ? {
          async reactions(at, id) {
            const found = await reactionsOf(l, await l.directory.conversation(at.chat), id)
            return found.map((r) => ({ emoji: emojiOf(r.name), count: r.count, users: r.users }))
          },
        }
      : {}),
    ...(allowed.pins
      ? {
          async pin(at, timestamp, on) {
            const args = { channel: await l.directory.conversation(at.chat), timestamp }
            if (on)
              await quietly(
                'already_pinned',
                l.web.call('pins.add', (w) => w.pins.add(args), { signal }),
              )
            else
              await quietly(
                'no_pin',
                l.web.call('pins.remove', (w) => w.pins.remove(args), { signal }),
              )
          },
          async pins(at) {
            const channel = await l.directory.conversation(at.chat)
            const answer = await l.web.call('pins.list', (w) => w.pins.list({ channel }), { signal })
            const items: unknown[] = answer.items ?? []
            const messages = items.flatMap((item) => pinned.safeParse(item).data?.message ?? [])
            return shown(l, toMessages(messages), channel)
          },
        }
      : {}),
  }
}
