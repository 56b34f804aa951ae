// Chromium without a window, spoken to in its own protocol.
import { folder, until } from '../e2e/program.ts'

/** What a page showed that it should not. */
export interface Trouble {
  readonly kind: 'exception' | 'request'
  readonly text: string
}

/** The parts of Chromium's events that are looked at. */
interface Params {
  readonly exceptionDetails?: unknown
  readonly response?: { readonly status: number; readonly url: string }
}

export type Browser = Awaited<ReturnType<typeof browser>>

/** Opens a browser with one page. Use with `await using`. */
export async function browser(program: string) {
  const profile = folder()
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', '--window-size=1280,900']
  const child = Bun.spawn([program, ...flags, `--user-data-dir=${profile.path}`, 'about:blank'], {
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
  const at = {
    trouble,
    /** Goes to an address. */
    go: (url: string) => send('Page.navigate', { url }),
    /** What an expression is worth in the page. */
    async value<T>(expression: string): Promise<T> {
      const { result } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
      return (result as { value: T }).value
    },
    /** The text the page shows. */
    text: () => at.value<string>('document.body.innerText'),
    /** Waits for a text. */
    shows: (what: RegExp) => until(`the page to show ${what}`, async () => what.test(await at.text()) || undefined),
    /** Types into the element that has the focus. */
    type: (text: string) => send('Input.insertText', { text }),
    async press(key: string, code: number) {
      const about = { key, code: key, windowsVirtualKeyCode: code, ...(key === 'Enter' ? { text: '\r' } : {}) }
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...about })
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...about })
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
