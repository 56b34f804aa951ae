// The original's Control UI, served and fed by our gateway, in a real browser.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { browser, chromium, type Browser } from './browser.ts'
import { controlUi, install } from './original.ts'

const program = chromium()
const missing = install() ?? (program ? undefined : 'there is no Chromium here')
if (missing) console.log(`skipped: ${missing}`)
const peer = test.skipIf(missing !== undefined)

/** Complaints the page shows against the original gateway, too. */
const usual = [
  /^not configured$/,
  /^Channel config schema unavailable\.$/,
  /^Form view can't safely edit some fields\. Use Raw to avoid losing config entries\.$/,
]

/** Troubles of the page but one: that it may not fetch a font from somebody else's server. */
const troubles = () => page.trouble.filter((t) => !t.text.startsWith("Loading the stylesheet 'https://fonts."))

let gw: Gateway
let page: Browser

beforeAll(async () => {
  if (!program || missing) return
  gw = await gateway({ config: { gateway: { controlUi: { root: controlUi } } } })
  page = await browser(program)
}, 60_000)

afterAll(async () => {
  await page?.[Symbol.asyncDispose]()
  await gw?.[Symbol.asyncDispose]()
})

/** Each tab and a text it shows once its data is there. */
const tabs: readonly (readonly [tab: string, shows: RegExp])[] = [
  ['overview', /Snapshot/i],
  ['channels', /Channel health/i],
  ['instances', /Connected Instances/i],
  ['sessions', /Sessions/],
  ['usage', /Usage/],
  ['cron', /Scheduler/i],
  ['agents', /main/],
  ['skills', /Skills/],
  ['nodes', /Devices/],
  ['config', /gateway/i],
  ['debug', /Snapshots/i],
  ['logs', /Logs/],
]

for (const [tab, shows] of tabs)
  peer(
    `${tab} loads without a complaint`,
    async () => {
      await page.go(`${gw.url}/${tab}?token=${gw.token}`)
      await page.shows(/HEALTH\s+OK/i)
      await page.shows(shows)
      const found = await page.value<string[]>(
        '[...document.querySelectorAll(".callout.danger, .pill.danger")].map((e) => e.innerText.trim())',
      )
      expect(found.filter((text) => !usual.some((u) => u.test(text)))).toEqual([])
      expect(troubles()).toEqual([])
    },
    60_000,
  )

peer(
  'chat streams an answer',
  async () => {
    await page.go(`${gw.url}/chat?token=${gw.token}`)
    await page.shows(/HEALTH\s+OK/i)
    await page.value('document.querySelector("textarea").focus()')
    await page.type('hello from the page')
    await page.press('Enter', 13)
    await page.shows(/You said: hello from the page/)
    expect(troubles()).toEqual([])
  },
  60_000,
)
