// The original's `browser` commands against our gateway and a real Chromium.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noSandbox } from '../browser/rig.ts'
import { site, type Site } from '../browser/site.ts'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { folder } from '../e2e/program.ts'
import { chromium } from './browser.ts'
import { install, original } from './original.ts'

const program = chromium()
const missing = install() ?? (program ? undefined : 'there is no Chromium here')
if (missing) console.log(`skipped: ${missing}`)
const peer = test.skipIf(missing !== undefined)

const home = folder()
let gw: Gateway
let s: Site

beforeAll(async () => {
  if (missing) return
  s = site()
  const browser = {
    headless: true,
    noSandbox,
    executablePath: program,
    ssrfPolicy: { allowedHostnames: ['127.0.0.1'] },
  }
  gw = await gateway({ config: { browser } })
  const auth = { mode: 'token', token: gw.token }
  home.write('.openclaw/openclaw.json', JSON.stringify({ gateway: { mode: 'local', port: gw.port, auth } }))
}, 60_000)

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]()
  await s?.[Symbol.asyncDispose]()
  home[Symbol.dispose]()
})

/** The ref of the first line that fits, in the last snapshot the original printed. */
let page = ''
const ref = (line: RegExp) => /\[ref=(e\d+)\]/.exec(page.split('\n').find((l) => line.test(l)) ?? '')?.[1] ?? 'none'

/** Commands in their order, and what the original prints. */
const commands: readonly (readonly [words: () => readonly string[], prints: RegExp])[] = [
  [() => ['status'], /profile: openclaw[\s\S]*running: false[\s\S]*detectedPath: /],
  [() => ['start'], /browser \[openclaw\] running: true/],
  [() => ['status', '--json'], /"cdpReady": true/],
  [() => ['profiles'], /openclaw: running \(1 tabs\) \[default\]/],
  [() => ['open', `${s.url}/`], /opened: http:\/\/127\.0\.0\.1:\d+\/\s+id: [0-9A-F]{32}/],
  [() => ['tabs'], /The form/],
  [() => ['tab'], /1\. /],
  [() => ['snapshot'], /- heading "Order" \[level=1\] \[ref=e1\]/],
  [() => ['snapshot', '--format', 'aria', '--limit', '5'], /- heading "Order"/],
  [() => ['snapshot', '--efficient', '--labels'], /- button "Send"[\s\S]*MEDIA:/],
  [() => ['snapshot'], /textbox "Name"/],
  [() => ['type', ref(/textbox "Name"/), 'Ada'], /typed into ref e\d+/],
  [() => ['select', ref(/combobox "Colour"/), 'Blue'], /selected Blue/],
  [() => ['click', ref(/checkbox "I agree"/)], /clicked ref e\d+ on http/],
  [() => ['hover', ref(/button "Sink"/)], /hovered ref/],
  [() => ['scrollintoview', ref(/button "Send"/)], /scrolled into view: /],
  [() => ['drag', ref(/button "Source"/), ref(/button "Sink"/)], /dragged e\d+ → e\d+/],
  [
    () => ['fill', '--fields', JSON.stringify([{ ref: ref(/textbox "Note"/), type: 'text', value: 'hi' }])],
    /filled 1 field/,
  ],
  [() => ['evaluate', '--fn', '() => document.querySelector("[name=note]").value'], /"hi"/],
  [() => ['evaluate', '--fn', '(el) => el.tagName', '--ref', ref(/heading "Order"/)], /"H1"/],
  [() => ['press', 'Tab'], /pressed Tab/],
  [() => ['wait', '--text', 'Order'], /wait complete/],
  [() => ['resize', '1000', '700'], /resized to 1000x700/],
  [() => ['screenshot'], /MEDIA:.*\.png/],
  [() => ['screenshot', '--ref', ref(/button "Send"/), '--type', 'jpeg'], /MEDIA:.*\.jpg/],
  [() => ['pdf'], /PDF: .*\.pdf/],
  [() => ['console', '--level', 'error'], /"text": "bad"/],
  [() => ['errors', '--clear'], /nobody caught this/],
  [() => ['errors'], /No page errors/],
  [() => ['requests', '--filter', '127.0.0.1'], /GET 200 ok http/],
  [() => ['highlight', ref(/heading "Order"/)], /highlighted e\d+/],
  [() => ['cookies'], /"name": "sid"/],
  [() => ['cookies', 'clear'], /cookies cleared/],
  [() => ['storage', 'local', 'get', 'theme'], /"theme": "dark"/],
  [() => ['storage', 'session', 'set', 'a', 'b'], /sessionStorage set: a/],
  [() => ['storage', 'session', 'clear'], /sessionStorage cleared/],
  [() => ['set', 'viewport', '900', '600'], /viewport set: 900x600/],
  [() => ['set', 'offline', 'off'], /offline: false/],
  [() => ['set', 'headers', '--headers-json', '{"x-a":"b"}'], /headers set/],
  [() => ['set', 'credentials', 'ann', 'pw'], /credentials set/],
  [() => ['set', 'credentials', '--clear'], /credentials cleared/],
  [() => ['set', 'geo', '52.5', '13.4'], /geolocation set/],
  [() => ['set', 'geo', '--clear'], /geolocation cleared/],
  [() => ['set', 'media', 'dark'], /media colorScheme: dark/],
  [() => ['set', 'timezone', 'Europe/Berlin'], /timezone: Europe\/Berlin/],
  [() => ['set', 'locale', 'de-DE'], /locale: de-DE/],
  [() => ['trace', 'start'], /trace started/],
  [() => ['trace', 'stop'], /TRACE:.*/],
  [() => ['dialog', '--accept', '--prompt', 'five'], /dialog armed/],
  [() => ['upload', 'peer.txt', '--element', '#file'], /upload armed for 1 file/],
  [() => ['download', ref(/link "Report"/), 'peer.csv'], /downloaded: .*peer\.csv/],
  [() => ['set', 'device', 'iPhone 14'], /device: iPhone 14/],
  [() => ['navigate', `${s.url}/done?name=Bo`], /navigated to http.*\/done/],
  [() => ['tab', 'new'], /opened new tab/],
  [() => ['tab', 'select', '1'], /selected tab 1/],
  [() => ['tab', 'close', '1'], /closed tab/],
  [() => ['close'], /closed tab/],
  [() => ['create-profile', '--name', 'work', '--color', '#0066CC'], /Created profile "work"/],
  [() => ['delete-profile', '--name', 'work'], /Deleted profile "work"/],
  [() => ['start'], /running: true/],
  [() => ['stop'], /running: false/],
  [() => ['reset-profile'], /moved to Trash/],
]

peer(
  `${commands.length} browser commands`,
  async () => {
    const uploads = join(tmpdir(), 'openclaw', 'uploads')
    mkdirSync(uploads, { recursive: true })
    writeFileSync(join(uploads, 'peer.txt'), 'hi')
    const wrong: string[] = []
    for (const [words, prints] of commands) {
      const said = words()
      const { code, text } = await original(home.path, ['browser', ...said])
      if (said[0] === 'snapshot' && said.length === 1) page = text
      if (code !== 0 || !prints.test(text)) wrong.push(`${said.join(' ')} (${code}): ${text}`)
    }
    expect(wrong).toEqual([])
  },
  600_000,
)

peer(
  'what is refused is told',
  async () => {
    const { code, text } = await original(home.path, ['browser', 'navigate', 'http://169.254.169.254/'])
    expect([code, text]).toEqual([1, expect.stringContaining('169.254.169.254 is not a public address')])
  },
  70_000,
)
