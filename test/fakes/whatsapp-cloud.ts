// A Graph API on loopback with one WhatsApp number: it sends, keeps files, and signs what it brings to our webhook.
import { createHmac } from 'node:crypto'
import { cloudWorld, Refusal } from './whatsapp-cloud-world.ts'

type Bring = (request: Request) => Promise<Response> | undefined

/** What happens to the next message sent. */
type Trouble = { readonly status: number; readonly code?: number; readonly text?: string } | 'cut'

/** Time until a notification that was not taken is brought again; WhatsApp itself takes longer. */
const againMs = 15

/** Starts a server; `bring` is set by whoever listens. */
export async function fakeCloud() {
  const token = 'EAAG-fake-token'
  const appSecret = 'app-secret-of-the-fake'
  const verifyToken = 'say friend'
  const world = cloudWorld()
  const troubles: Trouble[] = []
  const requests: { readonly method: string; readonly path: string; readonly json: unknown }[] = []
  const answers: number[] = []
  const history: object[] = []
  const queue: object[] = []
  let bring: Bring | undefined
  let valid = true
  let bringing = false
  const closed = new AbortController()

  const json = (body: unknown, status = 200) => Response.json(body, { status })
  const refuse = (status: number, code: number, text: string) =>
    json({ error: { message: `(#${code}) ${text}`, type: 'OAuthException', code, fbtrace_id: 'A' } }, status)

  async function serve(request: Request, server: Bun.Server<undefined>): Promise<Response> {
    const url = new URL(request.url)
    const [, version, id = '', rest] = url.pathname.split('/')
    if (!valid || request.headers.get('authorization') !== `Bearer ${token}`)
      return refuse(401, 190, 'Invalid OAuth access token')
    if (version === 'files') return new Response(world.file(id)?.bytes ?? null, { status: world.file(id) ? 200 : 404 })
    if (version !== 'v23.0') return refuse(400, 2500, 'Unknown path components')
    const type = request.headers.get('content-type') ?? ''
    const body: unknown = type.includes('json') ? await request.json() : undefined
    requests.push({ method: request.method, path: `${id}/${rest ?? ''}`, json: body })
    if (request.method === 'GET') return json(world.get(id, `http://127.0.0.1:${server.port}/files`))
    if (id !== world.phoneNumberId) return refuse(400, 100, 'Unsupported post request')
    if (rest === 'media') return json(await world.upload(await request.formData()))
    if (rest !== 'messages') return refuse(400, 2500, 'Unknown path components')
    const trouble = (body as { status?: string }).status === 'read' ? undefined : troubles.shift()
    if (trouble === undefined) return json(world.post(body))
    if (trouble === 'cut') {
      world.post(body)
      await cut()
      return refuse(500, 1, 'gone')
    }
    return trouble.code === undefined
      ? new Response('<html>Bad Gateway</html>', { status: trouble.status })
      : refuse(trouble.status, trouble.code, trouble.text ?? 'refused')
  }

  let server: Bun.Server<undefined> | undefined
  let port = 0
  async function up() {
    server = Bun.serve({
      hostname: '127.0.0.1',
      port,
      idleTimeout: 0,
      fetch: (request, s) =>
        serve(request, s).catch((error: unknown) =>
          error instanceof Refusal ? refuse(error.status, error.code, error.message) : refuse(500, 1, String(error)),
        ),
    })
    port = server.port ?? 0
    return Promise.resolve()
  }
  /** Breaks every connection, and listens again. */
  async function cut() {
    await server?.stop(true)
    await up()
  }
  const down = async () => {
    await server?.stop(true)
    server = undefined
  }
  await up()

  const sign = (text: string, secret = appSecret) => `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`

  function request(body: object, signature?: string): Request {
    const text = JSON.stringify(body)
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature ?? sign(text) }
    return new Request('http://gateway.example/whatsapp/webhook', { method: 'POST', headers, body: text })
  }

  /** Brings what waits, in order, each again until it is taken. */
  async function deliver() {
    if (bringing) return
    bringing = true
    for (; queue.length && !closed.signal.aborted;) {
      const answer = await bring?.(request(queue[0] as object))
      answers.push(answer?.status ?? 0)
      if (answer?.status === 200) queue.shift()
      else await new Promise((resolve) => setTimeout(resolve, againMs))
    }
    bringing = false
  }

  const tell = (value: object) => {
    const body = world.notification(value)
    history.push(body)
    queue.push(body)
    void deliver()
    return body
  }

  return {
    ...world,
    token,
    appSecret,
    verifyToken,
    requests,
    /** What the webhook answered, 0 when nobody listened. */
    answers,
    sign,
    request,
    /** The `cloud` section of an account. */
    get account() {
      const apiRoot = `http://127.0.0.1:${port}/v23.0`
      return { cloud: { phoneNumberId: world.phoneNumberId, accessToken: token, appSecret, verifyToken, apiRoot } }
    },
    /** Who takes what we bring. */
    listen(to: Bring) {
      bring = to
    },
    /** Someone writes. */
    says: (name: string, content: string | object, more: object = {}) => tell(world.message(name, content, more)),
    /** Anything else that can happen. */
    tell,
    /** Brings everything again. */
    redeliver() {
      queue.push(...history)
      void deliver()
    },
    /** The token counts no more. */
    revoke() {
      valid = false
    },
    next: (trouble: Trouble) => void troubles.push(trouble),
    down,
    up,
    async [Symbol.asyncDispose]() {
      closed.abort()
      await down()
    },
  }
}

export type FakeCloud = Awaited<ReturnType<typeof fakeCloud>>
