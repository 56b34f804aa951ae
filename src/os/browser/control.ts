// All browsers of the gateway, by profile: started when first used, ended when told to or with the gateway.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type Browser } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import { describeError, Fault } from '../../lib/fault.ts'
import { deadline, type Clock } from '../../lib/clock.ts'
import type { FetchGuard } from '../../lib/fetch.ts'
import type { Log } from '../../lib/log.ts'
import type { BrowserProfile, BrowserSettings } from '../../define/browser.ts'
import { moveInto } from '../files.ts'
import { findExecutable, type Executable } from './find.ts'
import { gate } from './guard.ts'
import { hasScreen, launch, type Chromium } from './launch.ts'
import { session, type Session } from './session.ts'
import { socks } from './socks.ts'

/** What the control is made of. */
export interface ControlParts {
  readonly clock: Clock
  readonly log: Log
  readonly settings: BrowserSettings
  /** Folder of all profiles and files. */
  readonly dir: string
  readonly lookup: FetchGuard['lookup']
  /** Aborts when the control ends. */
  readonly signal: AbortSignal
}

/** A browser that is there. */
interface Running {
  readonly session: Session
  readonly chromium?: Chromium
  readonly executable?: Executable
  readonly cdpUrl: string
  end(): Promise<void>
}

/** The browsers, by profile. */
export interface Browsers {
  readonly parts: ControlParts
  profile(name: string | undefined): BrowserProfile
  /** The browser of a profile, started when it does not run. */
  ensure(p: BrowserProfile): Promise<Session>
  /** The browser of a profile, if it runs. */
  peek(p: BrowserProfile): Promise<Session | undefined>
  status(p: BrowserProfile): Promise<Record<string, unknown>>
  profiles(): Promise<Record<string, unknown>[]>
  /** Ends a browser; answers whether there was one. */
  stop(p: BrowserProfile): Promise<boolean>
  /** Ends a browser and moves its data to the trash. */
  reset(p: BrowserProfile): Promise<{ moved: boolean; from: string; to?: string }>
  close(): Promise<void>
}

const folderOf = (dir: string, p: BrowserProfile) => join(dir, p.name, 'user-data')
const urlOf = (p: BrowserProfile, port = p.cdpPort) => p.cdpUrl ?? `http://127.0.0.1:${port}`
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** The WebSocket address of a browser somebody else runs. Throws UNAVAILABLE with what mends it. */
async function endpointOf(cdpUrl: string, s: BrowserSettings, clock: Clock, signal: AbortSignal): Promise<string> {
  if (/^wss?:/.test(cdpUrl)) return cdpUrl
  const url = new URL(cdpUrl)
  const late = new Fault('TIMEOUT', `no answer within ${s.remoteTimeoutMs} ms`)
  const limit = deadline(clock, s.remoteTimeoutMs, late, signal)
  const headers = url.username ? { authorization: `Basic ${btoa(`${url.username}:${url.password}`)}` } : {}
  const bare = `${url.origin}${url.pathname.replace(/\/$/, '')}/json/version${url.search}`
  try {
    const answer = await fetch(bare, { signal: limit.signal, headers })
    const said = (await answer.json()) as { webSocketDebuggerUrl?: string }
    if (!said.webSocketDebuggerUrl) throw new Fault('UNAVAILABLE', `it names no webSocketDebuggerUrl`)
    const ws = new URL(said.webSocketDebuggerUrl)
    ws.host = url.host
    if (url.protocol === 'https:') ws.protocol = 'wss:'
    ws.username = url.username
    ws.password = url.password
    for (const [k, v] of url.searchParams) ws.searchParams.set(k, v)
    return ws.href
  } catch (error) {
    throw new Fault(
      'UNAVAILABLE',
      `no browser answers at ${url.origin}: ${describeError(error)}; start one with --remote-debugging-port, or let us: browser.attachOnly false and no cdpUrl`,
      { cause: error },
    )
  } finally {
    limit.done()
  }
}

/** Makes the control; nothing runs until it is used. */
export function browsers(parts: ControlParts): Browsers {
  const { settings: s, clock, log, dir, signal } = parts
  const running = new Map<string, Promise<Running>>()
  const judged = gate(s.policy, parts.lookup)
  const headless = s.headless || !hasScreen(process.env, process.platform)

  const open = async (endpoint: string): Promise<Browser> => {
    const waited = deadline(
      clock,
      s.remoteHandshakeTimeoutMs,
      new Fault(
        'TIMEOUT',
        `the browser at ${new URL(endpoint).host} did not take the connection within ${s.remoteHandshakeTimeoutMs} ms`,
      ),
      signal,
    )
    const late = new Promise<never>((_, reject) =>
      waited.signal.addEventListener('abort', () => reject(waited.signal.reason), { once: true }),
    )
    late.catch(() => undefined)
    try {
      return await Promise.race([connect({ browserWSEndpoint: endpoint, defaultViewport: null }), late])
    } finally {
      waited.done()
    }
  }

  async function attach(p: BrowserProfile): Promise<Running> {
    const endpoint = await endpointOf(urlOf(p), s, clock, signal)
    const browser = await open(endpoint)
    const made = await session(browser, { clock, gate: judged, downloadDir: join(dir, 'downloads') })
    return { session: made, cdpUrl: urlOf(p), end: () => browser.disconnect() }
  }

  async function begin(p: BrowserProfile): Promise<Running> {
    const executable = findExecutable(s.executablePath)
    let chromium: Chromium | undefined
    const proxy = await socks(judged, signal, () => chromium?.port)
    try {
      const how = { executable, userDataDir: folderOf(dir, p), port: p.cdpPort, proxyPort: proxy.port }
      chromium = await launch({ ...how, headless, noSandbox: s.noSandbox, color: p.color }, clock, signal)
      const browser = await open(chromium.endpoint)
      const parts = { clock, gate: judged, refusal: proxy.refusal, downloadDir: join(dir, 'downloads') }
      const made = await session(browser, parts)
      const child = chromium
      log.info('a browser was started', { profile: p.name, pid: child.pid, port: child.port })
      return {
        session: made,
        chromium: child,
        executable,
        cdpUrl: urlOf(p, child.port),
        async end() {
          await browser.disconnect().catch(() => undefined)
          await child.close()
          await proxy.close()
        },
      }
    } catch (error) {
      await chromium?.close()
      await proxy.close()
      throw error
    }
  }

  function start(p: BrowserProfile): Promise<Running> {
    const made = (async () => {
      signal.throwIfAborted()
      if (p.extension)
        throw new Fault(
          'UNAVAILABLE',
          `the profile "${p.name}" is driven through a browser extension, which this build does not have; use the profile openclaw, or a browser started with --remote-debugging-port: \`oclaw config set browser.profiles.${p.name}.cdpUrl http://127.0.0.1:9222\``,
        )
      return p.cdpUrl !== undefined || s.attachOnly ? attach(p) : begin(p)
    })()
    running.set(p.name, made)
    const forget = () => {
      if (running.get(p.name) === made) running.delete(p.name)
    }
    made.then(
      (r) =>
        r.session.browser.on('disconnected', () => {
          forget()
          void r
            .end()
            .catch((error: unknown) => log.warn('a browser did not end well', { error: describeError(error) }))
        }),
      forget,
    )
    return made
  }

  const now = (p: BrowserProfile) => running.get(p.name)?.catch(() => undefined)

  async function stop(p: BrowserProfile): Promise<boolean> {
    const r = await now(p)
    running.delete(p.name)
    await r?.end()
    return r !== undefined
  }

  return {
    parts,
    profile(name) {
      const wanted = name ?? s.defaultProfile
      const found = s.profiles.find((p) => p.name === wanted)
      if (found) return found
      const names = s.profiles.map((p) => p.name).join(', ')
      throw new Fault('NOT_FOUND', `profile "${wanted}" not found; there are ${names}`)
    },
    ensure: async (p) => (await (running.get(p.name) ?? start(p))).session,
    peek: async (p) => (await now(p))?.session,
    async status(p) {
      const r = await now(p)
      const port = r?.chromium?.port ?? p.cdpPort
      let detected: Executable | undefined
      let detectError: string | null = null
      try {
        detected = findExecutable(s.executablePath)
      } catch (error) {
        detectError = describeError(error)
      }
      return {
        enabled: true,
        profile: p.name,
        running: r !== undefined,
        cdpReady: r !== undefined,
        cdpHttp: r !== undefined,
        pid: r?.chromium?.pid ?? null,
        cdpPort: port,
        cdpUrl: r?.cdpUrl ?? urlOf(p),
        chosenBrowser: r?.executable?.kind ?? null,
        detectedBrowser: detected?.kind ?? null,
        detectedExecutablePath: detected?.path ?? null,
        detectError,
        userDataDir: r?.chromium ? folderOf(dir, p) : null,
        color: p.color,
        headless,
        noSandbox: s.noSandbox,
        executablePath: s.executablePath ?? null,
        attachOnly: s.attachOnly,
      }
    },
    profiles: () =>
      Promise.all(
        s.profiles.map(async (p) => {
          const r = await now(p)
          return {
            name: p.name,
            cdpPort: r?.chromium?.port ?? p.cdpPort,
            cdpUrl: r?.cdpUrl ?? urlOf(p),
            color: p.color,
            running: r !== undefined,
            tabCount: r ? (await r.session.tabs()).length : 0,
            isDefault: p.name === s.defaultProfile,
            isRemote: p.cdpUrl !== undefined && !loopback.test(URL.parse(p.cdpUrl)?.hostname ?? ''),
          }
        }),
      ),
    stop,
    async reset(p) {
      if (p.cdpUrl !== undefined)
        throw new Fault('INVALID_REQUEST', `the data of "${p.name}" is not ours: it runs at ${p.cdpUrl}`)
      await stop(p)
      const from = folderOf(dir, p)
      if (!existsSync(from)) return { moved: false, from }
      const trash = join(dir, 'trash')
      const mark = String(clock.now())
      await moveInto(from, trash, `${p.name}-${mark}`)
      return { moved: true, from, to: join(trash, `user-data-${p.name}-${mark}`) }
    },
    async close() {
      await Promise.all(s.profiles.map(stop))
    },
  }
}
