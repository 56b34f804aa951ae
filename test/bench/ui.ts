// Figures of the Control UI in a real browser: `bun test/bench/ui.ts`; `--minutes 30` streams for so long. Bytes of the first load, time until it can be used, frames while an answer streams, and a session of 10,000 messages opened.
import { rig, type Rig } from '../ui/rig.ts'
import { longTalk } from '../ui/talk.ts'

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
const say = (name: string, value: string) => process.stdout.write(`${name.padEnd(46)} ${value}\n`)

/** Bytes over the wire for the first page, by what the browser itself counted. */
async function firstLoad({ page, gw }: Rig) {
  await page.send('Network.clearBrowserCache')
  await page.go('about:blank')
  await page.go(`${gw.url}/`)
  await page.shows(/Up for\s+\d/i)
  const files = await page.value<{ name: string; bytes: number }[]>(
    `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((e) => ({ name: e.name.split('/').at(-1), bytes: e.encodedBodySize }))`,
  )
  const counted = files.filter((f) => !/icon|manifest/.test(f.name))
  const charts = counted.filter((f) => /uPlot/i.test(f.name))
  const sum = (list: typeof files) => list.reduce((n, f) => n + f.bytes, 0) / 1024
  say('first load, compressed (JS, CSS, HTML)', `${sum(counted).toFixed(1)} KB`)
  say('  of it the charts, loaded after the page', `${sum(charts).toFixed(1)} KB`)
  for (const f of counted) say(`    ${f.name || 'index.html'}`, `${(f.bytes / 1024).toFixed(1)} KB`)
}

/** Milliseconds from the request to the first data on the page. */
async function interactive({ page, gw }: Rig) {
  const times: number[] = []
  for (let i = 0; i < 7; i++) {
    await page.go('about:blank')
    await page.send('Page.addScriptToEvaluateOnNewDocument', {
      source: `new MutationObserver((_, o) => { if (document.querySelector('.lamp.open') && document.querySelector('main h1, main .tile')) { window.usable ??= performance.now(); o.disconnect() } }).observe(document, { subtree: true, childList: true, attributes: true })`,
    })
    await page.go(`${gw.url}/chat`)
    await page.until('the page', 'window.usable !== undefined')
    times.push(await page.value<number>('window.usable'))
  }
  say('interactive (signed in, chat shown), median', `${median(times).toFixed(0)} ms`)
}

/** Frames while an answer of 2,000 words streams. */
async function streaming({ page }: Rig) {
  await page.value(
    `window.frames_ = []; window.last_ = performance.now(); window.tick_ = (t) => { window.frames_.push(t - window.last_); window.last_ = t; if (window.counting_ !== false) requestAnimationFrame(window.tick_) }; requestAnimationFrame(window.tick_)`,
  )
  await page.fill('[data-composer]', 'stream')
  await page.press('Enter')
  await page.shows(/word word/)
  await page.value('window.frames_.length = 0')
  await page.until('the end', `document.querySelector('.answer[aria-busy]') === null`)
  const frames = await page.value<number[]>('window.counting_ = false, window.frames_')
  const slow = frames.toSorted((a, b) => b - a)
  say('2,000 tokens streamed: frames', `${frames.length}, median ${(1000 / median(frames)).toFixed(0)} per s`)
  say(
    '  99th of 100 frames, longest',
    `${(slow[Math.floor(slow.length / 100)] ?? 0).toFixed(0)} ms, ${(slow[0] ?? 0).toFixed(0)} ms`,
  )
  const heap = await page.value<number>('performance.memory?.usedJSHeapSize ?? 0')
  say('  heap of the page afterwards', `${(heap / 1e6).toFixed(1)} MB`)
}

/** The page's heap while answers stream, one after the other, for `minutes`; or after twelve of them. */
async function memory({ page }: Rig, minutes: number | undefined) {
  const heaps: number[] = []
  const end = performance.now() + (minutes ?? 0) * 60_000
  for (let i = 0; minutes === undefined ? i < 12 : performance.now() < end; i++) {
    await page.fill('[data-composer]', `again ${i}`)
    await page.press('Enter')
    await page.until('an answer', `document.querySelectorAll('.answer[aria-busy]').length > 0`)
    await page.until('its end', `document.querySelector('.answer[aria-busy]') === null`)
    await page.send('HeapProfiler.collectGarbage')
    heaps.push((await page.value<number>('performance.memory.usedJSHeapSize')) / 1e6)
  }
  const every = Math.max(1, Math.floor(heaps.length / 24))
  const shown = heaps.filter((_, i) => i % every === 0 || i === heaps.length - 1).map((h) => h.toFixed(1))
  say(`heap over ${heaps.length} streamed answers, MB`, shown.join(' '))
}

/** A session of 10,000 messages: put into the database, opened, and walked through. */
async function long({ page, gw }: Rig) {
  await longTalk(gw, 'agent:main:long', 10_000)
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    await page.click('nav a[href$="/sessions"]')
    await page.until('the list', `document.querySelector('a[href*="long"]') !== null`)
    await page.value('new Promise((done) => setTimeout(done, 200))')
    const open = `new Promise((done) => { const begun = performance.now(); document.querySelector('main a[href*="long"]').click(); const look = () => { if ([...document.querySelectorAll('.answer')].at(-1)?.innerText.includes('9999')) requestAnimationFrame(() => done(performance.now() - begun)); else requestAnimationFrame(look) }; look() })`
    times.push(await page.value<number>(open))
    if (i === 0) say('10,000 messages opened, the first time', `${times[0]?.toFixed(0)} ms`)
  }
  const rows = () => page.value<number>(`document.querySelectorAll('.virtual .row').length`)
  say('  again, median', `${median(times).toFixed(0)} ms`)
  let most = await rows()
  for (let i = 0; i < 30; i++) {
    await page.value(`document.querySelector('.virtual').scrollTop = ${i % 3 === 2 ? 200 : 0}`)
    await page.value('new Promise((done) => setTimeout(done, 60))')
    most = Math.max(most, await rows())
  }
  say('  rows in the page, at most', String(most))
  const first = await page.value<string>(`document.querySelector('.virtual .row')?.innerText.slice(0, 20)`)
  say('  walked back to', JSON.stringify(first))
}

await using r = await rig({ model: () => ({ tokens: 2000, everyMs: 20 }) })
await r.open('')
await firstLoad(r)
await interactive(r)
await streaming(r)
const at = Bun.argv.indexOf('--minutes')
await memory(r, at < 0 ? undefined : Number(Bun.argv[at + 1]))
if (at < 0) await long(r)
