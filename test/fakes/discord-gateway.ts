// The gateway of a fake Discord: sessions that can be resumed, heartbeats, and every close code of the real one.
import { z } from 'zod'

/** A connection, as the server sees it. */
export interface Wire {
  send(text: string): void
  close(code: number, reason: string): void
}

interface Session {
  readonly id: string
  readonly intents: number
  seq: number
  readonly events: { readonly s: number; readonly t: string; readonly d: unknown }[]
  wire: Wire | undefined
}

const privileged = (1 << 1) | (1 << 8) | (1 << 15)
const known = (1 << 17) - 1 + (0b11 << 20) + (0b11 << 24)

const presence = z.strictObject({
  since: z.number().nullable(),
  afk: z.boolean(),
  status: z.enum(['online', 'dnd', 'idle', 'invisible', 'offline']),
  activities: z.array(
    z.strictObject({ name: z.string(), type: z.number(), state: z.string().optional(), url: z.string().optional() }),
  ),
})
const identify = z.strictObject({
  token: z.string(),
  intents: z.number(),
  properties: z.strictObject({ os: z.string(), browser: z.string(), device: z.string() }),
  presence: presence.optional(),
  compress: z.boolean().optional(),
  large_threshold: z.number().min(50).max(250).optional(),
  shard: z.tuple([z.number(), z.number()]).optional(),
})
const resume = z.strictObject({ token: z.string(), session_id: z.string(), seq: z.number() })

/** The intents an event needs, in servers and outside them. */
const needs: Readonly<Record<string, readonly [number, number]>> = {
  MESSAGE_CREATE: [1 << 9, 1 << 12],
  MESSAGE_REACTION_ADD: [1 << 10, 1 << 13],
  MESSAGE_REACTION_REMOVE: [1 << 10, 1 << 13],
  GUILD_CREATE: [1, 1],
  THREAD_CREATE: [1, 1],
  CHANNEL_CREATE: [1, 1],
  CHANNEL_UPDATE: [1, 1],
}

/** Makes a gateway. `greeting` is what READY and the events after it say; `news` hears of each change. */
export function discordGateway(o: {
  token: string
  url(): string
  ready(): Record<string, unknown>
  guilds(): readonly { readonly id: string }[]
  news(): void
}) {
  const sessions = new Map<string, Session>()
  const wires = new Map<Wire, { greeted: boolean; session: Session | undefined; frames: number }>()
  const seen = { identifies: 0, resumes: 0, beats: 0, frames: 0, presence: undefined as unknown }
  /** What the server does otherwise than usual. */
  const mood = {
    hello: true,
    acks: true,
    refuseResumes: 0,
    allowed: privileged,
    replayAll: false,
    away: new Set<string>(),
  }
  const limit = { remaining: 1000, resetAfter: 3_600_000 }
  let count = 0

  const fits = (s: Session, type: string, inGuild: boolean) => {
    const need = needs[type]
    return !need || (s.intents & need[inGuild ? 0 : 1]) !== 0
  }

  function dispatch(s: Session, t: string, d: unknown) {
    const event = { s: ++s.seq, t, d }
    s.events.push(event)
    s.wire?.send(JSON.stringify({ op: 0, ...event }))
  }

  function begin(wire: Wire, data: unknown) {
    const said = identify.safeParse(data)
    if (!said.success) return wire.close(4002, 'Error while decoding payload.')
    const { token, intents } = said.data
    if (token !== o.token) return wire.close(4004, 'Authentication failed.')
    if (intents & ~known) return wire.close(4013, 'Invalid intent(s).')
    if (intents & privileged & ~mood.allowed) return wire.close(4014, 'Disallowed intent(s).')
    if (limit.remaining <= 0) return wire.close(4004, 'the sessions of the day are used up, and the token is reset')
    limit.remaining--
    seen.identifies++
    seen.presence = said.data.presence
    const s: Session = { id: `session-${++count}`, intents, seq: 0, events: [], wire }
    sessions.set(s.id, s)
    const state = wires.get(wire)
    if (state) state.session = s
    dispatch(s, 'READY', { v: 10, session_id: s.id, resume_gateway_url: o.url(), ...o.ready() })
    for (const guild of o.guilds()) {
      if (mood.away.has(guild.id)) dispatch(s, 'GUILD_DELETE', { id: guild.id, unavailable: true })
      else if (fits(s, 'GUILD_CREATE', true)) dispatch(s, 'GUILD_CREATE', guild)
    }
  }

  function goOn(wire: Wire, data: unknown) {
    const said = resume.safeParse(data)
    if (!said.success) return wire.close(4002, 'Error while decoding payload.')
    if (said.data.token !== o.token) return wire.close(4004, 'Authentication failed.')
    seen.resumes++
    const s = sessions.get(said.data.session_id)
    if (mood.refuseResumes > 0) {
      mood.refuseResumes--
      return wire.close(4000, 'Unknown error.')
    }
    if (!s) return wire.send(JSON.stringify({ op: 9, d: false, s: null, t: null }))
    if (said.data.seq > s.seq) return wire.close(4007, 'Invalid seq.')
    s.wire = wire
    const state = wires.get(wire)
    if (state) state.session = s
    const from = mood.replayAll ? 0 : said.data.seq
    mood.replayAll = false
    for (const event of s.events.filter((e) => e.s > from && e.t !== 'READY'))
      wire.send(JSON.stringify({ op: 0, ...event }))
    dispatch(s, 'RESUMED', {})
  }

  return {
    sessions,
    seen,
    mood,
    limit,
    /** Whether a connection is open, and whether one has a session. */
    get open() {
      return wires.size > 0
    },
    get listening() {
      return [...wires.values()].some((w) => w.session !== undefined)
    },
    opened(wire: Wire, url: URL) {
      wires.set(wire, { greeted: false, session: undefined, frames: 0 })
      o.news()
      if (url.searchParams.get('v') !== '10') return wire.close(4012, 'Invalid API version.')
      if (url.searchParams.get('encoding') !== 'json') return wire.close(4002, 'Error while decoding payload.')
      if (mood.hello) wire.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 41_250 }, s: null, t: null }))
    },
    heard(wire: Wire, text: string) {
      const state = wires.get(wire)
      if (!state) return
      seen.frames++
      if (++state.frames > 120) return wire.close(4008, 'Rate limited.')
      const read = z.strictObject({ op: z.number(), d: z.unknown() }).safeParse(JSON.parse(text))
      if (!read.success) return wire.close(4002, 'Error while decoding payload.')
      const { op, d } = read.data
      o.news()
      if (op === 1) {
        seen.beats++
        if (mood.acks) wire.send(JSON.stringify({ op: 11, d: null, s: null, t: null }))
        return
      }
      if (op !== 2 && op !== 6 && !state.session) return wire.close(4003, 'Not authenticated.')
      if ((op === 2 || op === 6) && state.session) return wire.close(4005, 'Already authenticated.')
      if (op === 2) return begin(wire, d)
      if (op === 6) return goOn(wire, d)
      if (op !== 3) return wire.close(4001, 'Unknown opcode.')
      const shown = presence.safeParse(d)
      if (!shown.success) return wire.close(4002, 'Error while decoding payload.')
      seen.presence = shown.data
    },
    closed(wire: Wire, code: number) {
      const s = wires.get(wire)?.session
      wires.delete(wire)
      if (s?.wire === wire) s.wire = undefined
      if (s && (code === 1000 || code === 1001)) sessions.delete(s.id)
      o.news()
    },
    /** Tells every session of something, as far as its intents go. */
    tell(type: string, data: Record<string, unknown>, guild?: string) {
      for (const s of sessions.values()) {
        if (!fits(s, type, guild !== undefined)) continue
        const blind = type === 'MESSAGE_CREATE' && guild !== undefined && !(s.intents & (1 << 15))
        dispatch(s, type, blind ? { ...data, content: '' } : data)
      }
    },
    /** Closes every connection. */
    close(code: number, reason = '') {
      for (const wire of wires.keys()) wire.close(code, reason)
    },
    /** Sends a frame to every connection. */
    send(frame: object) {
      for (const wire of wires.keys()) wire.send(JSON.stringify({ s: null, t: null, ...frame }))
    },
    /** Sends a text that is not a frame. */
    sendText(text: string) {
      for (const wire of wires.keys()) wire.send(text)
    },
    /** No session can be resumed any more. */
    forget() {
      sessions.clear()
    },
  }
}
