// Reads what was said while nobody listened: when a session is lost, the gateway tells nothing of the time before.
import { z } from 'zod'
import type { ChannelContext } from '../../define/channel.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { DiscordAccount } from './account.ts'
import { oldForms } from './forms.ts'
import type { Rest } from './api.ts'
import type { Listener, Store, Task } from './hear.ts'
import type { Dispatch } from './link.ts'
import {
  guild,
  idAt,
  member,
  message,
  ready,
  timeOf,
  younger,
  type ChannelPayload,
  type MemberPayload,
  type MessagePayload,
} from './payload.ts'

/** What catching up needs. */
export interface Missing {
  readonly ctx: ChannelContext<DiscordAccount>
  readonly rest: Rest
  readonly listener: Listener
  /** Hands over a message that was read. */
  hand(m: MessagePayload): Promise<Store | undefined>
}

/** Messages read at a time. */
const pageSize = 100

/** How far before the last message we heard to look, in ms; what was heard already is not heard twice. */
const marginMs = 60_000

/** How long the servers of a new session may take to arrive, in ms. */
const arrivalMs = 60_000

/** What is noted of channels is forgotten after so long without a word, in ms. */
const keepMs = 30 * 86_400_000

const gone = (error: unknown) => error instanceof Fault && (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND')

/** Forgets channels in which nothing was said for a month, and forms of old messages. */
export async function forgetOld(ctx: ChannelContext<DiscordAccount>): Promise<void> {
  const since = ctx.clock.now() - keepMs
  const old = ['seen:', 'direct:'].flatMap((prefix) =>
    [...ctx.state.all(prefix)].filter(([, id]) => !/^\d+$/.test(id) || timeOf(id) < since).map(([key]) => key),
  )
  old.push(...oldForms(ctx.state, ctx.clock.now()))
  if (old.length) await ctx.state.write(Object.fromEntries(old.map((key) => [key, undefined])))
}

/** Watches sessions begin; call `heard` with every event before the listener takes it. */
export function catchUp(o: Missing) {
  const { ctx, rest, listener } = o
  let awaited: { readonly guilds: Set<string>; readonly since: number; release(): void } | undefined

  /** A page of what was said in a channel after a message, oldest last; empty when the channel is not ours to read. */
  async function pageAfter(channelId: string, after: string): Promise<MessagePayload[]> {
    const ask = { method: 'GET', path: `/channels/${channelId}/messages`, query: { after, limit: pageSize } } as const
    const got = await rest.ask(z.array(z.unknown()), ask).catch((error: unknown) => {
      if (gone(error)) return []
      throw error
    })
    const read = got.flatMap((one) => message.safeParse(one).data ?? [])
    return read.sort((a, b) => (younger(a.id, b.id) ? -1 : 1))
  }

  const members = new Map<string, Promise<MemberPayload | undefined>>()

  /** What REST leaves out of a message of a server: the server, and the author's roles there. */
  async function whole(m: MessagePayload, guildId: string | undefined): Promise<MessagePayload> {
    if (guildId === undefined || m.webhook_id) return m
    const path = `/guilds/${guildId}/members/${m.author.id}`
    const found =
      members.get(path) ??
      rest.ask(member, { method: 'GET', path }).catch((error: unknown) => {
        if (gone(error)) return undefined
        members.delete(path)
        throw error
      })
    members.set(path, found)
    return { ...m, guild_id: guildId, member: await found }
  }

  /** What is to be stored of a message; one that cannot be had is passed over, so that it blocks nothing. */
  async function handed(m: MessagePayload, guildId: string | undefined): Promise<Store | undefined> {
    try {
      return await o.hand(await whole(m, guildId))
    } catch (error) {
      if (!(error instanceof Fault) || error.retryable || ctx.scope.signal.aborted) throw error
      ctx.log.error('a missed message was passed over', { message: m.id, why: describeError(error) })
      return undefined
    }
  }

  /** Reads a channel page by page and hands over, one after the other, what was missed in it. */
  function task(channelId: string, after: string, guildId?: string): Task {
    let from = after
    let page: MessagePayload[] = []
    let more = true
    const store: Store = async (also) => {
      for (;;) {
        for (let m = page.at(-1); m; m = page.at(-1)) {
          const one = await handed(m, guildId)
          await one?.(also)
          from = m.id
          page.pop()
        }
        if (!more) return
        page = await pageAfter(channelId, from)
        more = page.length === pageSize
      }
    }
    return { lane: channelId, prepare: () => Promise.resolve(store) }
  }

  function begin(data: unknown) {
    const since = awaited?.since ?? (listener.reached?.at ?? 0) - marginMs
    awaited?.release()
    const said = ready.safeParse(data)
    if (!said.success || since <= 0) return
    members.clear()
    const free = listener.hold()
    const arrived = new AbortController()
    const session = {
      guilds: new Set(said.data.guilds.map((g) => g.id)),
      since,
      release() {
        if (awaited === session) awaited = undefined
        arrived.abort(new Error('all servers are there'))
      },
    }
    awaited = session
    for (const [key, id] of ctx.state.all('direct:')) void listener.alongside(task(key.slice('direct:'.length), id))
    // When the account stops before all servers were there, the position stays where it was: they are read next time.
    const stop = AbortSignal.any([ctx.scope.signal, arrived.signal])
    void ctx.clock.sleep(arrivalMs, stop).then(free, () => ctx.scope.signal.aborted || free())
    if (!session.guilds.size) session.release()
  }

  /** Whether something was said in a channel since we last heard of it, and after which message. */
  function missedIn(c: ChannelPayload, since: number): string | undefined {
    const before = ctx.state.get(`seen:${c.id}`) ?? idAt(since)
    return c.last_message_id && younger(c.last_message_id, before) ? before : undefined
  }

  function arrive(data: unknown, gone: boolean) {
    const read = guild.safeParse(data)
    const session = awaited
    // A server that is only unavailable now is still awaited: what was missed in it is read once it is there.
    if (!session || !read.success || (gone && read.data.unavailable)) return
    if (!session.guilds.delete(read.data.id)) return
    for (const c of [...read.data.channels, ...read.data.threads]) {
      const after = missedIn(c, session.since)
      if (after !== undefined) void listener.alongside(task(c.id, after, read.data.id))
    }
    if (!session.guilds.size) session.release()
  }

  return {
    heard(event: Dispatch) {
      try {
        if (event.type === 'READY') begin(event.data)
        else if (event.type === 'GUILD_CREATE' || event.type === 'GUILD_DELETE')
          arrive(event.data, event.type === 'GUILD_DELETE')
      } catch (error) {
        ctx.log.error('what was missed could not be looked up', { why: describeError(error) })
      }
    },
  }
}
