// Files on their way to Slack: an address for each, the bytes there, and then all shown in one message.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { Web } from './api.ts'
import { brokenFault, statusFault } from './faults.ts'

/** A file to show. */
export interface Upload {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Where the files are shown, and what is said with them. */
export interface Shown {
  readonly channel: string
  readonly thread_ts?: string
  readonly initial_comment?: string
}

/** Until the files are shown nobody sees anything of them, so that any failure may be tried again. */
const nothingShown = (error: unknown): unknown =>
  error instanceof Fault && error.code === 'TIMEOUT'
    ? new Fault('UNAVAILABLE', `nothing was sent: ${error.message}`, { cause: error })
    : error

async function put(web: Web, file: Upload, signal: AbortSignal): Promise<string> {
  const args = { filename: file.name, length: file.bytes.length }
  const place = await web.call('files.getUploadURLExternal', (w) => w.files.getUploadURLExternal(args), { signal })
  if (!place.upload_url || !place.file_id) throw new Fault('UNAVAILABLE', 'Slack named no place for the file')
  if (!web.isSlack(place.upload_url))
    throw new Fault('FORBIDDEN', 'Slack named a place for the file that is not its own')
  let response: Response
  try {
    response = await web.fetch(place.upload_url, { method: 'POST', body: file.bytes, redirect: 'error', signal })
  } catch (error) {
    throw brokenFault('the upload of a file', error)
  }
  await response.body?.cancel()
  if (!response.ok) throw statusFault('the upload of a file', response.status)
  return place.file_id
}

const shares = z.record(z.string(), z.record(z.string(), z.array(z.looseObject({ ts: z.string() }))))
const completed = z.looseObject({ id: z.string(), shares: shares.optional().catch(undefined) })

/**
 * Uploads files and shows them. Answers the id of the message they are in; Slack often makes it a little later, then it
 * is `file:` and the file's id. Throws TIMEOUT only when they may have been shown.
 */
export async function upload(web: Web, files: readonly Upload[], at: Shown, signal: AbortSignal): Promise<string> {
  const ids: { readonly id: string; readonly title: string }[] = []
  try {
    for (const file of files) ids.push({ id: await put(web, file, signal), title: file.name })
  } catch (error) {
    throw nothingShown(error)
  }
  const [first, ...rest] = ids
  if (!first) throw new Fault('INVALID_REQUEST', 'there is no file to send')
  const { channel, thread_ts: thread, initial_comment: comment } = at
  const said = comment === undefined ? {} : { initial_comment: comment }
  const args = { files: [first, ...rest] as [typeof first, ...typeof rest], channel_id: channel, ...said }
  const done = await web.call(
    'files.completeUploadExternal',
    (w) => w.files.completeUploadExternal(thread === undefined ? args : { ...args, thread_ts: thread }),
    { signal },
  )
  const file = completed.safeParse(done.files?.[0]).data
  const share = Object.values(file?.shares ?? {}).flatMap((chats) => chats[channel] ?? [])[0]
  return share?.ts ?? `file:${first.id}`
}
