// The tool that changes one place of a file.
import { z } from 'zod'
import { defineTool } from '../define/tool.ts'
import { openFile, readAll, writeInside } from './paths.ts'
import { renamed } from './renamed.ts'

/** The tool `edit`. */
export const edit = defineTool({
  id: 'edit',
  summary: 'Replaces one exact piece of text in a file; the piece must occur exactly once.',
  risk: 'write',
  params: renamed(
    z.strictObject({
      path: z.string().describe('the file, relative to the workspace'),
      oldText: z.string().min(1).describe('the text to replace, exactly as it is in the file'),
      newText: z.string().describe('what to put in its place'),
    }),
    { file_path: 'path', old_string: 'oldText', new_string: 'newText' },
  ),
  async run({ path, oldText, newText }, ctx) {
    await using file = await openFile(ctx, path)
    const bytes = await readAll(file, path)
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    if (text.includes('\uFFFD')) return { ok: false, text: `${path} is not a text file in UTF-8; it was not changed` }
    const crlf = !text.includes(oldText) && text.includes('\r\n')
    const [old, put] = crlf ? [oldText, newText].map((t) => t.replace(/\r?\n/g, '\r\n')) : [oldText, newText]
    const count = text.split(old ?? oldText).length - 1
    if (count !== 1) {
      const why = count
        ? `occurs ${count} times; give more of the text around it`
        : 'does not occur; read the file first'
      return { ok: false, text: `${path} was not changed: oldText ${why}` }
    }
    const at = text.indexOf(old ?? oldText)
    await writeInside(ctx, path, text.slice(0, at) + (put ?? newText) + text.slice(at + (old ?? oldText).length))
    return { ok: true, text: `changed ${path} at line ${text.slice(0, at).split('\n').length}` }
  },
})
