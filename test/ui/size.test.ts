// How much of the Control UI has to be fetched before a page can be used: as the browser itself counted, on every page.
import { expect } from 'bun:test'
import { pages, rig, slow, ui } from './rig.ts'

/** Most bytes of a first load, compressed: JS, CSS and HTML; charts come after the page. */
const most = 60_000

const sum = `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter((e) => !/icon|manifest|uPlot/i.test(e.name))
  .reduce((n, e) => n + e.encodedBodySize, 0)`

ui(
  'no page needs more than 60 KB before it can be used',
  async () => {
    await using r = await rig()
    await r.open()
    const sizes: (readonly [string, number])[] = []
    for (const path of pages) {
      await r.page.send('Network.clearBrowserCache')
      await r.page.go('about:blank')
      await r.open(path)
      await r.page.until('its data', `document.querySelector('main h1') && !document.querySelector('main .waiting')`)
      sizes.push([path, await r.page.value<number>(sum)])
    }
    expect(sizes.every(([, n]) => n > 10_000)).toBe(true)
    expect(sizes.filter(([, n]) => n > most)).toEqual([])
  },
  slow,
)
