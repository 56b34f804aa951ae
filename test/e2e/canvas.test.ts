// The canvas on the executable: who may see it, what never leaves its folder, and pages that load themselves anew.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gateway, type Gateway } from './harness.ts'
import { phone } from './phone.ts'
import { until } from './program.ts'

let gw: Gateway
let canvasPort = 0

beforeAll(async () => {
  const free = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  canvasPort = free.port ?? 0
  await free.stop(true)
  gw = await gateway({ config: { canvasHost: { port: canvasPort } } })
  mkdirSync(join(gw.state.path, 'canvas', 'sub'), { recursive: true })
  gw.state.write('secret.txt', 'canary-5e1f')
}, 60_000)

afterAll(() => gw[Symbol.asyncDispose]())

const at = (path: string, headers: Record<string, string> = {}, port = gw.port) =>
  fetch(`http://127.0.0.1:${port}/__openclaw__/${path}`, { headers, redirect: 'manual' })

/** A request whose path is sent as it is, which a client of the web would tidy up first. */
const raw = (path: string, port = gw.port): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`),
    )
    socket.on('data', (chunk) => (said += String(chunk)))
    socket.on('close', () => resolve(said))
    socket.on('error', reject)
  })

test('an empty canvas says so; files are served as they are, and pages load themselves anew', async () => {
  const first = await at('canvas/')
  expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(await first.text()).toContain('There is nothing here yet')
  gw.state.write('canvas/index.html', '<!doctype html><body><h1>One</h1></body>')
  gw.state.write('canvas/sub/index.html', '<p>Sub</p>')
  gw.state.write('canvas/sub/x y.css', 'p{}')
  expect(await (await at('canvas')).text()).toMatch(
    /<h1>One<\/h1><script src="\/__openclaw__\/a2ui\/reload.js\?at=\d+"><\/script><\/body>/,
  )
  expect(await (await at('canvas/sub')).text()).toContain('<p>Sub</p><script ')
  const css = await at('canvas/sub/x%20y.css')
  expect([css.headers.get('content-type'), await css.text()]).toEqual(['text/css; charset=utf-8', 'p{}'])
  expect((await at('canvas/none.html')).status).toBe(404)
  expect((await fetch(`${gw.url}/__openclaw__/canvas/`, { method: 'POST' })).status).toBe(405)
  expect((await at('ws')).status).toBe(426)
})

test('an open page hears of a change, once for many', async () => {
  const heard: string[] = []
  const page = new WebSocket(`ws://127.0.0.1:${gw.port}/__openclaw__/ws`)
  page.addEventListener('message', (e) => heard.push(String(e.data)))
  await new Promise((open) => page.addEventListener('open', open))
  await until('the change', () => {
    gw.state.write('canvas/live.html', `<p>${performance.now()}</p>`)
    return heard.length > 0
  })
  expect(heard[0]).toBe('reload')
  page.close()
})

test('no byte from outside the folder: dots, encodings, links, and links that are swapped meanwhile', async () => {
  const root = join(gw.state.path, 'canvas')
  symlinkSync('../secret.txt', join(root, 'link.txt'))
  symlinkSync('..', join(root, 'up'))
  symlinkSync('sub', join(root, 'inner'))
  const words = ['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', '..%5csecret.txt', 'sub/../../secret.txt']
  const more = ['link.txt', 'up/secret.txt', '%00secret.txt', '/etc/passwd', '%2fetc%2fpasswd', '....//secret.txt']
  for (const path of [...words, ...more, '%E0%A4%A', 'sub/%2e%2e/%2e%2e/secret.txt', `${gw.state.path}/secret.txt`])
    for (const port of [gw.port, canvasPort]) {
      const said = await raw(`/__openclaw__/canvas/${path}`, port)
      expect([path, said.includes('canary-5e1f'), said.includes('root:')]).toEqual([path, false, false])
    }
  expect((await at('canvas/inner/index.html')).status).toBe(404)
  const inside = join(root, 'race.txt')
  writeFileSync(join(root, 'plain'), 'plain')
  const swaps = { on: true }
  const swapping = (async () => {
    while (swaps.on) {
      symlinkSync('../secret.txt', `${inside}.new`)
      renameSync(`${inside}.new`, inside)
      writeFileSync(`${inside}.new`, 'plain')
      renameSync(`${inside}.new`, inside)
      await Bun.sleep(0)
    }
  })()
  const seen = new Set<string>()
  for (let i = 0; i < 500; i++) {
    const answer = await at('canvas/race.txt')
    seen.add(`${answer.status} ${await answer.text()}`)
  }
  swaps.on = false
  await swapping
  expect([...seen].filter((s) => s.includes('canary'))).toEqual([])
  expect(seen).toContain('200 plain')
  rmSync(inside)
})

test('who may see it: this machine, who has the secret, and a connected node by its word', async () => {
  const far = { host: 'example.com' }
  expect(await (await at('canvas/', far)).json()).toEqual({ error: { message: 'Unauthorized', type: 'unauthorized' } })
  expect((await at('canvas/', { 'x-forwarded-for': '203.0.113.7' })).status).toBe(401)
  expect((await at('canvas/', { origin: 'https://evil.test' })).status).toBe(401)
  expect((await at('canvas/', { ...far, authorization: `Bearer ${gw.token}` })).status).toBe(200)
  const p = await phone(gw.port, gw.token, ['canvas.present'])
  const url = String(p.hello['canvasHostUrl'])
  expect(url).toMatch(new RegExp(`^http://127.0.0.1:${gw.port}/__openclaw__/cap/[\\w-]{24}$`))
  const word = url.split('/').at(-1) ?? ''
  for (const path of [
    `cap/${word}/__openclaw__/canvas/`,
    `cap/${word}/`,
    `canvas/?oc_cap=${word}`,
    `cap/${word}/__openclaw__/a2ui/`,
  ])
    expect([path, (await at(path, far)).status]).toEqual([path, 200])
  expect((await at(`cap/${word}/__openclaw__/canvas/index.html`, far)).headers.get('access-control-allow-origin')).toBe(
    '*',
  )
  expect((await at('cap/AAAAAAAAAAAAAAAAAAAAAAAA/__openclaw__/canvas/', far)).status).toBe(401)
  p.ws.close()
  await until('the end of the word', async () => (await at(`cap/${word}/__openclaw__/canvas/`, far)).status === 401)
})

test('on the gateway’s own port what agents wrote has no origin; on the canvas’s port it has one of its own', async () => {
  expect((await at('canvas/')).headers.get('content-security-policy')).toStartWith('sandbox allow-scripts')
  expect((await at('a2ui/')).headers.get('content-security-policy')).toStartWith('sandbox allow-scripts')
  const apart = await at('canvas/', {}, canvasPort)
  expect([apart.status, apart.headers.get('content-security-policy')]).toEqual([200, null])
  expect((await fetch(`http://127.0.0.1:${canvasPort}/`, { redirect: 'manual' })).headers.get('location')).toEndWith(
    '/__openclaw__/canvas/',
  )
  expect((await fetch(`http://127.0.0.1:${canvasPort}/health`)).status).toBe(404)
  expect((await at('canvas/', { host: 'example.com' }, canvasPort)).status).toBe(401)
})

test('a canvas that is switched off is not there', async () => {
  await using off = await gateway({ config: { canvasHost: { enabled: false } } })
  expect((await fetch(`${off.url}/__openclaw__/canvas/x.txt`)).headers.get('content-security-policy')).toContain(
    "default-src 'none'",
  )
})
