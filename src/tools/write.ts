// The tool that writes a whole file.
import { z } from 'zod'
import { defineTool } from '../define/tool.ts'
import { shownPath, writeInside } from './paths.ts'
import { renamed } from './renamed.ts'

/** The tool `write`. */
export const write = defineTool({
  id: 'write',
  summary: 'Writes a file whole, replacing it if it is there; folders are made as needed.',
  risk: 'write',
  params: renamed(
    z.strictObject({
      path: z.string().describe('the file, relative to the workspace'),
      content: z.string().describe('everything the file shall hold'),
    }),
    { file_path: 'path' },
  ),
  async run(input, ctx) {
    const real = await writeInside(ctx, input.path, input.content)
    return { ok: true, text: `wrote ${Buffer.byteLength(input.content)} bytes to ${await shownPath(ctx, real)}` }
  },
})
