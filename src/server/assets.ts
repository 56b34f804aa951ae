// The Control UI's files, built beforehand and carried inside the executable.
import { join } from 'node:path'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const types: Readonly<Record<string, string>> = {
  html: 'text/html;charset=utf-8',
  js: 'text/javascript;charset=utf-8',
  css: 'text/css;charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
}

/** Nothing from outside, no inline script, no frames; a folder the owner chose may style inline. */
const csp = (own: boolean) =>
  [
    "default-src 'self'",
    "base-uri 'self'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "script-src 'self'",
    own ? "style-src 'self'" : "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "connect-src 'self' ws: wss:",
  ].join('; ')

/** The folder of the built UI: inside the executable, or in `dist` when run from source. */
const folder = (): string =>
  Bun.isStandaloneExecutable ? join(import.meta.dir, 'web') : join(import.meta.dir, '../../dist/web')

/** What is served: the files below a folder, and its page with the base path put in. */
interface Site {
  readonly dir: string
  readonly base: string
  readonly files: ReadonlySet<string>
  readonly html: string
}

function siteOf(dir: string, base: string): Site {
  const files = new Set(existsSync(dir) ? readdirSync(dir, { recursive: true }).map(String) : [])
  const text = files.has('index.html') ? readFileSync(join(dir, 'index.html'), 'utf8') : missing
  return { dir, base, files, html: text.replace('<head>', `<head><base href="${base}/">`) }
}

/** Where the UI is: below this path, from this folder instead of the built-in one when given. */
export interface UiRule {
  readonly basePath: string
  readonly root?: string | undefined
}

/** Answers GET and HEAD for the UI: known files, and its page for every other path without an ending. */
export function assets(rule: () => UiRule): (request: Request) => Response {
  let site: Site | undefined

  return (request) => {
    const { basePath, root } = rule()
    const base = basePath.replace(/\/+$/, '')
    const dir = root ?? folder()
    if (site?.dir !== dir || site.base !== base) site = siteOf(dir, base)
    const { files, html } = site
    const url = new URL(request.url)
    const head = request.method === 'HEAD'
    const send = (body: string | Blob, headers: Record<string, string>, status = 200) =>
      new Response(head ? null : body, { status, headers })
    const common = { 'content-security-policy': csp(root === undefined), 'x-frame-options': 'DENY' }
    if (base && url.pathname === base) return Response.redirect(`${base}/${url.search}`, 302)
    if (base && !url.pathname.startsWith(`${base}/`)) return send('Not Found', common, 404)
    const path = url.pathname.slice(base.length + 1)
    if (path === 'ui' || path.startsWith('ui/')) return send('Not Found', common, 404)
    if (files.has(path) && path !== 'index.html') {
      const hashed = /-[a-z0-9]{8}\.\w+$/.test(path)
      const type = types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
      const cache = hashed ? 'public,max-age=31536000,immutable' : 'no-cache'
      return send(Bun.file(join(dir, path)), { ...common, 'content-type': type, 'cache-control': cache })
    }
    return send(html, { ...common, 'content-type': types['html'] as string, 'cache-control': 'no-cache' })
  }
}

const missing =
  '<!doctype html><html><head><title>oclaw</title></head><body>There is no Control UI here: run <code>npm run build</code>, or mend gateway.controlUi.root.</body></html>'
