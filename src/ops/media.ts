// Files that came or went with messages.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import * as media from '../store/media.ts'
import type { Services } from './services.ts'

/** Largest file that is told in one answer, in bytes. */
const maxBytes = 16_000_000

const get = defineOp({
  id: 'media.get',
  summary: 'Reads a file that belongs to a message.',
  scope: 'read',
  params: z.strictObject({ id: z.string().min(1).describe('its id, as chat.history tells it') }),
  result: z.object({
    id: z.string(),
    mimeType: z.string(),
    name: z.string().optional(),
    bytes: z.number(),
    content: z.string().describe('the file as base64'),
  }),
  examples: [{ params: { id: 'med_example' }, note: 'a file that is there' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const about = media.byId(e.world.db, p.id)
    if (!about) throw new Fault('NOT_FOUND', `there is no file ${p.id}`)
    if (about.bytes > maxBytes)
      throw new Fault('TOO_LARGE', `${p.id} has ${about.bytes} bytes; at most ${maxBytes} are told in one answer`)
    const bytes = await e.world.outside.media.read(p.id)
    return {
      id: p.id,
      mimeType: about.mime,
      ...(about.name === undefined ? {} : { name: about.name }),
      bytes: bytes.length,
      content: bytes.toBase64(),
    }
  },
})

const put = defineOp({
  id: 'media.put',
  summary: 'Stores a file, to be sent with a message.',
  scope: 'write',
  params: z.strictObject({
    content: z.base64().min(1).describe('the file as base64'),
    mimeType: z
      .string()
      .regex(/^[\w.+-]+\/[\w.+-]+$/)
      .describe('what it is, such as image/png'),
    name: z.string().min(1).max(255).optional().describe('its name'),
  }),
  result: z.object({ id: z.string(), bytes: z.number() }),
  examples: [{ params: { content: 'aGVsbG8=', mimeType: 'text/plain', name: 'hello.txt' } }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const about = { mime: p.mimeType, ...(p.name === undefined ? {} : { name: p.name }) }
    const { id, bytes } = await e.world.outside.media.save(Uint8Array.fromBase64(p.content), about)
    return { id, bytes }
  },
})

export const mediaOps = [get, put] as const
