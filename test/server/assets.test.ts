// The Control UI's files over HTTP: compressed, cached, under a base path, and closed to everything from outside.
import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assets } from '../../src/server/assets.ts'
import { folder } from '../e2e/program.ts'

/** A built UI of two files. */
function site(base = '') {
  const dir = folder()
  mkdirSync(join(dir.path, 'assets'))
  const files = {
    'index.html': { type: 'text/html;charset=utf-8', etag: '"p"', immutable: false, encodings: [] },
    'assets/a-1.js': { type: 'text/javascript;charset=utf-8', etag: '"a"', immutable: true, encodings: ['br', 'zst'] },
    'icon.svg': { type: 'image/svg+xml', etag: '"i"', immutable: false, encodings: [] },
  }
  writeFileSync(join(dir.path, 'files.json'), JSON.stringify(files))
  dir.write('index.html', '<html><head></head></html>')
  dir.write('assets/a-1.js', 'plain')
  dir.write('assets/a-1.js.br', 'small')
  dir.write('assets/a-1.js.zst', 'smaller')
  dir.write('icon.svg', '<svg/>')
  const serve = assets(() => ({ basePath: base, root: dir.path }))
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    serve(new Request(`http://gw${path}`, { headers, method }))
  return { get, [Symbol.dispose]: () => dir[Symbol.dispose]() }
}

test('a file is sent in the best encoding its reader takes, and kept for ever', async () => {
  using s = site()
  const seen = async (accept: string) => {
    const r = s.get('/assets/a-1.js', { 'accept-encoding': accept })
    return [r.headers.get('content-encoding'), await r.text()]
  }
  expect(await seen('gzip, br, zstd')).toEqual(['br', 'small'])
  expect(await seen('zstd, br;q=0')).toEqual(['zstd', 'smaller'])
  expect(await seen('gzip')).toEqual([null, 'plain'])
  const { headers } = s.get('/assets/a-1.js')
  expect(headers.get('cache-control')).toContain('immutable')
  expect([headers.get('vary'), headers.get('content-type')]).toEqual([
    'accept-encoding',
    'text/javascript;charset=utf-8',
  ])
})

test('who has a file already is sent nothing', () => {
  using s = site()
  expect(s.get('/assets/a-1.js', { 'if-none-match': '"a"' }).status).toBe(304)
  const page = s.get('/chat')
  expect(s.get('/chat', { 'if-none-match': page.headers.get('etag') ?? '' }).status).toBe(304)
  expect(page.headers.get('cache-control')).toBe('no-cache')
  expect(s.get('/icon.svg', {}, 'HEAD').body).toBeNull()
})

test('the page knows the path it lives under', async () => {
  using s = site('/claw')
  expect(await s.get('/claw/sessions').text()).toContain('<base href="/claw/">')
  expect(s.get('/claw').headers.get('location')).toBe('/claw/')
  expect(s.get('/sessions').status).toBe(404)
  expect((await s.get('/claw/assets/a-1.js').text()).length).toBe(5)
})

test('the built-in UI may load nothing from outside, run nothing inline and make no markup', () => {
  const csp = assets(() => ({ basePath: '' }))(new Request('http://gw/')).headers.get('content-security-policy') ?? ''
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
  ])
    expect(csp.split('; ')).toContain(rule)
  expect(csp).toContain("require-trusted-types-for 'script'; trusted-types 'none'")
  expect(csp).not.toMatch(/unsafe|https?:|\*/)
  expect(assets(() => ({ basePath: '' }))(new Request('http://gw/assets/gone.js')).status).toBe(404)
})
