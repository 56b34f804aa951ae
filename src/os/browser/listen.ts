// What a page says and loads: console, errors, requests, answers, traces; and files and dialogs that are awaited.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ElementHandle, HTTPResponse } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { clickRef } from './act.ts'
import { placeFor, uploads } from './paths.ts'
import { flag, maybeNumber, maybeWord, route, word, words, type RouteWorld } from './route.ts'
import { elementOf, type Tab } from './tab.ts'
import { urlMatches } from './wait.ts'

/** How long files, dialogs and downloads are awaited unless said, in ms. */
const armedMs = 120_000
const answerMs = 20_000

const rank: Readonly<Record<string, number>> = { error: 3, assert: 3, warning: 2, warn: 2, info: 1, log: 1 }

const consoleLines = route('GET', '/console', { level: maybeWord }, async (p, x) => {
  const tab = await x.tab()
  const least = p.level === undefined ? 0 : (rank[p.level] ?? 0)
  return { ok: true, messages: tab.console.filter((m) => (rank[m.type] ?? 0) >= least), targetId: tab.id }
})

const errors = route('GET', '/errors', { clear: flag }, async (p, x) => {
  const tab = await x.tab()
  const said = [...tab.errors]
  if (p.clear) tab.errors.length = 0
  return { ok: true, targetId: tab.id, errors: said }
})

const requests = route('GET', '/requests', { filter: maybeWord, clear: flag }, async (p, x) => {
  const tab = await x.tab()
  const said = tab.requests.filter((r) => !p.filter || r.url.includes(p.filter))
  if (p.clear) tab.requests.length = 0
  return { ok: true, targetId: tab.id, requests: said }
})

/** Waits for an answer of the network whose address fits. */
function answered(tab: Tab, url: string, ms: number, x: RouteWorld): Promise<HTTPResponse> {
  return new Promise((resolve, reject) => {
    const late = new Fault(
      'TIMEOUT',
      `nothing was loaded from ${url} within ${ms} ms; what is loaded is listed by requests`,
    )
    const limit = deadline(x.browsers.parts.clock, ms, late, x.signal)
    const hear = (r: HTTPResponse) => {
      if (!urlMatches(url, r.url())) return
      end()
      resolve(r)
    }
    const end = () => {
      limit.done()
      tab.answers.delete(hear)
    }
    tab.answers.add(hear)
    limit.signal.addEventListener('abort', () => {
      end()
      reject(limit.signal.reason)
    })
  })
}

const responseBody = route(
  'POST',
  '/response/body',
  { url: word, timeoutMs: maybeNumber, maxChars: maybeNumber },
  async (p, x) => {
    const tab = await x.tab()
    const response = await answered(tab, p.url, p.timeoutMs ?? answerMs, x)
    const max = Math.max(1, Math.min(p.maxChars ?? 200_000, 5_000_000))
    const text = await response.text().catch((error: unknown) => {
      throw new Fault(
        'UNAVAILABLE',
        `the body of ${response.url()} is not kept by the browser: ${describeError(error)}`,
        { cause: error },
      )
    })
    const about = { url: response.url(), status: response.status(), headers: response.headers() }
    const cut = text.length > max
    return {
      ok: true,
      targetId: tab.id,
      response: { ...about, body: text.slice(0, max), ...(cut ? { truncated: true } : {}) },
    }
  },
)

const categories = [
  '-*',
  'devtools.timeline',
  'v8.execute',
  'disabled-by-default-devtools.timeline',
  'loading',
  'latencyInfo',
  'blink.user_timing',
]

const traceStart = route(
  'POST',
  '/trace/start',
  { screenshots: flag, snapshots: flag, sources: flag },
  async (p, x) => {
    const tab = await x.tab()
    const more = p.sources ? ['disabled-by-default-v8.cpu_profiler'] : []
    try {
      await tab.page.tracing.start({ screenshots: p.screenshots ?? true, categories: [...categories, ...more] })
    } catch (error) {
      throw new Fault('CONFLICT', `a trace is being recorded already; end it first: browser trace stop`, {
        cause: error,
      })
    }
    return { ok: true, targetId: tab.id }
  },
)

const traceStop = route('POST', '/trace/stop', { path: maybeWord }, async (p, x) => {
  const tab = await x.tab()
  const { dir, clock } = x.browsers.parts
  const name = (p.path ?? newId('trace', clock)).replace(/\.(zip|json)$/, '')
  const path = await placeFor(join(dir, 'traces'), `${name}.json`)
  const bytes = await tab.page.tracing.stop().catch((error: unknown) => {
    throw new Fault('CONFLICT', 'no trace is being recorded in this tab: browser trace start', { cause: error })
  })
  if (!bytes) throw new Fault('UNAVAILABLE', 'the browser gave no trace')
  await writeFile(path, bytes, { mode: 0o600 })
  return { ok: true, targetId: tab.id, path }
})

const chooser = route(
  'POST',
  '/hooks/file-chooser',
  { paths: words, ref: maybeWord, inputRef: maybeWord, element: maybeWord, timeoutMs: maybeNumber },
  async (p, x) => {
    const tab = await x.tab()
    const paths = await uploads(x.browsers.parts.dir, p.paths)
    if (p.inputRef || p.element) {
      if (p.ref) throw new Fault('INVALID_REQUEST', 'ref cannot be combined with inputRef/element')
      const found = p.inputRef ? await elementOf(tab, p.inputRef) : await tab.page.$(p.element as string)
      if (!found) throw new Fault('NOT_FOUND', `nothing on the page matches ${p.element}`)
      await (found as ElementHandle<HTMLInputElement>).uploadFile(...paths).catch((error: unknown) => {
        throw new Fault(
          'INVALID_REQUEST',
          `files cannot be given to this element; it must be an <input type=file>: ${describeError(error)}`,
          { cause: error },
        )
      })
      return { ok: true }
    }
    const asked = tab.page
      .waitForFileChooser({ timeout: p.timeoutMs ?? armedMs })
      .then((c) => (paths.length > 1 && !c.isMultiple() ? c.accept(paths.slice(0, 1)) : c.accept(paths)))
    if (!p.ref) {
      asked.catch(() => undefined) // nobody asked for a file in time
      return { ok: true }
    }
    asked.catch(() => undefined)
    await clickRef(tab, p.ref)
    return { ok: true }
  },
)

const dialog = route(
  'POST',
  '/hooks/dialog',
  { accept: z.union([z.boolean(), z.stringbool()]), promptText: maybeWord, timeoutMs: maybeNumber },
  async (p, x) => {
    const tab = await x.tab()
    tab.dialog = {
      accept: p.accept,
      promptText: p.promptText,
      until: x.browsers.parts.clock.now() + (p.timeoutMs ?? armedMs),
    }
    return { ok: true }
  },
)

const downloadDir = (x: RouteWorld) => join(x.browsers.parts.dir, 'downloads')

const waitDownload = route('POST', '/wait/download', { path: maybeWord, timeoutMs: maybeNumber }, async (p, x) => {
  const tab = await x.tab()
  const path = p.path ? await placeFor(downloadDir(x), p.path) : undefined
  const download = await (await x.session()).downloads.next(path, p.timeoutMs ?? armedMs, x.signal)
  return { ok: true, targetId: tab.id, download }
})

const download = route('POST', '/download', { ref: word, path: word, timeoutMs: maybeNumber }, async (p, x) => {
  const tab = await x.tab()
  const path = await placeFor(downloadDir(x), p.path)
  const { downloads } = await x.session()
  const given = new AbortController()
  const coming = downloads.next(path, p.timeoutMs ?? armedMs, AbortSignal.any([x.signal, given.signal]))
  coming.catch(() => undefined)
  await clickRef(tab, p.ref).catch((error: unknown) => {
    given.abort(error) // else the next download would be taken for this one
    throw error
  })
  return { ok: true, targetId: tab.id, download: await coming }
})

/** The routes for what a page says and loads. */
export const listenRoutes = [
  consoleLines,
  errors,
  requests,
  responseBody,
  traceStart,
  traceStop,
  chooser,
  dialog,
  waitDownload,
  download,
] as const
