// Files that are to be sent: read from an address, a folder or memory, small enough for chats, and stored.
import { deadline } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { mediaKind, type MediaRef } from '../../domain/media.ts'
import type { World } from '../world.ts'

/** A file before it is stored. */
export interface LooseFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mime: string
  readonly name?: string
}

/** The largest that are sent, in bytes, by their kind; pictures are made smaller instead. */
const largest = { audio: 16_000_000, video: 16_000_000, document: 100_000_000 } as const
/** The longest side of a picture that is made smaller, in pixels. */
const side = 2560
/** How long an address has to give its file, in ms. */
const patienceMs = 120_000

const mb = (bytes: number) => `${Math.round(bytes / 100_000) / 10} MB`

/** Stores a file to be sent. A picture above `agents.defaults.mediaMaxMb` is made smaller. Throws TOO_LARGE. */
export async function keep(world: World, file: LooseFile): Promise<MediaRef> {
  const kind = mediaKind(file.mime)
  const about = file.name === undefined ? {} : { name: file.name }
  if (kind === 'image') {
    const { bytes, mime } =
      file.bytes.length > world.settings.pictures().sentBytes ? await world.outside.pictures.fitted(file, side) : file
    return world.outside.media.save(bytes, { ...about, mime })
  }
  if (file.bytes.length > largest[kind]) throw tooLarge(file.name ?? 'the file', file.bytes.length, largest[kind])
  return world.outside.media.save(file.bytes, { ...about, mime: file.mime })
}

const tooLarge = (name: string, bytes: number, most: number) =>
  new Fault('TOO_LARGE', `${name} has ${mb(bytes)}; at most ${mb(most)} are sent`)

/** Downloads a file of the public internet. Throws UNAVAILABLE, TOO_LARGE, FORBIDDEN. */
export async function download(world: World, url: string, signal?: AbortSignal): Promise<LooseFile> {
  const late = new Fault('TIMEOUT', `${url} did not give its file within ${patienceMs} ms`)
  const limit = deadline(world.clock, patienceMs, late, signal)
  try {
    return await read(world, url, limit.signal)
  } finally {
    limit.done()
  }
}

async function read(world: World, url: string, signal: AbortSignal): Promise<LooseFile> {
  const answer = await world.outside.download(url, { signal })
  if (!answer.ok) throw new Fault('UNAVAILABLE', `${url} answered ${answer.status}`)
  const mime = answer.headers.get('content-type')?.split(';')[0] || 'application/octet-stream'
  const said = Number(answer.headers.get('content-length'))
  if (said > largest.document) throw tooLarge(url, said, largest.document)
  const name = new URL(url).pathname.split('/').at(-1)
  return { bytes: new Uint8Array(await answer.arrayBuffer()), mime, ...(name ? { name } : {}) }
}

/** The file an address or a path means, paths inside `folder`. Throws as `download` does, and NOT_FOUND. */
export const looseFile = (world: World, text: string, folder: string, signal?: AbortSignal): Promise<LooseFile> =>
  /^https?:\/\//i.test(text)
    ? download(world, text, signal)
    : world.outside.readFile(text.replace(/^file:\/\//, ''), folder)

/** A file shown as a voice message, where it is sound. */
export const asVoice = (ref: MediaRef): MediaRef => (ref.mime.startsWith('audio/') ? { ...ref, kind: 'voice' } : ref)
