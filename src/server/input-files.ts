// Files inside a request: decoded, or fetched within limits, and of the kinds that are taken.
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { guardedFetch } from '../lib/fetch.ts'
import type { ClientFile } from '../define/client-ask.ts'
import { lookupAll, pinnedFetch } from '../os/dns.ts'
import type { InputRule } from './parts.ts'

/** Where a file comes from. */
export type Source =
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'base64'; readonly mime: string; readonly data: string; readonly name?: string }

/** A source from an address; `data:` addresses carry the file themselves. */
export function sourceOf(url: string, name?: string): Source {
  const m = /^data:([^;,]*)[^,]*;base64,(.*)$/is.exec(url)
  if (!m) return { type: 'url', url }
  return { type: 'base64', mime: m[1] || 'text/plain', data: m[2] ?? '', ...(name === undefined ? {} : { name }) }
}

const bad = (message: string) => new Fault('INVALID_REQUEST', message)

function decoded(data: string, max: number): Uint8Array<ArrayBuffer> {
  if (data.length * 0.75 > max + 4) throw bad(`a file is larger than ${max} bytes`)
  try {
    return Uint8Array.fromBase64(data)
  } catch (error) {
    throw new Fault('INVALID_REQUEST', 'a file is not valid base64', { cause: error })
  }
}

const hostAllowed = (host: string, list: readonly string[]) =>
  list.some((entry) =>
    entry.startsWith('*.') ? host.endsWith(entry.slice(1).toLowerCase()) : entry.toLowerCase() === host,
  )

/** Fetches a file. A list of hosts allows no redirects, as those could lead elsewhere. */
async function fetched(url: string, rule: InputRule, clock: Clock) {
  if (!rule.allowUrl) throw bad('files by address are not taken here')
  const host = URL.parse(url)?.hostname.toLowerCase() ?? ''
  if (rule.urlAllowlist && !hostAllowed(host, rule.urlAllowlist)) throw bad(`files are not taken from ${host}`)
  const { maxBytes, timeoutMs } = rule
  const maxRedirects = rule.urlAllowlist ? 0 : rule.maxRedirects
  const limits = { maxBytes, timeoutMs, maxRedirects, allowPrivate: false }
  try {
    const response = await guardedFetch({ lookup: lookupAll, fetch: pinnedFetch, clock, ...limits })(url)
    if (!response.ok) throw bad(`${host} answered ${response.status}`)
    const mime = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
    return { mime, bytes: new Uint8Array(await response.arrayBuffer()) }
  } catch (error) {
    const why = error instanceof Fault ? error.message : 'the connection failed'
    throw new Fault('INVALID_REQUEST', `a file could not be fetched: ${why}`, { cause: error })
  }
}

/** The file of a source. Throws a Fault that says why it is not taken. */
export async function inputFile(source: Source, rule: InputRule, clock: Clock): Promise<ClientFile> {
  const file =
    source.type === 'url'
      ? await fetched(source.url, rule, clock)
      : { mime: source.mime.toLowerCase(), bytes: decoded(source.data, rule.maxBytes), name: source.name }
  if (!rule.allowedMimes.includes(file.mime))
    throw bad(`files of type ${file.mime || 'unknown'} are not taken; only ${rule.allowedMimes.join(', ')}`)
  if (file.bytes.length > rule.maxBytes) throw bad(`a file is larger than ${rule.maxBytes} bytes`)
  const name = 'name' in file ? file.name : undefined
  return { mime: file.mime, bytes: file.bytes, ...(name === undefined ? {} : { name }) }
}

/** The text of a text file, cut to `maxChars`. Throws a Fault for a PDF, which cannot be read here. */
export function textOfFile(file: ClientFile, maxChars: number): string {
  if (file.mime === 'application/pdf')
    throw bad('PDF files cannot be read here; send their text, or their pages as images')
  return new TextDecoder().decode(file.bytes).slice(0, maxChars)
}
