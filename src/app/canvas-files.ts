// The files of the canvas folder, as far as they lie in it: no link is followed, and no path leads out.
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../lib/fault.ts'
import { openFile, readAll } from '../tools/paths.ts'

/** A file of the canvas, or the index of a folder of it; undefined when there is none. */
export async function readCanvas(
  root: string,
  path: string,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly mime: string } | undefined> {
  const relative = path.replaceAll(/^\/+|\/+$/g, '')
  for (const name of relative && !path.endsWith('/')
    ? [relative, join(relative, 'index.html')]
    : [join(relative, 'index.html')]) {
    try {
      await using file = await openFile({ workspace: root, confined: true }, join(root, name))
      if (file.real !== join(await realpath(root), name)) continue // a link
      return { bytes: await readAll(file, name), mime: Bun.file(name).type }
    } catch (error) {
      const code = error instanceof Fault ? error.code : 'INTERNAL'
      if (code === 'TOO_LARGE' || code === 'INTERNAL') throw error
    }
  }
  return undefined
}
