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
