// The bytes of a download, read up to a limit.
import { Fault } from './fault.ts'

/** Bytes as people read them, in MB. */
export const mb = (bytes: number): string => `${Math.round((bytes / 1_000_000) * 10) / 10} MB`

/** The body of a response as bytes. Throws TOO_LARGE as soon as it is longer than `max` bytes. */
export async function bytesOf(response: Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > max) throw new Fault('TOO_LARGE', `it is larger than the limit (mediaMaxMb) of ${mb(max)}`)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
