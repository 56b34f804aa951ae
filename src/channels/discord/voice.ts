// What Discord wants to know of a voice message: how long it is, and how loud it looks.
import { Fault } from '../../lib/fault.ts'

/** A page of an Ogg file: https://www.rfc-editor.org/rfc/rfc3533#section-6 */
interface Page {
  /** Samples up to the end of the page, at 48 kHz. */
  readonly granule: number
  /** Bytes of each packet that ends in the page, roughly. */
  readonly packets: readonly number[]
  readonly body: number
  readonly next: number
}

/** Opus in Ogg always counts 48,000 samples a second: https://www.rfc-editor.org/rfc/rfc7845#section-4 */
const rate = 48_000

/** Discord shows at most this many bars, one byte each. */
const maxBars = 256

const text = (bytes: Uint8Array, from: number, length: number) =>
  new TextDecoder('latin1').decode(bytes.subarray(from, from + length))

function pageAt(bytes: Uint8Array, at: number): Page | undefined {
  if (at + 27 > bytes.length || text(bytes, at, 4) !== 'OggS') return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const segments = bytes[at + 26] ?? 0
  const body = at + 27 + segments
  const packets: number[] = []
  let open = 0
  let size = 0
  for (const lace of bytes.subarray(at + 27, body)) {
    size += lace
    open += lace
    if (lace === 255) continue
    packets.push(open)
    open = 0
  }
  return { granule: Number(view.getBigInt64(at + 6, true)), packets, body, next: body + size }
}

/** The length in seconds and the bars of an Opus file. Throws INVALID_REQUEST when it is none. */
export function voiceFacts(bytes: Uint8Array): { readonly seconds: number; readonly waveform: string } {
  const head = pageAt(bytes, 0)
  if (!head || text(bytes, head.body, 8) !== 'OpusHead')
    throw new Fault('INVALID_REQUEST', 'a voice message must be Opus in an Ogg file; send it as audio instead')
  const skip = new DataView(bytes.buffer, bytes.byteOffset).getUint16(head.body + 10, true)
  const sizes: number[] = []
  let end = 0
  for (let page = pageAt(bytes, head.next), n = 0; page; page = pageAt(bytes, page.next), n++) {
    if (n > 0) sizes.push(...page.packets) // the first page after the head holds the tags
    end = Math.max(end, page.granule)
  }
  return { seconds: Math.max(0.1, (end - skip) / rate), waveform: bars(sizes) }
}

/** Bars from the sizes of packets: Opus spends more bytes where there is more to hear. */
function bars(sizes: readonly number[]): string {
  const count = Math.max(1, Math.min(maxBars, sizes.length))
  const loudest = Math.max(1, ...chunks(sizes, count).map(mean))
  const levels = chunks(sizes, count).map((part) => Math.round((mean(part) / loudest) * 255))
  return btoa(String.fromCharCode(...(levels.length ? levels : [0])))
}

const mean = (list: readonly number[]) => (list.length ? list.reduce((a, b) => a + b, 0) / list.length : 0)

const chunks = (list: readonly number[], count: number): number[][] =>
  Array.from({ length: count }, (_, i) =>
    list.slice(Math.floor((i * list.length) / count), Math.floor(((i + 1) * list.length) / count)),
  )
