// Threads we make: a mention is answered in a thread of its own where the config says so.
import { z } from 'zod'
import type { Address } from '../../domain/address.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { ChannelEntry, DiscordAccount } from './account.ts'
import type { Rest } from './api.ts'
import type { Me, Where } from './inbound.ts'
import { idInPath } from './payload.ts'
import { channelEntry, guildEntry } from './rules.ts'

/** Minutes without a word after which a thread is put away. */
const archiveMinutes = 1440

/** A thread's name holds at most 100 characters. */
const nameLength = 100

/** What the config says of the channel a message is in. */
export function entryFor(
  a: DiscordAccount,
  m: Pick<InboundMessage, 'to' | 'title' | 'space'>,
): ChannelEntry | undefined {
  const guild = guildEntry(a, m.space)
  return guild && channelEntry(guild, m)
}

/**
 * A message as the config wants threads: one for us goes to the thread that will be made of it, which has its id; what is
 * said in a thread we made is for us without a mention.
 */
export function inOwnThread(m: InboundMessage, where: Where, me: Me, entry: ChannelEntry | undefined): InboundMessage {
  if (entry?.autoThread !== true) return m
  if (where.thread !== undefined) return where.owner === me.id ? { ...m, addressed: true } : m
  const asked = m.addressed || entry.requireMention === false
  return where.threads === true && asked ? { ...m, to: { ...m.to, thread: m.id } } : m
}

const threadName = (text: string): string =>
  text.replace(/\s+/g, ' ').trim().slice(0, nameLength).trim() || 'Conversation'

/** Makes the thread of a message; that it is there already is no error. Throws a Fault when it may not be made. */
export async function makeThread(rest: Rest, to: Address, text: string): Promise<void> {
  await rest.ask(z.unknown(), {
    method: 'POST',
    path: `/channels/${idInPath(to.chat)}/messages/${idInPath(to.thread ?? '')}/threads`,
    body: { name: threadName(text), auto_archive_duration: archiveMinutes },
  })
}
