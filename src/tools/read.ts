// The tool that reads a file: text by the page, images as images.
import { basename } from 'node:path'
import { z } from 'zod'
import { defineTool } from '../define/tool.ts'
import { imageType } from '../domain/media.ts'
import { Fault } from '../lib/fault.ts'
import { openFile, readAll } from './paths.ts'
import { renamed } from './renamed.ts'

/** Bytes and lines of one page. */
const pageBytes = 50_000
const pageLines = 2000

/** Lines from `offset` (1-based) that fit a page, and how to go on. */
function page(text: string, offset: number, limit: number): string {
  const lines = text.split('\n')
  if (lines.length > 1 && lines.at(-1) === '') lines.pop()
  if (offset > lines.length)
    throw new Fault('INVALID_REQUEST', `offset ${offset} is past the end: ${lines.length} lines`)
  const out: string[] = []
  let room = pageBytes
  for (const line of lines.slice(offset - 1, offset - 1 + limit)) {
    const size = Buffer.byteLength(line) + 1
    if (size > room && out.length) break
    out.push(size > room ? `${Buffer.from(line).subarray(0, room).toString()} [… line cut …]` : line)
    room -= size
    if (room <= 0) break
  }
  const end = offset - 1 + out.length
  const more = end < lines.length || offset > 1
  const next = end < lines.length ? `; go on with offset ${end + 1}` : ''
  return out.join('\n') + (more ? `\n\n[lines ${offset} to ${end} of ${lines.length}${next}]` : '')
}

/** The tool `read`. */
export const read = defineTool({
  id: 'read',
  summary: 'Reads a text file by the page (at most 50 kB), or shows an image.',
  risk: 'read',
  params: renamed(
    z.strictObject({
      path: z.string().describe('the file, relative to the workspace'),
      offset: z.number().int().min(1).optional().describe('first line to read, from 1'),
      limit: z.number().int().min(1).max(pageLines).optional().describe('at most this many lines'),
    }),
    { file_path: 'path' },
  ),
  async run(input, ctx) {
    const builtin = ctx.skills?.text(input.path)
    if (builtin !== undefined) return { ok: true, text: page(builtin, input.offset ?? 1, input.limit ?? pageLines) }
    const { workspace, confined, skills } = ctx
    await using file = await openFile({ workspace, confined, also: skills?.folders ?? [] }, input.path)
    const bytes = await readAll(file, input.path)
    const mime = imageType(bytes)
    if (mime) {
      const ref = await ctx.media.save(bytes, { mime, name: basename(input.path), kind: 'image' })
      return { ok: true, text: `image ${input.path} (${mime}, ${bytes.length} bytes)`, media: [ref] }
    }
    if (bytes.subarray(0, 8000).includes(0))
      return { ok: false, text: `${input.path} is a binary file of ${bytes.length} bytes` }
    const text = new TextDecoder().decode(bytes)
    return { ok: true, text: text ? page(text, input.offset ?? 1, input.limit ?? pageLines) : '[the file is empty]' }
  },
})
