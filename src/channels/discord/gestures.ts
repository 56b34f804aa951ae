// The small things: reactions, pins, reading back, finding people and channels, "is typing".
import { z } from 'zod'
import type { Connection, Found, PastMessage, ReadQuery } from '../../define/channel.ts'
import type { Address } from '../../domain/address.ts'
import { Fault } from '../../lib/fault.ts'
import type { DiscordAccount } from './account.ts'
import { allows } from './account.ts'
import type { Rest } from './api.ts'
import { emojiText, personOf } from './inbound.ts'
import type { Known } from './known.ts'
import {
  channelTypes,
  idInPath,
  isThread,
  member,
  message,
  timeOf,
  user,
  younger,
  type EmojiPayload,
  type MessagePayload,
} from './payload.ts'
import { slug } from './rules.ts'

/** What gestures work with. */
export interface Gesturing {
  readonly rest: Rest
  readonly known: Known
  readonly account: DiscordAccount
  readonly signal: AbortSignal
  channelOf(at: Address): Promise<string>
}

/** An emoji as the path of a reaction names it: itself, or `name:id` for a server's own. */
export function emojiPath(text: string): string {
  const own = /^<?a?:?(\w+):(\d+)>?$/.exec(text.trim())
  return encodeURIComponent(own ? `${own[1]}:${own[2]}` : text.trim())
}

const nameInPath = (e: EmojiPayload) => encodeURIComponent(e.id ? `${e.name ?? 'emoji'}:${e.id}` : (e.name ?? ''))

/** A message as the platform remembers it. */
export const pastOf = (m: MessagePayload): PastMessage => ({
  id: m.id,
  at: Date.parse(m.timestamp) || timeOf(m.id),
  from: personOf(m.author, m.member),
  text: m.content,
  ...(m.attachments.length ? { media: m.attachments.length } : {}),
  ...(m.message_reference?.message_id ? { replyTo: m.message_reference.message_id } : {}),
})

const pinned = z.looseObject({ items: z.array(z.looseObject({ message })) })

/** Discord reads at most this many messages at a time. */
const mostRead = 100

/** The optional methods of a connection that need no socket. */
export function gestures(g: Gesturing) {
  const { rest, known, signal } = g
  const at = async (to: Address, rest = '') => `/channels/${await g.channelOf(to)}${rest}`
  const of = (to: Address, id: string, rest = '') => at(to, `/messages/${idInPath(id)}${rest}`)
  const one = (to: Address, id: string) => of(to, id).then((path) => rest.ask(message, { method: 'GET', path, signal }))

  async function takeBack(to: Address, id: string) {
    const { reactions } = await one(to, id)
    for (const r of reactions.filter((r) => r.me)) {
      const path = await of(to, id, `/reactions/${nameInPath(r.emoji)}/@me`)
      await rest.tell({ method: 'DELETE', path, signal })
    }
  }

  async function findUsers(text: string, limit: number): Promise<Found[]> {
    const wanted = text.replace(/^@/, '').toLowerCase()
    const seen = [...known.people.values()].filter((p) =>
      [p.id, p.handle, p.name].some((part) => part?.toLowerCase().includes(wanted)),
    )
    const asked: typeof seen = []
    if (wanted && seen.length < limit && g.account.actions?.memberInfo !== false)
      for (const { id } of await known.servers()) {
        const query = { query: wanted, limit: Math.min(limit, 100) }
        const path = `/guilds/${id}/members/search`
        const found = await rest.ask(z.array(member), { method: 'GET', path, query, signal })
        asked.push(...found.flatMap((m) => (m.user ? [personOf(m.user, m)] : [])))
      }
    const all = new Map([...seen, ...asked].map((p) => [p.id, p]))
    return [...all.values()].slice(0, limit).map((p) => ({ kind: 'user', ...p, target: `user:${p.id}` }))
  }

  async function findGroups(text: string, limit: number): Promise<Found[]> {
    const wanted = slug(text)
    const found: Found[] = []
    for (const server of await known.servers())
      for (const c of await known.channelsOf(server.id)) {
        const fits = !wanted || c.id === text.trim() || slug(c.name ?? '').includes(wanted)
        if (!fits || c.name === undefined || c.type === channelTypes.category) continue
        const name = `${isThread(c.type) ? '' : '#'}${c.name}${server.name ? ` (${server.name})` : ''}`
        found.push({ kind: 'group', id: c.id, name, target: `channel:${c.id}` })
      }
    return found.slice(0, limit)
  }

  /** Refuses what the account's `actions` do not allow. */
  function must(gate: Parameters<typeof allows>[1]) {
    if (!allows(g.account, gate))
      throw new Fault(
        'FORBIDDEN',
        `channels.discord.actions.${gate} is off; \`oclaw config set channels.discord.actions.${gate} true\` opens it`,
      )
  }

  return {
    async remove(to, id) {
      await rest.tell({ method: 'DELETE', path: await of(to, id), signal })
    },
    async react(to, id, emoji) {
      if (!emoji) return takeBack(to, id)
      const path = await of(to, id, `/reactions/${emojiPath(emoji)}/@me`)
      await rest.tell({ method: 'PUT', path, signal })
    },
    async reactions(to, id) {
      const { reactions } = await one(to, id)
      const all = []
      for (const r of reactions) {
        const path = await of(to, id, `/reactions/${nameInPath(r.emoji)}`)
        const users = await rest.ask(z.array(user), { method: 'GET', path, query: { limit: mostRead }, signal })
        all.push({ emoji: emojiText(r.emoji), count: r.count, users: users.map((u) => u.id) })
      }
      return all
    },
    async read(to, q: ReadQuery, stop) {
      must('messages')
      const query = {
        limit: Math.min(mostRead, Math.max(1, q.limit)),
        ...(q.around ? { around: q.around } : q.before ? { before: q.before } : q.after ? { after: q.after } : {}),
      }
      const path = await at(to, '/messages')
      const found = await rest.ask(z.array(message), { method: 'GET', path, query, signal: stop })
      return found.sort((a, b) => (younger(a.id, b.id) ? 1 : -1)).map(pastOf)
    },
    async pin(to, id, on) {
      must('pins')
      await rest.tell({ method: on ? 'PUT' : 'DELETE', path: await at(to, `/messages/pins/${idInPath(id)}`), signal })
    },
    async pins(to) {
      must('pins')
      const { items } = await rest.ask(pinned, { method: 'GET', path: await at(to, '/messages/pins'), signal })
      return items.map((i) => pastOf(i.message))
    },
    async find(text, kind, limit) {
      return kind === 'user' ? findUsers(text.trim(), limit) : findGroups(text, limit)
    },
    async typing(to) {
      await rest.tell({ method: 'POST', path: await at(to, '/typing'), signal, ms: 10_000 })
    },
  } satisfies Partial<Connection>
}
