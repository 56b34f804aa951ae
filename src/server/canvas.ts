// The canvas: files that agents show, pages that load anew when they change, and the page that draws A2UI.
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../lib/fault.ts'
import type { Scope } from '../lib/scope.ts'
import { anyKind, bearer, checkAuth, type Limiter } from './auth.ts'
import type { CanvasCaps } from './canvas-caps.ts'
import { foreignPage } from './context.ts'
import type { Peer } from './origin.ts'
import type { ServerParts } from './parts.ts'

const base = '/__openclaw__'

/** What a request of the canvas is for. */
export interface CanvasCall {
  readonly kind: 'canvas' | 'a2ui' | 'ws'
  /** The path below it, decoded; undefined when it cannot be read. */
  readonly path: string | undefined
  /** The word it shows instead of a secret. */
  readonly cap: string | undefined
}

/** The canvas of one gateway. */
export interface Canvas {
  /** What a request wants of the canvas; undefined when it is for somebody else. */
  wanted(url: URL): CanvasCall | undefined
  /** The refusal of a caller who may not see it. */
  refusal(request: Request, call: CanvasCall, peer: Peer): Response | undefined
  /** Answers a request; `apart` when the canvas has a port, and so an origin, of its own. */
  answer(request: Request, call: CanvasCall, peer: Peer, apart: boolean): Promise<Response>
  /** A page that was shown at `since` (ms) and wants to hear of changes, and one that has left. */
  joined(page: CanvasPage, since: number): void
  left(page: CanvasPage): void
}

/** An open page. */
export interface CanvasPage {
  send(text: string): unknown
}

/** A page on the gateway's own port gets an origin of nobody, so that what an agent wrote is no Control UI. */
const sandbox =
  'sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads allow-pointer-lock allow-presentation'

/** Changes within so many ms are one. */
const gatherMs = 80

/** How long the folder is watched without an open page, in ms. */
const idleMs = 60_000

/** The folder of the built A2UI page: inside the executable, or in `dist` when run from source. */
const a2uiDir = (): string =>
  Bun.isStandaloneExecutable ? join(import.meta.dir, 'web', 'a2ui') : join(import.meta.dir, '../../dist/web/a2ui')

const a2uiTypes: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'a2ui.js': 'text/javascript; charset=utf-8',
  'reload.js': 'text/javascript; charset=utf-8',
}

function decoded(path: string): string | undefined {
  try {
    const text = decodeURIComponent(path)
    return /[\0\\]/.test(text) || text.split('/').includes('..') ? undefined : text
  } catch {
    return undefined
  }
}

/** What a path wants of the canvas. `/__openclaw__/cap/<word>/…` stands before the same paths. */
function wanted(url: URL): CanvasCall | undefined {
  const m = /^\/__openclaw__\/cap\/([\w-]{1,128})(\/.*)?$/.exec(url.pathname)
  const cap = m?.[1] ?? url.searchParams.get('oc_cap') ?? undefined
  const path = m ? (m[2] ?? '/') : url.pathname
  if (m && (path === '/' || path === base || path === `${base}/`)) return { kind: 'canvas', path: '', cap }
  const found = /^\/__openclaw__\/(canvas|a2ui|ws)(?:\/(.*))?$/.exec(path)
  if (!found) return undefined
  return { kind: found[1] as CanvasCall['kind'], path: decoded(found[2] ?? ''), cap }
}

const empty = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Canvas</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem}</style></head><body><h1>Canvas</h1><p>There is nothing here yet. An agent can put an <code>index.html</code> into the folder of the canvas; this page shows it by itself then.</p></body></html>`

const text = (status: number, words: string, headers: Record<string, string> = {}) =>
  new Response(words, { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } })

/** Makes the canvas; the watch of its folder ends with the scope. */
export function canvas(parts: ServerParts, caps: CanvasCaps, limit: Limiter, scope: Scope): Canvas {
  const pages = new Set<CanvasPage>()
  let watching: (() => void) | undefined
  /** When a file changed last, as far as anybody watched; in ms. */
  let changedAt = 0

  /** Watches the folder from the moment a page is shown until none was open for a while. */
  async function follow() {
    await parts.canvas().prepare()
    if (watching || scope.signal.aborted) return
    let coming = false
    const watcher = watch(parts.canvas().root, { recursive: true, persistent: false }, () => {
      changedAt = parts.clock.now()
      if (coming) return
      coming = true
      parts.clock.sleep(gatherMs, scope.signal).then(
        () => {
          coming = false
          for (const page of pages) page.send('reload')
        },
        () => undefined,
      )
    })
    watcher.on('error', () => watching?.())
    const forget = scope.defer('canvas', () => watcher.close())
    watching = () => {
      watching = undefined
      forget()
      watcher.close()
    }
    rest()
  }

  /** Stops watching when no page is open after a while. */
  function rest() {
    parts.clock.sleep(idleMs, scope.signal).then(
      () => {
        if (!pages.size) watching?.()
      },
      () => undefined,
    )
  }

  const isHtml = (mime: string) => mime.startsWith('text/html')

  /** The page with what makes it load anew when a file changes after `shownAt` (ms). */
  function live(html: string, call: CanvasCall, shownAt: number): string {
    if (!parts.canvas().liveReload) return html
    const from = call.cap === undefined ? base : `${base}/cap/${call.cap}${base}`
    const script = `<script src="${from}/a2ui/reload.js?at=${shownAt}"></script>`
    const at = html.toLowerCase().lastIndexOf('</body>')
    return at < 0 ? html + script : html.slice(0, at) + script + html.slice(at)
  }

  async function file(call: CanvasCall): Promise<{ body: string | Uint8Array<ArrayBuffer>; type: string } | undefined> {
    if (call.path === undefined) return undefined
    if (parts.canvas().liveReload)
      await follow().catch((error: unknown) =>
        parts.log.warn('the folder of the canvas cannot be watched', { error: describeError(error) }),
      )
    const shownAt = parts.clock.now()
    const found = await parts.canvas().read(call.path)
    if (!found)
      return call.path === '' || call.path === 'index.html'
        ? { body: live(empty, call, shownAt), type: 'text/html; charset=utf-8' }
        : undefined
    const type = /^text\/|javascript|json|svg/.test(found.mime)
      ? `${found.mime.split(';')[0]}; charset=utf-8`
      : found.mime
    return isHtml(found.mime)
      ? { body: live(new TextDecoder().decode(found.bytes), call, shownAt), type }
      : { body: found.bytes, type }
  }

  async function a2ui(call: CanvasCall) {
    const name = call.path === '' ? 'index.html' : (call.path ?? '')
    const type = Object.hasOwn(a2uiTypes, name) ? a2uiTypes[name] : undefined
    if (type === undefined) return undefined
    const bytes = await readFile(join(a2uiDir(), name)).catch(() => undefined)
    return bytes && { body: new Uint8Array(bytes), type }
  }

  return {
    wanted: (url) => (parts.canvas().enabled ? wanted(url) : undefined),
    refusal(request, call, peer) {
      if (call.cap !== undefined && caps.holds(call.cap)) return undefined
      // A page of our own that has no origin may listen for changes; there is nothing in them.
      const page = foreignPage(peer, parts) && !(call.kind === 'ws' && peer.origin === 'null')
      if (peer.localDirect && !page) return undefined
      const rule = parts.auth()
      const verdict =
        rule.mode === 'none' ? undefined : checkAuth(rule, anyKind(rule, bearer(request.headers)), peer, limit, 'http')
      if (verdict?.ok && !page) return undefined
      if (verdict && !verdict.ok && verdict.retryAfterMs !== undefined)
        return Response.json(
          { error: { message: 'Too many failed authentication attempts', type: 'rate_limited' } },
          { status: 429, headers: { 'retry-after': String(Math.ceil(verdict.retryAfterMs / 1000)) } },
        )
      return Response.json({ error: { message: 'Unauthorized', type: 'unauthorized' } }, { status: 401 })
    },
    async answer(request, call, peer, apart) {
      const no = this.refusal(request, call, peer)
      if (no) return no
      if (call.kind === 'ws') return text(426, 'Upgrade Required', { upgrade: 'websocket' })
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return text(405, 'Method Not Allowed', { allow: 'GET, HEAD' })
      const found = call.kind === 'a2ui' ? await a2ui(call) : await file(call)
      if (!found && call.kind === 'a2ui' && call.path === '') return text(503, 'A2UI is not part of this build')
      if (!found) return text(404, 'not found')
      const headers = {
        'content-type': found.type,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        ...(apart ? {} : { 'content-security-policy': sandbox }),
        // Pages without an origin fetch their own files as strangers; who knows the word may.
        ...(call.cap !== undefined && caps.holds(call.cap) ? { 'access-control-allow-origin': '*' } : {}),
      }
      return new Response(request.method === 'HEAD' ? null : found.body, { headers })
    },
    joined(page, since) {
      pages.add(page)
      if (changedAt >= since) page.send('reload')
      follow().catch((error: unknown) =>
        parts.log.warn('the folder of the canvas cannot be watched', { error: describeError(error) }),
      )
    },
    left(page) {
      pages.delete(page)
      if (!pages.size) rest()
    },
  }
}
