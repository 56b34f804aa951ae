// Browsers under test: the real control over Debian's Chromium, with names that lead where a test says.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'bun:test'
import type { BrowserCall, BrowserSettings } from '../../src/define/browser.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { logOf } from '../../src/lib/log.ts'
import { browsers } from '../../src/os/browser/control.ts'
import { lookupAll } from '../../src/os/dns.ts'
import { answer } from '../../src/os/browser/routes.ts'
import { chromium } from '../peer/browser.ts'

const program = chromium()
if (!program) console.log('skipped: there is no Chromium here, which the tests of browser control need')

/** A test that needs a browser. */
export const real = test.skipIf(program === undefined)

/** Whether Chromium's own sandbox cannot be had: for root it has none. */
export const noSandbox = process.getuid?.() === 0

// oxlint-disable-next-line typescript/no-explicit-any
export type Body = any

/** What a test changes. */
export interface RigWish extends Partial<BrowserSettings> {
  readonly lookup?: (host: string) => Promise<readonly string[]>
}

/** Browsers in a folder of their own. Use with `await using`. */
export function rig({ lookup, ...more }: RigWish = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'oclaw-browser-'))
  const life = new AbortController()
  const settings: BrowserSettings = {
    profiles: [{ name: 'openclaw', cdpPort: 0, color: '#FF4500', extension: false }],
    defaultProfile: 'openclaw',
    ...(program ? { executablePath: program } : {}),
    headless: true,
    noSandbox,
    attachOnly: false,
    evaluate: true,
    remoteTimeoutMs: 1500,
    remoteHandshakeTimeoutMs: 5000,
    efficient: false,
    policy: { allowPrivate: false, always: ['127.0.0.1'], only: [] },
    ...more,
  }
  const all = browsers({
    clock: systemClock,
    log: logOf('browser'),
    settings,
    dir,
    lookup: lookup ?? lookupAll,
    signal: life.signal,
  })

  const call = (method: BrowserCall['method'], path: string, given: object = {}): Promise<Body> =>
    answer(all, {
      method,
      path,
      query: method === 'GET' ? { ...given } : {},
      body: method === 'GET' ? {} : { ...given },
      signal: AbortSignal.timeout(30_000),
    })
  return {
    dir,
    all,
    get: (path: string, given: object = {}) => call('GET', path, given),
    post: (path: string, given: object = {}) => call('POST', path, given),
    del: (path: string) => call('DELETE', path),
    /** Calls a route that must be refused; answers `CODE sentence`. */
    refused: (path: string, given: object = {}, method: BrowserCall['method'] = 'POST') =>
      call(method, path, given).then(
        (said) => `it worked: ${JSON.stringify(said)}`,
        (error: unknown) => (error instanceof Fault ? `${error.code} ${error.message}` : String(error)),
      ),
    /** The ref of an element, from a new snapshot. */
    async ref(role: string, name: string): Promise<string> {
      const { refs, snapshot } = await call('GET', '/snapshot')
      const found = Object.entries(refs as Record<string, { role: string; name?: string }>).find(
        ([, r]) => r.role === role && (r.name ?? '') === name,
      )
      if (!found) throw new Error(`there is no ${role} "${name}" in\n${snapshot}`)
      return found[0]
    },
    run: async (fn: string) => (await call('POST', '/act', { kind: 'evaluate', fn })).result,
    act: (kind: string, given: object = {}) => call('POST', '/act', { kind, ...given }),
    async [Symbol.asyncDispose]() {
      life.abort(new Error('the test is over'))
      await all.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export type Rig = ReturnType<typeof rig>
