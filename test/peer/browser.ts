// Chromium without a window, spoken to in its own protocol.
import { folder, until } from '../e2e/program.ts'

/** What a page showed that it should not. */
export interface Trouble {
  readonly kind: 'exception' | 'request' | 'log'
  readonly text: string
}

/** The parts of Chromium's events that are looked at. */
interface Params {
  readonly exceptionDetails?: unknown
  readonly response?: { readonly status: number; readonly url: string }
  readonly entry?: { readonly level: string; readonly source: string; readonly text: string }
  readonly request?: { readonly url: string }
  readonly url?: string
}

/** How long a page may take to show something, in ms. */
const patienceMs = 10_000

/** A key as Chromium wants to hear of it. */
const codes: Readonly<Record<string, number>> = {
  Enter: 13,
  Escape: 27,
  Tab: 9,
  ArrowDown: 40,
  ArrowUp: 38,
  ArrowRight: 39,
  ' ': 32,
}

export type Browser = Awaited<ReturnType<typeof browser>>

/** Opens a browser with one page. Use with `await using`. */
export async function browser(program: string, more: readonly string[] = []) {
  const profile = folder()
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', '--window-size=1280,900']
  const child = Bun.spawn([program, ...flags, ...more, `--user-data-dir=${profile.path}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const port = await until(
    'Chromium',
    () => profile.has('DevToolsActivePort') && ports(profile.read('DevToolsActivePort')),
  )
  const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const page = list.find((t) => t.type === 'page')
  if (!page) throw new Error('Chromium has no page')
  const ws = new WebSocket(page.webSocketDebuggerUrl)
  const waiting = new Map<number, (result: Record<string, unknown>) => void>()
  const trouble: Trouble[] = []
  const requests: string[] = []
  let next = 0
  await new Promise((open) => ws.addEventListener('open', open, { once: true }))
  ws.addEventListener('message', (e) => {
    const said = JSON.parse(String(e.data)) as {
      id?: number
      method?: string
      result?: Record<string, unknown>
      params?: Params
    }
    if (said.id !== undefined) waiting.get(said.id)?.(said.result ?? {})
    const { exceptionDetails: thrown, response } = said.params ?? {}
    const { entry, request, url } = said.params ?? {}
    if (entry?.level === 'error' && entry.source !== 'network') trouble.push({ kind: 'log', text: entry.text })
    if (said.method === 'Network.requestWillBeSent' && request) requests.push(request.url)
    if (said.method === 'Network.webSocketCreated' && url !== undefined) requests.push(url)
    if (thrown) trouble.push({ kind: 'exception', text: JSON.stringify(thrown).slice(0, 400) })
    if (response && response.status >= 400)
      trouble.push({ kind: 'request', text: `${response.status} ${response.url}` })
  })
  const send = (method: string, params: object = {}) =>
    new Promise<Record<string, unknown>>((answer) => {
      waiting.set(++next, answer)
      ws.send(JSON.stringify({ id: next, method, params }))
    })
  await send('Runtime.enable')
  await send('Network.enable')
  await send('Page.enable')
  await send('Log.enable')
  /** Asks the page until the answer is good; a failure tells what the page showed instead. */
  async function wait(what: string, ask: () => Promise<boolean>): Promise<void> {
    try {
      await until(what, ask, patienceMs)
    } catch (error) {
      const shown = await at.value<string>('document.body.innerText + "\\n" + location.href')
      throw new Error(`${String(error)}; it shows: ${shown}; ${JSON.stringify(trouble)}`, { cause: error })
    }
  }

  const at = {
    trouble,
    /** The addresses the page asked for, by HTTP and by WebSocket. */
    requests,
    send,
    /** Goes to an address. */
    go: (url: string) => send('Page.navigate', { url }),
    /** What an expression is worth in the page. */
    async value<T>(expression: string): Promise<T> {
      const { result } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
      return (result as { value: T } | undefined)?.value as T // nothing while the page is loaded anew
    },
    /** The text the page shows. */
    text: () => at.value<string>('document.body.innerText'),
    /** Waits for a text. */
    shows: (what: RegExp) => wait(`the page to show ${what}`, async () => what.test((await at.text()) ?? '')),
    /** Waits until an expression is true in the page. */
    until: (what: string, expression: string) => wait(what, () => at.value<boolean>(expression)),
    /** Types into the element that has the focus. */
    type: (text: string) => send('Input.insertText', { text }),
    async press(key: string, code = codes[key] ?? key.toUpperCase().charCodeAt(0), modifiers = 0) {
      const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined
      const about = { key, code: key, windowsVirtualKeyCode: code, modifiers, ...(text ? { text } : {}) }
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...about })
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...about })
    },
    /** Clicks the first element that fits, once it is there. */
    async click(selector: string) {
      const find = `(() => { const e = document.querySelector(${JSON.stringify(selector)}); if (!e || e.disabled) return false; e.scrollIntoView({ block: 'center' }); e.click(); return true })()`
      await wait(`${selector} to click`, () => at.value<boolean>(find))
    },
    /** Clicks the first button or link with this text or label. */
    async choose(name: string, within = 'body') {
      const find = `(() => {
        const all = [...document.querySelectorAll(${JSON.stringify(`${within} :is(button, a, summary, [role=option], [role=tab])`)})]
        const wanted = ${JSON.stringify(name)}
        const e = all.find((x) => (x.getAttribute('aria-label') ?? x.textContent).trim() === wanted && !x.disabled && x.checkVisibility())
        if (!e) return false
        e.scrollIntoView({ block: 'center' })
        e.click()
        return true
      })()`
      await wait(`a button "${name}"`, () => at.value<boolean>(find))
    },
    /** Clicks the first element that fits and has this text somewhere in it, once it is there. */
    async tap(selector: string, text: string) {
      const find = `(() => { const e = [...document.querySelectorAll(${JSON.stringify(selector)})].find((x) => x.textContent.includes(${JSON.stringify(text)})); e?.click(); return e !== undefined })()`
      await wait(`${selector} with ${text}`, () => at.value<boolean>(find))
    },
    /** Puts a text into the field that a label names, as typing would. */
    async write(label: string, text: string, within = 'body') {
      const focus = `(() => { const l = [...document.querySelectorAll(${JSON.stringify(`${within} label`)})].find((x) => x.textContent.startsWith(${JSON.stringify(label)})); const e = l && (l.control ?? l.querySelector('input, textarea')); e?.focus(); e?.select?.(); return Boolean(e) && document.activeElement === e })()`
      await wait(`a field ${label}`, () => at.value<boolean>(focus))
      await send('Input.insertText', { text })
    },
    /** Puts a text into a field, as typing would. */
    async fill(selector: string, text: string) {
      const focus = `(() => { const e = document.querySelector(${JSON.stringify(selector)}); if (!e) return false; e.focus(); e.select?.(); return document.activeElement === e })()`
      await wait(`${selector} to fill`, () => at.value<boolean>(focus))
      if (text) await send('Input.insertText', { text })
      else await at.press('Delete', 46)
    },
    /** Chooses an option of a select. */
    async pick(selector: string, value: string) {
      const set = `(() => { const e = document.querySelector(${JSON.stringify(selector)}); if (!e || ![...e.options].some((o) => o.value === ${JSON.stringify(value)})) return false; e.value = ${JSON.stringify(value)}; e.dispatchEvent(new Event('input', { bubbles: true })); e.dispatchEvent(new Event('change', { bubbles: true })); return true })()`
      await wait(`${selector} to have ${value}`, () => at.value<boolean>(set))
    },
    /** Gives the page a size, and the ways of a phone. */
    size: (width: number, height: number, mobile = false) =>
      send('Emulation.setDeviceMetricsOverride', { width, height, mobile, deviceScaleFactor: 1 }),
    scheme: (value: 'light' | 'dark') =>
      send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] }),
    /** Takes a picture of the page. */
    async picture(): Promise<Uint8Array> {
      const { data } = await send('Page.captureScreenshot', { format: 'png' })
      return Uint8Array.fromBase64(String(data))
    },
    async [Symbol.asyncDispose]() {
      ws.close()
      child.kill()
      await child.exited
      profile[Symbol.dispose]()
    },
  }
  return at
}

const ports = (text: string) => Number(text.split('\n')[0]) || undefined

/** The path of a Chromium, if there is one. */
export const chromium = (): string | undefined =>
  ['chromium', 'chromium-browser', 'google-chrome'].map((name) => Bun.which(name)).find((path) => path !== null) ??
  undefined
