// Every control route over a real Chromium and a site on loopback.
import { afterAll, beforeAll, expect } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
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
    expect(await b.refused('/no/such', {}, 'GET')).toContain('there is no browser route GET /no/such')
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
    expect(await b.refused('/snapshot', { selector: '#none' }, 'GET')).toContain('nothing on the page matches #none')
    expect(await b.refused('/snapshot', { format: 'aria', labels: true }, 'GET')).toContain('require format=ai')
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
  'frames of other sites and closed shadow roots are seen and acted in like the rest',
  async () => {
    await using far = rig({ policy: { allowPrivate: true, always: [], only: [] } })
    const other = `http://localhost:${s.port}/`
    await far.post('/navigate', { url: `${s.url}/frames?url=${encodeURIComponent(other)}` })
    await far.act('type', { ref: await far.ref('textbox', 'Name'), text: 'from afar' })
    await far.act('click', { ref: await far.ref('button', 'Send') })
    await until('the form', () => s.state.form['name'] === 'from afar')
    await far.run(`(() => {
      const host = document.createElement('div')
      document.body.prepend(host)
      host.attachShadow({ mode: 'closed' }).innerHTML = '<button onclick="document.title = 1234">Deep</button>'
    })()`)
    await far.act('click', { ref: await far.ref('button', 'Deep') })
    expect(await far.run('document.title')).toBe('1234')
  },
  slow,
)

real(
  'a page that never ends loading is there as soon as it can be read',
  async () => {
    expect(await b.post('/navigate', { url: `${s.url}/endless` })).toMatchObject({ ok: true })
    expect((await b.get('/snapshot')).snapshot).toContain('heading "Here already"')
  },
  slow,
)
