// Draws the program's icon: three claw marks on a rounded square, as SVG and as PNG of any size.
import { deflateSync } from 'node:zlib'

const ground = [0x17, 0x5c, 0xd3] as const
/** The marks: bent strokes from one point to another, in units of the icon's width. */
const marks = [
  { from: [0.34, 0.26], to: [0.27, 0.72] },
  { from: [0.55, 0.22], to: [0.47, 0.78] },
  { from: [0.75, 0.27], to: [0.66, 0.72] },
] as const
const width = 0.085
const corner = 0.22

/** The icon as an SVG picture. */
export function iconSvg(): string {
  const strokes = marks
    .map(({ from: [ax, ay], to: [bx, by] }) => `M${ax * 100} ${ay * 100} L${bx * 100} ${by * 100}`)
    .join(' ')
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">',
    `<rect width="100" height="100" rx="${corner * 100}" fill="rgb(${ground.join(',')})"/>`,
    `<path d="${strokes}" stroke="#fff" stroke-width="${width * 100}" stroke-linecap="round" fill="none"/></svg>`,
  ].join('')
}

/** How far a point is from the rounded square (negative inside), and from the nearest mark. */
function distances(x: number, y: number, round: number) {
  const [dx, dy] = [Math.abs(x - 0.5) - 0.5 + round, Math.abs(y - 0.5) - 0.5 + round]
  const square = Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - round
  const stroke = marks.map(({ from: [ax, ay], to: [bx, by] }) => {
    const [vx, vy] = [bx - ax, by - ay]
    const t = Math.min(1, Math.max(0, ((x - ax) * vx + (y - ay) * vy) / (vx * vx + vy * vy)))
    return Math.hypot(x - ax - t * vx, y - ay - t * vy)
  })
  return { square, mark: Math.min(...stroke) - width / 2 }
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = new Uint8Array(4 + data.length)
  body.set(new TextEncoder().encode(type))
  body.set(data, 4)
  const out = new Uint8Array(body.length + 8)
  const view = new DataView(out.buffer)
  view.setUint32(0, data.length)
  out.set(body, 4)
  view.setUint32(out.length - 4, Bun.hash.crc32(body))
  return out
}

/** The icon as a PNG picture of `size` pixels; `full` leaves no corner transparent, for systems that cut their own. */
export function iconPng(size: number, full = false): Uint8Array {
  const rows = new Uint8Array(size * (size * 4 + 1))
  const cover = (distance: number) => Math.min(1, Math.max(0, 0.5 - distance * size))
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const { square, mark } = distances((x + 0.5) / size, (y + 0.5) / size, full ? 0 : corner)
      const white = cover(mark)
      const at = y * (size * 4 + 1) + 1 + x * 4
      for (let i = 0; i < 3; i++) rows[at + i] = Math.round((ground[i] as number) * (1 - white) + 255 * white)
      rows[at + 3] = Math.round(255 * (full ? 1 : cover(square)))
    }
  const head = new Uint8Array(13)
  const view = new DataView(head.buffer)
  view.setUint32(0, size)
  view.setUint32(4, size)
  head.set([8, 6], 8) // eight bits a channel, with transparency
  const parts = [
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]
  return new Uint8Array(Buffer.concat(parts))
}
