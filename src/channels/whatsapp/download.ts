// Files of incoming messages: fetched into the media store, or named in the text when that fails.
import { withFiles } from '../../domain/incoming-files.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { MediaKind, MediaRef } from '../../domain/media.ts'
import { deadline, type Clock } from '../../lib/clock.ts'
import { bytesOf, mb } from '../../lib/download.ts'
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { MediaStore } from '../../define/tool.ts'

/** What fetching needs. `maxBytes` is the largest file taken. */
export interface Downloads {
  readonly media: MediaStore
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly maxBytes: number
}

/** A file that can be fetched; `bytes` is 0 when its size is not known. */
export interface Fetchable {
  readonly mime: string
  readonly kind: MediaKind
  readonly bytes: number
  readonly name?: string
  /** Throws a Fault when it cannot be had. */
  fetch(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
}

/** A time (ms) in which a file must be there. */
const limitMs = 60_000

/** The body of a response. Throws UNAVAILABLE when there is none, TOO_LARGE when it is longer than `max` bytes. */
export async function readBody(response: Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.ok) throw new Fault('UNAVAILABLE', `WhatsApp answered ${response.status}`)
  return bytesOf(response, max)
}

async function save(file: Fetchable, d: Downloads): Promise<MediaRef> {
  if (file.bytes > d.maxBytes)
    throw new Fault('TOO_LARGE', `it has ${mb(file.bytes)}, the limit (mediaMaxMb) is ${mb(d.maxBytes)}`)
  const limit = deadline(d.clock, limitMs, new Fault('TIMEOUT', 'WhatsApp took longer than 60 s for it'), d.signal)
  try {
    const bytes = await file.fetch(limit.signal)
    const { mime, kind, name } = file
    return await d.media.save(bytes, { mime, kind, ...(name === undefined ? {} : { name }) })
  } finally {
    limit.done()
  }
}

/** The message with its files in the media store; for a file that could not be had, a line of text says why. */
export const withMedia = (
  message: InboundMessage,
  files: readonly Fetchable[],
  d: Downloads,
): Promise<InboundMessage> => withFiles(message, files, (file) => save(file, d), d)
