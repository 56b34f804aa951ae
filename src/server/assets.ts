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

/** Nothing from outside, no inline script, no frames. */
const csp = [
  "default-src 'self'",
  "base-uri 'self'",
  "object-src 'none'",
  "frame-ancestors 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self' ws: wss:",
].join('; ')

/** The folder of the built UI: inside the executable, or in `dist` when run from source. */
const folder = (): string =>
  Bun.isStandaloneExecutable ? join(import.meta.dir, 'web') : join(import.meta.dir, '../../dist/web')

/** Answers GET and HEAD for the UI: known files, and its page for every other path without an ending. */
export function assets(basePath: () => string): (request: Request) => Response {
  const dir = folder()
  const files = new Set(existsSync(dir) ? readdirSync(dir, { recursive: true }).map(String) : [])
  let page: { base: string; html: string } | undefined

  function html(base: string): string {
    if (page?.base !== base) {
      const text = files.has('index.html') ? readFileSync(join(dir, 'index.html'), 'utf8') : missing
      page = { base, html: text.replace('<head>', `<head><base href="${base}/">`) }
    }
    return page.html
  }

  return (request) => {
    const base = basePath().replace(/\/+$/, '')
    const url = new URL(request.url)
    const head = request.method === 'HEAD'
    const send = (body: string | Blob, headers: Record<string, string>, status = 200) =>
      new Response(head ? null : body, { status, headers })
    const common = { 'content-security-policy': csp, 'x-frame-options': 'DENY' }
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
    return send(html(base), { ...common, 'content-type': types['html'] as string, 'cache-control': 'no-cache' })
  }
}

const missing =
  '<!doctype html><html><head><title>oclaw</title></head><body>The Control UI was not built into this program; run <code>npm run build</code>.</body></html>'
