// A file that travels with a message; its bytes are kept by the media store.

/** How a file is shown. */
export type MediaKind = 'image' | 'audio' | 'voice' | 'video' | 'sticker' | 'document'

/** A stored file: `id` in the media store, its MIME type, size in bytes and, when known, name. */
export interface MediaRef {
  readonly id: string
  readonly mime: string
  readonly bytes: number
  readonly name?: string
  /** How the platform showed it, where that matters for sending it again. */
  readonly kind?: MediaKind
}

/** What kind of file a MIME type is. */
export function mediaKind(mime: string): 'image' | 'audio' | 'video' | 'document' {
  const top = mime.split('/')[0]
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'document'
}

/** Where in the media folder the bytes with this SHA-256 are. */
export const mediaFile = (sha256: string): string => `${sha256.slice(0, 2)}/${sha256}`

/** First bytes of the images models can see, in hex. */
const signatures: readonly (readonly [RegExp, string])[] = [
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^474946383[79]61/, 'image/gif'],
  [/^52494646.{8}57454250/, 'image/webp'],
]

/** The MIME type of an image by its first bytes; undefined for anything else. */
export function imageType(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, 12).toHex()
  return signatures.find(([start]) => start.test(head))?.[1]
}
