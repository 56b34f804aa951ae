// Files that come inside a request, as base64.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { MediaRef } from '../domain/media.ts'
import type { MediaStore } from '../define/tool.ts'

/** Largest attachment after decoding, in bytes; the original's limit. */
export const maxAttachment = 5_000_000

export const Attachment = z.object({
  type: z.string().optional(),
  mimeType: z.string().optional(),
  fileName: z.string().optional(),
  content: z.string().describe('the file as base64, or a data URL'),
})

/** Stores attachments. Throws INVALID_REQUEST for bad base64 and TOO_LARGE beyond the limit. */
export async function saveAttachments(
  media: MediaStore,
  list: readonly z.output<typeof Attachment>[],
): Promise<MediaRef[]> {
  return Promise.all(
    list.map((a, i) => {
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

function decode(text: string, where: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (c) => c.charCodeAt(0))
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `at /${where}: content is not base64`, { cause: error })
  }
}
