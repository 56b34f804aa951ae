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

/** Nothing from outside, nothing inline, no frames, no text made markup. */
const ownCsp = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** A folder the owner chose may style inline and open sockets elsewhere, as the original's UI does. */
const foreignCsp = [
  "default-src 'self'",
  "base-uri 'self'",
  "object-src 'none'",
  "frame-ancestors 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self' ws: wss:",
].join('; ')

/** The folder of the built UI: inside the executable, or in `dist` when run from source. */
const folder = (): string =>
  Bun.isStandaloneExecutable ? join(import.meta.dir, 'web') : join(import.meta.dir, '../../dist/web')

/** One file: `encodings` are the endings of its compressed siblings. */
interface Asset {
  readonly type: string
  readonly etag?: string
  readonly immutable: boolean
  readonly encodings: readonly string[]
}

/** What is served: the files below a folder, and its page with the base path put in. */
interface Site {
  readonly dir: string
  readonly base: string
  readonly files: ReadonlyMap<string, Asset>
  readonly html: string
  readonly etag: string
}

/** The list the build made; for another folder, one made by looking. */
function filesOf(dir: string): Map<string, Asset> {
  const made = join(dir, 'files.json')
  if (existsSync(made)) return new Map(Object.entries(JSON.parse(readFileSync(made, 'utf8')) as Record<string, Asset>))
  const names = existsSync(dir) ? readdirSync(dir, { recursive: true }).map(String) : []
  return new Map(
    names.map((name) => [
      name.replaceAll('\\', '/'),
      {
        type: types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
        immutable: /-[a-z0-9]{8}\.\w+$/.test(name),
        encodings: [],
      },
    ]),
  )
}

function siteOf(dir: string, base: string): Site {
  const files = filesOf(dir)
  const text = files.has('index.html') ? readFileSync(join(dir, 'index.html'), 'utf8') : missing
  const html = text.replace('<head>', `<head><base href="${attribute(base)}/">`)
  return { dir, base, files, html, etag: `"${Bun.hash(html).toString(36)}"` }
}

const attribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** Names of encodings by the ending of the file that has it, best first. */
const encodings = { br: 'br', zst: 'zstd' } as const

/** The compressed sibling a browser takes, if there is one. */
function encodingFor({ encodings: made }: Asset, accepted: string): keyof typeof encodings | undefined {
  const names = accepted
    .split(',')
    .filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one))
    .map((one) => one.split(';')[0]?.trim())
  return (['br', 'zst'] as const).find((ending) => made.includes(ending) && names.includes(encodings[ending]))
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
    const now = site
    const url = new URL(request.url)
    const common = { 'content-security-policy': root === undefined ? ownCsp : foreignCsp, 'x-frame-options': 'DENY' }

    function send(body: string | Blob, headers: Record<string, string>, status = 200) {
      const known = headers['etag'] !== undefined && request.headers.get('if-none-match') === headers['etag']
      const empty = known || request.method === 'HEAD'
      return new Response(empty ? null : body, { status: known ? 304 : status, headers: { ...common, ...headers } })
    }

    function file(name: string, asset: Asset) {
      const ending = encodingFor(asset, request.headers.get('accept-encoding') ?? '')
      return send(Bun.file(join(dir, ending ? `${name}.${ending}` : name)), {
        'content-type': asset.type,
        'cache-control': asset.immutable ? 'public,max-age=31536000,immutable' : 'no-cache',
        vary: 'accept-encoding',
        ...(asset.etag === undefined ? {} : { etag: asset.etag }),
        ...(ending ? { 'content-encoding': encodings[ending] } : {}),
      })
    }

    if (base && url.pathname === base) return Response.redirect(`${base}/${url.search}`, 302)
    if (base && !url.pathname.startsWith(`${base}/`)) return send('Not Found', {}, 404)
    const path = url.pathname.slice(base.length + 1)
    if (path === 'ui' || path.startsWith('ui/')) return send('Not Found', {}, 404)
    const asset = now.files.get(path)
    if (asset && path !== 'index.html') return file(path, asset)
    if (path.startsWith('assets/') && root === undefined) return send('Not Found', {}, 404)
    const html = { 'content-type': types['html'] as string, 'cache-control': 'no-cache', etag: now.etag }
    return send(now.html, html)
  }
}

const missing =
  '<!doctype html><html><head><title>oclaw</title></head><body>There is no Control UI here: run <code>npm run build</code>, or mend gateway.controlUi.root.</body></html>'
