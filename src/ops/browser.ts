// Driving a browser. None is set up in this build.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'

const request = defineOp({
  id: 'browser.request',
  summary: 'Drives the browser.',
  scope: 'write',
  params: z.strictObject({
    method: z.enum(['GET', 'POST', 'DELETE']).describe('the HTTP method'),
    path: z.string().min(1).describe('the path, such as /tabs'),
    query: z.record(z.string(), z.unknown()).optional().describe('the query'),
    body: z.unknown().optional().describe('the body'),
    timeoutMs: z.number().int().min(1).optional().describe('how long it may take, in ms'),
  }),
  result: z.unknown(),
  examples: [{ params: { method: 'GET', path: '/' }, note: 'a browser' }],
  handler: (): never => {
    throw new Fault('UNAVAILABLE', 'browser control is disabled: this build drives no browser')
  },
})

export const browserOps = [request] as const
