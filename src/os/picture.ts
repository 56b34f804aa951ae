// Pictures as models take them: no larger than they look at, and in a form they read.
import { Fault } from '../lib/fault.ts'
import type { MediaRef } from '../domain/media.ts'

/** A picture's bytes and what they are. */
export interface Picture {
  readonly mime: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The largest a model takes, in bytes: 5 MB once it is base64. https://docs.claude.com/en/docs/build-with-claude/vision */
const maxBytes = 3_750_000
/** The largest that is decoded, in pixels: a small file can say it is much larger. */
const maxPixels = 120_000_000
const read = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
/** Qualities of JPEG, one after the other until it is small enough. */
const qualities = [85, 70, 50, 30]

/**
 * A picture with no side longer than `side` pixels and no more than 5 MB in base64; unchanged where it is that already.
 * Throws what the decoder throws for one that cannot be read here, as HEIC outside macOS and Windows.
 */
export async function fitted(picture: Picture, side: number): Promise<Picture> {
  const plain = read.has(picture.mime) && picture.bytes.length <= maxBytes
  const decoded = () => new Bun.Image(picture.bytes, { maxPixels })
  const size = await decoded()
    .metadata()
    .catch((error: unknown) => (plain ? undefined : Promise.reject(error)))
  if (plain && (!size || Math.max(size.width, size.height) <= side)) return picture
  const small = () => decoded().resize(side, side, { fit: 'inside', withoutEnlargement: true })
  const copy = async (mime: string, image: Bun.Image) => ({ mime, bytes: new Uint8Array(await image.bytes()) })
  if (picture.mime !== 'image/jpeg') {
    const png = await copy('image/png', small().png())
    if (png.bytes.length <= maxBytes) return png
  }
  for (const quality of qualities) {
    const jpeg = await copy('image/jpeg', small().jpeg({ quality }))
    if (jpeg.bytes.length <= maxBytes) return jpeg
  }
  throw new Fault('TOO_LARGE', `it stays above ${maxBytes} bytes at ${side} pixels`)
}

/** Pictures kept, since a history shows the same ones again with every question. */
const kept = 24

/** Pictures, fitted to `side` pixels; of the stored ones the last are kept. `stored` throws NOT_FOUND, and as `fitted` does. */
export function pictures(stored: (id: string) => Promise<Uint8Array<ArrayBuffer>>) {
  const known = new Map<string, Promise<Picture>>()
  const shown = (ref: Pick<MediaRef, 'id' | 'mime'>, side: number): Promise<Picture> => {
    const key = `${ref.id} ${side}`
    const made = known.get(key) ?? stored(ref.id).then((bytes) => fitted({ mime: ref.mime, bytes }, side))
    known.delete(key)
    known.set(key, made)
    made.catch(() => known.delete(key))
    if (known.size > kept) known.delete(known.keys().next().value as string)
    return made
  }
  return { fitted, stored: shown }
}
