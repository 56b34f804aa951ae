// Files of incoming messages: fetched from Telegram into the media store, or named in the text when that fails.
import type { MediaStore } from '../../define/tool.ts'
import { withFiles } from '../../domain/incoming-files.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { MediaRef } from '../../domain/media.ts'
import { deadline, type Clock } from '../../lib/clock.ts'
import { bytesOf, mb } from '../../lib/download.ts'
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Bot } from './api.ts'
import type { Inbound, RemoteFile } from './inbound.ts'

/** What fetching files needs. `maxBytes` is the largest file taken. */
export interface Downloads {
  readonly bot: Bot
  readonly fetch: typeof globalThis.fetch
  readonly media: MediaStore
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly maxBytes: number
}

async function download(file: RemoteFile, d: Downloads): Promise<MediaRef> {
  if (file.bytes > d.maxBytes)
    throw new Fault('TOO_LARGE', `it has ${mb(file.bytes)}, the limit (mediaMaxMb) is ${mb(d.maxBytes)}`)
  const found = await d.bot.call('getFile', (api, signal) => api.getFile({ file_id: file.id }, signal), {
    signal: d.signal,
  })
  if (!found.file_path) throw new Fault('NOT_FOUND', 'Telegram no longer has it')
  const limit = deadline(d.clock, 30_000, new Fault('TIMEOUT', 'Telegram took longer than 30 s for it'), d.signal)
  try {
    const response = await d.fetch(d.bot.fileUrl(found.file_path), { signal: limit.signal })
    if (!response.ok) throw new Fault('UNAVAILABLE', `Telegram answered ${response.status}`)
    const bytes = await bytesOf(response, d.maxBytes)
    return await d.media.save(bytes, {
      mime: file.mime,
      kind: file.kind,
      ...(file.name === undefined ? {} : { name: file.name }),
    })
  } finally {
    limit.done()
  }
}

/** The message with its files in the media store; for a file that could not be had, a line of text says why. */
export const withMedia = (inbound: Inbound, d: Downloads): Promise<InboundMessage> =>
  withFiles(inbound.message, inbound.files, (file) => download(file, d), d)
