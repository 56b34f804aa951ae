// A small Opus file in Ogg for tests: right in its framing, silent in its sound.

/** One page: https://www.rfc-editor.org/rfc/rfc3533#section-6. Checksums are left out, since nobody reads them here. */
function page(granule: number, packets: readonly Uint8Array[]): number[] {
  const laces = packets.flatMap((p) => [...Array<number>(Math.floor(p.length / 255)).fill(255), p.length % 255])
  const head = new DataView(new ArrayBuffer(27))
  head.setUint32(0, 0x4f_67_67_53) // OggS
  head.setBigInt64(6, BigInt(granule), true)
  head.setUint8(26, laces.length)
  return [...new Uint8Array(head.buffer), ...laces, ...packets.flatMap((p) => [...p])]
}

const text = (s: string) => new TextEncoder().encode(s)

/** A file of so many seconds: packets of 20 ms, louder towards the middle. */
export function oggOpus(seconds: number): Uint8Array<ArrayBuffer> {
  const skip = 312
  const head = new Uint8Array([...text('OpusHead'), 1, 1, skip & 255, skip >> 8, 0x80, 0xbb, 0, 0, 0, 0, 0])
  const count = Math.round(seconds * 50)
  const packets = Array.from(
    { length: count },
    (_, i) => new Uint8Array(20 + Math.round(300 * Math.sin((i / count) * Math.PI))),
  )
  const pages: number[] = []
  for (let i = 0; i < count; i += 50) {
    const some = packets.slice(i, i + 50)
    pages.push(...page(skip + (i + some.length) * 960, some))
  }
  return new Uint8Array([...page(0, [head]), ...page(0, [text('OpusTags')]), ...pages])
}
