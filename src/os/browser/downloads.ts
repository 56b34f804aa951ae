// Files a browser downloads: each goes into one folder under its own name, and whoever waits for it hears of it.
import { rename } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { existsSync } from 'node:fs'
import type { CDPSession } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import { deadline, type Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { makeDir } from '../files.ts'

/** A file that has arrived. */
export interface Download {
  readonly url: string
  readonly suggestedFilename: string
  readonly path: string
}

/** The downloads of a browser. */
export interface Downloads {
  /** Waits for the next one; it is kept at `path`, or under its own name. Throws TIMEOUT after `timeoutMs`. */
  next(path: string | undefined, timeoutMs: number, signal: AbortSignal): Promise<Download>
}

/** A name that is only a name. */
const safeName = (name: string) =>
  basename(name.replaceAll('\\', '/'))
    .replaceAll(/[\u0000-\u001F<>:"|?*]/g, '_')
    .replace(/^\.+/, '') || 'download'

/** A path in `dir` that is not taken. */
function freePath(dir: string, name: string): string {
  const end = extname(name)
  const stem = name.slice(0, name.length - end.length)
  for (let n = 0; ; n++) {
    const path = join(dir, n ? `${stem}-${n}${end}` : name)
    if (!existsSync(path)) return path
  }
}

/** Follows the downloads of a browser into `dir`. */
export async function downloads(root: CDPSession, dir: string, clock: Clock): Promise<Downloads> {
  await makeDir(dir)
  const waiting: { path: string | undefined; done(d: Download): void; fail(e: Fault): void }[] = []
  const begun = new Map<string, { url: string; name: string; waiter: (typeof waiting)[number] | undefined }>()

  root.on('Browser.downloadWillBegin', (e) => {
    begun.set(e.guid, { url: e.url, name: safeName(e.suggestedFilename), waiter: waiting.shift() })
  })
  root.on('Browser.downloadProgress', (e) => {
    const d = begun.get(e.guid)
    if (!d || e.state === 'inProgress') return
    begun.delete(e.guid)
    if (e.state === 'canceled')
      return d.waiter?.fail(new Fault('CANCELLED', `the download of ${d.name} was broken off`))
    const path = d.waiter?.path ?? freePath(dir, d.name)
    rename(join(dir, e.guid), path).then(
      () => d.waiter?.done({ url: d.url, suggestedFilename: d.name, path }),
      (error: unknown) =>
        d.waiter?.fail(new Fault('UNAVAILABLE', `${d.name} could not be kept at ${path}`, { cause: error })),
    )
    return undefined
  })
  await root.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath: dir, eventsEnabled: true })

  return {
    next(path, timeoutMs, signal) {
      return new Promise((resolve, reject) => {
        const limit = deadline(
          clock,
          timeoutMs,
          new Fault('TIMEOUT', `nothing was downloaded within ${timeoutMs} ms`),
          signal,
        )
        const end = () => {
          limit.done()
          const i = waiting.indexOf(waiter)
          if (i >= 0) waiting.splice(i, 1)
        }
        const waiter = {
          path,
          done: (d: Download) => (end(), resolve(d)),
          fail: (e: Fault) => (end(), reject(e)),
        }
        waiting.push(waiter)
        limit.signal.addEventListener('abort', () => {
          end()
          reject(limit.signal.reason)
        })
      })
    },
  }
}
