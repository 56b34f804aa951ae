// The chat in a real browser: answers as they grow, tools, files, branches, and what survives when the gateway is away.
import { afterAll, beforeAll, expect } from 'bun:test'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { mediaFile } from '../../src/domain/media.ts'
import { lastUserText } from '../fakes/anthropic.ts'
import type { Script } from '../fakes/model-script.ts'
import { until } from '../e2e/program.ts'
import { able, rig, slow, ui, type Rig } from './rig.ts'
import { dot, longTalk, says } from './talk.ts'

let r: Rig

/** What the fake model says to a text. */
function reply(body: Record<string, unknown>): Script | string {
  const said = lastUserText(body)
  const last = JSON.stringify((body['messages'] as unknown[]).at(-1))
  const results = last.includes('tool_result')
  const question = /(second|another) question/.exec(last)?.[0]
  if (question !== undefined) return `Heard: ${question}`
  if (/think/.test(said)) return { thinking: 'Let me see what kettles are.', text: 'A kettle boils water.' }
  if (/read the soul/.test(said) && !results) return { calls: [{ name: 'read', input: { path: 'SOUL.md' } }] }
  if (/read the dot/.test(said) && !results) return { calls: [{ name: 'read', input: { path: 'dot.png' } }] }
  if (/run ls/.test(said) && !results) return { calls: [{ name: 'exec', input: { command: 'ls -la' } }] }
  if (/long story/.test(said)) return { tokens: 4000, everyMs: 30 }
  if (/code/.test(said))
    return '# Title\n\n```ts\nconst a = 1\n```\n\n- [x] done\n\n[link](https://example.com) [bad](javascript:alert(1))'
  return `Heard: ${said.replace(/^\[[^\]]*\] /, '')}`
}

/** The same one after a break; below those the system hands out. */
const port = 20_000 + (process.pid % 12_000)

beforeAll(async () => {
  if (!able) return
  r = await rig({ model: reply, args: ['--port', String(port)] })
  await r.open('chat')
}, slow)
afterAll(async () => r?.[Symbol.asyncDispose]())

/** Writes a message and sends it. */
async function send(text: string) {
  await r.page.fill('[data-composer]', text)
  await r.page.press('Enter')
}

ui(
  'Markdown is shown as elements; an address that would run is none',
  async () => {
    await send('some code please')
    await r.page.until('a block of code', `document.querySelector('figure.code .word')?.textContent === 'const'`)
    const links = await r.page.value<string[]>(`[...document.querySelectorAll('.markdown a')].map((a) => a.href)`)
    expect(links).toEqual(['https://example.com/'])
    await r.page.shows(/bad/)
  },
  slow,
)

ui(
  'thinking is folded away, and a tool shows what it was given and what came of it',
  async () => {
    await r.page.pick('select[aria-label="How much the model thinks"]', 'low')
    await r.page.shows(/From the next message on/)
    await send('think about kettles')
    await r.page.shows(/A kettle boils water\./)
    await r.page.choose('Thought')
    await r.page.shows(/Let me see what kettles are\./)
    await r.page.pick('select[aria-label="How much the model thinks"]', 'off')
    await send('read the soul')
    await r.page.shows(/Heard: read the soul/)
    await r.page.until(
      'the card',
      `document.querySelector('details.tool.done summary')?.textContent.includes('SOUL.md')`,
    )
    await r.page.click('details.tool.done summary')
    await r.page.shows(/"path": "SOUL\.md"/)
  },
  slow,
)

ui(
  'a tool that has to ask is answered where one talks',
  async () => {
    await r.gw.call('config.set', { path: 'tools.exec', value: { security: 'allowlist', ask: 'always' } })
    await send('run ls')
    await r.page.shows(/asks to run/)
    await r.page.choose('Allow once')
    await r.page.shows(/Heard: run ls/)
    await r.page.until('no question', `!document.body.innerText.includes('asks to run')`)
  },
  slow,
)

ui(
  'an answer is stopped by Escape, and what was said so far stays',
  async () => {
    await send('a long story')
    await r.page.shows(/word word word/)
    await r.page.press('Escape')
    await r.page.shows(/Stopped/)
    await r.page.until('nothing at work', `document.querySelector('.answer[aria-busy]') === null`)
  },
  slow,
)

/** Pastes a picture of one point. */
async function paste() {
  await r.page.value(`(() => {
    const file = new File([Uint8Array.from(atob('${dot}'), (c) => c.charCodeAt(0))], 'dot.png', { type: 'image/png' })
    const data = new DataTransfer()
    data.items.add(file)
    document.querySelector('[data-composer]').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })()`)
  await r.page.until('the picture', `document.querySelector('.attached img') !== null`)
}

ui(
  'pictures of a person, of an agent and of its tools are shown by themselves, each in a box of one size, and larger when clicked',
  async () => {
    await paste()
    await send('a picture')
    await r.page.shows(/Heard: \[image this model cannot see: <untrusted[^>]*>dot\.png</)
    const kept = await r.gw.call('media.put', { content: dot, mimeType: 'image/png' })
    says(r.gw, 'agent:main:main', 'From me', { ...kept, mime: 'image/png', kind: 'image' })
    await Bun.write(join(r.gw.state.path, '.openclaw/workspace/dot.png'), Uint8Array.fromBase64(dot))
    await send('read the dot')
    await r.page.shows(/Heard: read the dot/)
    await r.page.value('location.reload()')
    for (const where of ['.said', '.answer >', 'details.tool']) {
      const box = `document.querySelector('${where} .picture')`
      await r.page.until(`the box in ${where}`, `${box} !== null`)
      if (where === 'details.tool') {
        expect(await r.page.value<unknown>(`${box}.querySelector('img')`)).toBeNull()
        await r.page.click('details.tool:has(.picture) summary')
      }
      await r.page.value(`${box}.scrollIntoView()`)
      await r.page.until(`the picture in ${where}`, `${box}.querySelector('img')?.naturalWidth === 1`)
      expect(await r.page.value<number[]>(`[${box}.offsetWidth, ${box}.offsetHeight]`)).toEqual([280, 200])
    }
    await r.page.choose('Show dot.png larger')
    await r.page.until('it larger', `document.querySelector('dialog img.large')?.naturalWidth === 1`)
    expect(await r.page.value<string>(`document.querySelector('dialog a[download]').download`)).toBe('dot.png')
    await r.page.press('Escape')
    await r.page.until('no dialog', `document.querySelector('dialog') === null`)
  },
  slow,
)

ui(
  'a picture that cannot be fetched can be asked for again, and one that no browser draws is offered',
  async () => {
    const away = Uint8Array.fromBase64(dot)
    const put = (bytes: Uint8Array, name: string) =>
      r.gw.call('media.put', { content: bytes.toBase64(), mimeType: 'image/png', name })
    const lost = await put(new Uint8Array([...away, 1]), 'lost.png')
    const odd = await put(new TextEncoder().encode('no picture'), 'odd.png')
    says(r.gw, 'agent:main:main', 'Two of them', { ...lost, mime: 'image/png' })
    says(r.gw, 'agent:main:main', 'and this', { ...odd, mime: 'image/png' })
    const [row] = r.gw.rows<{ sha256: string }>(`SELECT sha256 FROM media WHERE id = '${String(lost['id'])}'`)
    const path = join(r.gw.state.path, 'media', mediaFile(row?.sha256 ?? ''))
    renameSync(path, `${path}.away`)
    await r.page.value('location.reload()')
    await r.page.shows(/lost\.png\s+71 B|Picture\s+71 B/)
    await r.page.shows(/odd\.png\s+10 B/)
    renameSync(`${path}.away`, path)
    await r.page.tap('.picture', '71 B')
    await r.page.until(
      'the picture',
      `document.querySelector('.picture[aria-label="Show lost.png larger"] img')?.naturalWidth === 1`,
    )
  },
  slow,
)

ui(
  'a message is edited into a branch, and the list of sessions leads back',
  async () => {
    await r.page.choose('New session')
    await r.page.shows(/Nothing was said here yet/)
    await send('first question')
    await r.page.shows(/Heard: first question/)
    await paste()
    await send('second question')
    await r.page.shows(/Heard: second question/)
    const before = await r.page.value<string>('location.search')
    const edits = `[...document.querySelectorAll('.said button[aria-label="Edit and branch"]')]`
    await r.page.until('both to be stored', `${edits}.length === 2`)
    await r.page.value(`${edits}.at(-1).click()`)
    await r.page.fill('.editing textarea', 'another question')
    await r.page.choose('Send in a new branch')
    await r.page.shows(/Heard: another question/)
    await r.page.shows(/Heard: first question/)
    await r.page.until('its picture', `document.querySelector('.said .picture img')?.naturalWidth === 1`)
    expect(await r.page.text()).not.toContain('Heard: second question')
    await r.page.value(`document.querySelector('aside a[href$="' + ${JSON.stringify(before)} + '"]').click()`)
    await r.page.shows(/Heard: second question/)
  },
  slow,
)

ui(
  'an answer is made anew in the place of the old one, with the files of its question',
  async () => {
    const asked = r.model?.requests.length ?? 0
    await r.page.choose('Answer anew')
    await until('the model to be asked', () => (r.model?.requests.length ?? 0) > asked || undefined)
    await r.page.shows(/Heard: second question/)
    await r.page.until('nothing at work', `document.querySelector('.answer[aria-busy]') === null`)
    const text = await r.page.text()
    expect(text.match(/Heard: second question/g)).toHaveLength(1)
    expect(text).toContain('Heard: first question')
    await r.page.until('its picture', `document.querySelector('.said .picture img')?.naturalWidth === 1`)
    const sent = JSON.stringify(r.model?.requests.at(-1)?.body['messages'])
    expect(sent.match(/second question/g)).toHaveLength(1)
    expect(sent).toContain('dot.png')
  },
  slow,
)

ui(
  'commands are offered after a slash and chosen by keyboard',
  async () => {
    await r.page.fill('[data-composer]', '/stat')
    await r.page.until('the palette', `document.querySelector('[role=option][aria-selected=true]') !== null`)
    await r.page.press('Tab')
    expect(await r.page.value<string>(`document.querySelector('[data-composer]').value`)).toBe('/status ')
    await r.page.press('Enter')
    await r.page.shows(/Context: \d+/)
  },
  slow,
)

ui(
  'a draft survives a reload, and a break: the page says so, and goes on where it was',
  async () => {
    await r.page.fill('[data-composer]', 'a thought not finished')
    await r.page.value('location.reload()')
    await r.page.until('the draft', `document.querySelector('[data-composer]')?.value === 'a thought not finished'`)
    await r.page.until('the connection', `document.querySelector('.lamp.open') !== null`)
    await r.gw.kill9()
    await r.page.shows(/The gateway is away/)
    expect(await r.page.value<string>(`document.querySelector('[data-composer]').value`)).toBe('a thought not finished')
    await r.gw.start()
    await r.page.until('the connection', `document.querySelector('.lamp.open') !== null`)
    await r.page.press('Enter')
    await r.page.shows(/Heard: a thought not finished/)
    expect(r.page.trouble.filter((x) => x.kind !== 'request')).toEqual([])
  },
  slow,
)

ui(
  'a long talk is walked to its beginning, forgotten at its end, and walked again',
  async () => {
    await longTalk(r.gw, 'agent:main:long', 900)
    await r.open('chat?session=agent:main:long')
    await r.page.shows(/899 A line/)
    const begin = async () => {
      const first = `document.querySelector('.virtual .row')?.innerText ?? ''`
      await r.page.until('the beginning', `(document.querySelector('.virtual').scrollTop = 0, /begin/.test(${first}))`)
      return r.page.value<string>(first)
    }
    expect(await begin()).toContain('begin')
    await send('still here?')
    await r.page.shows(/Heard: still here/)
    await r.page.until('its beginning forgotten', `document.querySelector('.virtual .begin') === null`)
    expect(await begin()).toContain('begin')
  },
  slow,
)

ui(
  'what a search finds is opened where it was said, far back in a long talk',
  async () => {
    await r.gw.call('chat.inject', { sessionKey: 'agent:main:long', message: 'the end' })
    await r.visit('sessions')
    await r.page.fill('[data-search]', '137 A line')
    await r.page.until('the hit', `document.querySelector('a[href*="message="]') !== null`)
    const link = await r.page.value<string>(`document.querySelector('a[href*="message="]').getAttribute('href')`)
    expect(link).toMatch(/session=agent%3Amain%3Along&message=\d+$/)
    await r.page.click('a[href*="message="]')
    const top = `document.querySelector('.virtual').getBoundingClientRect().top`
    const row = `document.querySelector('.row.found')`
    await r.page.until('the message', `${row}?.innerText.startsWith('137 A line')`)
    await r.page.until('it at the top', `Math.abs(${row}.getBoundingClientRect().top - ${top}) < 40`)
    expect(await r.page.value<string>(`${row}.getAttribute('aria-current')`)).toBe('true')
    await send('and now?')
    await r.page.shows(/Heard: and now/)
    expect(await r.page.value<boolean>(`${row} === null`)).toBe(true)
  },
  slow,
)
