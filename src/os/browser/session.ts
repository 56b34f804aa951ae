// One browser that is connected: its tabs, who may look at what, and the files it downloads.
import type { Browser, CDPSession, Page, Target } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import { deadline, type Clock } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { mayShow, type Gate } from './guard.ts'
import { downloads, type Downloads } from './downloads.ts'
import { run, until } from './page-script.ts'
import { idOfTarget, tabOf, type Tab } from './tab.ts'

/** A tab as lists show it. */
export interface TabRow {
  readonly targetId: string
  readonly title: string
  readonly url: string
  readonly type: string
}

/** A browser that is connected. */
export interface Session {
  readonly browser: Browser
  /** The connection to the browser as a whole. */
  readonly root: CDPSession
  readonly downloads: Downloads
  tabs(): Promise<TabRow[]>
  /** A tab by id or the beginning of one; without, the one used last. Opens one when there is none. */
  tab(id: string | undefined): Promise<Tab>
  openTab(url: string, signal: AbortSignal): Promise<TabRow>
  focus(id: string): Promise<string>
  closeTab(id: string): Promise<string>
  /** Opens an address in a tab; answers where that led. Throws FORBIDDEN when it leads where it may not. */
  go(tab: Tab, url: string, signal: AbortSignal): Promise<string>
}

/** What a session is made of. */
export interface SessionParts {
  readonly clock: Clock
  readonly gate: Gate
  /** Why the proxy refused a host last; absent for a browser that does not go through ours. */
  refusal?(host: string): Fault | undefined
  /** Where downloads go. */
  readonly downloadDir: string
}

/** Longest time a page may take until it can be read, and for the rest of it, in ms. */
const loadMs = 30_000
const restMs = 8000
/** Longest time a tab may take to close, in ms. */
const closeMs = 5000

const isPage = (target: Target) => {
  const kind: string = target.type()
  return kind === 'page'
}
const hostOf = (url: string) => URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? ''

/** Follows a browser. */
export async function session(browser: Browser, p: SessionParts): Promise<Session> {
  const root = await browser.target().createCDPSession()
  const files = await downloads(root, p.downloadDir, p.clock)
  const known = new Map<string, Tab>()
  const following = new Map<Target, Promise<Tab | undefined>>()
  let last: string | undefined

  function follow(target: Target): Promise<Tab | undefined> {
    const found = following.get(target)
    if (found) return found
    const made = (async () => {
      const page = isPage(target) ? await target.page().catch(() => null) : null
      if (!page) return undefined
      const tab = tabOf(page, idOfTarget(target), p.clock)
      known.set(tab.id, tab)
      page.on('framenavigated', (frame) => {
        if (frame === page.mainFrame() && !mayShow(frame.url())) void leave(page)
      })
      return tab
    })()
    following.set(target, made)
    return made
  }
  const leave = (page: Page) => page.goto('about:blank').catch(() => null)
  browser.on('targetcreated', (t) => void follow(t))
  browser.on('targetdestroyed', (t) => {
    following.delete(t)
    known.delete(idOfTarget(t))
    if (last === idOfTarget(t)) last = undefined
  })
  await Promise.all(browser.targets().map(follow))

  async function tabs(): Promise<TabRow[]> {
    const { targetInfos } = await root.send('Target.getTargets')
    return targetInfos
      .filter((t) => t.type === 'page' && !/^(devtools|chrome-extension):/.test(t.url))
      .map((t) => ({ targetId: t.targetId, title: t.title, url: t.url, type: t.type }))
  }

  async function idOf(said: string): Promise<string> {
    const rows = await tabs()
    const exact = rows.find((t) => t.targetId === said)
    if (exact) return exact.targetId
    const like = rows.filter((t) => t.targetId.toLowerCase().startsWith(said.toLowerCase()))
    if (like.length > 1)
      throw new Fault('CONFLICT', `ambiguous target id prefix "${said}": ${like.length} tabs begin with it`)
    if (!like[0]) throw new Fault('NOT_FOUND', `tab not found: "${said}"; \`browser tabs\` lists those that are open`)
    return like[0].targetId
  }

  async function byId(id: string): Promise<Tab> {
    for (const target of browser.targets()) if (idOfTarget(target) === id) await follow(target)
    const tab = known.get(id)
    if (!tab) throw new Fault('NOT_FOUND', `tab not found: "${id}"`)
    last = id
    return tab
  }

  async function newTab(): Promise<Tab> {
    const page = await browser.newPage()
    return byId(idOfTarget(page.target()))
  }

  async function go(tab: Tab, url: string, signal: AbortSignal): Promise<string> {
    await p.gate.check(url, signal)
    tab.refs = new Map()
    const late = new Fault('TIMEOUT', `${url} did not load within ${loadMs} ms`)
    const limit = deadline(p.clock, loadMs, late, signal)
    try {
      const how = { timeout: 0, signal: limit.signal, waitUntil: 'domcontentloaded' as const }
      const response = await tab.page.goto(url, how)
      await settled(tab, limit.signal)
      const hops = p.refusal ? [] : [...(response?.request().redirectChain() ?? []).map((r) => r.url()), tab.page.url()]
      for (const hop of hops) await p.gate.check(hop, signal) // with our proxy, none of them was reached unjudged
      return tab.page.url()
    } catch (error) {
      if (limit.signal.aborted) throw toThrow(limit.signal.reason)
      if (/ERR_ABORTED/.test(describeError(error))) return tab.page.url() // it became a download
      if (error instanceof Fault) {
        await leave(tab.page)
        throw error
      }
      const failed = [url, ...tab.requests.slice(-5).map((r) => r.url), tab.page.url()].map(hostOf)
      const refused = failed.map((h) => p.refusal?.(h)).find(Boolean)
      if (refused) {
        await leave(tab.page)
        throw refused
      }
      const why = /net::\w+/.exec(describeError(error))?.[0] ?? describeError(error)
      throw new Fault('INVALID_REQUEST', `${url} could not be opened: ${why}`, { cause: error })
    } finally {
      limit.done()
    }
  }
  /** Waits for the rest of a page, but not for ever: some never have it all. */
  async function settled(tab: Tab, signal: AbortSignal) {
    const ready = () => run(tab.page.mainFrame(), `document.readyState === 'complete'`)
    try {
      await until('the rest of the page', ready, { clock: p.clock, timeoutMs: restMs, signal })
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Fault && error.code === 'TIMEOUT')) throw error
    }
  }
  const toThrow = (reason: unknown) => (reason instanceof Error ? reason : new Fault('CANCELLED', 'cancelled'))

  return {
    browser,
    root,
    downloads: files,
    tabs,
    go,
    async tab(id) {
      if (id !== undefined) return shown(await byId(await idOf(id)))
      const rows = await tabs()
      const row = rows.find((t) => t.targetId === last) ?? rows[0]
      return row ? shown(await byId(row.targetId)) : newTab()
    },
    async openTab(url, signal) {
      await p.gate.check(url, signal)
      const tab = await newTab()
      try {
        if (url !== 'about:blank') await go(tab, url, signal)
      } catch (error) {
        await tab.page.close().catch(() => undefined)
        throw error
      }
      const row = (await tabs()).find((t) => t.targetId === tab.id)
      return row ?? { targetId: tab.id, title: '', url: tab.page.url(), type: 'page' }
    },
    async focus(id) {
      const tab = await byId(await idOf(id))
      await tab.page.bringToFront()
      return tab.id
    },
    async closeTab(said) {
      const id = await idOf(said)
      if (browser.targets().filter(isPage).length === 1) await browser.newPage() // the last one would end it
      const gone = new Promise<void>((done) => {
        const hear = (t: Target) => {
          if (idOfTarget(t) !== id) return
          browser.off('targetdestroyed', hear)
          done()
        }
        browser.on('targetdestroyed', hear)
      })
      await root.send('Target.closeTarget', { targetId: id })
      const over = new AbortController()
      await Promise.race([gone, p.clock.sleep(closeMs, over.signal).catch(() => undefined)])
      over.abort(new Error('the tab is closed'))
      return id
    },
  }
}

/** A tab, unless it shows something of this machine. */
function shown(tab: Tab): Tab {
  const url = tab.page.url()
  if (mayShow(url) || /^chrome:\/\/(newtab|new-tab-page)/.test(url)) return tab
  throw new Fault(
    'FORBIDDEN',
    `this tab shows ${url.slice(0, 100)}, which is not a web page; open one with http or https`,
  )
}
