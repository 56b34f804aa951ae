// What is around pages, over a real Chromium: what they say and load, files, dialogs, what they find, and a browser's end.
import { afterAll, beforeAll, expect } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alive } from '../../src/os/processes.ts'
import { until } from '../e2e/program.ts'
import { real, rig, type Rig } from './rig.ts'
import { site, type Site } from './site.ts'

let b: Rig
let s: Site
beforeAll(() => {
  s = site()
  b = rig()
})
afterAll(async () => {
  await b[Symbol.asyncDispose]()
  await s[Symbol.asyncDispose]()
})

const slow = 60_000
const fresh = () => b.post('/navigate', { url: `${s.url}/` })

real(
  'console, errors and requests are kept; bodies can be waited for',
  async () => {
    await b.get('/requests', { clear: 'true' })
    await fresh()
    const { messages } = await b.get('/console')
    expect(messages.slice(-3).map((m: { type: string; text: string }) => [m.type, m.text])).toEqual([
      ['log', 'ready {a: 1}'],
      ['warning', 'careful'],
      ['error', 'bad'],
    ])
    expect((await b.get('/console', { level: 'error' })).messages.map((m: { type: string }) => m.type)).not.toContain(
      'log',
    )
    await b.act('wait', { timeMs: 50 })
    expect((await b.get('/errors', { clear: true })).errors.at(-1)).toMatchObject({
      name: 'Error',
      message: 'nobody caught this',
    })
    expect((await b.get('/errors')).errors).toEqual([])
    const body = b.post('/response/body', { url: '**/api', maxChars: 10 })
    await b.run(`fetch('/api').then((r) => r.json())`)
    expect(await body).toMatchObject({ response: { status: 200, body: '{"answer":', truncated: true } })
    const { requests } = await b.get('/requests', { filter: '/api' })
    expect(requests).toMatchObject([{ method: 'GET', status: 200, ok: true, resourceType: 'fetch' }])
    expect(await b.refused('/response/body', { url: 'never', timeoutMs: 50 })).toStartWith(
      'TIMEOUT nothing was loaded from never',
    )
  },
  slow,
)

real(
  'downloads keep inside their folder, whatever the server calls them',
  async () => {
    await fresh()
    const link = await b.ref('link', 'Report')
    const { download } = await b.post('/download', { ref: link, path: 'mine.csv' })
    expect(download).toMatchObject({ suggestedFilename: '_the report.csv', path: join(b.dir, 'downloads', 'mine.csv') })
    expect(readFileSync(download.path, 'utf8')).toBe('a,b\n1,2\n')
    expect(await b.refused('/download', { ref: link, path: '../out.csv' })).toStartWith(
      'INVALID_REQUEST ../out.csv leads out of',
    )
    expect(await b.refused('/download', { ref: 'e999', path: 'x' })).toStartWith('NOT_FOUND')
    const next = b.post('/wait/download', {})
    await b.act('click', { ref: link })
    expect((await next).download.path).toBe(join(b.dir, 'downloads', '_the report.csv'))
    expect(await b.refused('/wait/download', { timeoutMs: 30 })).toStartWith('TIMEOUT nothing was downloaded')
  },
  slow,
)

real(
  'files are uploaded from one folder only',
  async () => {
    await fresh()
    mkdirSync(join(b.dir, 'uploads'), { recursive: true })
    for (const name of ['a.txt', 'b.txt']) writeFileSync(join(b.dir, 'uploads', name), 'hi')
    symlinkSync('/etc/passwd', join(b.dir, 'uploads', 'link'))
    const field = await b.ref('button', 'File')
    expect(await b.post('/hooks/file-chooser', { paths: ['a.txt'], inputRef: field })).toEqual({ ok: true })
    expect(await b.run('document.title')).toBe('a.txt')
    await b.run(`document.title = ''`)
    await b.post('/hooks/file-chooser', { paths: ['b.txt'], ref: await b.ref('button', 'Pick') })
    await b.act('wait', { fn: `() => document.title === 'b.txt'` })
    for (const path of ['/etc/passwd', 'link', '../../x', 'none'])
      expect(await b.refused('/hooks/file-chooser', { paths: [path], element: '#file' })).toStartWith('INVALID_REQUEST')
    expect(await b.refused('/hooks/file-chooser', { paths: ['a.txt'], element: 'h1' })).toContain('<input type=file>')
  },
  slow,
)

real(
  'dialogs are dismissed unless one is awaited',
  async () => {
    await fresh()
    const ask = await b.ref('button', 'Ask')
    await b.act('click', { ref: ask })
    expect(await b.run('document.title')).toBe('null')
    await b.post('/hooks/dialog', { accept: true, promptText: 'three' })
    await b.act('click', { ref: ask })
    expect(await b.run('document.title')).toBe('three')
    expect((await b.get('/console')).messages.at(-1)).toMatchObject({
      type: 'dialog',
      text: 'prompt: how many? (accepted)',
    })
  },
  slow,
)

real(
  'cookies and storage are read, set and cleared',
  async () => {
    await fresh()
    const names = async () => (await b.get('/cookies')).cookies.map((c: { name: string }) => c.name).sort()
    expect(await names()).toEqual(['seen', 'sid'])
    await b.post('/cookies/set', { cookie: { name: 'mine', value: '1', url: s.url } })
    expect(await names()).toEqual(['mine', 'seen', 'sid'])
    expect(await b.refused('/cookies/set', { cookie: { name: 'x', value: 'y' } })).toContain('a cookie needs a url')
    await b.post('/cookies/clear')
    expect(await names()).toEqual([])
    expect((await b.get('/storage/local')).values).toEqual({ theme: 'dark' })
    await b.post('/storage/session/set', { key: `a"b`, value: 2 })
    expect((await b.get('/storage/session', { key: `a"b` })).values).toEqual({ 'a"b': '2' })
    expect((await b.get('/storage/session', { key: 'none' })).values).toEqual({})
    await b.post('/storage/session/clear')
    expect((await b.get('/storage/session')).values).toEqual({})
    expect(await b.refused('/storage/other', {}, 'GET')).toContain('must be local or session')
  },
  slow,
)

real(
  'a page finds the place, time, language, colours, device and network it is told',
  async () => {
    await fresh()
    await b.post('/set/headers', { headers: { 'x-from': 'test' } })
    await b.post('/set/credentials', { username: 'ann', password: 'pw' })
    await b.post('/navigate', { url: `${s.url}/private` })
    expect([await b.run('document.title'), s.state.headers.get('x-from')]).toEqual(['in', 'test'])
    await b.post('/set/credentials', { clear: true })
    await b.post('/set/timezone', { timezoneId: 'Asia/Tokyo' })
    await b.post('/set/locale', { locale: 'de-DE' })
    await b.post('/set/media', { colorScheme: 'dark' })
    const told =
      '[Intl.DateTimeFormat().resolvedOptions().timeZone, (1.5).toLocaleString(), navigator.language, matchMedia("(prefers-color-scheme: dark)").matches]'
    expect(await b.run(told)).toEqual(['Asia/Tokyo', '1,5', 'de-DE', true])
    await b.post('/set/geolocation', { latitude: 52.5, longitude: 13.4 })
    expect(
      await b.run(
        'new Promise((r) => navigator.geolocation.getCurrentPosition((p) => r(p.coords.latitude), (e) => r(e.message)))',
      ),
    ).toBe(52.5)
    await b.post('/set/geolocation', { clear: true })
    await b.post('/set/offline', { offline: 'true' })
    expect(await b.run(`fetch('/api').then(() => 'on', () => 'off')`)).toBe('off')
    await b.post('/set/offline', { offline: false })
    await b.post('/set/device', { name: 'iphone 14' })
    expect(await b.run('navigator.userAgent')).toContain('iPhone')
    expect(await b.refused('/set/device', { name: 'iPhone 99' })).toMatch(
      /there is no device "iPhone 99"; there are iPhone/,
    )
    expect(await b.refused('/set/timezone', { timezoneId: 'Moon/Base' })).toStartWith(
      'INVALID_REQUEST the browser does not take this timezone',
    )
    await b.act('resize', { width: 500, height: 400 })
    expect(await b.run('[innerWidth, innerHeight]')).toEqual([500, 400])
  },
  slow,
)

real(
  'traces are recorded, elements marked',
  async () => {
    await fresh()
    await b.post('/trace/start', { screenshots: false })
    expect(await b.refused('/trace/start')).toStartWith('CONFLICT')
    const { path } = await b.post('/trace/stop', { path: 'my.zip' })
    expect(path).toBe(join(b.dir, 'traces', 'my.json'))
    expect(JSON.parse(readFileSync(path, 'utf8')).traceEvents.length).toBeGreaterThan(0)
    await b.post('/highlight', { ref: await b.ref('heading', 'Order') })
    expect(await b.run(`getComputedStyle(document.querySelector('h1')).outlineStyle`)).toBe('solid')
  },
  slow,
)

real(
  'a browser that is ended is gone; its data can be thrown away; another use starts it anew',
  async () => {
    const { pid } = await b.get('/')
    expect(await b.post('/stop')).toEqual({ ok: true, stopped: true, profile: 'openclaw' })
    expect(alive(pid)).toBe(false)
    expect(await b.post('/stop')).toMatchObject({ stopped: false })
    const reset = await b.post('/reset-profile')
    expect(reset).toMatchObject({ moved: true, from: join(b.dir, 'openclaw', 'user-data') })
    expect([existsSync(reset.from), existsSync(reset.to)]).toEqual([false, true])
    expect(await b.post('/tabs/open', { url: `${s.url}/` })).toMatchObject({ title: 'The form' })
    const again = (await b.get('/')).pid as number
    process.kill(again, 'SIGKILL')
    await until('it to be missed', async () => !(await b.get('/')).running)
    expect(await b.get('/tabs')).toEqual({ running: false, tabs: [] })
  },
  slow,
)
