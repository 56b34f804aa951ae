// Files of incoming messages: fetched from Discord into the media store, or named in the text when that fails.
import type { MediaStore } from '../../define/tool.ts'
import { withFiles } from '../../domain/incoming-files.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { MediaRef } from '../../domain/media.ts'
import { deadline, type Clock } from '../../lib/clock.ts'
import { bytesOf, mb } from '../../lib/download.ts'
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Inbound, RemoteFile } from './inbound.ts'

/** What fetching files needs. `maxBytes` is the largest file taken, `hosts` are those that files may come from. */
export interface Downloads {
  readonly fetch: typeof globalThis.fetch
  readonly media: MediaStore
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly maxBytes: number
  readonly hosts: ReadonlySet<string>
}

/** Where Discord keeps files. */
export const fileHosts = ['cdn.discordapp.com', 'media.discordapp.net'] as const

async function download(file: RemoteFile, d: Downloads): Promise<MediaRef> {
  if (file.bytes > d.maxBytes)
    throw new Fault('TOO_LARGE', `it has ${mb(file.bytes)}, the limit (mediaMaxMb) is ${mb(d.maxBytes)}`)
  if (!d.hosts.has(URL.parse(file.url)?.host ?? '')) throw new Fault('FORBIDDEN', 'it is not on a server of Discord')
  const limit = deadline(d.clock, 30_000, new Fault('TIMEOUT', 'Discord took longer than 30 s for it'), d.signal)
  try {
    const response = await d.fetch(file.url, { signal: limit.signal, redirect: 'error' })
    if (!response.ok) throw new Fault('UNAVAILABLE', `Discord answered ${response.status}`)
    const bytes = await bytesOf(response, d.maxBytes)
    return await d.media.save(bytes, { mime: file.mime, kind: file.kind, name: file.name })
  } finally {
    limit.done()
  }
}

/** The message with its files in the media store; for a file that could not be had, a line of text says why. */
export const withMedia = (inbound: Inbound, d: Downloads): Promise<InboundMessage> =>
  withFiles(inbound.message, inbound.files, (file) => download(file, d), d)
