// The tool that links WhatsApp while one talks: the code as a picture to scan, or as letters to type.
import { encode } from 'uqr'
import { z } from 'zod'
import type { AnyOp } from '../../define/op.ts'
import type { AnyTool, ToolContext } from '../../define/tool.ts'
import type { Services } from '../services.ts'
import { webLoginOps } from '../web-login.ts'
import { callOp, ownersOnly, tool } from './calls.ts'

/** Pixels of one square of a code, and squares of white around it. */
const square = 8
const border = 4

/** A QR code as PNG, by way of the plainest of pictures: https://en.wikipedia.org/wiki/BMP_file_format */
async function pictureOf(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const { data, size } = encode(text, { border })
  const side = size * square
  const head = 54
  const row = Math.ceil((side * 3) / 4) * 4
  const bmp = new Uint8Array(head + row * side).fill(255)
  const view = new DataView(bmp.buffer)
  bmp.fill(0, 0, head)
  bmp.set([0x42, 0x4d])
  for (const [at, value] of [
    [2, bmp.length],
    [10, head],
    [14, 40],
    [18, side],
    [22, -side], // the first row is the uppermost
    [26, 0x18_00_01], // one plane, 24 bits
  ] as const)
    view.setInt32(at, value, true)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (data[Math.floor(y / square)]?.[Math.floor(x / square)])
        bmp.fill(0, head + y * row + x * 3, head + y * row + x * 3 + 3)
  return new Uint8Array(await new Bun.Image(bmp).png().bytes())
}

/** The tool. */
export function whatsappLogin(s: Services): AnyTool {
  const [start, wait] = webLoginOps as unknown as readonly [AnyOp, AnyOp]

  async function shown(answer: { qr?: string; message: string; connected: boolean }, ctx: ToolContext) {
    const about = { details: { connected: answer.connected } }
    if (answer.qr === undefined || answer.connected) return { ok: true, text: answer.message, ...about }
    const ref = await ctx.media.save(await pictureOf(answer.qr), { mime: 'image/png', name: 'whatsapp-code.png' })
    const text = `${answer.message}\nShow the code to the person: write this line by itself, then call wait.\nMEDIA: media:${ref.id}`
    return { ok: true, text, ...about }
  }

  return tool({
    id: 'whatsapp_login',
    summary: 'Links WhatsApp: start shows a code to scan, or one to type with phone; wait says when it is linked.',
    risk: 'write',
    timeoutMs: 180_000,
    params: z.strictObject({
      action: z.enum(['start', 'wait']).describe('what to do'),
      accountId: z.string().optional().describe('the account'),
      phone: z.string().optional().describe('start: the number (+49…), for a code to type instead of one to scan'),
      force: z.boolean().optional().describe('start: even when it is linked'),
      timeoutMs: z.number().int().min(0).max(150_000).optional().describe('how long to wait, in ms'),
    }),
    async run({ action, ...p }, ctx) {
      ownersOnly(ctx, 'link WhatsApp')
      const { accountId, timeoutMs } = p
      const said = action === 'start' ? p : { accountId, timeoutMs }
      return shown((await callOp(action === 'start' ? start : wait, said, s, ctx)) as never, ctx)
    },
  })
}
