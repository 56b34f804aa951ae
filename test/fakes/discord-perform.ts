// What the calls of a fake Discord's API do to its world.
import { Refusal, type Route } from './discord-routes.ts'
import type { Body, Kept, SentFile, World } from './discord-world.ts'

/** A request that was found good. */
export interface Good {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: never
  readonly files: readonly SentFile[]
}

/** An interaction that waits for its answer. */
export interface Pending {
  readonly id: string
  readonly token: string
  readonly channel: string
  /** How it was acknowledged: the type of the first answer, and what it said. */
  answer:
    | {
        readonly type: number
        readonly content?: string
        readonly flags?: number
        readonly title?: string
        readonly custom_id?: string
        readonly components?: readonly object[]
      }
    | undefined
  original: Kept | undefined
  readonly followUps: Kept[]
}

const young = (a: Kept, b: Kept) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1)

/** The performing side; `changed` keeps what callers want to see of roles, bans, events and the like. */
export function performer(world: World, app: { readonly flags: number; readonly id: string }) {
  const pending = new Map<string, Pending>()
  const changed: { readonly route: Route; readonly params: Good['params']; readonly body: unknown }[] = []
  const state = { commands: undefined as unknown, typing: [] as string[], emojis: [] as unknown[] }
  const p = (g: Good, name: string) => g.params[name] ?? ''
  const message = (g: Good) => world.kept(p(g, 'channel'), p(g, 'message'))
  const own = (m: Kept) => {
    if (m.author.id !== world.me.id) throw new Refusal(403, 50_005, 'Cannot edit a message authored by another user')
    return m
  }
  const waiting = (token: string) => {
    const found = [...pending.values()].find((one) => one.token === token)
    if (!found?.answer) throw new Refusal(404, 10_015, 'Unknown Webhook')
    return found
  }
  const server = (g: Good) => {
    const found = world.guilds.get(p(g, 'guild'))
    if (!found) throw new Refusal(404, 10_004, 'Unknown Guild')
    return found
  }
  const member = (g: Good) => {
    const found = server(g).members.get(p(g, 'user'))
    if (!found) throw new Refusal(404, 10_007, 'Unknown Member')
    return found
  }
  const note = (g: Good) => {
    server(g)
    changed.push({ route: g.route, params: g.params, body: g.body })
    return undefined
  }

  function history(g: Good): unknown[] {
    world.channel(p(g, 'channel'))
    const limit = Number(g.query.get('limit') ?? 50)
    if (!(limit >= 1 && limit <= 100)) throw new Refusal(400, 50_035, 'Invalid Form Body')
    const all = (world.messages.get(p(g, 'channel')) ?? []).filter((m) => !m.deleted)
    const [after, before, around] = ['after', 'before', 'around'].map((key) => g.query.get(key))
    if (after)
      return all
        .filter((m) => BigInt(m.id) > BigInt(after))
        .slice(0, limit)
        .sort(young)
        .map(world.shown)
    const upTo = before ? all.filter((m) => BigInt(m.id) < BigInt(before)) : all
    if (!around) return upTo.slice(-limit).sort(young).map(world.shown)
    const i = Math.max(0, all.findIndex((m) => BigInt(m.id) >= BigInt(around)) - Math.floor(limit / 2))
    return all
      .slice(i, i + limit)
      .sort(young)
      .map(world.shown)
  }

  const rename = (m: Kept, body: Body) => {
    if (body.content !== undefined) m.content = body.content
    m.edits++
    return world.shown(m)
  }

  const acts: Readonly<Record<Route, (g: Good) => unknown>> = {
    'GET /users/@me': () => world.me,
    'GET /users/@me/guilds': () => [...world.guilds.values()].map((g) => ({ id: g.id, name: g.name })),
    'POST /users/@me/channels': (g) => {
      const who = world.users.get((g.body as { recipient_id: string }).recipient_id)
      if (!who) throw new Refusal(400, 50_033, 'Invalid Recipient(s)')
      return world.direct(who)
    },
    'GET /users/:user': (g) => {
      const found = world.users.get(p(g, 'user'))
      if (!found) throw new Refusal(404, 10_013, 'Unknown User')
      return found
    },
    'GET /applications/@me': () => ({ ...app, name: 'Test', approximate_guild_count: world.guilds.size }),
    'PUT /applications/:app/commands': (g) => {
      if (p(g, 'app') !== app.id) throw new Refusal(404, 10_002, 'Unknown Application')
      state.commands = g.body
      return g.body
    },
    'GET /gateway/bot': () => undefined,
    'GET /channels/:channel': (g) => world.channel(p(g, 'channel')),
    'PATCH /channels/:channel': (g) => ({ ...world.channel(p(g, 'channel')), ...(g.body as object) }),
    'DELETE /channels/:channel': (g) => {
      const gone = world.channel(p(g, 'channel'))
      world.channels.delete(gone.id)
      return gone
    },
    'POST /channels/:channel/typing': (g) => void state.typing.push(world.channel(p(g, 'channel')).id),
    'GET /channels/:channel/messages': history,
    'POST /channels/:channel/messages': (g) => world.shown(world.post(p(g, 'channel'), g.body, g.files)),
    'GET /channels/:channel/messages/pins': (g) => ({
      items: (world.messages.get(world.channel(p(g, 'channel')).id) ?? [])
        .filter((m) => m.pinned)
        .map((m) => ({ pinned_at: '', message: world.shown(m) })),
      has_more: false,
    }),
    'PUT /channels/:channel/messages/pins/:message': (g) => void (message(g).pinned = true),
    'DELETE /channels/:channel/messages/pins/:message': (g) => void (message(g).pinned = false),
    'GET /channels/:channel/messages/:message': (g) => world.shown(message(g)),
    'PATCH /channels/:channel/messages/:message': (g) => rename(own(message(g)), g.body),
    'DELETE /channels/:channel/messages/:message': (g) => void (message(g).deleted = true),
    'GET /channels/:channel/messages/:message/reactions/:emoji': (g) =>
      [...(message(g).reactions.get(p(g, 'emoji')) ?? [])].map((id) => world.users.get(id)),
    'PUT /channels/:channel/messages/:message/reactions/:emoji/@me': (g) => {
      const emoji = p(g, 'emoji')
      if (!/^\w+:\d+$|\p{Extended_Pictographic}/u.test(emoji)) throw new Refusal(400, 10_014, 'Unknown Emoji')
      const { reactions } = message(g)
      reactions.set(emoji, new Set([...(reactions.get(emoji) ?? []), world.me.id]))
    },
    'DELETE /channels/:channel/messages/:message/reactions/:emoji/@me': (g) => {
      const { reactions } = message(g)
      const by = reactions.get(p(g, 'emoji'))
      by?.delete(world.me.id)
      if (!by?.size) reactions.delete(p(g, 'emoji'))
    },
    'POST /channels/:channel/messages/:message/threads': (g) =>
      world.thread(p(g, 'channel'), (g.body as { name: string }).name, world.me, p(g, 'message')),
    'POST /channels/:channel/threads': (g) =>
      world.thread(p(g, 'channel'), (g.body as { name: string }).name, world.me),
    'GET /channels/:channel/threads/archived/public': () => ({ threads: [], has_more: false }),
    'GET /guilds/:guild': (g) => ({ ...server(g), members: undefined, owner_id: '1' }),
    'GET /guilds/:guild/channels': (g) => [...world.channels.values()].filter((c) => c.guild_id === server(g).id),
    'POST /guilds/:guild/channels': (g) =>
      world.addChannel({ ...(g.body as { name: string; type: number }), guild_id: server(g).id }),
    'GET /guilds/:guild/roles': (g) => server(g).roles,
    'GET /guilds/:guild/emojis': () => state.emojis,
    'POST /guilds/:guild/emojis': (g) => {
      note(g)
      return { id: world.nextId(), ...(g.body as object) }
    },
    'POST /guilds/:guild/stickers': (g) => {
      note(g)
      if (g.files.length !== 1) throw new Refusal(400, 50_035, 'Invalid Form Body')
      return { id: world.nextId(), name: 'sticker' }
    },
    'GET /guilds/:guild/threads/active': (g) => ({
      threads: [...world.channels.values()].filter((c) => c.guild_id === server(g).id && c.type === 11),
    }),
    'GET /guilds/:guild/scheduled-events': () => [],
    'POST /guilds/:guild/scheduled-events': (g) => {
      note(g)
      return { id: world.nextId(), ...(g.body as object) }
    },
    'GET /guilds/:guild/messages/search': (g) => {
      const words = g.query.get('content') ?? ''
      const inServer = [...world.channels.values()].filter((c) => c.guild_id === server(g).id)
      const found = inServer.flatMap((c) => world.messages.get(c.id) ?? []).filter((m) => m.content.includes(words))
      return { total_results: found.length, messages: found.map((m) => [world.shown(m)]) }
    },
    'GET /guilds/:guild/members/search': (g) =>
      [...server(g).members.values()].filter((m) => m.user.username.startsWith(g.query.get('query') ?? '')),
    'GET /guilds/:guild/members/:user': member,
    'PATCH /guilds/:guild/members/:user': (g) => {
      note(g)
      return { ...member(g), ...(g.body as object) }
    },
    'DELETE /guilds/:guild/members/:user': note,
    'PUT /guilds/:guild/members/:user/roles/:role': (g) => void member(g).roles.push(p(g, 'role')),
    'DELETE /guilds/:guild/members/:user/roles/:role': note,
    'PUT /guilds/:guild/bans/:user': note,
    'GET /guilds/:guild/voice-states/:user': () => {
      throw new Refusal(404, 10_065, 'Unknown Voice State')
    },
    'POST /interactions/:id/:token/callback': (g) => {
      const found = pending.get(p(g, 'id'))
      if (!found || found.token !== p(g, 'token')) throw new Refusal(404, 10_062, 'Unknown interaction')
      if (found.answer) throw new Refusal(400, 40_060, 'Interaction has already been acknowledged.')
      const said = g.body as { type: number; data?: { content: string; flags: number } }
      found.answer = { type: said.type, ...said.data }
      if (said.type === 5)
        found.original = world.write(world.channel(found.channel), world.me, '', { extra: { echo: true } })
    },
    'POST /webhooks/:app/:token': (g) => {
      const of = waiting(p(g, 'token'))
      const made = world.write(world.channel(of.channel), world.me, (g.body as Body).content ?? '', { files: g.files })
      of.followUps.push(made)
      return world.shown(made)
    },
    'PATCH /webhooks/:app/:token/messages/@original': (g) => {
      const { original } = waiting(p(g, 'token'))
      if (!original) throw new Refusal(404, 10_008, 'Unknown Message')
      return rename(original, g.body)
    },
    'DELETE /webhooks/:app/:token/messages/@original': (g) => {
      const of = waiting(p(g, 'token'))
      of.original = undefined
    },
  }

  return {
    pending,
    changed,
    state,
    perform: (g: Good) => acts[g.route](g),
  }
}
