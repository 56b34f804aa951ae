// Files of incoming messages: fetched from Telegram into the media store, or named in the text when that fails.
import type { MediaStore } from '../../define/tool.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { MediaRef } from '../../domain/media.ts'
import { deadline, type Clock } from '../../lib/clock.ts'
import { bytesOf, mb } from '../../lib/download.ts'
import { describeError, Fault } from '../../lib/fault.ts'
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
export async function withMedia(inbound: Inbound, d: Downloads): Promise<InboundMessage> {
  if (!inbound.files.length) return inbound.message
  const media: MediaRef[] = []
  const notes: string[] = []
  for (const file of inbound.files) {
    try {
      media.push(await download(file, d))
    } catch (error) {
      if (d.signal.aborted) throw error
      const why = error instanceof Fault ? error.message : 'the download failed'
      d.log.warn('a file could not be fetched', { kind: file.kind, why: describeError(error) })
      notes.push(`[${file.name ?? file.kind} not received: ${why}]`)
    }
  }
  const text = [inbound.message.text, ...notes].filter(Boolean).join('\n')
  return { ...inbound.message, text, media }
}
