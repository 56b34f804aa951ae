// A Slack on loopback, as strict as the real one: Web API, files, answers to commands, and sockets for events.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { allScopes, readCall, Refusal, type Token } from './slack-methods.ts'
import { performer } from './slack-perform.ts'
import { slackSockets } from './slack-socket.ts'
import { me, slackWorld } from './slack-world.ts'

/** What goes wrong with the next calls of a method. */
interface Trouble {
  readonly method: string
  readonly times?: number
  readonly status?: number
  /** Slack's own word for it, with what belongs to it. */
  readonly error?: string
  readonly more?: Readonly<Record<string, unknown>>
  /** Seconds, for 429. */
  readonly retryAfter?: number
}

type Act = 'answer' | 'cut' | 'cut-after' | 'hang'

const tokens: Readonly<Record<string, Token>> = {
  'xoxb-bot-token-of-the-test': 'bot',
  'xapp-app-token-of-the-test': 'app',
  'xoxp-user-token-of-the-test': 'user',
}
const [botToken, appToken, userToken] = Object.keys(tokens) as [string, string, string]

/** Starts a Slack with one app in one workspace. */
export async function fakeSlack(options: { now?(): number } = {}) {
  const calls: {
    readonly method: string
    readonly params: Readonly<Record<string, unknown>>
    readonly token: Token
  }[] = []
  const troubles: { left: number; readonly act: Act; readonly how: Trouble }[] = []
  const held = new Set<ServerResponse>()
  const answers: { readonly id: string; readonly body: Record<string, unknown> }[] = []
  const uses = new Map<string, number>()
  const scopes = new Set(allScopes)
  const history: { readonly type: string; readonly payload: object }[] = []
  let port = 0
  let count = 0
  let hits = 0
  const url = () => `http://127.0.0.1:${port}`
  const sockets = await slackSockets(() => undefined)

  /** Brings an event; without a socket it is lost, as Slack gives up on it after a while. */
  function tell(event: object) {
    const payload = {
      type: 'event_callback',
      team_id: me.team,
      api_app_id: me.app,
      event_id: `Ev${++count}`,
      event_time: 1_790_000_000 + count,
      authorizations: [{ team_id: me.team, user_id: me.user, is_bot: true }],
      event,
    }
    history.push({ type: 'events_api', payload })
    sockets.tell('events_api', payload)
    return payload
  }

  const world = slackWorld(tell, url, options.now)
  const perform = performer(world, url, () => sockets.address())

  function reply(res: ServerResponse, body: object, status = 200, headers: Record<string, string> = {}) {
    res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body))
  }

  function nextTrouble(method: string) {
    const i = troubles.findIndex((t) => t.how.method === method)
    const found = troubles[i]
    if (found && --found.left === 0) troubles.splice(i, 1)
    return found
  }

  function suffer(trouble: (typeof troubles)[number], req: IncomingMessage, res: ServerResponse) {
    const { act, how } = trouble
    if (act === 'hang') return void held.add(res)
    if (act === 'cut') return void req.socket.destroy()
    const retry = how.retryAfter === undefined ? undefined : { 'retry-after': String(how.retryAfter) }
    if (how.status === undefined || how.status === 429)
      return reply(res, { ok: false, error: how.error ?? 'ratelimited', ...how.more }, how.status ?? 200, retry)
    res.writeHead(how.status, { 'content-type': 'text/html' }).end('<html>trouble</html>')
  }

  function tokenOf(req: IncomingMessage): Token {
    const given = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]
    if (!given) throw new Refusal('not_authed')
    const kind = tokens[given]
    if (!kind) throw new Refusal('invalid_auth')
    return kind
  }

  function call(method: string, req: IncomingMessage, body: string, res: ServerResponse) {
    const token = tokenOf(req)
    const params = readCall(method, token, scopes, body)
    calls.push({ method, params, token })
    const trouble = nextTrouble(method)
    if (trouble && trouble.act !== 'cut-after') return suffer(trouble, req, res)
    const result = perform(method, params)
    if (trouble) return void req.socket.destroy()
    reply(res, { ok: true, ...result }, 200, { 'x-oauth-scopes': [...scopes].join(',') })
  }

  function files(path: string, req: IncomingMessage, body: Uint8Array<ArrayBuffer>, res: ServerResponse) {
    const [, kind, id = ''] = path.split('/')
    const file = world.files.get(id)
    if (!file) return void res.writeHead(404).end()
    if (kind === 'upload') {
      file.bytes = body
      return void res.writeHead(200).end(`OK - ${body.length}`)
    }
    // Without a token, or the scope, Slack shows its page to sign in.
    if (tokens[req.headers.authorization?.slice(7) ?? ''] !== 'bot' || !scopes.has('files:read'))
      return void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>sign in</html>')
    res.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file.bytes)
  }

  function answerTo(id: string, body: string, res: ServerResponse) {
    const left = uses.get(id) ?? 0
    if (left <= 0) return reply(res, { ok: false, error: 'used_url' }, 404)
    uses.set(id, left - 1)
    answers.push({ id, body: JSON.parse(body) as Record<string, unknown> })
    res.writeHead(200, { 'content-type': 'text/plain' }).end('ok')
  }

  function serve(req: IncomingMessage, bytes: Uint8Array<ArrayBuffer>, res: ServerResponse) {
    hits++
    const path = new URL(req.url ?? '/', url()).pathname
    if (path.startsWith('/files-pri/') || path.startsWith('/upload/')) return files(path, req, bytes, res)
    const text = new TextDecoder().decode(bytes)
    if (path.startsWith('/commands/')) return answerTo(path.slice(10), text, res)
    if (!path.startsWith('/api/')) return void res.writeHead(404).end()
    call(path.slice(5), req, text, res)
  }

  const server = createServer((req, res) => {
    const chunks: Uint8Array[] = []
    req.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    req.on('end', () => {
      try {
        serve(req, new Uint8Array(Buffer.concat(chunks)), res)
      } catch (error) {
        if (error instanceof Refusal) reply(res, { ok: false, error: error.error, ...error.more })
        else res.writeHead(500).end(String(error))
      }
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
      for (const res of held) res.destroy()
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen()

  const trouble = (act: Act, how: Trouble) => void troubles.push({ left: how.times ?? 1, act, how })
  const down = async () => {
    await close()
    await sockets.down()
  }

  return {
    ...world,
    me,
    tokens: { bot: botToken, app: appToken, user: userToken },
    scopes,
    calls,
    sockets,
    /** Answers to slash commands, as Slack got them. */
    answers,
    /** Requests and pings so far. */
    requests: () => hits + sockets.pings,
    /** The `apiRoot`. */
    get url() {
      return `${url()}/api/`
    },
    tell,
    /** An address for answers to a command, good for five. */
    responseUrl() {
      const id = `T1/${++count}`
      uses.set(id, 5)
      return `${url()}/commands/${id}`
    },
    /** Tells everything ever told once more. */
    repeat() {
      for (const one of history) sockets.tell(one.type, one.payload, 1)
    },
    /** The next calls of a method fail. */
    fail: (how: Trouble) => trouble('answer', how),
    /** The next calls lose their connection before (or `after`) they are carried out. */
    cut: (how: Trouble & { readonly after?: boolean }) => trouble(how.after ? 'cut-after' : 'cut', how),
    /** The next calls are never answered. */
    hang: (how: Trouble) => trouble('hang', how),
    down,
    async up() {
      await listen()
      await sockets.up()
    },
    [Symbol.asyncDispose]: down,
  }
}

export type FakeSlack = Awaited<ReturnType<typeof fakeSlack>>
