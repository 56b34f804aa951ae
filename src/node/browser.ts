// Lends this machine's browser to a gateway: the control routes the gateway has itself, for the profiles that may be used.
import { readFile, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { deadline, type Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { logOf } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import type { BrowserCall, BrowserControl, BrowserSettings } from '../define/browser.ts'
import { fileFields, maxFilesBytes } from '../domain/browser-files.ts'
import { lookupAll } from '../os/dns.ts'
import { findExecutable } from '../os/browser/find.ts'
import { fileInside, keepAmong, uploadFolder } from '../os/browser/paths.ts'

/** What of this machine's browser is lent: with these settings, and these profiles only, when any are named. */
export interface LendWish {
  readonly settings: BrowserSettings
  readonly profiles: readonly string[]
}

/** A browser that is lent. It starts when it is first used. */
export interface LentBrowser extends BrowserControl, LendWish {
  /** Folder of its profiles and files. */
  readonly dir: string
  readonly clock: Clock
  close(): Promise<void>
}

/** The browser to lend; undefined when there is none on this machine. */
export function lentBrowser(
  w: LendWish,
  { stateDir, clock, signal }: { stateDir: string; clock: Clock; signal: AbortSignal },
): LentBrowser | undefined {
  const elsewhere = w.settings.attachOnly || w.settings.profiles.some((p) => p.cdpUrl !== undefined)
  try {
    if (!elsewhere) findExecutable(w.settings.executablePath)
  } catch {
    return undefined
  }
  const dir = join(stateDir, 'browser')
  let used = false
  const made = once(async () => {
    used = true
    const [{ browsers }, { answer }] = await Promise.all([
      import('../os/browser/control.ts'),
      import('../os/browser/routes.ts'),
    ])
    const all = browsers({ clock, log: logOf('browser'), settings: w.settings, dir, lookup: lookupAll, signal })
    return { all, answer }
  })
  return {
    ...w,
    dir,
    clock,
    async call(call) {
      const { all, answer } = await made()
      return answer(all, call)
    },
    async close() {
      if (used) await (await made()).all.close()
    },
  }
}

const File = z.object({ path: z.string(), base64: z.base64() })

export const ProxyParams = z.object({
  method: z
    .string()
    .nullish()
    .transform((m) => (m ?? 'GET').toUpperCase())
    .pipe(z.enum(['GET', 'POST', 'DELETE'])),
  path: z.string().min(1),
  query: z.record(z.string(), z.unknown()).nullish(),
  body: z.unknown().optional(),
  profile: z.string().nullish(),
  timeoutMs: z.number().min(1).nullish(),
  /** What is to be uploaded, by the names the body gives: this machine does not have the gateway's files. */
  files: z.array(File).max(20).nullish(),
})

/** How long a route may take unless the gateway says so, and at most, in ms. */
const usualMs = 20_000
const longestMs = 180_000

const record = (v: unknown): Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v) ? { ...v } : {}

/** Throws INVALID_REQUEST unless the gateway may use the profile a call is about. */
function judge(path: string, said: unknown, b: LentBrowser) {
  if (!b.profiles.length || (path === '/profiles' && said === undefined)) return
  const profile = typeof said === 'string' && said.trim() ? said.trim() : b.settings.defaultProfile
  if (!b.profiles.includes(profile))
    throw new Fault(
      'INVALID_REQUEST',
      `this node does not lend its browser profile "${profile}", only ${b.profiles.join(', ')} (nodeHost.browserProxy.allowProfiles)`,
    )
}

/** The files an answer names that lie in the browser's folder, as the gateway takes them. Throws TOO_LARGE. */
async function filesOf(result: unknown, dir: string): Promise<{ path: string; base64: string }[]> {
  const out: { path: string; base64: string }[] = []
  let bytes = 0
  for (const { path: said } of fileFields(result)) {
    const path = await fileInside(dir, said)
    if (path === undefined) continue
    bytes += (await stat(path)).size
    if (bytes > maxFilesBytes)
      throw new Fault('TOO_LARGE', `the file is too large to send (more than 10 MB); it is on the node, at ${path}`)
    out.push({ path: said, base64: await readFile(path, 'base64') })
    await rm(path, { force: true }) // it is the gateway's now
  }
  return out
}

/** Puts what is to be uploaded into this machine's folder for that; answers the paths by the names they had. */
async function take(files: readonly z.output<typeof File>[], b: LentBrowser): Promise<Map<string, string>> {
  const out = new Map<string, string>()
  if (!files.length) return out
  const folder = await uploadFolder(b.dir, b.clock)
  for (const [i, f] of files.entries()) {
    // One folder each: two may have the same name, and pages see the name.
    const name = basename(f.path.replaceAll('\\', '/')) || 'file'
    out.set(f.path, await keepAmong(join(folder, String(i)), name, Buffer.from(f.base64, 'base64')))
  }
  return out
}

/** Answers a control route, with the files it made. Throws INVALID_REQUEST for what the route refuses, else UNAVAILABLE. */
export async function browserProxy(
  p: z.output<typeof ProxyParams>,
  { browser: b }: { readonly browser?: LentBrowser | undefined },
  signal: AbortSignal,
): Promise<{ readonly result: unknown; readonly files?: readonly { path: string; base64: string }[] }> {
  if (!b) throw new Fault('UNAVAILABLE', 'this node lends no browser (nodeHost.browserProxy.enabled, browser.enabled)')
  const path = `/${p.path.replaceAll(/^\/+|\/+$/g, '')}`
  const query = { ...p.query, ...(p.profile ? { profile: p.profile } : {}) }
  const body = record(p.body)
  const ms = Math.min(p.timeoutMs ?? usualMs, longestMs)
  const limit = deadline(b.clock, ms, new Fault('TIMEOUT', `${p.method} ${path} took longer than ${ms} ms`), signal)
  try {
    judge(path, (query as BrowserCall['query'])['profile'] ?? body['profile'], b)
    const lent = await take(p.files ?? [], b)
    const paths = body['paths']
    if (lent.size && Array.isArray(paths)) body['paths'] = paths.map((one) => lent.get(String(one)) ?? one)
    const said = await b.call({ method: p.method, path, query, body, signal: limit.signal })
    const result =
      path === '/profiles' && b.profiles.length
        ? {
            profiles: (said as { profiles: { name: string }[] }).profiles.filter((one) =>
              b.profiles.includes(one.name),
            ),
          }
        : said
    const files = await filesOf(result, b.dir)
    return { result, ...(files.length ? { files } : {}) }
  } catch (error) {
    // The wire of nodes has two words for what goes wrong; this one says that the asker can mend it.
    if (error instanceof Fault && error.http < 500 && error.code !== 'INVALID_REQUEST')
      throw new Fault('INVALID_REQUEST', error.message, { cause: error })
    throw error
  } finally {
    limit.done()
  }
}
