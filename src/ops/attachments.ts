// Files that come inside a request, as base64.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { MediaRef } from '../domain/media.ts'
import type { MediaStore } from '../define/tool.ts'
import type { Db } from '../store/db.ts'
import * as files from '../store/media.ts'

/** Largest attachment after decoding, in bytes; the original's limit. */
export const maxAttachment = 5_000_000

export const Attachment = z.object({
  id: z.string().min(1).optional().describe('a file the gateway has already, instead of content'),
  type: z.string().optional(),
  mimeType: z.string().optional(),
  fileName: z.string().optional(),
  content: z.string().optional().describe('the file as base64, or a data URL'),
})

/** Stores attachments. Throws INVALID_REQUEST for bad base64, NOT_FOUND for an unknown id and TOO_LARGE beyond the limit. */
export async function saveAttachments(
  { db, outside: { media } }: { readonly db: Db; readonly outside: { readonly media: MediaStore } },
  list: readonly z.output<typeof Attachment>[],
): Promise<MediaRef[]> {
  return Promise.all(
    list.map(async (a, i) => {
      if (a.id !== undefined) return kept(db, a.id)
      if (a.content === undefined)
        throw new Fault('INVALID_REQUEST', `at /attachments/${i}: it needs content, or the id of a file`)
      const m = /^data:([^;,]+)[^,]*,(.*)$/s.exec(a.content)
      const mime = a.mimeType ?? m?.[1] ?? 'application/octet-stream'
      const bytes = decode(m?.[2] ?? a.content, `attachments/${i}`)
      if (bytes.length > maxAttachment)
        throw new Fault(
          'TOO_LARGE',
          `attachment ${i + 1} has ${bytes.length} bytes; at most ${maxAttachment} are taken`,
        )
      return media.save(bytes, { mime, ...(a.fileName === undefined ? {} : { name: a.fileName }) })
    }),
  )
}

function kept(db: Db, id: string): MediaRef {
  const found = files.byId(db, id)
  if (!found) throw new Fault('NOT_FOUND', `there is no file ${id}`)
  const { sha256: _, ...ref } = found
  return ref
}

function decode(text: string, where: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (c) => c.charCodeAt(0))
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `at /${where}: content is not base64`, { cause: error })
  }
}
