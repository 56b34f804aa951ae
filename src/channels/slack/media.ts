// Files of incoming messages: fetched from Slack into the media store, or named in the text when that fails.
import { z } from 'zod'
import type { MediaStore } from '../../define/tool.ts'
import type { MediaRef } from '../../domain/media.ts'
import type { InboundMessage } from '../../domain/message.ts'
import { deadline, type Clock } from '../../lib/clock.ts'
import { bytesOf, mb } from '../../lib/download.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Web } from './api.ts'
import type { Inbound, RemoteFile } from './inbound.ts'

/** Files of one message that are fetched, and how many at a time. */
const maxFiles = 8
const atOnce = 3

/** What fetching files needs. `maxBytes` is the largest file taken. */
export interface Downloads {
  readonly web: Web
  readonly media: MediaStore
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly maxBytes: number
}

const fileInfo = z.looseObject({ url_private_download: z.string().optional(), url_private: z.string().optional() })

async function urlOf(file: RemoteFile, d: Downloads): Promise<string> {
  if (file.url) return file.url
  const found = await d.web.call('files.info', (w) => w.files.info({ file: file.id }), { signal: d.signal })
  const info = fileInfo.safeParse(found.file).data
  const url = info?.url_private_download ?? info?.url_private
  if (!url) throw new Fault('NOT_FOUND', 'Slack does not give it')
  return url
}

/** Follows at most one redirect, and shows the token to nobody but Slack. */
async function get(url: string, d: Downloads, signal: AbortSignal): Promise<Response> {
  const first = await d.web.fetch(url, { authorized: true, redirect: 'manual', signal })
  const to = first.headers.get('location')
  if (first.status < 300 || first.status >= 400 || !to) return first
  await first.body?.cancel()
  return d.web.fetch(new URL(to, url).href, { authorized: true, redirect: 'error', signal })
}

async function download(file: RemoteFile, d: Downloads): Promise<MediaRef> {
  if (file.bytes > d.maxBytes)
    throw new Fault('TOO_LARGE', `it has ${mb(file.bytes)}, the limit (mediaMaxMb) is ${mb(d.maxBytes)}`)
  const url = await urlOf(file, d)
  if (!d.web.isSlack(url)) throw new Fault('FORBIDDEN', 'it is not kept at Slack')
  const limit = deadline(d.clock, 60_000, new Fault('TIMEOUT', 'Slack took longer than 60 s for it'), d.signal)
  try {
    const response = await get(url, d, limit.signal)
    if (!response.ok) throw new Fault('UNAVAILABLE', `Slack answered ${response.status}`)
    // Without the scope Slack does not refuse: it answers with its page to sign in.
    if (response.headers.get('content-type')?.startsWith('text/html') && file.mime !== 'text/html')
      throw new Fault('FORBIDDEN', 'the bot token lacks the scope files:read')
    const bytes = await bytesOf(response, d.maxBytes)
    return await d.media.save(bytes, {
      mime: file.mime,
      ...(file.kind === undefined ? {} : { kind: file.kind }),
      ...(file.name === undefined ? {} : { name: file.name }),
    })
  } finally {
    limit.done()
  }
}

/** The message with its files in the media store; for a file that could not be had, a line of text says why. */
export async function withMedia(inbound: Inbound, d: Downloads): Promise<InboundMessage> {
  const files = inbound.files.slice(0, maxFiles)
  if (!files.length) return inbound.message
  const got: (MediaRef | string)[] = []
  async function take(queue: Iterator<[number, RemoteFile]>) {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const [i, file] = next.value
      try {
        got[i] = await download(file, d)
      } catch (error) {
        if (d.signal.aborted) throw error
        const why = error instanceof Fault ? error.message : 'the download failed'
        d.log.warn('a file could not be fetched', { file: file.id, why: describeError(error) })
        got[i] = `[${file.name ?? 'file'} not received: ${why}]`
      }
    }
  }
  const queue = files.entries()
  await Promise.all(Array.from({ length: Math.min(atOnce, files.length) }, () => take(queue)))
  const left = inbound.files.length - files.length
  const notes = [
    ...got.filter((one) => typeof one === 'string'),
    ...(left > 0 ? [`[${left} more files not received: at most ${maxFiles} are taken]`] : []),
  ]
  const text = [inbound.message.text, ...notes].filter(Boolean).join('\n')
  return { ...inbound.message, text, media: got.filter((one) => typeof one !== 'string') }
}
