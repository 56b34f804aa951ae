// What is served over HTTP: health, the Control UI, and clear answers for everything else.
import { Hono } from 'hono'
import { describeError, toErrorShape, toFault } from '../lib/fault.ts'
import { assets } from './assets.ts'
import { agentIn, avatar } from './avatar.ts'
import { anyKind, bearer, checkAuth, type Limiter } from './auth.ts'
import { readBody } from './body.ts'
import { chatCompletions } from './chat-completions.ts'
import { refused, type Env } from './context.ts'
import { models } from './models.ts'
import { responses } from './responses.ts'
import { toolsInvoke } from './tools-invoke.ts'
import { hooks } from './hooks.ts'
import { hostAllowed, peerOf } from './origin.ts'
import { withVouch, type ServerParts } from './parts.ts'

/** The HTTP side of the server. `ready` says whether the gateway takes work. */
export function http(parts: ServerParts, limit: Limiter, ready: () => boolean): Hono<Env> {
  const app = new Hono<Env>({ strict: false })
  const about = () => {
    const f = parts.hello()
    return { status: 'ok', version: f.version, uptime: Math.floor((parts.clock.now() - f.startedAt) / 1000) }
  }
  const ui = assets(() => parts.net().controlUi)

  app.use(async (c, next) => {
    const plain = peerOf(c.req.raw.headers, c.env.ip, parts.net().trustedProxies)
    const peer = await withVouch(parts, c.req.raw.headers, c.env.ip, plain)
    c.set('peer', peer)
    const own = parts.net()
    const names = [...own.hostNames, ...own.allowedOrigins.flatMap(hostOf)]
    const browser = peer.origin !== undefined || parts.auth().mode === 'none' // others cannot be sent here by a page
    if (browser && !hostAllowed(peer.host, names)) {
      const message = `this gateway is not known as "${peer.host}"; add https://${peer.host} to gateway.controlUi.allowedOrigins`
      return c.json({ error: { message, type: 'forbidden' } }, 421, secure)
    }
    await next()
    for (const [name, value] of Object.entries(secure)) c.res.headers.set(name, value)
    return undefined
  })

  app.get('/health', (c) => c.json(about()))
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', (c) => (ready() ? c.json({ status: 'ready' }) : c.json({ status: 'starting' }, 503)))
  app.get('/v1/health', (c) => {
    const shown = bearer(c.req.raw.headers)
    const verdict =
      shown === undefined
        ? undefined
        : checkAuth(parts.auth(), anyKind(parts.auth(), shown), c.get('peer'), limit, 'http')
    if (verdict && !verdict.ok) return refused(c, verdict)
    return c.json({ status: 'ok' })
  })
  app.get('/__openclaw/control-ui-config.json', (c) => {
    const f = parts.hello()
    return c.json({
      basePath: parts.net().controlUi.basePath,
      assistantName: 'Assistant',
      assistantAvatar: 'A',
      assistantAgentId: f.defaultAgent,
    })
  })
  const api = { parts, limit }
  const called = hooks(parts)
  app.use(async (c, next) => {
    const answer = parts.platform(c.req.path)
    if (!answer) return next()
    const body = await readBody(c.req.raw, maxPlatformBytes, parts.clock)
    if (!body.ok) return c.text(body.message, body.status, { connection: 'close' })
    const { method, headers } = c.req.raw
    const bytes = method === 'GET' || method === 'HEAD' ? {} : { body: body.bytes }
    return answer(new Request(c.req.url, { method, headers, ...bytes }))
  })
  app.use(async (c, next) => called(c) ?? next())
  app.all('/tools/invoke', (c) => toolsInvoke(c, api))
  app.all('/v1/chat/completions', (c) => chatCompletions(c, api))
  app.all('/v1/responses', (c) => responses(c, api))
  app.all('/v1/models', (c) => models(c, api))
  app.all('/v1/models/:id{.+}', (c) => models(c, api, c.req.param('id')))
  app.get('*', async (c, next) => {
    const { enabled, basePath } = parts.net().controlUi
    const id = enabled ? agentIn(c.req.path, basePath) : undefined
    return id === undefined ? next() : avatar(c, parts, id)
  })
  app.all('*', (c) => {
    const { enabled } = parts.net().controlUi
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return c.text('Method Not Allowed', 405)
    return enabled ? ui(c.req.raw) : c.text('Not Found', 404)
  })
  app.onError((error, c) => {
    const fault = toFault(error)
    if (fault.code === 'INTERNAL')
      parts.log.error('an HTTP request failed', { path: c.req.path, error: describeError(error) })
    return c.json({ error: { ...toErrorShape(fault), type: fault.code.toLowerCase() } }, fault.http as 500, secure)
  })
  return app
}

/** Largest call of a platform, in bytes; it proves itself by a signature over what it sends, so that is read first. */
const maxPlatformBytes = 2_000_000

/** Headers of every answer. */
const secure = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' } as const

const hostOf = (origin: string): string[] => {
  try {
    return [new URL(origin).hostname]
  } catch {
    return []
  }
}
