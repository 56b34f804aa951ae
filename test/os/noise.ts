// A picture nobody can make small.

/** Noise of so many pixels a side, as BMP. */
export function noise(side: number): Uint8Array<ArrayBuffer> {
  const head = 54
  const row = Math.ceil((side * 3) / 4) * 4
  const bmp = new Uint8Array(head + row * side)
  const view = new DataView(bmp.buffer)
  bmp.set([0x42, 0x4d])
  view.setUint32(2, bmp.length, true)
  view.setUint32(10, head, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, side, true)
  view.setInt32(22, side, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  for (let at = head; at < bmp.length; at += 65_536) crypto.getRandomValues(bmp.subarray(at, at + 65_536))
  return bmp
}
