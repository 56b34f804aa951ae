// A Discord server on loopback, as strict as the real one, with people in it: its REST API and its gateway.
import type { ServerWebSocket } from 'bun'
import { tcpFront } from './front.ts'
import { discordGateway, type Wire } from './discord-gateway.ts'
import { discordPeople } from './discord-people.ts'
import { performer } from './discord-perform.ts'
import { findRoute, invalidForm, isOpen, Refusal, routes, type Route } from './discord-routes.ts'
import { discordWorld, type SentFile, type User } from './discord-world.ts'

/** What goes wrong with the next calls of a route; any route without it. */
interface Trouble {
  readonly route?: Route
  readonly times?: number
  readonly status?: number
  readonly code?: number
  readonly message?: string
  /** Seconds, for 429. */
  readonly retryAfter?: number
  readonly global?: boolean
  /** An answer that is not Discord's, as a proxy gives. */
  readonly body?: string
}

type Act = 'answer' | 'cut' | 'hang'

const limitMs = 5000
const everySwitch = (1 << 12) | (1 << 14) | (1 << 18)

/** Starts a Discord server for one bot; `token` is the only one it knows. */
export async function fakeDiscord(options: { readonly token?: string; readonly flags?: number; now?(): number } = {}) {
  const token = options.token ?? 'MTAwMDAxMDAwMDAxMDAwMDAx.GfaKe0.fake-token-of-the-test-bot-0123456789'
  const me: User = { id: '100001000001000001', username: 'test_bot', global_name: null, bot: true }
  const app = { id: '200002000002000002', flags: options.flags ?? everySwitch }
  const calls: {
    readonly route: Route
    readonly path: string
    readonly body: unknown
    readonly auditReason: string | null
  }[] = []
  const troubles: { left: number; act: Act; how: Trouble }[] = []
  const watchers = new Set<() => void>()
  const held: (() => void)[] = []
  const bucket = { size: Infinity, left: Infinity, resetAfter: 5 }

  const news = () => {
    for (const look of watchers) look()
  }

  /** Resolves with what `ready` answers, once it answers something; rejects after five seconds. */
  function until<T>(what: string, ready: () => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        watchers.delete(look)
      }
      const look = () => {
        const found = ready()
        if (found === undefined || found === false) return
        stop()
        resolve(found)
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`waited ${limitMs} ms for ${what}; sent: ${JSON.stringify(world.sent.map((s) => s.content))}`))
      }, limitMs)
      watchers.add(look)
      look()
    })
  }

  const gateway = discordGateway({
    token,
    url: () => `ws://127.0.0.1:${front.port}/gateway`,
    ready: () => ({
      user: me,
      application: { id: app.id, flags: app.flags },
      guilds: [...world.guilds.values()].map((g) => ({ id: g.id, unavailable: true })),
    }),
    guilds: () => [...world.guilds.values()].map((g) => world.guildEvent(g)),
    news,
  })
  const world = discordWorld(me, (type, data, guild) => gateway.tell(type, data, guild), news, options.now)
  const acting = performer(world, app)

  const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
    new Response(body === undefined ? null : JSON.stringify(body), {
      status: body === undefined && status === 200 ? 204 : status,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    })

  const refuse = (r: Refusal) =>
    json({ message: r.message, code: r.code, ...r.more }, r.status, {
      ...(r.more.retry_after === undefined ? {} : { 'retry-after': String(Math.ceil(r.more.retry_after)) }),
      ...(r.more.global ? { 'x-ratelimit-global': 'true' } : {}),
    })

  /** The body and files of a request, however they were sent. */
  async function readBody(request: Request): Promise<{ body: unknown; files: SentFile[] }> {
    const type = request.headers.get('content-type') ?? ''
    if (!type.includes('multipart')) {
      const text = await request.text()
      return { body: text ? JSON.parse(text) : undefined, files: [] }
    }
    const form = await request.formData()
    const files: SentFile[] = []
    for (const [, value] of form)
      if (value instanceof File)
        files.push({ name: value.name, mime: value.type, bytes: new Uint8Array(await value.arrayBuffer()) })
    const payload = form.get('payload_json')
    return { body: typeof payload === 'string' ? JSON.parse(payload) : undefined, files }
  }

  function nextTrouble(route: Route) {
    const i = troubles.findIndex((t) => t.how.route === undefined || t.how.route === route)
    const found = troubles[i]
    if (found && --found.left === 0) troubles.splice(i, 1)
    return found
  }

  /** An answer that goes wrong. */
  async function suffer(how: Trouble, act: Act): Promise<Response> {
    if (act === 'hang') await new Promise<void>((resolve) => held.push(resolve))
    if (how.body !== undefined)
      return new Response(how.body, { status: how.status ?? 502, headers: { 'content-type': 'text/html' } })
    const more =
      how.retryAfter === undefined ? {} : { retry_after: how.retryAfter, ...(how.global ? { global: true } : {}) }
    return refuse(new Refusal(how.status ?? 500, how.code ?? 0, how.message ?? 'Internal Server Error', more))
  }

  /** Five messages in five seconds, or whatever the test wants. */
  function limitMessages(route: Route): Record<string, string> {
    if (route !== 'POST /channels/:channel/messages' || bucket.size === Infinity) return {}
    if (bucket.left <= 0)
      throw new Refusal(429, 0, 'You are being rate limited.', { retry_after: bucket.resetAfter, global: false })
    bucket.left--
    return {
      'x-ratelimit-bucket': 'messages',
      'x-ratelimit-limit': String(bucket.size),
      'x-ratelimit-remaining': String(bucket.left),
      'x-ratelimit-reset-after': String(bucket.resetAfter),
    }
  }

  async function serve(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const path = url.pathname.replace(/^\/api\/v10/, '')
    if (url.pathname === path) throw new Refusal(404, 0, '404: Not Found')
    const found = findRoute(request.method, path)
    if (!found) throw new Refusal(404, 0, '404: Not Found')
    const { route, params } = found
    if (!/^DiscordBot \(.+, .+\)/.test(request.headers.get('user-agent') ?? ''))
      throw new Refusal(403, 40_333, 'internal network error')
    if (!isOpen(route) && request.headers.get('authorization') !== `Bot ${token}`)
      throw new Refusal(401, 0, '401: Unauthorized')
    const { body, files } = await readBody(request)
    const reason = request.headers.get('x-audit-log-reason')
    calls.push({ route, path: path + url.search, body, auditReason: reason && decodeURIComponent(reason) })
    const trouble = nextTrouble(route)
    if (trouble && trouble.act !== 'cut') return suffer(trouble.how, trouble.act)
    const read = routes[route].safeParse(body)
    if (!read.success) throw invalidForm(read.error)
    const headers = limitMessages(route)
    const answer =
      route === 'GET /gateway/bot'
        ? {
            url: `ws://127.0.0.1:${front.port}/gateway`,
            shards: 1,
            session_start_limit: {
              total: 1000,
              remaining: gateway.limit.remaining,
              reset_after: gateway.limit.resetAfter,
              max_concurrency: 1,
            },
          }
        : acting.perform({ route, params, query: url.searchParams, body: read.data as never, files })
    if (trouble) front.severNextAnswer()
    return json(answer, 200, headers)
  }

  const wires = new WeakMap<ServerWebSocket<URL>, Wire>()
  const server = Bun.serve<URL>({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request, server) {
      const url = new URL(request.url)
      if (url.pathname === '/gateway' && server.upgrade(request, { data: url })) return undefined
      const file = world.files.get(url.pathname.slice(1))
      if (file) return new Response(file)
      try {
        return await serve(request)
      } catch (error) {
        return refuse(error instanceof Refusal ? error : new Refusal(500, 0, `Internal: ${String(error)}`))
      } finally {
        news()
      }
    },
    websocket: {
      open(ws) {
        const wire: Wire = { send: (text) => void ws.send(text), close: (code, reason) => ws.close(code, reason) }
        wires.set(ws, wire)
        gateway.opened(wire, ws.data)
      },
      message(ws, text) {
        const wire = wires.get(ws)
        if (wire) gateway.heard(wire, String(text))
      },
      close(ws, code) {
        const wire = wires.get(ws)
        if (wire) gateway.closed(wire, code)
      },
    },
  })
  const front = await tcpFront(server.port ?? 0)

  const trouble = (act: Act, how: Trouble) => void troubles.push({ left: how.times ?? 1, act, how })
  return {
    world,
    gateway,
    acting,
    front,
    token,
    me,
    app,
    calls,
    bucket,
    until,
    /** The `apiRoot`. */
    get url() {
      return `http://127.0.0.1:${front.port}/api`
    },
    get sent() {
      return world.sent
    },
    ...discordPeople(world, gateway, acting, app.id),
    /** The next calls fail. */
    fail: (how: Trouble) => trouble('answer', how),
    /** The next calls are carried out, and lose their connection before the answer. */
    cut: (how: Trouble) => trouble('cut', how),
    /** The next calls are never answered. */
    hang: (how: Trouble) => trouble('hang', how),
    /** Nothing goes wrong any more. */
    calm: () => void troubles.splice(0),
    /** Tells everything of the session once more: the connection breaks, and its resumption begins at the beginning. */
    repeat() {
      gateway.mood.replayAll = true
      gateway.close(4000, 'Unknown error.')
    },
    down: () => front.down(),
    up: () => front.up(),
    async [Symbol.asyncDispose]() {
      for (const go of held) go()
      await front.down()
      await server.stop(true)
    },
  }
}

export type FakeDiscord = Awaited<ReturnType<typeof fakeDiscord>>
