// Signing in to a channel by a picture on the screen. No channel of this build does so.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'

const refuse = (): never => {
  throw new Fault('UNAVAILABLE', 'web login provider is not available: no channel of this build signs in by a QR code')
}

const common = {
  timeoutMs: z.number().int().min(0).optional().describe('how long it may take, in ms'),
  accountId: z.string().optional().describe('the account'),
}

const start = defineOp({
  id: 'web.login.start',
  summary: 'Shows a QR code that signs a channel in.',
  scope: 'admin',
  params: z.strictObject({
    ...common,
    force: z.boolean().optional().describe('even when it is signed in'),
    verbose: z.boolean().optional().describe('say more'),
  }),
  result: z.object({ qrDataUrl: z.string().optional(), message: z.string() }),
  examples: [{ params: {}, note: 'a channel with QR codes' }],
  handler: refuse,
})

const wait = defineOp({
  id: 'web.login.wait',
  summary: 'Waits until a channel is signed in by its QR code.',
  scope: 'admin',
  params: z.strictObject(common),
  result: z.object({ connected: z.boolean(), message: z.string() }),
  examples: [{ params: {}, note: 'a channel with QR codes' }],
  handler: refuse,
})

export const webLoginOps = [start, wait] as const
