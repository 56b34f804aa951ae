// A Telegram Bot API server on loopback, as strict as the real one, with people in it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Chat, Update } from 'grammy/types'
import type { z } from 'zod'
import { methods, readParams, Refusal, type Method } from './telegram-methods.ts'
import { telegramWorld, type Extra, type Params, type Sent } from './telegram-world.ts'

/** What goes wrong with the next calls. */
interface Trouble {
  /** The method it happens to, in any case; any method without it. */
  readonly method?: string
  /** How many calls; 1 without it. */
  readonly times?: number
  readonly status?: number
  readonly description?: string
  /** Seconds, for 429. */
  readonly retryAfter?: number
  /** An answer that is not Telegram's, as a proxy gives. */
  readonly body?: string
}

type Act = 'answer' | 'cut' | 'cut-after' | 'hang'

interface Poll {
  readonly res: ServerResponse
  readonly timer: ReturnType<typeof setTimeout>
  answer(): void
}

const limitMs = 5000

/** Starts a Bot API server for one bot; `token` is the only one it knows. */
export async function fakeTelegram(options: { readonly token?: string; readonly username?: string } = {}) {
  const token = options.token ?? '100001:fake-token-of-the-test-bot-0123456789'
  const me = {
    id: Number(token.split(':')[0]),
    is_bot: true as const,
    first_name: 'Test Bot',
    username: options.username ?? 'test_bot',
  }
  const calls: { readonly method: string; readonly params: Params }[] = []
  const troubles: { method: string | undefined; times: number; act: Act; how: Trouble }[] = []
  const watchers = new Set<() => void>()
  const held = new Set<ServerResponse>()
  const history: Update[] = []
  const seen = new Map<number, number>()
  let pending: Update[] = []
  let waiting: Poll | undefined
  let allowed: readonly string[] = []
  let updateId = 1000
  let reversed = false
  let again = false
  let port = 0

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
        reject(new Error(`waited ${limitMs} ms for ${what}; sent: ${JSON.stringify(world.sent.map((s) => s.text))}`))
      }, limitMs)
      watchers.add(look)
      look()
    })
  }

  function push(content: Omit<Update, 'update_id'>): Update {
    const update: Update = { update_id: ++updateId, ...content }
    const kind = Object.keys(content)[0] as string
    if (allowed.length && !allowed.includes(kind)) return update
    pending.push(update)
    history.push(update)
    waiting?.answer()
    return update
  }

  const world = telegramWorld(me, push, news)

  function answer(res: ServerResponse, result: unknown) {
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, result }))
  }

  function refuse(res: ServerResponse, r: Refusal) {
    const body = { ok: false, error_code: r.status, description: r.message, parameters: r.parameters }
    res.writeHead(r.status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  function getUpdates(p: z.output<(typeof methods)['getupdates']>, res: ServerResponse) {
    const conflict = (why: string) => new Refusal(409, `Conflict: ${why}`)
    if (world.state.webhook)
      throw conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      )
    if (waiting) {
      clearTimeout(waiting.timer)
      const other = 'terminated by other getUpdates request; make sure that only one bot instance is running'
      refuse(waiting.res, conflict(other))
      waiting = undefined
    }
    if (p.allowed_updates) allowed = p.allowed_updates
    const { offset } = p
    if (offset !== undefined && !again) pending = pending.filter((u) => u.update_id >= offset)
    again = false
    const now = () => {
      const batch = pending.slice(0, p.limit ?? 100)
      answer(res, reversed ? batch.reverse() : batch)
    }
    if (pending.length || !p.timeout) return now()
    const leave = () => {
      clearTimeout(poll.timer)
      if (waiting === poll) waiting = undefined
      news()
    }
    const end = () => {
      leave()
      if (!res.destroyed) now()
    }
    const poll: Poll = { res, answer: end, timer: setTimeout(end, p.timeout * 1000) }
    waiting = poll
    res.on('close', leave)
    news()
  }

  /** The trouble in store for this call, used up. */
  function nextTrouble(method: string) {
    const i = troubles.findIndex((t) => t.method === undefined || t.method === method)
    const found = troubles[i]
    if (found && --found.times === 0) troubles.splice(i, 1)
    return found
  }

  /** Does something else than answering; says whether it did. */
  function suffer(trouble: (typeof troubles)[number], req: IncomingMessage, res: ServerResponse): void {
    const { how, act } = trouble
    if (act === 'hang') return void held.add(res)
    if (act === 'cut') return void req.socket.destroy()
    const status = how.status ?? 500
    if (how.body !== undefined) return void res.writeHead(status, { 'content-type': 'text/html' }).end(how.body)
    const more = how.retryAfter === undefined ? undefined : { retry_after: how.retryAfter }
    const text = how.description ?? (status === 429 ? `Too Many Requests: retry after ${how.retryAfter}` : 'Internal')
    refuse(res, new Refusal(status, text, more))
  }

  async function serve(req: IncomingMessage, body: Uint8Array<ArrayBuffer>, res: ServerResponse) {
    const url = new URL(req.url ?? '/', 'http://fake')
    const [, bot, name = '', ...path] = url.pathname.replace('/file/', '/').split('/')
    if (bot !== `bot${token}`) throw new Refusal(bot?.startsWith('bot') ? 401 : 404, 'Unauthorized')
    if (url.pathname.startsWith('/file/')) {
      const bytes = world.fileAt([name, ...path].join('/'))
      if (!bytes) throw new Refusal(404, 'Not Found')
      return void res.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes)
    }
    const method = name.toLowerCase()
    const schema = (methods as Readonly<Record<string, z.ZodType>>)[method]
    if (!schema) throw new Refusal(404, 'Not Found: method not found')
    const given = await readParams(req.headers['content-type'] ?? '', body, url.searchParams)
    const params = schema.safeParse(given)
    if (!params.success) {
      const issue = params.error.issues[0]
      throw new Refusal(400, `Bad Request: ${issue?.path.join('.') ?? method}: ${issue?.message ?? 'wrong'}`)
    }
    calls.push({ method, params: params.data as Params })
    const trouble = nextTrouble(method)
    if (trouble && trouble.act !== 'cut-after') {
      suffer(trouble, req, res)
      return news()
    }
    if (method === 'getupdates') return getUpdates(params.data as never, res)
    const result = world.perform(method as Method, params.data as never)
    if (trouble) req.socket.destroy()
    else answer(res, result)
    news()
  }

  const server = createServer((req, res) => {
    const chunks: Uint8Array[] = []
    req.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    req.on('end', () => {
      serve(req, new Uint8Array(Buffer.concat(chunks)), res).catch((error: unknown) => {
        refuse(res, error instanceof Refusal ? error : new Refusal(500, `Internal: ${String(error)}`))
        news()
      })
    })
  })
  const listen = () =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', () => {
        const at = server.address()
        port = typeof at === 'object' && at ? at.port : port
        resolve()
      })
    })
  const close = () =>
    new Promise<void>((resolve) => {
      clearTimeout(waiting?.timer)
      for (const res of held) res.destroy()
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen()

  const handle = (chat: Chat) => ({
    id: String(chat.id),
    chat,
    /** Waits for the bot to say this after what was seen before; answers the match. */
    sees: (what: string | RegExp): Promise<Sent & { readonly match: RegExpMatchArray | null }> =>
      until(`${String(what)} in chat ${chat.id}`, () => {
        const from = seen.get(chat.id) ?? 0
        const fits = (s: Sent) => (typeof what === 'string' ? s.text.includes(what) : what.test(s.text))
        const i = world.sent.findIndex((s, n) => n >= from && s.chat === chat.id && fits(s))
        const found = world.sent[i]
        if (!found) return undefined
        seen.set(chat.id, i + 1)
        return Object.assign(found, { match: typeof what === 'string' ? null : what.exec(found.text) })
      }),
    /** Someone of the chat writes; Telegram marks commands and mentions. */
    user: (name: string) => ({
      says: (text: string, extra?: Extra) => world.write(chat, world.user(name), text, extra),
    }),
  })
  const trouble = (act: Act, how: Trouble) =>
    void troubles.push({ method: how.method?.toLowerCase(), times: how.times ?? 1, act, how })

  return {
    ...world,
    token,
    me,
    calls,
    until,
    /** A person as Telegram describes them. */
    world: (name: string) => world.user(name),
    /** The `apiRoot`. */
    get url() {
      return `http://127.0.0.1:${port}`
    },
    /** Whether a poll is waiting for updates now. */
    get polled() {
      return waiting !== undefined
    },
    /** Updates not yet confirmed by an offset. */
    get pending(): readonly Update[] {
      return pending
    },
    user: (name: string) => ({
      id: String(world.user(name).id),
      says: (text: string, extra?: Extra) => world.write(world.direct(name), world.user(name), text, extra),
    }),
    chat: (name: string) => handle(world.direct(name)),
    group: (id: number, about: { readonly title?: string; readonly forum?: true } = {}) =>
      handle(
        world.open({
          id,
          type: 'supergroup',
          title: about.title ?? 'Test group',
          ...(about.forum ? { is_forum: about.forum } : {}),
        }),
      ),
    channel: (id: number, title = 'Test channel') => handle(world.open({ id, type: 'channel', title })),
    /** Anything else that can happen. */
    push,
    /** The next calls fail. */
    fail: (how: Trouble) => trouble('answer', how),
    /** The next calls lose their connection before (or `after`) they are carried out. */
    cut: (how: Trouble & { readonly after?: boolean }) => trouble(how.after ? 'cut-after' : 'cut', how),
    /** The next calls are never answered. */
    hang: (how: Trouble) => trouble('hang', how),
    /** Tells everything ever told once more, under the same numbers. */
    repeat() {
      pending = [...history]
      again = waiting === undefined
      waiting?.answer()
    },
    /** Batches come last update first from now on. */
    reorder() {
      reversed = true
    },
    down: close,
    up: listen,
    [Symbol.asyncDispose]: close,
  }
}

export type FakeTelegram = Awaited<ReturnType<typeof fakeTelegram>>
