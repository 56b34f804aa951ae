// Every control route over a real Chromium and a site on loopback.
import { afterAll, beforeAll, expect } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alive } from '../../src/os/processes.ts'
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
  'nothing runs before it is used; then status and profiles tell of it',
  async () => {
    expect(await b.get('/')).toMatchObject({
      enabled: true,
      running: false,
      pid: null,
      cdpPort: 0,
      detectedExecutablePath: expect.any(String),
    })
    expect(await b.get('/tabs')).toEqual({ running: false, tabs: [] })
    expect(await b.refused('/tabs/focus', { targetId: 'x' })).toStartWith(
      'CONFLICT the browser of profile "openclaw" is not running',
    )
    expect(existsSync(join(b.dir, 'openclaw'))).toBe(false)
    expect(await b.post('/start')).toEqual({ ok: true, profile: 'openclaw' })
    const now = await b.get('/')
    expect(now).toMatchObject({
      running: true,
      cdpReady: true,
      headless: true,
      userDataDir: join(b.dir, 'openclaw', 'user-data'),
    })
    expect(now.cdpPort).toBeGreaterThan(0)
    expect(alive(now.pid)).toBe(true)
    expect((await b.get('/profiles')).profiles).toMatchObject([
      { name: 'openclaw', running: true, tabCount: 1, isDefault: true, isRemote: false },
    ])
    expect(await b.refused('/start', { profile: 'nobody' })).toBe(
      'NOT_FOUND profile "nobody" not found; there are openclaw',
    )
    await expect(b.get('/no/such')).rejects.toThrow('there is no browser route GET /no/such')
  },
  slow,
)

real(
  'tabs are opened, found by prefix or number, focused and closed',
  async () => {
    const opened = await b.post('/tabs/open', { url: `${s.url}/` })
    expect(opened).toMatchObject({ title: 'The form', url: `${s.url}/`, type: 'page' })
    const { tabs } = await b.get('/tabs')
    expect(tabs.map((t: { url: string }) => t.url).sort()).toEqual(['about:blank', `${s.url}/`])
    expect(await b.post('/tabs/focus', { targetId: opened.targetId.slice(0, 12).toLowerCase() })).toEqual({ ok: true })
    expect(await b.refused('/tabs/focus', { targetId: 'zz' })).toStartWith('NOT_FOUND tab not found')
    const made = await b.post('/tabs/action', { action: 'new' })
    expect(made.tab.url).toBe('about:blank')
    expect(await b.del(`/tabs/${made.tab.targetId}`)).toEqual({ ok: true })
    const index = (await b.get('/tabs')).tabs.findIndex((t: { targetId: string }) => t.targetId === opened.targetId)
    expect(await b.post('/tabs/action', { action: 'select', index })).toEqual({ ok: true, targetId: opened.targetId })
    expect(await b.refused('/tabs/action', { action: 'select', index: 9 })).toStartWith('NOT_FOUND tab not found')
    expect(await b.refused('/tabs/action', { action: 'jump' })).toStartWith('INVALID_REQUEST action')
  },
  slow,
)

real(
  'a form is filled and sent by refs',
  async () => {
    await fresh()
    const name = await b.ref('textbox', 'Name')
    const [note, day, agree, colour] = await Promise.all([
      b.ref('textbox', 'Note'),
      b.ref('textbox', 'Day').catch(() => b.ref('date', 'Day')),
      b.ref('checkbox', 'I agree'),
      b.ref('combobox', 'Colour'),
    ])
    await b.act('fill', {
      fields: [
        { ref: name, type: 'text', value: 'Ada "the first" Lovelace' },
        { ref: note, type: 'text', value: 'two\nlines' },
        { ref: day, type: 'text', value: '2026-11-26' },
        { ref: agree, type: 'checkbox', value: true },
        { ref: colour, type: 'select', value: 'Blue' },
      ],
    })
    expect((await b.get('/snapshot')).snapshot).toContain('- checkbox "I agree" [checked]')
    expect(await b.refused('/act', { kind: 'select', ref: colour, values: ['Green'] })).toBe(
      `NOT_FOUND the list "${colour}" has no option "Green"`,
    )
    const clicked = await b.act('click', { ref: await b.ref('button', 'Send') })
    expect(clicked).toMatchObject({ ok: true, targetId: expect.any(String) })
    await b.act('wait', { text: 'Thanks, Ada', url: '**/done*', loadState: 'load' })
    expect(s.state.form).toEqual({
      name: 'Ada "the first" Lovelace',
      note: 'two\r\nlines',
      day: '2026-11-26',
      agree: 'on',
      colour: 'b',
    })
    expect(await b.refused('/act', { kind: 'click', ref: name })).toStartWith('NOT_FOUND')
  },
  slow,
)

real(
  'typing replaces, slowly or at once; keys, hovering, dragging, double clicks, frames',
  async () => {
    await fresh()
    await b.act('type', { ref: await b.ref('textbox', 'Note'), text: 'new' })
    await b.act('type', { ref: await b.ref('textbox', 'Name'), text: 'slow', slowly: true })
    expect(await b.run(`[...document.querySelectorAll('[name=note],[name=name]')].map((e) => e.value)`)).toEqual([
      'slow',
      'new',
    ])
    await b.act('press', { key: 'Control+A' })
    await b.act('press', { key: 'x' })
    expect(await b.run(`document.querySelector('[name=name]').value`)).toBe('x')
    expect(await b.refused('/act', { kind: 'press', key: 'Hyper' })).toStartWith(
      'INVALID_REQUEST there is no key "Hyper"',
    )
    await b.act('click', { ref: await b.ref('button', 'Press'), doubleClick: true, modifiers: ['Shift'] })
    expect(await b.run('[document.title, window.shift]')).toEqual(['twice', true])
    await b.act('hover', { ref: await b.ref('button', 'Sink') })
    expect(await b.run('window.over')).toBe(true)
    await b.get('/snapshot')
    const [from, to] = [await b.ref('button', 'Source'), await b.ref('button', 'Sink')]
    await b.act('drag', { startRef: from, endRef: to })
    expect(await b.run('[window.from, document.title]')).toEqual([true, 'dropped'])
    await b.act('click', { ref: await b.ref('button', 'Inside') })
    expect(await b.run('window.pressed')).toBe(true)
    await b.act('type', { ref: await b.ref('textbox', 'Name'), text: 'Bo', submit: true })
    await b.act('wait', { selector: 'h1', textGone: 'Order' })
    expect(s.state.form['name']).toBe('Bo')
    expect(await b.refused('/act', { kind: 'fly' })).toStartWith('INVALID_REQUEST kind is required: one of click')
    expect(await b.refused('/act', { kind: 'click', selector: 'h1' })).toStartWith(
      'INVALID_REQUEST selector is not taken here',
    )
    expect(await b.refused('/act', { kind: 'click' })).toBe('INVALID_REQUEST ref is required')
  },
  slow,
)

real(
  'scripts: values, promises, elements, what they throw; and waiting for one in vain',
  async () => {
    await fresh()
    expect(await b.run('async () => ({ sum: 1 + 1, list: [1] })')).toEqual({ sum: 2, list: [1] })
    const ref = await b.ref('heading', 'Order')
    expect((await b.act('evaluate', { fn: '(el) => el.tagName', ref })).result).toBe('H1')
    expect(await b.refused('/act', { kind: 'evaluate', fn: '() => { throw new Error("oh no") }' })).toContain(
      'Error: oh no',
    )
    expect(await b.refused('/act', { kind: 'wait', fn: '() => false', timeoutMs: 300 })).toStartWith('TIMEOUT')
    await using shut = rig({ evaluate: false })
    expect(await shut.refused('/act', { kind: 'evaluate', fn: '1' })).toStartWith('FORBIDDEN act:evaluate is disabled')
    expect(await shut.refused('/act', { kind: 'wait', fn: '1' })).toStartWith('FORBIDDEN wait --fn is disabled')
  },
  slow,
)

real(
  'snapshots: a part, a frame, a list, short ones, and with labels',
  async () => {
    await fresh()
    expect((await b.get('/snapshot', { selector: 'h1' })).snapshot).toBe('- heading "Order" [level=1] [ref=e1]')
    expect((await b.get('/snapshot', { frame: 'iframe' })).snapshot).toBe('- button "Inside" [ref=e1]')
    const short = await b.get('/snapshot', { mode: 'efficient' })
    expect(short.snapshot).not.toContain('heading')
    expect(short.snapshot).toContain('- button "Send"')
    const list = await b.get('/snapshot', { format: 'aria', limit: '3' })
    expect(list.nodes.map((n: { ref: string }) => n.ref)).toEqual(['ax1', 'ax2', 'ax3'])
    const shown = await b.get('/snapshot', { labels: 'true' })
    expect(shown).toMatchObject({ labels: true, imageType: 'png' })
    expect(shown.labelsCount).toBeGreaterThan(5)
    expect(await b.run(`document.querySelector('[id^=oclaw-labels]')`)).toBeNull()
    await expect(b.get('/snapshot', { selector: '#none' })).rejects.toThrow('nothing on the page matches #none')
    await expect(b.get('/snapshot', { format: 'aria', labels: true })).rejects.toThrow('require format=ai')
  },
  slow,
)

real(
  'pictures and PDFs are files of the right kind and size',
  async () => {
    await fresh()
    const png = readFileSync((await b.post('/screenshot')).path)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    await b.run(`document.body.style.height = '9000px'`)
    const jpeg = readFileSync((await b.post('/screenshot', { fullPage: true, type: 'jpeg' })).path)
    expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8')
    const whole = readFileSync((await b.post('/screenshot', { fullPage: true })).path)
    expect(whole.readUInt32BE(20)).toBeLessThanOrEqual(2001)
    const element = readFileSync((await b.post('/screenshot', { ref: await b.ref('button', 'Source') })).path)
    expect([element.readUInt32BE(16), element.readUInt32BE(20)]).toEqual([40, 40])
    expect(await b.refused('/screenshot', { element: '#sink', fullPage: true })).toContain('fullPage is not supported')
    const pdf = await b.post('/pdf')
    expect(readFileSync(pdf.path).subarray(0, 5).toString()).toBe('%PDF-')
  },
  slow,
)

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
    await expect(b.get('/storage/other')).rejects.toThrow('must be local or session')
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
    for (let i = 0; i < 200 && (await b.get('/')).running; i++) await Bun.sleep(10)
    expect(await b.get('/tabs')).toEqual({ running: false, tabs: [] })
  },
  slow,
)
