// Who people and chats are: asked of Slack once, remembered for a while.
import { z } from 'zod'
import type { Person } from '../../domain/message.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Web } from './api.ts'
import { slackError } from './faults.ts'
import type { Chat, Kind } from './inbound.ts'

const userTtlMs = 3_600_000
const chatTtlMs = 600_000
/** How long it is remembered that something could not be looked up. */
const failedTtlMs = 60_000
const maxKnown = 5000
const maxPages = 25

const optional = () => z.string().optional().catch(undefined)

const slackUser = z.looseObject({
  id: z.string(),
  name: optional(),
  real_name: optional(),
  deleted: z.boolean().optional().catch(undefined),
  is_bot: z.boolean().optional().catch(undefined),
  profile: z.looseObject({ display_name: optional(), real_name: optional() }).optional().catch(undefined),
})

const slackChat = z.looseObject({
  id: z.string(),
  name: optional(),
  is_im: z.boolean().optional().catch(undefined),
  is_mpim: z.boolean().optional().catch(undefined),
})

/** A chat of a list, with its id. */
export interface ListedChat extends Chat {
  readonly id: string
}

/** People and chats. */
export interface Directory {
  /** What is known by now, without asking. */
  readonly known: { user(id: string): Person | undefined; chat(id: string): Chat | undefined }
  /** Asks for those that are not known. Never throws: without an answer they stay unknown for a minute. */
  learn(ids: { readonly users: readonly string[]; readonly chats: readonly string[] }): Promise<void>
  /** The id of the conversation a target means: opens direct chats, finds names. Throws NOT_FOUND for none. */
  conversation(chat: string, signal?: AbortSignal): Promise<string>
  /** The chats the bot is in. */
  joined(signal: AbortSignal): Promise<readonly ListedChat[]>
  people(signal?: AbortSignal): Promise<readonly Person[]>
  channels(signal?: AbortSignal): Promise<readonly ListedChat[]>
  /** Forgets a chat, since it has a new name. */
  forget(chat: string): void
}

/** A person as Slack knows them. */
function toPerson(u: z.output<typeof slackUser>): Person {
  const name = u.profile?.display_name || u.profile?.real_name || u.real_name || u.name
  return { id: u.id, ...(name ? { name } : {}), ...(u.name ? { handle: u.name } : {}) }
}

function toChat(c: z.output<typeof slackChat>): ListedChat {
  const kind: Kind = c.is_im ? 'direct' : c.is_mpim ? 'group' : 'channel'
  return { id: c.id, kind, ...(c.name && kind !== 'direct' ? { name: c.name } : {}) }
}

/** Values that are forgotten after their time, the oldest first when there are too many. */
function memory<T>(clock: Clock) {
  const all = new Map<string, { readonly value: T | undefined; readonly until: number }>()
  return {
    get(id: string): T | undefined {
      return all.get(id)?.value
    },
    fresh: (id: string) => (all.get(id)?.until ?? 0) > clock.now(),
    set(id: string, value: T | undefined, ttlMs: number) {
      // What is known from before is better than nothing.
      const kept = value ?? all.get(id)?.value
      all.delete(id)
      all.set(id, { value: kept, until: clock.now() + ttlMs })
      const oldest = all.size > maxKnown ? all.keys().next().value : undefined
      if (oldest !== undefined) all.delete(oldest)
    },
    forget: (id: string) => void all.delete(id),
  }
}

/** Goes through the pages of a list. */
async function pages<T extends z.ZodType>(
  item: T,
  next: (cursor: string) => Promise<{ list: unknown; response_metadata?: { next_cursor?: string } }>,
): Promise<z.output<T>[]> {
  const found: z.output<T>[] = []
  let cursor = ''
  for (let page = 0; page < maxPages; page++) {
    const answer = await next(cursor)
    const list: unknown[] = Array.isArray(answer.list) ? answer.list : []
    for (const one of list) {
      const parsed = item.safeParse(one)
      if (parsed.success) found.push(parsed.data)
    }
    cursor = answer.response_metadata?.next_cursor ?? ''
    if (!cursor) break
  }
  return found
}

/** The directory of one account. */
export function directory(web: Web, clock: Clock, log: Log, end: AbortSignal): Directory {
  const users = memory<Person>(clock)
  const chats = memory<Chat>(clock)
  const opened = new Map<string, string>()
  const peopleLists = memory<readonly Person[]>(clock)
  const channelLists = memory<readonly ListedChat[]>(clock)

  const unknown = (what: string, id: string, error: unknown) =>
    log.debug('somebody or something could not be looked up', { what, id, why: slackError(error) ?? String(error) })

  async function learnUser(id: string) {
    if (users.fresh(id)) return
    try {
      const { user } = await web.call('users.info', (w) => w.users.info({ user: id }), { signal: end, ms: 10_000 })
      const parsed = slackUser.safeParse(user)
      users.set(id, parsed.success ? toPerson(parsed.data) : undefined, userTtlMs)
    } catch (error) {
      unknown('user', id, error)
      users.set(id, undefined, failedTtlMs)
    }
  }

  async function learnChat(id: string) {
    if (chats.fresh(id)) return
    try {
      const { channel } = await web.call('conversations.info', (w) => w.conversations.info({ channel: id }), {
        signal: end,
        ms: 10_000,
      })
      const parsed = slackChat.safeParse(channel)
      chats.set(id, parsed.success ? toChat(parsed.data) : undefined, chatTtlMs)
    } catch (error) {
      unknown('chat', id, error)
      chats.set(id, undefined, failedTtlMs)
    }
  }

  async function people(signal = end): Promise<readonly Person[]> {
    const known = peopleLists.fresh('all') ? peopleLists.get('all') : undefined
    if (known) return known
    const all = await pages(slackUser, async (cursor) => {
      const { members: list, response_metadata } = await web.call(
        'users.list',
        (w) => w.users.list({ limit: 200, ...(cursor ? { cursor } : {}) }),
        { signal },
      )
      return { list, ...(response_metadata ? { response_metadata } : {}) }
    })
    const list = all.filter((u) => !u.deleted).map(toPerson)
    for (const one of list) users.set(one.id, one, userTtlMs)
    peopleLists.set('all', list, chatTtlMs)
    return list
  }

  async function channels(signal = end): Promise<readonly ListedChat[]> {
    const known = channelLists.fresh('all') ? channelLists.get('all') : undefined
    if (known) return known
    const all = await pages(slackChat, async (cursor) => {
      const args = { types: 'public_channel,private_channel', exclude_archived: true, limit: 200 }
      const { channels: list, response_metadata } = await web.call(
        'conversations.list',
        (w) => w.conversations.list({ ...args, ...(cursor ? { cursor } : {}) }),
        { signal },
      )
      return { list, ...(response_metadata ? { response_metadata } : {}) }
    })
    const list = all.map(toChat)
    for (const one of list) chats.set(one.id, one, chatTtlMs)
    channelLists.set('all', list, chatTtlMs)
    return list
  }

  async function open(user: string, signal: AbortSignal): Promise<string> {
    const known = opened.get(user)
    if (known) return known
    const { channel } = await web.call('conversations.open', (w) => w.conversations.open({ users: user }), { signal })
    if (!channel?.id) throw new Fault('NOT_FOUND', `Slack opens no direct chat with ${user}`)
    opened.set(user, channel.id)
    return channel.id
  }

  async function named(chat: string, signal: AbortSignal): Promise<string> {
    const name = chat.slice(1).toLowerCase()
    if (chat.startsWith('#')) {
      const found = (await channels(signal)).find((c) => c.name?.toLowerCase() === name)
      if (found) return found.id
      throw new Fault('NOT_FOUND', `there is no channel ${chat} that the bot can see; name it by its id, channel:C…`)
    }
    const found = (await people(signal)).filter((p) => p.handle?.toLowerCase() === name)
    if (found[0]) return open(found[0].id, signal)
    throw new Fault('NOT_FOUND', `nobody in the workspace is called ${chat}; name them by their id, user:U…`)
  }

  return {
    known: { user: (id) => users.get(id), chat: (id) => chats.get(id) },
    async learn(ids) {
      await Promise.all([...ids.users.map(learnUser), ...ids.chats.map(learnChat)])
    },
    async conversation(chat, signal = end) {
      if (/^[UW][A-Z0-9]+$/.test(chat)) return open(chat, signal)
      return /^[#@]/.test(chat) ? named(chat, signal) : chat
    },
    async joined(signal) {
      const list: ListedChat[] = []
      // One kind at a time: Slack refuses all of them when the scope of one is missing.
      for (const types of ['im', 'mpim', 'public_channel', 'private_channel'])
        try {
          const found = await pages(slackChat, async (cursor) => {
            const args = { types, exclude_archived: true, limit: 200, ...(cursor ? { cursor } : {}) }
            const { channels: chunk, response_metadata } = await web.call(
              'users.conversations',
              (w) => w.users.conversations(args),
              { signal },
            )
            return { list: chunk, ...(response_metadata ? { response_metadata } : {}) }
          })
          list.push(...found.map(toChat))
        } catch (error) {
          if (!(error instanceof Fault) || error.code !== 'FORBIDDEN') throw error
          unknown('chats', types, error)
        }
      for (const one of list) chats.set(one.id, one, chatTtlMs)
      return list
    },
    people,
    channels,
    forget: (chat) => {
      chats.forget(chat)
      channelLists.forget('all')
    },
  }
}
